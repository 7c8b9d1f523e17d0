"""What runs on beside or instead of a prompt: real monitors, watchers, shells with jobs behind them."""
from harness.registry import scenario

RUNS = ["active", "processing"]


def runs(s, *argv, hold=9):
    s.start(*argv)
    s.settled(0.0)
    s.truth(RUNS, hold=hold, label="monitor")


@scenario("htop")
def monitor_htop(s):
    """htop, two figures a second and a half"""
    runs(s, "htop", "-d", "15")


@scenario("btop", heavy=True)
def monitor_btop(s):
    """btop at its usual pace"""
    runs(s, "btop", "--utf-force")


@scenario("nmon")
def monitor_nmon(s):
    """nmon with the processor's figures"""
    s.start("nmon", "-s", "1", env={"NMON": "c"})
    s.settled(0.0)
    s.truth(RUNS, hold=9, label="monitor")


@scenario("top")
def monitor_top_usual(s):
    """top as it comes, from a shell"""
    s.start("bash", "--norc", "-i", env={"PS1": "$ "})
    s.expect(r"\$ ")
    s.waiting("shell", 1.5)
    s.enter("top")
    s.see("PID")
    s.truth(RUNS, hold=9, label="top")
    s.send("q")
    s.unsure()
    s.expect(r"\$ ")
    s.waiting("shell", 2)


@scenario("watch")
def monitor_watch_quick(s):
    """watch, twice a second"""
    runs(s, "watch", "-n", "0.5", "cat /proc/uptime")


@scenario("bash")
def jobs_behind(s):
    """A shell with silent jobs behind it"""
    s.start("bash", "--norc", "-i", env={"PS1": "$ "})
    s.expect(r"\$ ")
    s.waiting("shell", 1.5)
    s.enter("sleep 600 & tail -f /dev/null &")
    s.unsure()
    s.settled(0.4)
    s.waiting("shell", 4)


@scenario("python3")
def jobs_behind_interpreter(s):
    """An interpreter that has begun a child and prompts"""
    s.start("/usr/bin/env", "python3", "-q")
    s.expect(">>> ")
    s.waiting("repl", 1.5)
    s.enter("import subprocess; p = subprocess.Popen(['sleep', '600'])")
    s.unsure()
    s.expect(">>> ")
    s.waiting("repl", 3)


@scenario("node")
def jobs_behind_node(s):
    """node's prompt with a child begun at it"""
    s.start("node")
    s.expect("> ")
    s.waiting("repl", 2)
    s.enter("child = require('child_process').spawn('sleep', ['600']); 0")
    s.unsure()
    s.expect("0\r\n|33m0")
    s.t += 5
    s.waiting("repl", 5)


@scenario("node")
def node_awaits(s):
    """node's prompt: a promise of a timer, then one of a fetch"""
    url = f"http://127.0.0.1:{s.services.http()}"
    s.start("node", "--experimental-repl-await")
    s.expect("> ")
    s.waiting("repl", 2)
    s.enter(f"await (await fetch('{url}/slow?s=4')).text()")
    s.busy(label="fetch")
    s.expect("ready")
    s.t += 0.1
    s.waiting("repl", 3)


@scenario("inotifywait")
def watcher_make(s):
    """A loop that builds when a file changes"""
    s.file("f", "x")
    s.bash("while inotifywait -qq -e close_write f; do echo building; sleep 2; echo built; done")
    s.busy(2.5, label="watches")
    s.file("f", "y")
    s.expect("built")
    s.active(3, label="watches")
