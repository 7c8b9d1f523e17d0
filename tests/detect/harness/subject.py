"""What a scenario is played through: a plain pty, or the ms tools themselves.

A subject starts one program on a terminal, types into it and hands on its output (and, if it has an
opinion, its status) with the times at which they were seen. It never judges.
"""
import fcntl
import json
import os
import pathlib
import re
import select
import shutil
import struct
import subprocess
import termios
import threading
import time

from . import proc
from .inotify import Watch
from .ring import Ring
from .vt import Screen

NOBODY = 65534
READ_SIZE = 65536
LOOK = 0.005


def as_user(user):
    """The words in front of a command that is to run as another user."""
    if not user:
        return []
    return ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--"]


class Subject:
    """Common parts; `on_output(time, bytes)` and `on_status(time, record)` are called from threads."""

    name = "none"

    def __init__(self, world, user, on_output, on_status):
        self.world, self.user = world, user
        self.on_output, self.on_status = on_output, on_status
        self.threads = []

    def spawn(self, work):
        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        self.threads.append(thread)

    def root(self):
        """The pid above everything that belongs to the session."""
        raise NotImplementedError

    def freeze(self, number):
        """Signals the session's whole tree, its server too."""
        proc.signal_all([self.root(), *proc.below(self.root())], number)


def answers(data, screen):
    """What a terminal says when it is asked where its cursor is, what it is and what its colours are."""
    known = [
        (rb"\x1b\[6n", b"\x1b[%d;%dR" % (screen.y + 1, screen.x + 1)),
        (rb"\x1b\[5n", b"\x1b[0n"),
        (rb"\x1b\[0?c", b"\x1b[?62;22c"),
        (rb"\x1b\[>0?c", b"\x1b[>1;10;0c"),
        (rb"\x1b\]10;\?", b"\x1b]10;rgb:ffff/ffff/ffff\x1b\\"),
        (rb"\x1b\]11;\?", b"\x1b]11;rgb:0000/0000/0000\x1b\\"),
    ]
    return b"".join(answer for query, answer in known for _ in re.findall(query, data))


class PtySubject(Subject):
    """A program on a pty of its own and nothing more: what the scenarios are checked with."""

    name = "pty"

    def start(self, argv, env, cwd, cols, rows):
        self.screen = Screen(cols, rows)
        self.master, slave = os.openpty()
        self.resize(cols, rows)
        if self.user:
            os.fchown(slave, NOBODY, -1)
        command = ["setsid", "-c", *as_user(self.user), *argv]
        self.child = subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, env=env, cwd=cwd)
        self.started = time.time()
        os.close(slave)
        self.spawn(self.read)

    def read(self):
        while True:
            try:
                data = os.read(self.master, READ_SIZE)
            except OSError:
                return
            if not data:
                return
            self.on_output(time.time(), data)
            self.screen.feed(data)
            self.write(answers(data, self.screen))

    def write(self, data):
        while data:
            data = data[os.write(self.master, data) :]

    def resize(self, cols, rows):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))

    def detach(self):
        pass

    def alive(self):
        return self.child.poll() is None

    def root(self):
        return self.child.pid

    def close(self):
        proc.signal_all([self.child.pid], 9)


class MsSubject(Subject):
    """The program in a session: msnew starts it, mssend types, status.json is what it reports."""

    name = "ms"
    session = "bench"

    def __init__(self, world, user, on_output, on_status):
        super().__init__(world, user, on_output, on_status)
        self.runtime = world.parent / "run"
        self.state = world.parent / "state"
        self.terminal = None
        self.last = None

    def tool(self, name, *args, **options):
        """Runs one of the tools in this scenario's own world."""
        command = [*as_user(self.user), self.bin(name), *args]
        return subprocess.run(command, env=self.env, capture_output=True, check=True, timeout=20, **options)

    def bin(self, name):
        return str(pathlib.Path(os.environ["MS_DETECT_BIN"]) / name)

    def start(self, argv, env, cwd, cols, rows):
        for directory in (self.runtime, self.state):
            directory.mkdir(mode=0o700)
            if self.user:
                os.chown(directory, NOBODY, NOBODY)
        self.env = {**env, "MS_RUNTIME_DIR": str(self.runtime), "XDG_STATE_HOME": str(self.state)}
        self.env["PATH"] = os.environ["MS_DETECT_BIN"] + ":" + env["PATH"]
        self.tool("msnew", "-n", self.session, "--", *argv, cwd=cwd)
        self.started = time.time()
        self.directory = self.runtime / self.session
        self.watch_status()
        self.follow_output()

    def watch_status(self):
        try:
            watch = Watch(self.directory)
        except OSError:
            return self.ended()
        self.read_status()
        self.spawn(lambda: self.status_loop(watch))

    def status_loop(self, watch):
        while True:
            names = watch.wait(1.0)
            if names is None or not self.directory.exists():
                return self.ended()
            if "status.json" in names:
                self.read_status()

    def read_status(self):
        """Reports the record with the moment it was written."""
        try:
            with open(self.directory / "status.json") as file:
                written = os.fstat(file.fileno()).st_mtime_ns / 1e9
                record = json.load(file)
        except (OSError, ValueError):
            return
        if record != self.last:
            self.last = record
            self.on_status(max(written, self.started), record)

    def ended(self):
        self.on_status(time.time(), {"status": "completed"})

    def follow_output(self):
        """Follows the ring in its file."""
        try:
            self.ring = Ring(self.directory / "output")
        except OSError:
            return
        self.spawn(self.read)

    def read(self):
        over = False
        while not over:
            over = not self.alive()
            for at, data in self.ring.read(time.time()):
                self.on_output(at, data)
            time.sleep(LOOK)

    def write(self, data):
        self.tool("mssend", self.session, data)

    def resize(self, cols, rows):
        """A person's terminal of this size comes to the session (or changes its size there)."""
        if self.terminal is None:
            master, slave = os.openpty()
            self.set_size(master, cols, rows)
            command = ["setsid", "-c", *as_user(self.user), self.bin("msswitch"), self.session]
            child = subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, env=self.env)
            os.close(slave)
            self.terminal = (master, child)
            self.spawn(lambda: drain(master))
        else:
            self.set_size(self.terminal[0], cols, rows)

    def set_size(self, fd, cols, rows):
        fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))

    def detach(self):
        """That terminal leaves."""
        if self.terminal:
            os.write(self.terminal[0], b"\x1cd")
            try:
                self.terminal[1].wait(3)
            except subprocess.TimeoutExpired:
                self.terminal[1].terminate()
            self.terminal = None

    def pause(self, resume=False):
        self.tool("mspause", *(["--resume"] if resume else []), self.session)

    def alive(self):
        return self.directory.exists()

    def root(self):
        return json.loads((self.directory / "session.json").read_text())["server_pid"]

    def close(self):
        if self.alive():
            subprocess.run(
                [*as_user(self.user), self.bin("msclose"), "--force", self.session],
                env=self.env, capture_output=True, timeout=20,
            )


def drain(fd):
    """Reads and forgets what a terminal is sent."""
    while True:
        try:
            select.select([fd], [], [])
            if not os.read(fd, READ_SIZE):
                return
        except OSError:
            return


SUBJECTS = {"pty": PtySubject, "ms": MsSubject}


def has_ms(directory):
    """Whether the tools that the benchmark needs are there."""
    return all(shutil.which(tool, path=directory) for tool in ("msnew", "mssend", "msclose"))
