"""A thread reads the terminal while another works in the way named; later all but the reader are quiet."""
import os
import sys
import threading
import time
import urllib.request

from mark import mark


def reader():
    while True:
        sys.stdin.readline()


def work(way):
    end = time.time() + 4
    if way == "fetch":
        urllib.request.urlopen(os.environ["DETECT_URL"] + "/slow?s=4").read()
    while time.time() < end:
        if way == "print":
            print("working on it", flush=True)
            time.sleep(0.2)
        elif way == "compute":
            sum(range(20000))
        elif way == "fetch":
            return
        else:
            time.sleep(1)


if __name__ == "__main__":
    sys.stdout.write("command> ")
    sys.stdout.flush()
    threading.Thread(target=reader, daemon=True).start()
    mark("both")
    work(sys.argv[1])
    sys.stdout.write("\ncommand> ")
    sys.stdout.flush()
    mark("quiet")
    time.sleep(600)
