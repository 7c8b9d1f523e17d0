"""Plays one scenario in a process of its own, with a world of its own, and leaves a trace."""
import os
import pathlib
import shutil
import tempfile
import time
import traceback

from . import proc, registry
from .play import Play
from .services import uid
from .subjects import SUBJECTS
from .surroundings import Broken, Skip
from .trace import Trace


def make_world(scenario):
    """A directory for the program; beside it is room for the subject, which a watcher of files must not see."""
    base = pathlib.Path(tempfile.mkdtemp(prefix="dt-"))
    world = base / "w"
    world.mkdir()
    base.chmod(0o755)
    if scenario.user:
        os.chown(world, uid(scenario.user), uid(scenario.user))
        os.chown(base, uid(scenario.user), uid(scenario.user))
    return world


def play(name, subject, out):
    """Plays the scenario called `name`; the trace goes to `out`."""
    scenario = next(s for s in registry.load() if s.name == name)
    trace = Trace(scenario.name, scenario.group, subject, scenario.cols, scenario.rows)
    proc.become_subreaper()
    world = make_world(scenario)
    if facts := os.environ.get("MS_DETECT_FACTS"):
        os.environ["MS_DETECT_FACTS_FILE"] = str(pathlib.Path(facts) / f"{name}.facts")
    os.chdir(world)
    player = Play(scenario, SUBJECTS[subject], world, trace)
    try:
        scenario.play(player)
    except Skip as why:
        trace.skipped = str(why)
    except Broken as why:
        trace.error = str(why)
    except Exception:
        trace.error = traceback.format_exc()
    player.finish()
    end(player, world)
    trace.status = [entry for entry in trace.status if entry[0] <= trace.end + 0.5]
    trace.save(pathlib.Path(out))


def end(player, world):
    """Leaves no process and no file behind."""
    try:
        player.subject.close()
    except Exception as why:
        player.trace.log.append([time.time(), f"close {why!r}"])
    player.services.close()
    proc.end_all_below(os.getpid())
    os.chdir("/")
    shutil.rmtree(world.parent, ignore_errors=True)
