"""A fake coding agent: an input box that is always there, turns that stream, think, run tools and ask.

What is typed into the box is the turn's script, phases separated by `;`:

    think S      a request out for S seconds, nothing comes back until its end
    stream S     a request whose answer comes in words for S seconds
    stall S      a stream with a hole of S seconds in it
    timer S      S seconds of a timer, no network
    compute S    S seconds of CPU in the agent itself
    late S       0.2 s of nothing, then a request for S seconds
    unix S       a request to a daemon outside of the session, by a Unix socket made for it
    keptunix S   the same by one that stays open
    udp S        a request by a UDP socket made for it; keptudp S by one that stays open
    h2 S         a request that a few bytes acknowledge at once, as HTTP/2 does, and whose answer takes S seconds
    short S      a request of 30 bytes
    tool CMD     CMD as a child whose output goes to a pipe
    leave CMD    CMD as a child that is left running
    permit       a menu that asks leave
    ask          a question that is answered in the box

Options choose how it looks and what it says of itself; see `main`. It marks `idle`, `busy`, `permit`, `ask`.
"""
import argparse
import os
import select
import socket
import subprocess
import threading
import time
import tty
import urllib.parse

from mark import mark

FRAMES = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
TIPS = ["press / for commands", "@ puts a file into the question", "Esc twice goes back a turn", "# writes into the notes"]


class Agent:
    def __init__(self, options):
        self.o = options
        self.text = ""
        self.height = 0
        self.frame = 0
        self.state = "idle"
        self.note = ""
        self.started = time.time()
        self.idle_socket = None
        self.next_beat = time.time() + 3.0 if options.background else 0.0
        self.kept = {}
        self.behinds = 0
        self.wake_read, self.wake_write = os.pipe()
        url = urllib.parse.urlsplit(os.environ.get("DETECT_URL", "http://127.0.0.1:9"))
        self.host, self.port = url.hostname, url.port

    # Drawing.

    def write(self, text):
        data = text.encode()
        while data:
            data = data[os.write(1, data) :]

    def box(self):
        """The lines that are redrawn: what it does, the box, a status line."""
        lines = []
        if self.state != "idle" and (self.o.spinner or self.o.static):
            sign = FRAMES[self.frame % len(FRAMES)] if self.o.spinner else "*"
            lines.append(f"\x1b[35m{sign} {self.note or 'Working'}…\x1b[0m (esc to interrupt)")
        if self.state == "busy" and self.o.seconds:
            lines.append(f"Working ({int(time.time() - self.turn)}s • esc to interrupt)")
        if self.state == "permit":
            lines += ["Run this command?", "\x1b[7m> 1. Yes\x1b[0m", "  2. No, tell me what to do instead", "", "Enter to confirm"]
            return lines
        if self.state == "ask":
            lines.append("Which database should I use?")
        lines += ["─" * 60, "> " + self.text + self.cursor(), "─" * 60]
        lines.append(self.footer())
        return lines

    def footer(self):
        if self.o.tips:
            return "  Tip: " + TIPS[int(time.time() / 2) % len(TIPS)]
        return time.strftime("  %H:%M:%S") if self.o.clock else "  ? for shortcuts"

    def cursor(self):
        if self.o.caret:
            return ""
        lit = not self.o.blink or int(time.time() * 2) % 2
        return "\x1b[7m \x1b[0m" if lit else " "

    def draw(self, above=""):
        out = "\x1b[?2026h" if self.o.sync else ""
        if self.height:
            out += f"\r\x1b[{self.height - 1}A" if self.height > 1 else "\r"
        out += "\x1b[J" + above
        lines = self.box()
        out += "\r\n".join(lines)
        self.height = len(lines)
        if self.o.caret and self.state != "permit":
            out += f"\x1b[2A\r\x1b[{2 + len(self.text)}C\x1b[?25h"
            self.height -= 2
        else:
            out += "\x1b[?25l"
        self.write(out + ("\x1b[?2026l" if self.o.sync else ""))

    def say(self, text):
        self.draw(above=text + "\r\n")

    # What it says of itself.

    def report(self, state):
        if self.o.title:
            self.write(f"\x1b]0;{'✳ ' if state == 'idle' else '⠂ '}my task\a")
        if self.o.osc94:
            self.write("\x1b]9;4;0;\x1b\\" if state == "idle" else "\x1b]9;4;3;\x1b\\")
        if self.o.osc7501:
            said = {"idle": "done", "busy": "working", "permit": "blocked:kind=permission", "ask": "blocked:kind=question"}
            self.write(f"\x1b]7501;state={said[state]}\x1b\\")
        if self.o.bell and state in ("idle", "permit", "ask"):
            self.write("\a")
        if self.o.osc9 and state in ("idle", "permit", "ask"):
            self.write("\x1b]9;Agent needs you\x1b\\")
        if self.o.osc777 and state in ("idle", "permit", "ask"):
            self.write("\x1b]777;notify;Agent;needs you\x1b\\")

    def become(self, state, note=""):
        if state != "idle" and self.idle_socket:
            self.idle_socket.close()
            self.idle_socket = None
        self.state, self.note = state, note
        if state == "busy":
            self.turn = time.time()
        self.report(state)
        self.draw()
        if state == "idle" and self.o.prefetch:
            self.idle_socket = self.connect("/hang")
        mark(state)

    # Waiting for things while the keyboard stays open.

    def connect(self, path):
        connection = socket.create_connection((self.host, self.port))
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nX-Pad: {'x' * 300}\r\n\r\n".encode())
        return connection

    def turn_of_loop(self, fds, limit):
        """One wait for keys, `fds` and the next redraw; returns (keys, ready fds)."""
        timeout = limit
        if self.state == "busy" and (self.o.spinner or self.o.title_spinner):
            timeout = min(timeout, 0.1)
        if self.o.blink:
            timeout = min(timeout, 0.5)
        if self.o.clock or (self.o.seconds and self.state == "busy"):
            timeout = min(timeout, 1.0 - time.time() % 1.0 + 0.01)
        if self.o.tips:
            timeout = min(timeout, 2.0 - time.time() % 2.0 + 0.01)
        if self.o.heartbeat or self.o.background:
            timeout = min(timeout, 2.0)
        readers = ([] if self.o.deaf and self.state == "busy" else [0]) + list(fds)
        ready = select.select(readers, [], [], None if timeout > 1e6 else timeout)[0]
        keys = os.read(0, 1000) if 0 in ready else b""
        self.animate(bool(ready))
        return keys, [fd for fd in ready if fd != 0]

    def animate(self, something):
        if self.state == "busy" and self.o.spinner:
            self.frame += 1
            self.draw()
        elif self.state == "busy" and self.o.title_spinner:
            self.frame += 1
            self.write(f"\x1b]0;{FRAMES[self.frame % len(FRAMES)]} my task\a")
        elif self.o.clock or self.o.tips or self.o.seconds or (self.o.blink and self.state != "busy"):
            self.draw()
        if self.o.background and self.state == "idle" and time.time() > self.next_beat:
            self.next_beat = time.time() + 3.0
            self.behind()
        if self.o.heartbeat and time.time() > self.next_beat:
            self.next_beat = time.time() + 2.0
            self.beat()

    def behind(self):
        """What an idle agent does: in turn a child that takes a second, and a fetch that does."""
        self.behinds += 1
        if self.behinds % 2:
            null = subprocess.DEVNULL
            child = subprocess.Popen(["sleep", "1.2"], stdin=null, stdout=null, stderr=null)
            threading.Thread(target=child.wait, daemon=True).start()
        else:
            connection = self.connect("/drip?s=1.2&kb=40")
            threading.Thread(target=lambda: [None for _ in iter(lambda: connection.recv(65536), b"")], daemon=True).start()

    def beat(self):
        """A small request that is answered at once, as a telemetry or a keep-alive is."""
        if not hasattr(self, "link"):
            self.link = socket.create_connection(("127.0.0.1", int(os.environ["DETECT_ECHO"])))
        self.link.sendall(b"ping" * 30)
        self.link.recv(4096)

    def until(self, seconds, fds=(), done=lambda ready: False):
        """Runs the loop for a time or until `done`."""
        end = time.time() + seconds
        while time.time() < end:
            _, ready = self.turn_of_loop(fds, max(0.0, end - time.time()))
            if ready and done(ready):
                return

    # Phases.

    def think(self, seconds):
        """The request is out; what comes back is read whole."""
        connection = self.connect(f"/slow?s={seconds}")
        self.until(60, [connection], lambda _: True)
        connection.recv(65536)
        connection.close()
        self.say("I have thought about it.")

    def stream(self, seconds, hole=0.0):
        connection = self.connect(f"/sse?s={seconds}&gap=0.1")
        words = []

        def take(_):
            data = connection.recv(65536)
            if not data:
                return True
            new = data.decode(errors="replace").count("data: word")
            words.extend(["word"] * new)
            if len(words) >= 10:
                self.say(" ".join(words))
                words.clear()
            return False

        if hole:
            self.until(seconds / 2, [connection], take)
            self.until(hole)
        self.until(60, [connection], take)
        connection.close()
        self.say(" ".join(words) + ".")

    def late(self, seconds):
        self.until(0.2)
        self.think(seconds)

    def ask_by(self, make, seconds, keep=None, size=300):
        """Asks for an answer after some time; small ones are acknowledgements."""
        socket_ = self.kept.get(keep) or make()
        if keep:
            self.kept[keep] = socket_
        socket_.sendall(f"wait={seconds} ".encode().ljust(size, b"."))
        self.until(60, [socket_], lambda _: len(socket_.recv(65536)) >= 100)
        if not keep:
            socket_.close()
        self.say("I have asked.")

    def connected(self, family, kind, address):
        made = socket.socket(family, kind)
        made.connect(address)
        return made

    def by_unix(self):
        return self.connected(socket.AF_UNIX, socket.SOCK_STREAM, os.environ["DETECT_UNIX"])

    def by_udp(self):
        return self.connected(socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", int(os.environ["DETECT_UDP"])))

    def by_h2(self):
        return self.connected(socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", int(os.environ["DETECT_H2"])))

    def by_tcp(self):
        return self.connected(socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", int(os.environ["DETECT_TCP"])))

    def unix(self, seconds):
        self.ask_by(self.by_unix, seconds)

    def keptunix(self, seconds):
        self.ask_by(self.by_unix, seconds, "unix")

    def udp(self, seconds):
        self.ask_by(self.by_udp, seconds)

    def keptudp(self, seconds):
        self.ask_by(self.by_udp, seconds, "udp")

    def h2(self, seconds):
        self.ask_by(self.by_h2, seconds, "h2")

    def short(self, seconds):
        self.ask_by(self.by_tcp, seconds, "tcp", 30)

    def leave(self, command):
        null = subprocess.DEVNULL
        subprocess.Popen(command, shell=True, stdin=null, stdout=null, stderr=null)
        self.say(f"● {command} runs in the background")

    def stall(self, seconds):
        self.stream(3, hole=seconds)

    def timer(self, seconds):
        self.until(seconds)

    def compute(self, seconds):
        end = time.time() + seconds
        while time.time() < end:
            sum(range(20000))

    def tool(self, command):
        self.say(f"● Bash({command})")
        child = subprocess.Popen(command, shell=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        output = []

        def take(_):
            data = os.read(child.stdout.fileno(), 65536)
            output.append(data)
            return not data

        self.until(60, [child.stdout.fileno()], take)
        child.wait()
        self.say("  ⎿ " + b"".join(output)[-60:].decode(errors="replace").strip().replace("\n", " "))

    def permit(self):
        self.become("permit")
        self.keys(lambda key: key in b"\r12")
        self.become("busy")

    def ask(self):
        self.become("ask")
        self.line()
        self.become("busy")

    # Keys.

    def keys(self, wanted):
        while True:
            pressed, ready = self.turn_of_loop([self.idle_socket] if self.idle_socket else [], 1e9)
            if ready and self.idle_socket:
                self.idle_socket.close()
                self.idle_socket = None
            for key in pressed:
                if wanted(bytes([key])):
                    return bytes([key])

    def line(self):
        self.text = ""

        def take(key):
            if key == b"\r":
                return True
            self.text += key.decode(errors="replace")
            self.draw()
            return False

        self.keys(take)
        text, self.text = self.text, ""
        self.say(f"\x1b[2m> {text}\x1b[0m")
        return text

    def run(self):
        self.draw(above="Welcome to the agent.\r\n\r\n")
        while True:
            self.become("idle")
            script = self.line()
            self.become("busy")
            for phase in script.split(";"):
                word, _, rest = phase.strip().partition(" ")
                action = getattr(self, word)
                action(rest) if word in ("tool", "leave") else action(float(rest)) if rest else action()


def options():
    parser = argparse.ArgumentParser()
    for name in (
        "spinner static caret blink clock title title-spinner bell osc9 osc777 osc94 osc7501 prefetch heartbeat mcp alt deaf sync tips seconds background"
    ).split():
        parser.add_argument("--" + name, action="store_true")
    return parser.parse_args()


def main():
    chosen = options()
    tty.setraw(0)
    if chosen.alt:
        os.write(1, b"\x1b[?1049h\x1b[2J\x1b[H")
    if chosen.mcp:
        child = subprocess.Popen(["sh", "-c", "while read line; do echo ok; done"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        threading.Thread(target=child.wait, daemon=True).start()
    Agent(chosen).run()


if __name__ == "__main__":
    main()
