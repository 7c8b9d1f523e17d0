"""What a scenario is played through. A subject starts one program on a terminal, types into it and hands on
its output (and, if it has an opinion, its status) with the times at which they were seen. It never judges.
"""
import threading

from . import proc

from .services import uid
READ_SIZE = 65536


def as_user(user):
    """The words in front of a command that is to run as another user."""
    if not user:
        return []
    return ["setpriv", f"--reuid={uid(user)}", f"--regid={uid(user)}", "--clear-groups", "--"]


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
