"""Draws what a library or an agent would, waits for a key, sleeps 3 s, and does so again."""
import os
import select
import sys
import time
import tty

from mark import mark

RULE = "─" * 60
HIDE, SHOW = "\x1b[?25l", "\x1b[?25h"
LIST = ["apples", "pears", "plums"]
SHAPES = {
    "pointer": HIDE + "\x1b[32m?\x1b[0m Which fruit do you want \x1b[2m(Use arrow keys)\x1b[0m\r\n\x1b[36m❯ apples\x1b[0m\r\n  pears\r\n  plums",
    "arrow": HIDE + "[?] Which fruit do you want: \r\n \x1b[34m> apples\x1b[0m\r\n   pears\r\n   plums\r\n",
    "circles": HIDE + "◆  Which fruit do you want?\r\n│  ● apples\r\n│  ○ pears\r\n│  ○ plums\r\n└",
    "numbered": "? Which fruit do you want?\r\n  1) apples\r\n  2) pears\r\n  3) plums\r\n  Answer: ",
    "ticked": HIDE + "? Which fruits do you want? (Press <space> to select)\r\n❯◯ apples\r\n ◉ pears\r\n ◯ plums",
    "masked": "\x1b[32m?\x1b[0m Enter the API key: ",
    "placeholder": HIDE + f"Done: all tests pass.\r\n\r\n╭{RULE}╮\r\n│ > \x1b[7mT\x1b[0m\x1b[2mry \"fix the lint errors\"\x1b[0m{' ' * 32}│\r\n╰{RULE}╯\r\n  ? for shortcuts",
    "answered": HIDE + f"There are three ways:\r\n\r\n  1. Rename it\r\n  2. Remove it\r\n  3. Leave it\r\n\r\n{RULE}\r\n❯ \x1b[7m \x1b[0m\r\n{RULE}\r\n  -- INSERT --   main   4 files",
    "rules": f"● I have renamed it.\r\n\r\n{RULE}\r\n❯ \r\n{RULE}\r\n  ⏵⏵ accept edits on (shift+tab to cycle)\x1b[2A\r\x1b[2C",
    "bar": "\x1b[?25lI have renamed it.\r\n\r\n▌ \x1b[2mAsk anything, or / for commands\x1b[0m\r\n  80% context left · ? for help\x1b[1A\r\x1b[2C" + SHOW,
    "permission": HIDE + f"╭{RULE}╮\r\n│ Bash command{' ' * 47}│\r\n│   rm -rf build{' ' * 45}│\r\n│ Do you want to proceed?{' ' * 36}│\r\n│ ❯ 1. Yes{' ' * 51}│\r\n│   2. No, and tell me what to do differently{' ' * 16}│\r\n╰{RULE}╯",
}


def main(name):
    tty.setraw(0)
    wake, _ = os.pipe()
    while True:
        os.write(1, ("\x1b[2J\x1b[H" + SHAPES[name]).encode())
        mark("ask")
        while True:
            # A clock, as libraries have.
            if not select.select([0, wake], [], [], 5)[0]:
                continue
            key = os.read(0, 100)
            if b"\r" in key:
                break
            if name == "masked":
                os.write(1, b"*" * len(key))
        os.write(1, ("\x1b[2J\x1b[H" + SHOW + "Working on it\r\n").encode())
        mark("work")
        time.sleep(3)


main(sys.argv[1])
