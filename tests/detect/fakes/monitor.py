"""A full screen without a cursor that looks for keys again and again. `monitor.py TICK EVERY`: each TICK seconds,
and draws new figures each EVERY; with 0 it is a menu, drawn once."""
import os
import select
import sys
import time
import tty

from mark import mark


def figures(number):
    lines = ["CPU  " + "|" * (number * 7 % 31), f"load {number * 37 % 100 / 10:.1f}", "", "  PID  NAME      CPU%"]
    lines += [f"{1000 + row:5}  worker{row:02} {(number * 13 + row * 29) % 100:6}.{number % 10}" for row in range(12)]
    return lines + ["", "F1 Help  F10 Quit"]


def menu(_):
    return ["What do you want to do?", "", "> 1. Install", "  2. Repair", "  3. Leave", "", "Enter chooses"]


def draw(lines):
    os.write(1, ("\x1b[H" + "".join(line + "\x1b[K\r\n" for line in lines)).encode())


def main(tick, every):
    tty.setraw(0)
    os.write(1, b"\x1b[?1049h\x1b[?25l\x1b[2J")
    number, due = 1, time.time() + every
    draw(figures(number) if every else menu(number))
    mark("drawn")
    while True:
        if select.select([0], [], [], tick)[0] and os.read(0, 100) == b"q":
            return
        if every and time.time() >= due:
            number, due = number + 1, time.time() + every
            draw(figures(number))


main(float(sys.argv[1]), float(sys.argv[2]))
