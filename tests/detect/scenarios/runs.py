"""Programs that run on: servers, followers, monitors. Nobody is needed, keys or no keys."""
from harness.registry import scenario

RUNS = ["active", "processing"]


@scenario("tail")
def run_tail_quiet(s):
    """tail -f on a file that nobody writes"""
    s.file("f", "one\ntwo\n")
    s.start("tail", "-f", "f")
    s.expect("two")
    s.active(6, label="quiet tail")


@scenario("tail")
def run_tail_growing(s):
    """tail -f on a file that grows a line a second"""
    s.file("f", "one\n")
    s.services.child(["bash", "-c", "for i in $(seq 20); do echo line $i; sleep 1; done >> f"], cwd=s.world)
    s.start("tail", "-f", "f")
    s.expect("line")
    s.truth(RUNS, hold=6, label="growing tail")


@scenario("ping")
def run_ping(s):
    """ping of the loopback: a line a second"""
    s.start("ping", "127.0.0.1")
    s.expect("ttl")
    s.truth(RUNS, hold=6, label="ping")


@scenario("ping", "bash")
def run_ping_then_stop(s):
    """ping from a shell, Ctrl-C, prompt"""
    s.start("bash", "--norc", "-i", env={"PS1": "$ "})
    s.expect(r"\$ ")
    s.waiting("shell", 1.5)
    s.enter("ping 127.0.0.1")
    s.busy(5, label="ping")
    s.send("\x03")
    s.expect(r"\$ ")
    s.waiting("shell", 2.5)


@scenario("python3")
def run_http_server(s):
    """python -m http.server, a request now and then"""
    port = s.services.free_port()
    s.start("/usr/bin/env", "python3", "-u", "-m", "http.server", str(port), "--bind", "127.0.0.1")
    s.expect("Serving HTTP")
    s.active(3, label="idle server")
    s.services.wait_port(port)
    s.run(f"curl -s http://127.0.0.1:{port}/ >/dev/null")
    s.busy(3, label="server after a request")


@scenario("node")
def run_node_server(s):
    """A node server that never looks at its terminal"""
    port = s.services.free_port()
    s.file("s.js", f"require('http').createServer((q, r) => {{ console.log(q.url); r.end('x'); }}).listen({port}, '127.0.0.1', () => console.log('Listening on {port}'));\n")
    s.start("node", "s.js")
    s.expect("Listening")
    s.active(5, label="idle server")


@scenario("node")
def run_dev_server_menu(s):
    """A dev server that takes keys (press h for help) and needs nobody"""
    port = s.services.free_port()
    s.file("s.js", f"""
const rl = require('readline').createInterface({{input: process.stdin}});
rl.on('line', l => console.log('  press r + enter to restart, q + enter to quit'));
require('http').createServer((q, r) => r.end('x')).listen({port}, '127.0.0.1', () => {{
  console.log('\\n  DEV  ready in 200 ms\\n\\n  Local: http://127.0.0.1:{port}/\\n  press h + enter to show help'); }});
""")
    s.start("node", "s.js")
    s.expect("show help")
    s.active(6, label="dev server with a menu")


@scenario("npm:vite", "node")
def run_vite(s):
    """vite, with its keyboard shortcuts"""
    s.file("index.html", "<h1>x</h1>")
    s.file("package.json", '{"type": "module"}')
    (s.world / "node_modules").symlink_to(npm_modules())
    s.start("node", s.world / "node_modules/vite/bin/vite.js", "--host", "127.0.0.1", "--port", str(s.services.free_port()))
    s.expect("show help", timeout=40)
    s.active(6, label="vite")


def npm_modules():
    from harness.registry import NPM

    return NPM / "node_modules"


@scenario("npm:nodemon", "node")
def run_nodemon(s):
    """nodemon over a server, one restart"""
    s.file("a.js", "console.log('app up'); setInterval(() => 0, 1000);\n")
    s.start("nodemon", "a.js")
    s.expect("app up", timeout=40)
    s.active(4, label="nodemon")
    s.file("a.js", "console.log('app again'); setInterval(() => 0, 1000);\n")
    s.busy(label="restart")
    s.expect("app again")
    s.active(3, label="nodemon")


@scenario("npm:esbuild", "node")
def run_esbuild_watch(s):
    """esbuild --watch ends when its stdin does; it never needs keys"""
    s.file("a.js", "console.log(1)\n")
    s.start("esbuild", "a.js", "--bundle", "--outfile=out.js", "--watch=forever")
    s.expect("finished|build", timeout=40)
    s.active(5, label="watcher")


@scenario("npm:http-server", "node")
def run_npm_http_server(s):
    """http-server"""
    s.start("http-server", "-a", "127.0.0.1", "-p", str(s.services.free_port()), ".")
    s.expect("CTRL-C to stop", timeout=40)
    s.active(5, label="server")


@scenario("npm:vitest", "node", heavy=True)
def run_vitest_watch(s):
    """vitest in watch mode takes keys and needs nobody"""
    (s.world / "node_modules").symlink_to(npm_modules())
    s.file("package.json", '{"type": "module"}')
    s.file("a.test.js", "import {test, expect} from 'vitest';\ntest('x', () => expect(1).toBe(1));\n")
    s.start("node", s.world / "node_modules/vitest/vitest.mjs", "--pool=threads")
    s.see("press h|Waiting for file", timeout=60)
    s.settled(0.5)
    s.active(6, label="takes keys, needs nobody", limit=True)


@scenario("py:watchdog")
def run_watchmedo(s):
    """watchmedo waits for changes of files"""
    s.start("watchmedo", "log", ".")
    s.busy(1.5, label="loading")
    s.active(4, label="watcher")


@scenario("inotifywait")
def run_inotifywait(s):
    """inotifywait -m"""
    s.start("inotifywait", "-m", ".")
    s.expect("established")
    s.active(5, label="watcher")


@scenario("entr")
def run_entr(s):
    """entr runs a command when a file changes; it reads keys too"""
    s.file("f", "x")
    s.bash("ls f | entr echo changed")
    s.expect("changed")
    s.active(5, label="watcher that takes keys", limit=True)


@scenario("top")
def run_top(s):
    """top, each 3 s"""
    s.start("top")
    s.see("PID")
    s.truth(RUNS, hold=9, label="top")


@scenario("top")
def run_top_fast(s):
    """top -d 1"""
    s.start("top", "-d", "1")
    s.see("PID")
    s.truth(RUNS, hold=7, label="top")


@scenario("top")
def run_top_batch(s):
    """top -b"""
    s.start("top", "-b", "-d", "1")
    s.expect("PID")
    s.truth(RUNS, hold=6, label="top -b")


@scenario("htop")
def run_htop(s):
    """htop takes keys and needs nobody"""
    s.start("htop")
    s.truth(RUNS, hold=8, label="takes keys, needs nobody", limit=True)


@scenario("btop", heavy=True)
def run_btop(s):
    """btop takes keys and needs nobody"""
    s.start("btop", "--utf-force")
    s.settled(0.3)
    s.truth(RUNS, hold=10, label="takes keys, needs nobody", limit=True)


@scenario("watch")
def run_watch(s):
    """watch date, each 2 s"""
    s.start("watch", "date")
    s.see("Every")
    s.truth(RUNS, hold=7, label="watch")


@scenario("watch")
def run_watch_still(s):
    """watch whose command prints the same each time"""
    s.start("watch", "-n", "1", "-t", "echo same")
    s.see("same")
    s.truth(RUNS, hold=7, label="watch")


@scenario("vmstat")
def run_vmstat(s):
    """vmstat 1"""
    s.start("vmstat", "1")
    s.expect("free")
    s.truth(RUNS, hold=6, label="vmstat")


@scenario("multitail")
def run_multitail(s):
    """multitail on a growing file: takes keys and needs nobody"""
    s.file("f", "one\n")
    s.services.child(["bash", "-c", "for i in $(seq 20); do echo line $i; sleep 1; done >> f"], cwd=s.world)
    s.start("multitail", "f")
    s.truth(RUNS, hold=6, label="takes keys, needs nobody", limit=True)


@scenario("cmatrix")
def run_cmatrix(s):
    """cmatrix: animation without end"""
    s.start("cmatrix", "-b")
    s.settled(0.0)
    s.truth(RUNS, hold=6, label="animation")


@scenario("sl")
def run_sl(s):
    """sl crosses the screen"""
    s.bash("sl; read -p 'Back? ' x")
    s.busy(label="animation")
    s.expect(r"Back\? ")
    s.waiting(["line", "question"], 2.5)


@scenario("dmesg", "root")
def run_dmesg_follow(s):
    """dmesg -w, quiet"""
    s.start("dmesg", "-W")
    s.active(5, label="follows the kernel")


@scenario("redis-server")
def run_redis_server(s):
    """redis-server in the foreground, with its ten ticks a second"""
    s.start("redis-server", "--port", str(s.services.free_port()), "--save", "", "--bind", "127.0.0.1")
    s.expect("Ready to accept")
    s.active(5, label="server")


@scenario("/usr/sbin/sshd", "root")
def run_sshd(s):
    """sshd in the foreground"""
    s.run("ssh-keygen -q -t ed25519 -N '' -f h && mkdir -p /run/sshd")
    s.start("/usr/sbin/sshd", "-D", "-e", "-f", "/dev/null", "-p", str(s.services.free_port()), "-h", s.world / "h", "-o", "ListenAddress=127.0.0.1")
    s.expect("listening")
    s.active(5, label="server")


@scenario("bash")
def run_daemon_log_bursts(s):
    """A server that logs a burst each 5 s"""
    s.bash("while :; do sleep 5; for i in 1 2 3; do echo \"GET /$i 200\"; done; done")
    s.active(2.5, label="server")
    s.truth(RUNS, hold=7, label="server with bursts")


@scenario("script", "tail")
def run_colour_log(s):
    """A coloured log whose last line ends in a colon and a blank"""
    s.bash("while :; do printf '\\e[32mINFO\\e[0m status: '; sleep 2; echo ok; done")
    s.expect("status: ")
    s.truth(RUNS, hold=7, label="log")


@scenario("python3")
def run_websocket_idle(s):
    """A client holds a connection open and listens; it has no keyboard"""
    port = s.services.tcp(lambda c: c.recv(100))
    s.start("/usr/bin/env", "python3", "-c", f"import socket; c = socket.create_connection(('127.0.0.1', {port})); print('connected', flush=True); c.recv(10)")
    s.expect("connected")
    s.truth(RUNS, hold=5, label="listens on a connection")
