"""Processes: finding those below one, stopping and ending them. Only ever by pid."""
import ctypes
import os
import signal
import time

LIBC = ctypes.CDLL(None, use_errno=True)
PR_SET_CHILD_SUBREAPER = 36


def become_subreaper():
    """What is orphaned below this process becomes its child, so nothing can be left behind."""
    LIBC.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def parents():
    """Every process's parent."""
    table = {}
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            with open(f"/proc/{entry}/stat") as file:
                fields = file.read().rpartition(")")[2].split()
        except OSError:
            continue
        if fields[0] not in "ZX":
            table[int(entry)] = int(fields[1])
    return table


def below(root):
    """The pids of all descendants of `root`."""
    children = {}
    for pid, parent in parents().items():
        children.setdefault(parent, []).append(pid)
    found, todo = [], [root]
    while todo:
        for child in children.get(todo.pop(), []):
            found.append(child)
            todo.append(child)
    return found


def signal_all(pids, number):
    for pid in pids:
        try:
            os.kill(pid, number)
        except OSError:
            pass


def reap():
    """Collects children that ended."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


def end_all_below(root):
    """Kills every descendant of this process until none is left."""
    for _ in range(100):
        pids = below(root)
        if not pids:
            return
        signal_all(pids, signal.SIGKILL)
        time.sleep(0.02)
        reap()
