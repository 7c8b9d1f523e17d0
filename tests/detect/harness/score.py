"""Compares what was reported over time with the truth. Pure: traces in, figures out."""
from dataclasses import dataclass, field
from typing import List, Optional

EDGE = 1e-6
SEEN_LATE = 0.05  # our view of the output may lag by this; what a segment ended as is asked before it
GRACE = 1.0  # a change that is reported this late is counted as in time in `graced`
SHORTEST_END = 0.8  # a shorter segment is not asked how it ended
LONG_FALSE_WAIT = 1.0


@dataclass
class Figures:
    """Sums over segments; ratios are formed when they are printed."""

    seconds: float = 0.0
    right3: float = 0.0
    seconds2: float = 0.0
    right2: float = 0.0
    graced: float = 0.0
    busy_seconds: float = 0.0
    false_seconds: float = 0.0
    false_waits: int = 0
    ends: int = 0
    ends_right: int = 0
    waits: int = 0
    missed: int = 0
    latencies: List[float] = field(default_factory=list)
    flaps: int = 0
    kinds: int = 0
    kinds_right: int = 0
    wrong: List[str] = field(default_factory=list)
    long_false: List[dict] = field(default_factory=list)
    mistaken: List[dict] = field(default_factory=list)

    def add(self, other):
        for name, value in vars(other).items():
            setattr(self, name, getattr(self, name) + value)


def spans(changes, begin, end):
    """The stretches of [begin, end) with one status each."""
    if end <= begin:
        return []
    status, at, found = None, begin, []
    for time, new in changes:
        if time > begin + EDGE:
            if time >= end:
                break
            if new != status:
                found.append((at, time, status))
                at, status = time, new
        else:
            status = new
    found.append((at, end, status))
    return [span for span in found if span[1] > span[0]]


def judge_segment(segment, changes, kind_at=None):
    """The figures of one segment."""
    out = Figures()
    parts = spans(changes, segment.begin, segment.end)
    if not parts:
        return out
    right = lambda status: status in segment.accept
    out.seconds = segment.seconds
    out.right3 = sum(b - a for a, b, status in parts if right(status))
    late = segment.begin + GRACE
    out.graced = sum(b - a if right(status) else max(0.0, min(b, late) - a) for a, b, status in parts)
    if not segment.either:
        out.seconds2 = segment.seconds
        out.right2 = sum(b - a for a, b, status in parts if (status == "waiting") == segment.waiting)
        if not segment.waiting:
            out.busy_seconds = segment.seconds
            out.false_seconds = segment.seconds - out.right2
    if segment.seconds >= SHORTEST_END:
        out.ends = 1
        last = spans(changes, segment.begin, segment.end - SEEN_LATE)[-1][2]
        out.ends_right = int(right(last))
        if not out.ends_right:
            out.wrong.append(f"{label(segment)} ended {last}")
    if segment.waiting and segment.seconds >= SHORTEST_END:
        judge_wait(segment, parts, out, kind_at)
    out.flaps = flaps(spans(changes, segment.begin, segment.end - SEEN_LATE), right)
    return out


def judge_wait(segment, parts, out, kind_at):
    """When the wait was reported, and as what."""
    out.waits = 1
    reported = next((a for a, _, status in parts if status == "waiting"), None)
    if reported is None:
        out.missed = 1
        return
    out.latencies.append(reported - segment.begin)
    if segment.kinds and kind_at:
        told = kind_at(segment.end - SEEN_LATE)
        out.kinds = 1
        out.kinds_right = int(told in segment.kinds)
        if not out.kinds_right:
            out.mistaken.append({"wanted": segment.kinds, "told": told, "label": label(segment)})


def flaps(parts, right):
    """Times that a right status was left again."""
    settled, count = False, 0
    for _, _, status in parts:
        if right(status):
            settled = True
        elif settled:
            count += 1
            settled = False
    return count


def false_waits(trace, segments, changes):
    """Stretches of waiting where none was true, joined over neighbouring segments."""
    found, current = [], None
    for segment in segments:
        for a, b, status in spans(changes, segment.begin, segment.end):
            false = status == "waiting" and "waiting" not in segment.accept
            if false and current and a - current["end"] < 0.001:
                current["end"] = b
            elif false:
                current = {"scenario": trace.name, "begin": a - trace.begin, "start": a, "end": b, "label": label(segment)}
                found.append(current)
            else:
                current = None
    for wait in found:
        wait["seconds"] = round(wait["end"] - wait.pop("start"), 3)
        wait["begin"] = round(wait["begin"], 3)
        del wait["end"]
    return found


def label(segment):
    return segment.label or "/".join(segment.accept)


def judge(trace, changes, kind_at=None, limit: Optional[bool] = False):
    """The figures of one trace, over the segments that are (or are not) limits."""
    total = Figures()
    segments = [s for s in trace.truth if s.limit == limit and s.end > s.begin + EDGE]
    for segment in segments:
        total.add(judge_segment(segment, changes, kind_at))
    for mistake in total.mistaken:
        mistake["scenario"] = trace.name
    waits = false_waits(trace, segments, changes)
    total.false_waits = len(waits)
    total.long_false = [wait for wait in waits if wait["seconds"] > LONG_FALSE_WAIT]
    return total


def reported(trace):
    """The subject's own changes, and a function for the kind it named at a time."""
    changes = [(max(at, trace.begin), record.get("status")) for at, record in trace.status]
    if not changes or changes[0][0] > trace.begin:
        changes.insert(0, (trace.begin, "active"))
    known = sorted(((at, record.get("kind")) for at, record in trace.status), key=lambda pair: pair[0])

    def kind_at(time):
        kind = None
        for at, name in known:
            if at >= time:
                break
            kind = name
        return kind

    return changes, kind_at


def percentile(values, share):
    """The value that `share` of them do not exceed; None of none."""
    if not values:
        return None
    values = sorted(values)
    return values[min(len(values) - 1, int(share * len(values)))]
