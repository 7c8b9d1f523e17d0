#!/usr/bin/env python3
"""The public benchmark of the judgement: who waits, who works, told from outside.

Plays scenarios of real programs, whose truth over time is known by construction, through the ms tools
(or a plain pty), and prints how right the tools were, beside baselines judged from the same output.
"""
import argparse
import json
import multiprocessing
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from harness import baselines, cost, proc, registry, report, score, show as timeline, subjects  # noqa: E402
from harness.trace import Trace  # noqa: E402

TIME_LIMIT = 150
WORKER = "--worker"
PARTS = (("figures", ""), ("limits", "\nwhat cannot be known (ms-detect(7), LIMITS), apart:\n"))


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--subject", choices=sorted(subjects.SUBJECTS), default="ms")
    parser.add_argument("--bin", metavar="DIR", help="where the ms tools are (target/release)")
    parser.add_argument("--only", metavar="PATTERN", action="append", default=[], help="scenarios whose name or group has this in it")
    parser.add_argument("--list", action="store_true", help="list the scenarios and what each still needs")
    parser.add_argument("--jobs", type=int, default=12, help="scenarios at once (12)")
    parser.add_argument("--heavy", type=int, default=1, help="of these, that use the CPU (1)")
    parser.add_argument("--as-nobody", action="store_true", help="play as an ordinary user what needs no root")
    parser.add_argument("--repeat", type=int, default=1, help="play each so often (1)")
    parser.add_argument("--record", metavar="DIR", help="keep the traces here")
    parser.add_argument("--facts", metavar="DIR", help="record here what each session is judged by (msls --record)")
    parser.add_argument("--replay", metavar="DIR", help="judge kept traces again; play nothing")
    parser.add_argument("--show", metavar="DIR", help="print kept traces as timelines: what was done, true and reported")
    parser.add_argument("--json", metavar="FILE", help="write all figures here")
    parser.add_argument("--cost", action="store_true", help="print only what settled sessions and looks cost")
    parser.add_argument("--verbose", action="store_true", help="a line for each scenario, right or not")
    return parser.parse_args()


def selected(patterns):
    wanted = lambda s: not patterns or any(p in s.name or p == s.group for p in patterns)
    return [s for s in registry.load() if wanted(s)]


def list_scenarios(scenarios, subject_name):
    for s in scenarios:
        missing = s.missing(subject_name)
        print(f"{s.group:10} {s.name:34} {s.about}" + (f"  [missing: {' '.join(missing)}]" if missing else ""))
    print(f"{len(scenarios)} scenarios")


class Scheduler:
    """Runs workers, heavy ones a few at a time and first."""

    def __init__(self, args, directory):
        self.args, self.directory = args, directory
        self.running = {}

    def play(self, work):
        todo = sorted(work, key=lambda item: not item[0].heavy)
        done = 0
        while todo or self.running:
            index = next((i for i, item in enumerate(todo) if self.fits(item[0])), None)
            if index is not None:
                self.launch(*todo.pop(index))
                time.sleep(0.1)
                continue
            time.sleep(0.05)
            done += self.collect()
            self.progress(done, len(todo))

    def fits(self, scenario):
        heavy = sum(1 for _, s, _ in self.running.values() if s.heavy)
        return len(self.running) < self.args.jobs and not (scenario.heavy and heavy >= self.args.heavy)

    def launch(self, scenario, number):
        out = self.directory / f"{scenario.name}.{number}.json"
        command = [sys.executable, __file__, WORKER, scenario.name, self.args.subject, str(out)]
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL)
        self.running[child] = (time.time(), scenario, out)

    def collect(self):
        ended = 0
        for child, (begun, scenario, out) in list(self.running.items()):
            late = time.time() - begun > TIME_LIMIT
            if child.poll() is None and not late:
                continue
            if late:
                proc.signal_all([*proc.below(child.pid), child.pid], 9)
            child.wait()
            if not out.exists():
                Trace(scenario.name, scenario.group, self.args.subject, error="took too long" if late else "the worker died").save(out)
            del self.running[child]
            ended += 1
        return ended

    def progress(self, done, left):
        if sys.stderr.isatty():
            sys.stderr.write(f"\r{done} played, {len(self.running)} running, {left} to go ")


def judge_file(file):
    """All judges' figures for one kept trace."""
    trace = Trace.load(pathlib.Path(file))
    result = {"name": trace.name, "group": trace.group, "skipped": trace.skipped, "error": trace.error, "seconds": 0.0}
    if trace.skipped or trace.error:
        return result
    judges = dict(baselines.judge_all(trace))
    kinds = {}
    if trace.subject != "pty":
        judges[trace.subject], kinds[trace.subject] = score.reported(trace)
    result["seconds"] = trace.end - trace.begin
    result["figures"] = {n: score.judge(trace, c, kinds.get(n)) for n, c in judges.items()}
    result["limits"] = {n: score.judge(trace, c, kinds.get(n), limit=True) for n, c in judges.items()}
    result["segments"] = len(trace.truth)
    return result


def trace_files(directory, names):
    return [f for f in sorted(directory.glob("*.json")) if f.name.rsplit(".", 2)[0] in names]


def judge_files(directory, names):
    files = [str(f) for f in trace_files(directory, names)]
    with multiprocessing.Pool(os.cpu_count()) as pool:
        return pool.map(judge_file, files, chunksize=2)


def show_traces(directory, names):
    for file in trace_files(directory, names):
        trace = Trace.load(file)
        print(f"== {trace.name}" + (f": {trace.error}" if trace.error else ""))
        print("\n".join(timeline.timeline(trace)))


def totals(results, part):
    sums = {}
    for result in results:
        for name, figures in result.get(part, {}).items():
            sums.setdefault(name, score.Figures()).add(figures)
    return dict(sorted(sums.items(), key=lambda item: item[0] not in subjects.SUBJECTS))


def describe(result, main):
    """State and notes of one scenario for the list."""
    if result["skipped"] or result["error"]:
        return {**result, "state": "skip" if result["skipped"] else "BROKE", "notes": [result["skipped"] or result["error"].strip().split("\n")[-1]]}
    figures = result["figures"].get(main)
    if figures is None:
        return {**result, "state": "ok", "notes": []}
    notes = list(figures.wrong)
    notes += [f"false wait {w['seconds']:.1f}s at {w['begin']:.1f}s in {w['label']}" for w in figures.long_false]
    notes += [f"latency {max(figures.latencies):.1f}s"] if figures.latencies and max(figures.latencies) > 1 else []
    notes += [f"{figures.flaps} flaps"] if figures.flaps else []
    state = "ok" if not figures.wrong else "WRONG"
    return {**result, "state": state, "notes": notes}


def show(results, missing, args, wall):
    main = args.subject
    described = [describe(r, main) for r in results]
    bad = [r for r in described if args.verbose or r["notes"]]
    print(report.per_scenario(bad))
    for part, title in PARTS:
        sums = totals(results, part)
        if sums and any(f.seconds for f in sums.values()):
            print(title)
            print(report.table(sums, goal=part == "figures"))
    if by_group := report.groups(results, main):
        print(f"\n{main} by kind of program:\n{by_group}")
    print("\n" + report.LEGEND)
    if main in totals(results, "figures"):
        figures = totals(results, "figures")[main]
        s = report.summary(figures)
        print(f"{s['ends']} segments, {s['seconds']:.0f} s of truth, kinds right {report.percent(s['kinds_share'])}, took {wall:.0f} s")
        print("\n".join(["kinds mistaken:", *report.mistaken_kinds(figures)] if figures.mistaken else []))
    count = lambda *states: sum(1 for r in described if r["state"] in states)
    skipped = len(missing) + count("skip")
    print(f"{count('ok')} passed, {count('WRONG', 'BROKE')} failed, {skipped} skipped")
    return described


def looks_and_verdicts(directory):
    """How many looks the recordings here have, and how many verdicts: what a verdict cost in looks."""
    lines = [line for file in pathlib.Path(directory).glob("*.facts") for line in file.read_text().split("\n")]
    count = lambda what: sum(1 for line in lines if f',"{what}":' in line[:40])
    looks, verdicts = count("look"), count("verdict")
    return f"a verdict took {looks / max(1, verdicts):.1f} looks ({looks} looks, {verdicts} verdicts recorded)"


def write_json(file, results, described, missing):
    """Everything, with stable names."""
    data = {
        "judges": {n: report.summary(f) for n, f in totals(results, "figures").items()},
        "limits": {n: report.summary(f) for n, f in totals(results, "limits").items()},
        "scenarios": [
            {
                "name": r["name"], "group": r["group"], "state": r["state"], "notes": r["notes"],
                "false_waits": [w for f in [r.get("figures", {}).get("ms")] if f for w in f.long_false],
                "judges": {n: report.summary(f) for n, f in r.get("figures", {}).items()},
            }
            for r in described
        ],
        "skipped": missing,
    }
    pathlib.Path(file).write_text(json.dumps(data, indent=1))


def find_tools(args):
    """Where the ms tools are; ends the run when they are wanted and missing."""
    root = HERE.parent.parent
    places = [args.bin] if args.bin else [root / "target/release", root / "target/debug"]
    for place in places:
        if subjects.has_ms(str(place)):
            os.environ["MS_DETECT_BIN"] = str(pathlib.Path(place).resolve())
            return
    if args.subject == "ms":
        sys.exit(f"detect-bench: no ms tools in {' or '.join(map(str, places))}; run 'cargo build --release' first")


def print_cost():
    directory = os.environ["MS_DETECT_BIN"]
    for line in [*cost.settled(directory), *cost.looks(directory)]:
        print(line)


def main():
    args = arguments()
    if args.as_nobody:
        registry.play_as("nobody")
        os.environ["MS_DETECT_USER"] = "nobody"
    scenarios = selected(args.only)
    if args.list:
        return list_scenarios(scenarios, args.subject)
    if args.show:
        return show_traces(pathlib.Path(args.show), {s.name for s in scenarios})
    if args.replay:
        results = judge_files(pathlib.Path(args.replay), {s.name for s in scenarios})
        described = show(results, {}, args, 0)
        return write_json(args.json, results, described, {}) if args.json else None
    find_tools(args)
    if args.cost:
        return print_cost()
    if args.facts:
        pathlib.Path(args.facts).mkdir(parents=True, exist_ok=True)
        os.environ["MS_DETECT_FACTS"] = str(pathlib.Path(args.facts).resolve())
    missing = {s.name: s.missing(args.subject) for s in scenarios if s.missing(args.subject)}
    directory = pathlib.Path(args.record or tempfile.mkdtemp(prefix="detect-traces-"))
    directory.mkdir(parents=True, exist_ok=True)
    for old in trace_files(directory, {s.name for s in scenarios}):
        old.unlink()
    begun = time.time()
    present = [s for s in scenarios if s.name not in missing]
    Scheduler(args, directory).play([(s, n) for s in present for n in range(args.repeat)])
    wall = time.time() - begun
    results = judge_files(directory, {s.name for s in present})
    for name, needs in sorted(missing.items()):
        print(f"skip  {name:34} not installed: {' '.join(needs)}")
    described = show(results, missing, args, wall)
    if args.json:
        write_json(args.json, results, described, missing)
    if args.facts:
        print(looks_and_verdicts(args.facts))
    if args.subject == "ms" and not args.only:
        print()
        print_cost()
    if not args.record:
        shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    if sys.argv[1:2] == [WORKER]:
        from harness import worker

        registry.play_as(os.environ.get("MS_DETECT_USER"))
        worker.play(*sys.argv[2:5])
    else:
        main()
