"""Monitors and watchers that take keys and need nobody: full screens that redraw by themselves."""
from harness.registry import scenario

RUNS = ["active", "processing"]


def monitor(s, tick, every, hold=9):
    s.python("monitor.py", str(tick), str(every))
    s.mark("drawn")
    s.truth(RUNS, hold=hold, label="monitor")


@scenario("python3")
def monitor_quick_tick(s):
    """Looks for keys each 0.1 s, redraws each 1.5 s"""
    monitor(s, 0.1, 1.5)


@scenario("python3")
def monitor_quarter_tick(s):
    """Looks for keys each 0.25 s, redraws each 2 s"""
    monitor(s, 0.25, 2)


@scenario("python3")
def monitor_slow(s):
    """Looks for keys and redraws each 4 s"""
    monitor(s, 4, 4, hold=14)


@scenario("python3")
def monitor_half_second(s):
    """Looks for keys each 50 ms, redraws twice a second"""
    monitor(s, 0.05, 0.5)


@scenario("top")
def monitor_top_quick(s):
    """top -d 0.5"""
    s.start("top", "-d", "0.5")
    s.see("PID")
    s.truth(RUNS, hold=8, label="top")


@scenario("python3")
def menu_ticking(s):
    """A menu on a full screen that looks for keys each 0.2 s"""
    s.python("monitor.py", "0.2", "0")
    s.mark("drawn")
    s.waiting(["menu", "question"], 4)
