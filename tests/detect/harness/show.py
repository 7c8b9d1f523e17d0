"""One trace as a timeline: what was done, what was true, what was printed, what was reported and why."""


def timeline(trace):
    """Lines of (seconds since the start, kind, text), in order."""
    events = [(at, "did", step) for at, step in trace.log]
    events += [(s.begin, "TRUE", "/".join(s.accept) + f" {s.label}" + (" (limit)" if s.limit else "")) for s in trace.truth]
    events += [(at, "status", describe(record)) for at, record in trace.status]
    events += quiet_output(trace.output)
    base = trace.begin or (events[0][0] if events else 0)
    return [f"{at - base:8.3f} {kind:6} {text}" for at, kind, text in sorted(events, key=lambda event: event[0])]


def describe(record):
    """A verdict in one line, what decided first."""
    evidence = sorted(record.get("evidence", []), key=lambda e: not e.get("decided"))
    seen = "; ".join(("*" if e.get("decided") else "") + f"{e['source']}: {e['says']}" for e in evidence)
    return f"{record.get('status')} {record.get('kind') or ''} {record.get('confidence') or ''} [{seen}]"


def quiet_output(output):
    """Output in runs: what comes within 0.2 s is one event."""
    events, begun, last, size, text = [], None, None, 0, ""
    for at, data in [*output, (float("inf"), "")]:
        if begun is not None and at - last > 0.2:
            events.append((begun, "output", f"{size} bytes until +{last - begun:.2f}s: {text[:70]!r}"))
            begun = None
        if begun is None:
            begun, size, text = at, 0, ""
        last, size, text = at, size + len(data), text + data[:100]
    return events
