"""A thread reads lines all the while; another takes them up a little later and works in the way named."""
import os
import queue
import subprocess
import sys
import threading
import time
import urllib.request

from mark import mark

lines = queue.Queue()


def reader():
    for line in sys.stdin:
        lines.put(line)


def work(way):
    if way == "fetch":
        urllib.request.urlopen(os.environ["DETECT_URL"] + "/slow?s=4").read()
    elif way == "child":
        subprocess.run(["sleep", "4"], stdin=subprocess.DEVNULL)
    else:
        end = time.time() + 4
        while time.time() < end:
            sum(range(20000))


threading.Thread(target=reader, daemon=True).start()
while True:
    sys.stdout.write("command> ")
    sys.stdout.flush()
    mark("ask")
    lines.get()
    mark("work")
    time.sleep(0.15)
    work(sys.argv[1])
    print("done")
