#!/usr/bin/env python3
"""Puts recordings of played scenarios into the judge's corpus, with what the scenarios say is true.

    tests/detect/run.py --facts FACTS --record TRACES --only NAME
    tests/detect/corpus.py FACTS TRACES CORPUS

A line is written for each recording whose session was judged right at the end of each stretch of truth: those
moments, in seconds of the recording, with status and kind.
"""
import json
import pathlib
import shutil
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from harness.trace import Trace  # noqa: E402

BEFORE_END = 0.05
LARGEST = 40_000


def reported(trace, at):
    """Status and kind as they were reported at a moment."""
    past = [record for moment, record in trace.status if moment <= at]
    return (past[-1]["status"], past[-1].get("kind")) if past else (None, None)


def zero(lines):
    """The moment of the recording's `at` 0, in seconds since 1970: its first look was taken as it began."""
    began, first = json.loads(lines[0])["began"] / 1000, json.loads(lines[1])["at"] / 1e6
    return began - first


def moments(trace, start, end):
    """The moments at which the truth is known and was reported, as words of the index; none if it was not."""
    words = []
    for segment in trace.truth:
        at = segment.end - BEFORE_END
        if segment.limit or segment.either or not start + 0.3 < at < end:
            continue
        status, kind = reported(trace, at)
        if status not in segment.accept or (segment.waiting and segment.kinds and kind not in segment.kinds):
            return None
        words.append(f"{at - start:.2f}={status}" + (f"/{kind}" if kind and status == "waiting" else ""))
    return words


def main(facts, traces, corpus):
    index = []
    for file in sorted(pathlib.Path(facts).glob("*.facts")):
        kept = pathlib.Path(traces) / f"{file.stem}.0.json"
        if not kept.exists():
            continue
        trace = Trace.load(kept)
        lines = file.read_text().splitlines()
        if trace.skipped or trace.error or len(lines) < 3 or file.stat().st_size > LARGEST:
            continue
        start = zero(lines)
        words = moments(trace, start, start + json.loads(lines[-1])["at"] / 1e6 + 10)
        if words:
            shutil.copyfile(file, pathlib.Path(corpus) / file.name)
            index.append(f"{file.stem:34} {' '.join(words)}")
    (pathlib.Path(corpus) / "index").write_text("\n".join(index) + "\n")
    print(f"{len(index)} recordings")


if __name__ == "__main__":
    main(*sys.argv[1:4])
