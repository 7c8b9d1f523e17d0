"""A menu on the normal screen, moved with the arrow keys, without a caret."""
import os
import sys
import time
import tty

from mark import mark

ITEMS = ["TypeScript", "JavaScript", "Rust"]


def draw(chosen, again):
    if again:
        sys.stdout.write(f"\x1b[{len(ITEMS)}A")
    for index, item in enumerate(ITEMS):
        pointer = "\x1b[36m\u276f " if index == chosen else "  "
        sys.stdout.write(f"\r\x1b[K{pointer}{item}\x1b[0m\r\n")
    sys.stdout.flush()


def ask(question):
    sys.stdout.write(f"\x1b[?25l? {question} (use the arrow keys)\r\n")
    chosen = 0
    draw(chosen, False)
    mark("ask")
    while True:
        key = os.read(0, 16)
        if key in (b"\r", b"\n"):
            return ITEMS[chosen]
        chosen = (chosen + (key == b"\x1b[B") - (key == b"\x1b[A")) % len(ITEMS)
        draw(chosen, True)


if __name__ == "__main__":
    tty.setraw(0)
    while True:
        answer = ask("Which language?")
        sys.stdout.write(f"\x1b[?25hYou chose {answer}\r\nSetting up\r\n")
        sys.stdout.flush()
        time.sleep(5)
