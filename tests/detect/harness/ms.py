"""The subject that is measured: msnew starts the program, mssend types, status.json is what it reports."""
import fcntl
import json
import os
import pathlib
import select
import shutil
import struct
import subprocess
import termios
import time

from .inotify import Watch
from .ring import Ring
from .services import uid
from .subject import READ_SIZE, Subject, as_user

LOOK = 0.005


class Poll:
    """Where no directory can be watched: looks again and again."""

    def wait(self, seconds):
        time.sleep(LOOK)
        return ["status.json"]


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
                os.chown(directory, uid(self.user), uid(self.user))
        self.env = {**env, "MS_RUNTIME_DIR": str(self.runtime), "XDG_STATE_HOME": str(self.state)}
        self.env["PATH"] = os.environ["MS_DETECT_BIN"] + ":" + env["PATH"]
        self.tool("msnew", "-n", self.session, "--", *argv, cwd=cwd)
        self.started = time.time()
        self.record_facts()
        self.directory = self.runtime / self.session
        self.watch_status()
        self.follow_output()

    def record_facts(self):
        """Has the facts recorded that the session is judged by, if that is wanted; ends with the session."""
        if file := os.environ.get("MS_DETECT_FACTS_FILE"):
            command = [*as_user(self.user), self.bin("msls"), "--explain", self.session, "--record", file]
            subprocess.Popen(command, env=self.env, stdin=subprocess.DEVNULL)

    def watch_status(self):
        try:
            watch = Watch(self.directory)
        except OSError:
            # There are only so many watches on a machine; the file's own time says when it was written.
            watch = Poll()
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


def has_ms(directory):
    """Whether the tools that the benchmark needs are there."""
    return all(shutil.which(tool, path=directory) for tool in ("msnew", "mssend", "msclose"))
