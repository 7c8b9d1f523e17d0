"""Figures as a table for eyes and as JSON."""
from .score import Figures, percentile

COLUMNS = [
    ("3 states", 9), ("in 1 s", 8), ("wait y/n", 9), ("ends", 7), ("false/h", 9), (">1s", 5), ("missed", 8),
    ("p50", 7), ("p90", 7), ("p95", 7), ("flaps", 6),
]


def share(part, whole):
    return None if not whole else part / whole


def summary(figures):
    """The figures that are promised, as plain numbers (seconds, shares)."""
    latency = {f"p{p}": percentile(figures.latencies, p / 100) for p in (50, 90, 95)}
    return {
        "seconds": round(figures.seconds, 1),
        "accuracy3": share(figures.right3, figures.seconds),
        "accuracy3_within_1s": share(figures.graced, figures.seconds),
        "accuracy2": share(figures.right2, figures.seconds2),
        "ends": figures.ends,
        "ends_right": figures.ends_right,
        "ends_share": share(figures.ends_right, figures.ends),
        "false_wait_seconds_per_hour": share(3600 * figures.false_seconds, figures.busy_seconds),
        "false_waits_per_hour": share(3600 * figures.false_waits, figures.busy_seconds),
        "false_waits_over_1s": len(figures.long_false),
        "waits": figures.waits,
        "missed": figures.missed,
        "latency": latency,
        "flaps": figures.flaps,
        "kinds": figures.kinds,
        "kinds_share": share(figures.kinds_right, figures.kinds),
    }


def percent(value):
    return "-" if value is None else f"{100 * value:.1f}%"


def seconds(value):
    return "-" if value is None else f"{value:.2f}s"


def row(name, figures):
    s = summary(figures)
    hourly = s["false_wait_seconds_per_hour"]
    cells = [
        percent(s["accuracy3"]), percent(s["accuracy3_within_1s"]), percent(s["accuracy2"]), percent(s["ends_share"]),
        "-" if hourly is None else f"{hourly:.0f}s", str(s["false_waits_over_1s"]), f"{s['missed']}/{s['waits']}",
        *(seconds(s["latency"][p]) for p in ("p50", "p90", "p95")), str(s["flaps"]),
    ]
    return line(name, cells)


GOAL = ["", "96.0%", "", "98.5%", "", "0", "", "0.15s", "0.80s", "", "0"]


def line(name, cells):
    return f"{name:14}" + "".join(f"{cell:>{width}}" for cell, (_, width) in zip(cells, COLUMNS))


HEAD = line("", [title for title, _ in COLUMNS])
LEGEND = """\
3 states  time whose status (waiting, processing, active) was right     ends    segments right at their end
in 1 s    the same, with a second of grace after each change of what is true
wait y/n  time in which waiting or not was right                        missed  waits never reported
false/h   seconds of false waiting in an hour of not waiting            >1s     false waits longer than a second
p50..95   from the true start of a wait to its report                   flaps   right statuses left again
"""


def table(judges, goal=False):
    """One line a judge; under the tools' own, what they aim at."""
    lines = [row(name, figures) for name, figures in judges.items()]
    if goal and "ms" in judges:
        lines.insert(1, line("  goal", GOAL))
    return "\n".join([HEAD, *lines])


def groups(results, judge):
    """One line a group of scenarios."""
    sums = {}
    for result in results:
        for name, figures in result.get("figures", {}).items():
            if name == judge:
                sums.setdefault(result["group"], Figures()).add(figures)
    return "\n".join([HEAD, *(row(group, figures) for group, figures in sorted(sums.items()))]) if sums else ""


def mistaken_kinds(figures):
    """Which kinds of wait were told as which, the commonest first, with where that was."""
    groups = {}
    for mistake in figures.mistaken:
        groups.setdefault(("/".join(mistake["wanted"]), mistake["told"] or "none"), []).append(mistake["scenario"])
    for (wanted, told), where in sorted(groups.items(), key=lambda item: -len(item[1])):
        yield f"  {len(where):3} {wanted} told as {told}: {', '.join(sorted(set(where)))}"[:160]


def per_scenario(results):
    """One line a scenario: what was wrong, if anything."""
    lines = []
    for result in results:
        lines.append(f"{result['state']:5} {result['name']:34} {result['seconds']:6.1f}s  {'; '.join(result['notes'])}"[:200])
    return "\n".join(lines)
