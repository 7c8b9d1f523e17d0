"""What a worker leaves behind: one JSON file a scenario. All times are seconds since 1970."""
import json
from dataclasses import asdict, dataclass, field
from typing import List, Optional


@dataclass
class Segment:
    """A stretch of time whose status is known by construction."""

    begin: float
    end: float
    accept: List[str]
    kinds: List[str]
    label: str = ""
    limit: bool = False

    @property
    def waiting(self) -> bool:
        return self.accept == ["waiting"]

    @property
    def either(self) -> bool:
        """Both waiting and not waiting can be defended: counts for neither."""
        return "waiting" in self.accept and len(self.accept) > 1

    @property
    def seconds(self) -> float:
        return self.end - self.begin


@dataclass
class Trace:
    name: str
    group: str
    subject: str
    cols: int = 80
    rows: int = 24
    begin: float = 0.0
    end: float = 0.0
    output: List[list] = field(default_factory=list)  # [time, bytes as latin-1]
    sizes: List[list] = field(default_factory=list)  # [time, cols, rows]
    typed: List[float] = field(default_factory=list)
    truth: List[Segment] = field(default_factory=list)
    status: List[list] = field(default_factory=list)  # [time, status.json]
    skipped: Optional[str] = None
    error: Optional[str] = None
    log: List[list] = field(default_factory=list)  # [time, step]

    def save(self, file):
        file.write_text(json.dumps(asdict(self)))

    @staticmethod
    def load(file) -> "Trace":
        data = json.loads(file.read_text())
        data["truth"] = [Segment(**segment) for segment in data["truth"]]
        return Trace(**data)
