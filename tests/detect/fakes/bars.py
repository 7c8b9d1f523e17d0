"""Four seconds of a progress library's display, then a question."""
import sys
import time

from mark import mark

STEPS, GAP = 40, 0.1


def tqdm_bar():
    from tqdm import tqdm

    mark("work")
    for _ in tqdm(range(STEPS)):
        time.sleep(GAP)


def rich_bar():
    from rich.progress import Progress

    mark("work")
    with Progress() as progress:
        task = progress.add_task("Copying", total=STEPS)
        for _ in range(STEPS):
            time.sleep(GAP)
            progress.advance(task)


def halo_spinner():
    from halo import Halo

    mark("work")
    with Halo(text="Loading", spinner="dots"):
        time.sleep(STEPS * GAP)


def alive():
    from alive_progress import alive_bar

    mark("work")
    with alive_bar(STEPS) as bar:
        for _ in range(STEPS):
            time.sleep(GAP)
            bar()


if __name__ == "__main__":
    {"tqdm": tqdm_bar, "rich": rich_bar, "halo": halo_spinner, "alive": alive}[sys.argv[1]]()
    sys.stdout.write("Keep the result? [Y/n] ")
    sys.stdout.flush()
    mark("ask")
    sys.stdin.readline()
