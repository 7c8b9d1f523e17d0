#!/usr/bin/env python3
"""Terminal tests of others, through the tools: `make vt-corpora ALACRITTY=dir XTERMJS=dir LIBVTERM=dir`.

ALACRITTY is alacritty's tree (or its alacritty_terminal/tests/ref), XTERMJS xterm.js's tree (or its
escape_sequence_files), LIBVTERM libvterm's (or its t). Nothing is fetched; what is not there is skipped and
counted. Each case is written by a program in a session of the size that it is for. What it should show is held
against `msbuf --screen`, and against the same of a second session whose program is `msswitch` on the first: that
one shows what a terminal shows after an attach.

Differences that are meant stand in differs.txt, `CASE reason` a line. Exit 1 if another case differs, or if one
that is listed does not.
"""

import argparse, concurrent.futures, fcntl, json, os, pathlib, pty, re, struct, subprocess, sys, tempfile
import termios, time

HERE = pathlib.Path(__file__).parent
WITHIN = 5  # seconds until a program has written its case, and until an attach shows it


class Case:
    """Bytes for a terminal of a size, and what it shows then: rows by their numbers, and perhaps the cursor."""

    def __init__(self, name, size, data, rows, cursor=None):
        self.name, self.size, self.data, self.rows, self.cursor = name, size, data, rows, cursor

    def holds(self, shown):
        cursor = shown["cursor"]["row"], shown["cursor"]["col"]
        right = all(shown["lines"][row].rstrip() == text.rstrip() for row, text in self.rows.items())
        return right and self.cursor in (None, cursor)


def alacritty(top):
    for place in sorted(top.glob("*/alacritty.recording")):
        if not (place.parent / "grid.json").is_file():
            continue
        grid = json.loads((place.parent / "grid.json").read_text())
        raw, lines = grid["raw"], grid["lines"]
        rows = {}
        for line in range(lines):
            cells = raw["inner"][(raw["zero"] + lines - 1 - line) % len(raw["inner"])]["inner"]
            rows[line] = "".join(shown(cell) for cell in cells if "SPACER" not in cell["flags"])
        yield Case(place.parent.name, (grid["columns"], lines), place.read_bytes(), rows)


def shown(cell):
    marks = (cell["extra"] or {}).get("zerowidth") or []
    return (" " if cell["c"] == "\t" else cell["c"]) + "".join(marks)


def xtermjs(top):
    for place in sorted(top.glob("*.in")):
        lines = place.with_suffix(".text").read_text("utf-8").split("\n")[:25]
        # The terminal's line discipline made the line ends.
        data = place.read_bytes().replace(b"\n", b"\r\n")
        yield Case(place.stem, (80, 25), data, dict(enumerate(lines + [""] * (25 - len(lines)))))


def libvterm(top):
    for place in sorted(top.glob("*.test")):
        yield from script(place.stem, place.read_text("utf-8"))


def script(name, text):
    """The checks of cursor and rows, each with all that was written since the terminal was new."""
    size, data, resized = (80, 25), b"", False
    for number, line in enumerate(unrolled(text), 1):
        word, _, rest = line.strip().partition(" ")
        if word in ("INIT", "RESET"):
            size, data, resized = (80, 25) if word == "INIT" else size, b"", False
        elif word == "RESIZE":
            rows, cols = map(int, rest.split(","))
            size, resized = (cols, rows), resized or bool(data)
        elif word == "PUSH":
            data += literal(rest)
        elif resized or min(size) < 2:
            continue  # A session's size is its terminal's, which stays one here.
        elif word == "?cursor":
            row, col = map(int, rest.lstrip("= ").split(","))
            yield Case(f"{name}:{number}", size, data, {}, (row, col))
        elif word == "?screen_row":
            row, _, value = rest.partition(" = ")
            yield Case(f"{name}:{number}", size, data, {int(row): literal(value).decode("utf-8", "replace")})


def unrolled(text):
    """Lines, with `$SEQ first last: line` and `$REP count: line` written out."""
    for line in text.split("\n"):
        if found := re.match(r"\$SEQ\s+(\d+)\s+(\d+):\s*(.*)", line):
            for number in range(int(found[1]), int(found[2]) + 1):
                yield found[3].replace("\\#", str(number))
        elif found := re.match(r"\$REP\s+(\d+):\s*(.*)", line):
            yield from [found[2]] * int(found[1])
        else:
            yield line


ESCAPES = {"e": b"\x1b", "n": b"\n", "r": b"\r", "t": b"\t", "b": b"\b", '"': b'"', "\\": b"\\", "0": b"\0"}


def literal(text):
    """The bytes of a string of libvterm's tests, which may be repeated (`"a"x20`) and joined (`.`), or of
    characters by their numbers (`0x41,0x42`)."""
    if text.startswith("0x"):
        return "".join(chr(int(number, 16)) for number in text.split(",")).encode()
    out = b""
    for body, times in re.findall(r'"((?:[^"\\]|\\.)*)"(?:\s*x\s*(\d+))?', text):
        parts = re.findall(r"\\x\{?[0-9a-fA-F]{2}\}?|\\.|[^\\]+", body)
        made = b"".join(
            bytes([int(part[2:].strip("{}"), 16)]) if part.startswith("\\x")
            else ESCAPES.get(part[1:], part[1:].encode()) if part.startswith("\\")
            else part.encode() for part in parts)
        out += made * int(times or 1)
    return out


class World:
    """A directory of its own for sessions."""

    def __init__(self, tools):
        self.tools, self.dir = pathlib.Path(tools).absolute(), tempfile.TemporaryDirectory(prefix="ms-vt-")
        self.env = {"PATH": os.environ["PATH"], "HOME": self.dir.name, "LANG": "C.UTF-8", "TERM": "xterm-256color"}
        for kind in ("XDG_RUNTIME_DIR", "XDG_STATE_HOME", "XDG_CONFIG_HOME"):
            self.env[kind] = os.path.join(self.dir.name, kind.lower())
            os.mkdir(self.env[kind], 0o700)

    def run(self, tool, *args, stdin=subprocess.DEVNULL):
        done = subprocess.run([self.tools / tool, *args], env=self.env, stdin=stdin, capture_output=True, timeout=60)
        if done.returncode:
            raise RuntimeError(f"{tool} {' '.join(args)}: {done.stderr.decode('utf-8', 'replace').strip()}")
        return done.stdout

    def start(self, name, size, *command):
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
        try:
            self.run("msnew", "-n", name, *command, stdin=slave)
        finally:
            os.close(master), os.close(slave)

    def screen(self, name, holds):
        """The screen as soon as this holds of it; else as it is at last."""
        end = time.monotonic() + WITHIN
        while True:
            shown = json.loads(self.run("msbuf", "--screen", "--json", name))
            if holds(shown) or time.monotonic() > end:
                return shown
            time.sleep(0.02)

    def judge(self, number, case):
        """Whether the case matches in its session, and after an attach."""
        inner, outer, file = f"in{number}", f"out{number}", pathlib.Path(self.dir.name, f"case{number}")
        file.write_bytes(case.data)
        self.start(inner, case.size, "sh", "-c", 'stty raw -echo; cat "$0"; exec sleep 600', str(file))
        try:
            first = self.screen(inner, lambda shown: shown["next"] >= len(case.data))
            if first["next"] < len(case.data):
                raise RuntimeError(f"{case.name}: its session wrote {first['next']} of {len(case.data)} bytes")
            self.start(outer, case.size, "env", "-u", "MS_SESSION", str(self.tools / "msswitch"), inner)
            same = lambda shown: (shown["lines"], shown["cursor"]) == (first["lines"], first["cursor"])
            try:
                again = self.screen(outer, same)
            finally:
                self.run("msclose", "--force", outer)
        finally:
            self.run("msclose", "--force", inner)
            file.unlink()
        return case.holds(first), case.holds(again)


CORPORA = [
    ("alacritty", alacritty, ["alacritty_terminal/tests/ref", "tests/ref", "."]),
    ("xtermjs", xtermjs, ["test/fixtures/escape_sequence_files", "."]),
    ("libvterm", libvterm, ["t", "."]),
]


def cases(read, places, given):
    """All cases that are there."""
    top = next((pathlib.Path(given, place) for place in places if pathlib.Path(given, place).is_dir()), None)
    return list(read(top)) if given and top else []


def named():
    lines = (line.strip() for line in (HERE / "differs.txt").read_text().splitlines())
    return dict(line.split(None, 1) for line in lines if line and not line.startswith("#"))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--tools", required=True, help="directory of the tools")
    for name, _, _ in CORPORA:
        parser.add_argument(f"--{name}", default="", help="its directory")
    args, known, bad = parser.parse_args(), named(), 0
    world = World(args.tools)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 2) as pool:
        skipped = 0
        for corpus, read, places in CORPORA:
            found = cases(read, places, getattr(args, corpus))
            if not found:
                skipped += 1
                print(f"{corpus:10} skipped: no cases there")
                continue
            work = [pool.submit(world.judge, f"{corpus[0]}{number}", case) for number, case in enumerate(found)]
            results = [done.result() for done in work]
            shown, attached = (sum(result[way] for result in results) for way in (0, 1))
            differ = {f"{corpus}/{case.name}" for case, result in zip(found, results) if not all(result)}
            print(f"{corpus:10} {shown} of {len(found)} by msbuf --screen, {attached} after an attach; "
                  f"{len(differ & known.keys())} named differences")
            ours = {f"{corpus}/{case.name}" for case in found}
            for name in sorted(differ - known.keys()):
                print(f"  differs: {name}")
            for name in sorted((known.keys() & ours) - differ):
                print(f"  is listed, but matches: {name}")
            bad += len(differ ^ (known.keys() & ours))
        print(f"{skipped} of {len(CORPORA)} corpora skipped")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
