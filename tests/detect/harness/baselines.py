"""What others do, replayed over the same output: each gives a list of (time, status) changes.

silence N     nothing printed for N seconds (tmux's monitor-silence)
bell          a BEL outside a control string, until the next key (tmux's monitor-bell)
regex         a prompt at the cursor or on the last line
hash 500 ms   the screen's text hashed each 500 ms; equal to the last one means ready (claude-squad)
stable 2 s    the screen's text looked at each 25 ms and unchanged for 2 s (agentapi)

None of them tells working from running, so what is not waiting counts as processing.
"""
import bisect
import re

from .vt import Screen

WAITING, BUSY = "waiting", "processing"
PROMPT = re.compile(
    r"([$#%>❯›»?:]|\(gdb\)|\(Pdb\)|\]:?|\[[^\]]*[yY]/[nN][^\]]*\]|\([yY](es)?/[nN]o?[^)]*\)) ?$"
    r"|(?i:password|passphrase|press (any key|enter|return)|continue\?|\(END\)|--More--)"
)
STRINGS = re.compile(r"\x1b[\]PX^_][^\x07\x1b]*(\x07|\x1b\\)?")
TICK, STABLE, SAMPLE = 0.5, 2.0, 0.025


def silence(seconds):
    def judge(trace, _):
        changes, times = [(trace.begin, BUSY)], [trace.begin, *(at for at, _ in trace.output)]
        for at, following in zip(times, [*times[1:], trace.end]):
            changes.append((at, BUSY))
            if following - at > seconds:
                changes.append((at + seconds, WAITING))
        return changes

    return judge


def bell(trace, _):
    changes = [(trace.begin, BUSY)]
    for at, data in trace.output:
        if "\a" in STRINGS.sub("", data):
            changes.append((at, WAITING))
    changes += [(at, BUSY) for at in trace.typed]
    return sorted(changes)


def regex(trace, screens):
    changes = [(trace.begin, BUSY)]
    for at, _, cursor, last in screens:
        prompt = PROMPT.search(cursor) or PROMPT.search(last)
        changes.append((at, WAITING if prompt else BUSY))
    return changes


def hash_500ms(trace, screens):
    times = [screen[0] for screen in screens]
    changes, before, tick = [(trace.begin, BUSY)], None, 0
    while trace.begin + tick * TICK < trace.end:
        at = trace.begin + tick * TICK
        index = bisect.bisect_right(times, at) - 1
        text = screens[index][1] if index >= 0 else ""
        changes.append((at, WAITING if text == before else BUSY))
        before, tick = text, tick + 1
    return changes


def stable_2s(trace, screens):
    times, text = [trace.begin], ""
    for at, shown, _, _ in screens:
        if shown != text:
            times.append(at)
            text = shown
    changes = []
    for at, following in zip(times, [*times[1:], trace.end]):
        changes.append((at, BUSY))
        if following - at > STABLE + SAMPLE:
            changes.append((at + STABLE + SAMPLE, WAITING))
    return changes


def screens_of(trace):
    """The screen after each chunk of output: (time, text, line before the cursor, last line)."""
    screen, shown, sizes = Screen(trace.cols, trace.rows), [], list(trace.sizes)
    for at, data in trace.output:
        while sizes and sizes[0][0] <= at:
            screen.resize(*sizes.pop(0)[1:])
        screen.feed(data.encode("latin-1"))
        shown.append((at, screen.text(), screen.cursor_line(), screen.last_line()))
    return shown


BASELINES = {
    "silence 1 s": silence(1.0),
    "silence 3 s": silence(3.0),
    "silence 5 s": silence(5.0),
    "BEL": bell,
    "prompt regex": regex,
    "hash 500 ms": hash_500ms,
    "stable 2 s": stable_2s,
}


def judge_all(trace):
    """Every baseline's changes for one trace."""
    screens = screens_of(trace)
    return {name: judge(trace, screens) for name, judge in BASELINES.items()}
