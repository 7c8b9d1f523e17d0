"""Waits for a key in the way that its argument names, sleeps 5 s, and waits again."""
import asyncio
import os
import select
import sys
import termios
import time
import tty

from mark import mark


def prompt():
    os.write(1, b"\r\nchoose a key > ")
    mark("read")


def work():
    os.write(1, b"\r\nthank you\r\n")
    time.sleep(5)


def raw():
    tty.setraw(0)
    while True:
        prompt()
        os.read(0, 1)
        work()


def with_select(timeout=None):
    tty.setraw(0)
    while True:
        prompt()
        while not select.select([0], [], [], timeout)[0]:
            pass
        os.read(0, 1)
        work()


def with_poll(extra=()):
    tty.setraw(0)
    poll = select.poll()
    for fd in (0, *extra):
        poll.register(fd, select.POLLIN)
    while True:
        prompt()
        poll.poll()
        os.read(0, 1)
        work()


def internal():
    with_poll((os.pipe()[0], os.eventfd(0)) if hasattr(os, "eventfd") else (os.pipe()[0],))


def with_epoll():
    tty.setraw(0)
    epoll = select.epoll()
    epoll.register(0, select.EPOLLIN)
    while True:
        prompt()
        epoll.poll()
        os.read(0, 1)
        work()


def devtty():
    fd = os.open("/dev/tty", os.O_RDWR)
    while True:
        os.write(fd, b"\r\nType a letter and Enter: ")
        mark("read")
        os.read(fd, 100)
        time.sleep(5)


def with_asyncio():
    tty.setraw(0)

    async def main():
        loop, got = asyncio.get_running_loop(), asyncio.Event()
        loop.add_reader(0, lambda: (os.read(0, 1), got.set()))

        async def ticker():
            while True:
                await asyncio.sleep(0.5)

        task = asyncio.ensure_future(ticker())
        while task:
            prompt()
            got.clear()
            await got.wait()
            loop.remove_reader(0)
            os.write(1, b"\r\nthank you\r\n")
            await asyncio.sleep(5)
            loop.add_reader(0, lambda: (os.read(0, 1), got.set()))

    asyncio.run(main())


def with_curses(delay=None):
    import curses

    def main(window):
        if delay:
            curses.halfdelay(delay)
        while True:
            window.clear()
            window.border()
            window.addstr(3, 5, "Choose: (a)dd (d)elete (q)uit")
            window.refresh()
            mark("read")
            while window.getch() < 0:
                pass
            window.addstr(5, 5, "working")
            window.refresh()
            time.sleep(5)

    curses.wrapper(main)


WAYS = {
    "raw": raw, "select": with_select, "poll": with_poll, "epoll": with_epoll, "internal": internal, "devtty": devtty,
    "tick": lambda: with_select(1.0), "asyncio": with_asyncio, "curses": with_curses, "halfdelay": lambda: with_curses(5),
}

if __name__ == "__main__":
    if sys.stdin.isatty():
        termios.tcflush(0, termios.TCIFLUSH)
    WAYS[sys.argv[1]]()
