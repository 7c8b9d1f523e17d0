"""What a scenario is given: a program to drive, and the truth to state as it goes.

Every step that sees something sets `t`, the moment it truly happened (the last byte of a prompt, a
program's own mark, a key). A truth begins at `t` and lasts until the next one.
"""
import bisect
import re
import shutil
import signal
import threading
import time

from .registry import FAKES, NPM
from .surroundings import POLL, Broken, Surroundings
from .trace import Segment
from .vt import Screen

BUSY = ["active", "processing"]
FIRST_WAIT, LATER_WAIT = 2.0, 1.4


class Play(Surroundings):
    def __init__(self, scenario, subject_class, world, trace):
        super().__init__(scenario, world)
        self.trace = trace
        self.lock = threading.Lock()
        self.text = ""
        self.times = []  # (end offset in text, time)
        self.pos = 0
        self.marks = []
        self.screen = Screen(scenario.cols, scenario.rows)
        self.screen_fed = 0
        self.last_output = self.acted = 0.0
        self.first_wait = True
        self.open = None
        self.t = time.time()
        self.subject = subject_class(world, scenario.user, self.on_output, self.on_status)

    # What comes from the subject's threads.

    def on_output(self, at, data):
        with self.lock:
            self.text += data.decode("latin-1")
            self.times.append((len(self.text), at))
            self.trace.output.append([at, data.decode("latin-1")])
            self.last_output = at

    def on_status(self, at, record):
        with self.lock:
            self.trace.status.append([at, record])

    # Acting.

    def start(self, *argv, env=None, cwd=None):
        """Starts the program; until something else is known it is on its way."""
        self.log("start", argv)
        self.env.update(env or {})
        self.hand_over()
        self.acted = time.time()
        self.subject.start([str(a) for a in argv], dict(self.env), cwd or self.world, self.screen.cols, self.screen.rows)
        self.trace.begin = self.t = self.subject.started
        self.trace.sizes.append([self.t, self.screen.cols, self.screen.rows])
        self.truth(BUSY, label="start")

    def python(self, fake, *args, venv=False, **options):
        """Starts one of the fakes."""
        interpreter = self.which("python3") if venv else "/usr/bin/env"
        words = [interpreter] if venv else [interpreter, "python3"]
        self.start(*words, FAKES / fake, *args, **options)

    def node_module(self, fake, *args, **options):
        """Starts a fake that imports packages of the npm prefix."""
        (self.world / "node_modules").symlink_to(NPM / "node_modules")
        shutil.copy(FAKES / fake, self.world / fake)
        self.start("node", self.world / fake, *args, **options)

    def bash(self, script, *args, **options):
        """Starts a shell script given as text; `mark LABEL` is there for it."""
        prelude = 'mark() { printf "%s %s\\n" "$EPOCHREALTIME" "$1" >>"$DETECT_MARK"; }\n'
        self.start("bash", "-c", prelude + script, "bash", *args, **options)

    def send(self, text):
        """Types; `t` is when."""
        data = text if isinstance(text, bytes) else text.encode()
        self.log("send", text)
        self.t = self.acted = time.time()
        self.trace.typed.append(self.t)
        self.subject.write(data)

    def enter(self, text=""):
        """Types a line and Enter. What was waited for is given with it: a wait that was stated ends there, and
        nothing is claimed until the scenario says what follows."""
        self.send(text + "\r")
        if self.open and "waiting" in self.open.accept:
            self.unsure()

    def type(self, text, gap=0.12):
        """Types as a person does, key by key."""
        for char in text:
            self.send(char)
            time.sleep(gap)

    def resize(self, cols, rows):
        self.log("resize", (cols, rows))
        self.t = self.acted = time.time()
        self.subject.resize(cols, rows)
        self.trace.sizes.append([self.t, cols, rows])
        self.screen.resize(cols, rows)

    def detach(self):
        self.subject.detach()

    def freeze(self, seconds):
        """The machine is suspended: nothing of the session runs, its server neither."""
        self.log("freeze", seconds)
        self.t = time.time()
        self.unsure()
        self.subject.freeze(signal.SIGSTOP)
        time.sleep(seconds)
        self.subject.freeze(signal.SIGCONT)
        self.t = time.time()

    def pause(self, resume=False):
        """mspause and its resume; for scenarios that need `ms:mspause`."""
        self.t = time.time()
        self.subject.pause(resume)

    # Seeing.

    def expect(self, pattern, timeout=25):
        """Waits for output that matches; `t` is when its last byte came."""
        self.log("expect", pattern)
        regex = re.compile(pattern.encode().decode("latin-1"))

        def look():
            with self.lock:
                found = regex.search(self.text, self.pos)
                if found:
                    self.pos = found.end()
                    self.t = self.time_of(found.end())
                return found

        return self.until(look, timeout, f"expected {pattern!r} in the output")

    def time_of(self, offset):
        at = bisect.bisect_left(self.times, (offset, 0.0))
        return self.times[at][1] if at < len(self.times) else time.time()

    def see(self, pattern, timeout=25):
        """Waits until the screen shows a match; `t` is when it first did."""
        self.log("see", pattern)
        regex = re.compile(pattern, re.M)

        def look():
            with self.lock:
                chunks = self.trace.output[self.screen_fed :]
            if not chunks and regex.search(self.screen.text()):
                return True
            for at, data in chunks:
                self.screen.feed(data.encode("latin-1"))
                self.screen_fed += 1
                if regex.search(self.screen.text()):
                    self.t = at
                    return True
            return False

        return self.until(look, timeout, f"expected {pattern!r} on the screen")

    def mark(self, label, timeout=25):
        """Waits for a program's own mark; `t` is the time it names. The newest of its kind counts."""
        self.log("mark", label)

        def look():
            lines = self.marks_file.read_text().split("\n")[:-1]
            for line in lines[len(self.marks) :]:
                self.marks.append(line)
                at, _, name = line.partition(" ")
                if name == label:
                    self.t = float(at.replace(",", "."))
                    return True
            return False

        return self.until(look, timeout, f"expected the mark {label!r}")

    def settled(self, quiet=0.4, timeout=25):
        """Waits until the program has printed something since the last action, and then nothing for a while;
        `t` is its last byte."""
        self.log("settled", quiet)
        look = lambda: self.last_output >= self.acted and time.time() - self.last_output > quiet
        self.until(look, timeout, "output that settles")
        self.t = self.last_output

    def drawn(self, quiet=0.3, timeout=25):
        """Waits until something was printed after `t` and then nothing for a while; `t` is its last byte."""
        begun = self.t
        look = lambda: self.last_output > begun and time.time() - self.last_output > quiet
        self.until(look, timeout, "something drawn")
        self.t = self.last_output

    def quiet(self, seconds):
        """Waits until nothing was printed for a while; `t` moves on to the last byte, if one came."""
        while time.time() - max(self.t, self.last_output) < seconds:
            time.sleep(POLL)
        self.t = max(self.t, self.last_output)

    def until(self, look, timeout, what):
        deadline = time.time() + timeout
        while True:
            found = look()
            if found:
                return found
            if time.time() > deadline or (not self.subject.alive() and self.drained()):
                raise Broken(f"{what}; the last of it was {self.text[-300:]!r}")
            time.sleep(POLL)

    def drained(self):
        """True a moment after the program ended, so that its last output is seen."""
        if not hasattr(self, "gone"):
            self.gone = time.time()
        return time.time() - self.gone > 0.5

    # Stating the truth.

    def truth(self, accept, kinds=(), hold=0.0, label="", limit=False):
        """From `t` on the status is one of `accept`; optionally stays here for `hold` seconds."""
        self.t = max(self.t, self.trace.begin)
        self.close_truth(self.t)
        kinds = [kinds] if isinstance(kinds, str) else list(kinds)
        self.open = Segment(self.t, 0.0, list(accept), kinds, label, limit)
        self.log("truth", (accept, kinds))
        self.hold(hold)

    def hold(self, seconds):
        """Stays until the present truth is this old."""
        while time.time() < self.open.begin + seconds:
            if not self.subject.alive():
                raise Broken(f"the program ended while it should be {self.open.accept}; {self.text[-300:]!r}")
            time.sleep(min(0.05, max(0.0, self.open.begin + seconds - time.time())))
        self.t = time.time()

    def waiting(self, kinds=(), hold=3.0, **options):
        """A person is needed, for somewhat longer than `hold` says: people let programs wait, the first time most."""
        longer = FIRST_WAIT if self.first_wait else LATER_WAIT
        self.first_wait = False
        self.truth(["waiting"], kinds, hold * longer, **options)

    def busy(self, hold=0.0, **options):
        """Not waiting; processing and active can both be defended."""
        self.truth(BUSY, (), hold, **options)

    def processing(self, hold=0.0, **options):
        self.truth(["processing"], (), hold, **options)

    def active(self, hold=0.0, **options):
        self.truth(["active"], (), hold, **options)

    def stay(self, seconds):
        """Leaves the present truth as it is for so long from now."""
        self.hold(time.time() - self.open.begin + seconds)

    def unsure(self):
        """Nothing is claimed from `t` on."""
        self.close_truth(self.t)
        self.open = None

    def close_truth(self, at):
        if self.open:
            self.open.end = max(at, self.open.begin)
            self.trace.truth.append(self.open)
        self.open = None

    def ends(self, timeout=25):
        """Waits until the program is over; what is claimed ends there."""
        self.log("ends", "")
        deadline = time.time() + timeout
        while self.subject.alive():
            if time.time() > deadline:
                raise Broken("expected the program to end")
            time.sleep(POLL)
        self.t = self.last_output or time.time()
        self.close_truth(self.t)

    def finish(self):
        if self.open:
            self.close_truth(time.time())
        self.trace.end = time.time()

    def log(self, step, what):
        self.trace.log.append([time.time(), f"{step} {what!r}"[:200]])
