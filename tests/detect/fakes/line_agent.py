"""A fake agent in line mode: input(), then a request and streamed text, then a question."""
import os
import sys
import time
import urllib.request

from mark import mark

URL = os.environ["DETECT_URL"]


def answer():
    mark("busy")
    urllib.request.urlopen(f"{URL}/slow?s=2.5").read()
    with urllib.request.urlopen(f"{URL}/sse?s=2&gap=0.1") as stream:
        for line in stream:
            if line.startswith(b"data: word"):
                sys.stdout.write("word ")
                sys.stdout.flush()
    print()


def ask(prompt, label):
    sys.stdout.write(prompt)
    sys.stdout.flush()
    mark(label)
    return sys.stdin.readline()


if __name__ == "__main__":
    time.sleep(0.2)
    while True:
        ask("────────────\n> ", "idle")
        answer()
        ask("Apply the edit? (Y)es/(N)o [Yes]: ", "ask")
        answer()
