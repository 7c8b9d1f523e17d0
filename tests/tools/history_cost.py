#!/usr/bin/env python3
"""What a long history costs: `make history-cost`, or history_cost.py DIRECTORY-OF-THE-TOOLS [RECORDS].

Copies the record of one completed session RECORDS (10000) times and times `msls` of the live, who asks which of
those that ended nobody has looked at, and `msls --all` with limits that keep all, and with the usual ones, which it then begins to enforce. Medians, in milliseconds.
"""

import json, os, pathlib, shutil, statistics, subprocess, sys, tempfile, time

ROUNDS = 9


def main(tools, records):
    with tempfile.TemporaryDirectory() as top:
        world = pathlib.Path(top)
        env = {
            "PATH": f"{tools}:{os.environ['PATH']}",
            "HOME": top,
            "MS_RUNTIME_DIR": f"{top}/run",
            "XDG_STATE_HOME": f"{top}/state",
            "XDG_CONFIG_HOME": f"{top}/config",
        }

        def run(*command):
            return subprocess.run(command, env=env, check=True, capture_output=True, text=True).stdout

        def timed(*command):
            began = time.perf_counter()
            run(*command)
            return (time.perf_counter() - began) * 1000

        run("msnew", "-n", "one", "true")
        run("mswait", "--until", "completed", "one")
        run("msnew", "-n", "live", "sleep", "1000")
        sessions = world / "state/ms/sessions"
        live = json.loads(run("msls", "--json"))[0]["id"]
        saved = next(entry for entry in sessions.iterdir() if entry.is_dir() and entry.name != live)
        record = json.loads((saved / "session.json").read_text())
        fill(sessions, saved, record, records)
        config = world / "config/ms"
        config.mkdir(parents=True)
        (config / "config.toml").write_text(f"[history]\nmax = {records * 2}\n")
        for what, command in [
            ("msls, live", ("msls",)),
            ("msls -n, one unseen", ("msls", "-n")),
            ("msprompt, one unseen", ("msprompt",)),
            ("mswait --any, one unseen", ("mswait", "--any")),
            ("msls --all, all kept", ("msls", "--all")),
            ("with --format, all kept", ("msls", "--all", "--format", "{id}")),
        ]:
            runs = [timed(*command) for _ in range(ROUNDS)]
            print(f"{what:28}{statistics.median(runs):8.1f} ms")
        # What the oldest is called depends on all that came after it.
        (sessions.parent / "unseen" / f"0{0:019}").touch(mode=0o600)
        runs = [timed("msls", "-n") for _ in range(ROUNDS)]
        print(f"{'msls -n, the oldest unseen':28}{statistics.median(runs):8.1f} ms")
        (config / "config.toml").unlink()
        # The first list already enforces the limits, so each needs the records anew.
        spans = []
        for _ in range(3):
            fill(sessions, saved, record, records)
            spans.append(timed("msls", "--all"))
        print(f"{'msls --all, usual limits':28}{statistics.median(spans):8.1f} ms")
        run("msclose", "--all", "--force")


def fill(sessions, saved, record, count):
    """Entries that differ in their ids alone, older than the one that was saved."""
    base = sessions.parent / "one"
    if not base.exists():
        shutil.copytree(saved, base)
    for number in range(count):
        ident = f"0{number:019}"
        entry = sessions / ident
        if entry.exists():
            continue
        entry.mkdir(mode=0o700)
        for file in base.iterdir():
            if file.name == "session.json":
                (entry / file.name).write_text(json.dumps({**record, "id": ident}))
            else:
                os.link(file, entry / file.name)
            os.chmod(entry / file.name, 0o600)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 10_000)
