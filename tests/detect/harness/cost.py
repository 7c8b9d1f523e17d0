"""What settled sessions cost: fifty of them, with programs that wait or do nothing, and for some seconds
the CPU time and the context switches of their servers, as the kernel counts them in /proc."""
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import time

SESSIONS = 50
SETTLES = 12.0  # seconds after which nothing is looked at any more that waits
MEASURED = 10.0
WAITS = [
    ["bash", "--norc", "-i"], ["dash"], ["zsh", "-f"], ["fish", "--no-config"], ["python3", "-q"], ["node"],
    ["sqlite3"], ["bc", "-q"], ["gdb", "-q", "-nx"], ["cat"], ["sh", "-c", "read x"], ["vim", "-u", "NONE"],
    ["less", "/etc/services"], ["nano", "-I"], ["sh", "-c", "stty -echo; read x"], ["sh", "-c", "seq 99 | fzf"],
    ["dialog", "--yesno", "Go on?", "8", "30"], ["more", "/etc/services"], ["lua5.4"], ["ed"],
]
SILENT = [["sleep", "1000"], ["tail", "-f", "/dev/null"], ["sh", "-c", "sleep 1000; read x"]]


def programs():
    """What is installed of them, in turn; one in ten is silent and does not wait."""
    waits = [argv for argv in WAITS if shutil.which(argv[0]) and (argv[0] != "sh" or "fzf" not in argv[-1] or shutil.which("fzf"))]
    for number in range(SESSIONS):
        yield SILENT[number // 10 % len(SILENT)] if number % 10 == 9 else waits[number % len(waits)]


class World:
    """A private place for the sessions."""

    def __init__(self, bin_directory):
        self.base = pathlib.Path(tempfile.mkdtemp(prefix="dt-cost-"))
        for name in ("run", "state", "config/ms", "home"):
            (self.base / name).mkdir(parents=True, mode=0o700)
        limits = f'[limits]\nmax_sessions = {SESSIONS + 10}\nmemory = "1GiB"\nbuffer = "256KiB"\n'
        (self.base / "config/ms/config.toml").write_text(limits)
        self.bin = pathlib.Path(bin_directory)
        self.env = {
            **{name: value for name, value in os.environ.items() if not name.startswith("MS_")},
            "MS_RUNTIME_DIR": str(self.base / "run"), "XDG_STATE_HOME": str(self.base / "state"),
            "XDG_CONFIG_HOME": str(self.base / "config"), "HOME": str(self.base / "home"), "TERM": "xterm-256color",
        }

    def tool(self, name, *args, check=True):
        command = [str(self.bin / name), *args]
        return subprocess.run(command, env=self.env, cwd=self.base / "home", capture_output=True, text=True, check=check)

    def sessions(self):
        return json.loads(self.tool("msls", "--json").stdout)

    def end(self):
        for session in self.sessions():
            self.tool("msclose", "--force", session["name"], check=False)
        shutil.rmtree(self.base, ignore_errors=True)


def counters(pid):
    """CPU time in nanoseconds and context switches of a process."""
    proc = pathlib.Path(f"/proc/{pid}")
    cpu = int((proc / "schedstat").read_text().split()[0])
    lines = (proc / "status").read_text().split("\n")
    return cpu, sum(int(line.split()[1]) for line in lines if "ctxt_switches" in line)


def measure(world):
    """For each status: sessions, and what their servers used while nothing was done to them."""
    servers = {session["server_pid"]: session["status"] for session in world.sessions()}
    before = {pid: counters(pid) for pid in servers}
    time.sleep(MEASURED)
    sums = {}
    for pid, status in servers.items():
        used = [new - old for new, old in zip(counters(pid), before[pid])]
        row = (1, *used, int(used[1] == 0))
        sums[status] = tuple(map(sum, zip(sums.get(status, (0, 0, 0, 0)), row)))
    return sums


def settled(bin_directory):
    """Lines that say what settled sessions cost."""
    world = World(bin_directory)
    try:
        for argv in programs():
            world.tool("msnew", "--", *argv)
        time.sleep(SETTLES)
        sums = measure(world)
    finally:
        world.end()
    total = tuple(map(sum, zip(*sums.values())))
    yield f"{total[0]} settled sessions, their servers over {MEASURED:.0f} s:"
    for what, (count, cpu, switches, asleep) in [*sorted(sums.items(), reverse=True), ("in all", total)]:
        yield (f"  {what:12}{count:3}   CPU {cpu / 1e6 / MEASURED:7.3f} ms a second"
               f"   context switches {switches / MEASURED:6.1f} a second   never awake {asleep}")


def looks(bin_directory):
    """Lines of `look_cost`, where it was built."""
    example = pathlib.Path(bin_directory) / "examples/look_cost"
    if not example.exists():
        return []
    return subprocess.run([example], capture_output=True, text=True, timeout=120).stdout.rstrip().split("\n")
