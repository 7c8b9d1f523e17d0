"""The subject that has no opinion: a program on a pty, answered as a terminal would. Scenarios are checked with it."""
import fcntl
import os
import re
import struct
import subprocess
import termios
import time

from . import proc
from .services import uid
from .subject import READ_SIZE, Subject, as_user
from .vt import Screen


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
            os.fchown(slave, uid(self.user), -1)
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
