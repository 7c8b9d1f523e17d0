"""The list of scenarios, and whether what one needs is installed.

A scenario is a function in `scenarios/*.py` with the decorator `@scenario(...)`; its name is the
function's with '-' for '_', its first docstring line says what it is about.
"""
import importlib
import os
import pathlib
import pwd
import shutil
from dataclasses import dataclass, field
from typing import Callable, List, Optional

HERE = pathlib.Path(__file__).resolve().parent.parent
FAKES = HERE / "fakes"
PREFIX = pathlib.Path(
    os.environ.get("MS_DETECT_PREFIX")
    or pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "ms-detect"
)
VENV = PREFIX / "venv"
NPM = PREFIX / "npm"
BUILT = PREFIX / "bin"
# Of the test user that `install.sh user` makes.
PASSWORD = PREFIX / "password"


@dataclass
class Scenario:
    name: str
    play: Callable
    about: str
    group: str
    needs: List[str] = field(default_factory=list)
    heavy: bool = False
    user: Optional[str] = None
    cols: int = 80
    rows: int = 24

    def missing(self, subject: str) -> List[str]:
        """What this scenario needs and this machine does not have."""
        needs = self.needs + (["root"] if self.user else [])
        return [need for need in needs if not available(need, subject, self.user)]


SCENARIOS: List[Scenario] = []


def scenario(*needs, heavy=False, user=None, cols=80, rows=24):
    """Registers a scenario. `needs`: commands, `py:MODULE`, `npm:PACKAGE`, `bin:FAKE`, `root`, `user:NAME`, `ms:TOOL`, `attach`."""

    def register(play):
        name = play.__name__.replace("_", "-")
        if any(other.name == name for other in SCENARIOS):
            raise ValueError(f"two scenarios are called {name}")
        about = (play.__doc__ or "").strip().split("\n")[0]
        group = play.__module__.rsplit(".", 1)[-1]
        SCENARIOS.append(Scenario(name, play, about, group, list(needs), heavy, user, cols, rows))
        return play

    return register


def path(user=None):
    """The PATH that scenarios run with: what install.sh made comes first. Another user's has what it may reach."""
    own = [str(BUILT), str(VENV / "bin"), str(NPM / "node_modules" / ".bin")]
    system = os.environ.get("PATH", "").split(":")
    directories = own + system + ["/usr/sbin", "/sbin", "/usr/games"]
    return ":".join(d for d in directories if not user or reachable(pathlib.Path(d)))


def reachable(directory):
    """Whether everybody may go there."""
    try:
        return all(part.stat().st_mode & 0o001 for part in [directory, *directory.parents])
    except OSError:
        return False


def python_with(module):
    """Whether the venv's Python has this module, without starting it."""
    found = list(VENV.glob(f"lib/python3*/site-packages/{module}")) + list(
        VENV.glob(f"lib/python3*/site-packages/{module}.py")
    )
    return bool(found)


def available(need: str, subject: str, user: Optional[str] = None) -> bool:
    """Whether one need is met."""
    kind, _, name = need.partition(":")
    if name and kind not in ("ms", "user") and user and not reachable(PREFIX):
        return False
    if kind == "py":
        return python_with(name)
    if kind == "npm":
        return (NPM / "node_modules" / name).is_dir()
    if kind == "bin":
        return os.access(BUILT / name, os.X_OK)
    if kind == "ms":
        return subject == "ms" and os.access(pathlib.Path(os.environ.get("MS_DETECT_BIN", "/")) / name, os.X_OK)
    if need == "attach":
        return subject != "ms" or available("ms:msswitch", subject)
    if kind == "user":
        return PASSWORD.exists() and any(entry.pw_name == name for entry in pwd.getpwall())
    if need == "root":
        return os.geteuid() == 0
    return shutil.which(need, path=path(user)) is not None


def load() -> List[Scenario]:
    """Imports every file of scenarios; returns them in a fixed order."""
    if not SCENARIOS:
        for file in sorted((HERE / "scenarios").glob("[a-z]*.py")):
            importlib.import_module(f"scenarios.{file.stem}")
    return SCENARIOS


def play_as(user):
    """Has every scenario that needs no rights of root played by an ordinary user."""
    for s in load():
        s.user = s.user or (None if "root" in s.needs else user)
