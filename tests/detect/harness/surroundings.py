"""Where a scenario's program runs: its directory, environment and servers, and what is prepared there."""
import os
import pathlib
import shutil
import subprocess
import time

from .registry import FAKES, PASSWORD, path
from .services import Services, uid

POLL = 0.01


class Broken(Exception):
    """The program did not do what the scenario says: a fault of the scenario, not of the subject."""


class Skip(Exception):
    """Something that can only be known on the way is missing."""


class Surroundings:
    def __init__(self, scenario, world):
        self.scenario, self.world = scenario, world
        self.marks_file = world.parent / "marks"
        self.services = Services(world)
        self.env = self.environment()

    def environment(self):
        home = self.world / "home"
        home.mkdir()
        env = {
            "HOME": str(home), "PATH": path(self.scenario.user), "TERM": "xterm-256color", "LANG": "C.UTF-8", "SHELL": "/bin/bash",
            "DETECT_MARK": str(self.marks_file), "FAKES": str(FAKES), "PYTHONPATH": str(FAKES),
            "TMPDIR": str(self.world), "USER": self.scenario.user or "root", "PAGER": "less", "LESSHISTFILE": "-",
            "GIT_CONFIG_GLOBAL": str(home / "gitconfig"), "PYTHONDONTWRITEBYTECODE": "1", "NO_UPDATE_NOTIFIER": "1",
            "CARGO_HOME": os.environ.get("CARGO_HOME", str(pathlib.Path.home() / ".cargo")),
            "RUSTUP_HOME": os.environ.get("RUSTUP_HOME", str(pathlib.Path.home() / ".rustup")),
        }
        self.marks_file.touch()
        self.marks_file.chmod(0o666)
        (home / "gitconfig").write_text("[user]\n name = A\n email = a@example.invalid\n[init]\n defaultBranch = main\n")
        return env

    def file(self, name, text="", mode=0o644):
        """A file in the scenario's directory, which is also where its program runs."""
        file = self.world / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        file.chmod(mode)
        self.hand_over()
        return str(file)

    def hand_over(self):
        """What was made here belongs to the user that plays."""
        if self.scenario.user:
            owner = uid(self.scenario.user)
            for directory, _, files in os.walk(self.world):
                for name in ["", *files]:
                    os.chown(os.path.join(directory, name), owner, owner)

    def run(self, command, **options):
        """Prepares something, out of sight of the subject."""
        done = subprocess.run(
            command, shell=isinstance(command, str), cwd=self.world, env=self.env, capture_output=True, timeout=60,
            stdin=subprocess.DEVNULL, **options,
        )
        self.hand_over()
        if done.returncode:
            raise Broken(f"{command}: {done.stderr.decode(errors='replace')[-300:]}")
        return done.stdout.decode(errors="replace")

    def need(self, condition, why):
        if not condition:
            raise Skip(why)

    def appears(self, name, timeout=15):
        """Waits for a file in the scenario's directory."""
        deadline = time.time() + timeout
        while not (self.world / name).exists():
            if time.time() > deadline:
                raise Broken(f"{name} does not appear")
            time.sleep(POLL)

    def postgres(self):
        """The port of a database server of the scenario's own; skips the scenario where there is none."""
        initdb = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/initdb"))
        self.need(initdb, "no postgresql server")
        return self.services.postgres(initdb[-1].parent)

    def password(self):
        """The test user's."""
        return PASSWORD.read_text().strip()

    def which(self, name):
        return shutil.which(name, path=self.env["PATH"])
