"""A small terminal emulator: enough to know the text on the screen and where the cursor is.

It exists so that the baselines which look at a screen see one, and so that a scenario can wait for
what a person would see. Colours, character sets and modes that move no text are skipped.
"""
import codecs
import re
import unicodedata

TOKEN = re.compile(
    r"\x1b\[(?P<args>[0-?]*)(?P<inter>[ -/]*)(?P<final>[@-~])"
    r"|\x1b[\]PX^_](?P<string>[^\x07\x1b\x18\x1a]*)(?:\x07|\x1b\\|\x18|\x1a|(?=\x1b[^\\]))"
    r"|\x1b(?P<set>[()*+#% ])[\s\S]"
    r"|\x1b(?P<esc>[0-Z\\`-~])"
    r"|(?P<ctl>[\x00-\x1a\x1c-\x1f\x7f])"
    r"|(?P<text>[^\x00-\x1f\x7f]+)"
)
LONGEST = 8192


def width(char):
    """Cells that a character takes."""
    if char < "\u0300":
        return 1
    if unicodedata.combining(char) or unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


class Screen:
    def __init__(self, cols=80, rows=24):
        self.cols, self.rows = cols, rows
        self.decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self.rest = ""
        self.title = ""
        self.reset()

    def reset(self):
        self.lines = [self.blank() for _ in range(self.rows)]
        self.x = self.y = 0
        self.saved = (0, 0)
        self.other = None
        self.top, self.bottom = 0, self.rows - 1
        self.wrap = self.visible = True
        self.last = " "

    def blank(self):
        return [" "] * self.cols

    # What it shows.

    def text(self):
        return "\n".join("".join(line).rstrip() for line in self.lines)

    def cursor_line(self):
        """The text before the cursor on its line."""
        return "".join(self.lines[self.y][: self.x])

    def last_line(self):
        """The last line with something on it."""
        shown = [line for line in self.text().split("\n") if line.strip()]
        return shown[-1] if shown else ""

    def resize(self, cols, rows):
        for line in self.lines:
            del line[cols:]
            line.extend(" " * (cols - len(line)))
        gone = max(0, self.y + 1 - rows)
        self.lines = self.lines[gone:][:rows]
        self.cols, self.rows = cols, rows
        self.lines += [self.blank() for _ in range(rows - len(self.lines))]
        self.x, self.y = min(self.x, cols - 1), min(self.y - gone, rows - 1)
        self.top, self.bottom = 0, rows - 1
        self.other = [self.blank() for _ in range(rows)] if self.other else None

    # What it is fed.

    def feed(self, data: bytes):
        text = self.rest + self.decoder.decode(data)
        at = 0
        while at < len(text):
            found = TOKEN.match(text, at)
            if not found:
                if len(text) - at < LONGEST:
                    break
                at += 1
                continue
            self.token(found)
            at = found.end()
        self.rest = text[at:]

    def token(self, found):
        if found["text"]:
            self.print(found["text"])
        elif found["ctl"]:
            self.control(found["ctl"])
        elif found["final"]:
            self.csi(found["args"], found["inter"], found["final"])
        elif found["esc"]:
            self.escape(found["esc"])
        elif found["string"] and found["string"][:2] in ("0;", "2;"):
            self.title = found["string"][2:]

    def print(self, text):
        for char in text:
            cells = width(char)
            if cells == 0:
                continue
            if self.x + cells > self.cols:
                if self.wrap:
                    self.x = 0
                    self.line_feed()
                else:
                    self.x = self.cols - cells
            line = self.lines[self.y]
            line[self.x] = char
            if cells == 2:
                line[self.x + 1] = ""
            self.x += cells
            self.last = char

    def control(self, char):
        if char == "\r":
            self.x = 0
        elif char in "\n\x0b\x0c":
            self.line_feed()
        elif char == "\b":
            self.x = max(0, min(self.x, self.cols - 1) - 1)
        elif char == "\t":
            self.x = min(self.cols - 1, (self.x // 8 + 1) * 8)

    def line_feed(self):
        if self.y == self.bottom:
            self.scroll(self.top, 1)
        elif self.y < self.rows - 1:
            self.y += 1

    def scroll(self, top, count):
        """Moves the lines from `top` to the bottom margin up; down when `count` is negative."""
        for _ in range(min(abs(count), self.bottom - top + 1)):
            gone, new = (top, self.bottom) if count > 0 else (self.bottom, top)
            del self.lines[gone]
            self.lines.insert(new, self.blank())

    def escape(self, char):
        if char == "7":
            self.saved = (self.x, self.y)
        elif char == "8":
            self.x, self.y = self.saved
        elif char == "M":
            if self.y == self.top:
                self.scroll(self.top, -1)
            else:
                self.y = max(0, self.y - 1)
        elif char in "DE":
            self.line_feed()
            self.x = 0 if char == "E" else self.x
        elif char == "c":
            self.reset()

    def csi(self, args, inter, final):
        if inter:
            return
        if args[:1] in ("?", ">", "<", "="):
            if args[0] == "?" and final in "hl":
                for mode in args[1:].split(";"):
                    self.mode(mode, final == "h")
            return
        numbers = [int(n) if n.isdigit() else 0 for n in re.split("[;:]", args)]
        action = getattr(self, "csi_" + CSI.get(final, ""), None)
        if action:
            action(numbers, max(1, numbers[0]))

    def mode(self, mode, on):
        if mode in ("47", "1047", "1049"):
            self.alternate(on)
        elif mode == "7":
            self.wrap = on
        elif mode == "25":
            self.visible = on

    def alternate(self, on):
        if on and self.other is None:
            self.saved = (self.x, self.y)
            self.other, self.lines = self.lines, [self.blank() for _ in range(self.rows)]
        elif not on and self.other is not None:
            self.lines, self.other = self.other, None
            self.x, self.y = (min(self.saved[0], self.cols - 1), min(self.saved[1], self.rows - 1))

    def at(self, x=None, y=None):
        self.x = max(0, min(self.cols - 1, self.x if x is None else x))
        self.y = max(0, min(self.rows - 1, self.y if y is None else y))

    def csi_cup(self, numbers, _):
        self.at((numbers[1] if len(numbers) > 1 else 1) - 1, max(1, numbers[0]) - 1)

    def csi_up(self, _, n):
        self.at(y=self.y - n)

    def csi_down(self, _, n):
        self.at(y=self.y + n)

    def csi_right(self, _, n):
        self.at(x=self.x + n)

    def csi_left(self, _, n):
        self.at(x=min(self.x, self.cols - 1) - n)

    def csi_next(self, _, n):
        self.at(0, self.y + n)

    def csi_previous(self, _, n):
        self.at(0, self.y - n)

    def csi_column(self, _, n):
        self.at(x=n - 1)

    def csi_row(self, _, n):
        self.at(y=n - 1)

    def csi_erase_display(self, numbers, _):
        if numbers[0] == 0:
            self.csi_erase_line([0], 1)
            above, below = self.y + 1, self.rows
        elif numbers[0] == 1:
            self.csi_erase_line([1], 1)
            above, below = 0, self.y
        else:
            above, below = 0, self.rows
        for row in range(above, below):
            self.lines[row] = self.blank()

    def csi_erase_line(self, numbers, _):
        begin = self.x if numbers[0] == 0 else 0
        end = self.x + 1 if numbers[0] == 1 else self.cols
        self.blank_cells(begin, min(end, self.cols))

    def blank_cells(self, begin, end):
        for column in range(begin, end):
            self.lines[self.y][column] = " "

    def csi_erase_chars(self, _, n):
        self.blank_cells(self.x, min(self.cols, self.x + n))

    def csi_insert_chars(self, _, n):
        line = self.lines[self.y]
        line[self.x : self.x] = " " * n
        del line[self.cols :]

    def csi_delete_chars(self, _, n):
        line = self.lines[self.y]
        del line[self.x : self.x + n]
        line.extend(" " * (self.cols - len(line)))

    def csi_insert_lines(self, _, n):
        if self.top <= self.y <= self.bottom:
            self.scroll(self.y, -n)

    def csi_delete_lines(self, _, n):
        if self.top <= self.y <= self.bottom:
            self.scroll(self.y, n)

    def csi_scroll_up(self, _, n):
        self.scroll(self.top, n)

    def csi_scroll_down(self, _, n):
        self.scroll(self.top, -n)

    def csi_repeat(self, _, n):
        self.print(self.last * min(n, self.cols * self.rows))

    def csi_region(self, numbers, _):
        bottom = numbers[1] if len(numbers) > 1 and numbers[1] else self.rows
        self.top, self.bottom = max(1, numbers[0]) - 1, min(bottom, self.rows) - 1
        if self.top >= self.bottom:
            self.top, self.bottom = 0, self.rows - 1
        self.at(0, 0)

    def csi_save(self, *_):
        self.saved = (self.x, self.y)

    def csi_restore(self, *_):
        self.x, self.y = self.saved


CSI = {
    "A": "up", "B": "down", "C": "right", "a": "right", "D": "left", "E": "next", "F": "previous",
    "G": "column", "`": "column", "d": "row", "H": "cup", "f": "cup", "J": "erase_display",
    "K": "erase_line", "X": "erase_chars", "@": "insert_chars", "P": "delete_chars",
    "L": "insert_lines", "M": "delete_lines", "S": "scroll_up", "T": "scroll_down", "b": "repeat",
    "r": "region", "s": "save", "u": "restore",
}
