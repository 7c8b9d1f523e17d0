"""The subjects by name."""
from .ms import MsSubject, has_ms
from .plain import PtySubject

SUBJECTS = {"ms": MsSubject, "pty": PtySubject}

__all__ = ["SUBJECTS", "has_ms"]
