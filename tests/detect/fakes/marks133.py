"""A prompt that says where it is by OSC 133, and works 4 s on a timer with its keyboard open."""
import os
import select
import time
import tty

from mark import mark

tty.setraw(0)
while True:
    os.write(1, b"\x1b]133;A\x07repl> \x1b]133;B\x07")
    mark("ask")
    while os.read(0, 1) != b"\r":
        pass
    os.write(1, b"\r\n\x1b]133;C\x07")
    mark("work")
    end = time.time() + 4
    while time.time() < end:
        select.select([0], [], [], end - time.time())
    os.write(1, b"done\r\n\x1b]133;D;0\x07")
