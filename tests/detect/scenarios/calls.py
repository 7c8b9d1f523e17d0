"""Readers by the system call that they block in, and those that only look now and then."""
from harness.registry import scenario


@scenario("python3")
def read_python_raw_key(s):
    """Python: tty.setraw and os.read"""
    s.python("readers.py", "raw")
    ask_keys(s)


def ask_keys(s):
    """A fake that marks `read` before it reads, and sleeps 5 s after a key."""
    s.mark("read")
    s.waiting(hold=3)
    s.send("k")
    s.busy(label="sleep")
    s.mark("read")
    s.waiting(hold=3)


@scenario("python3")
def read_select(s):
    """select() on the terminal without end"""
    s.python("readers.py", "select")
    ask_keys(s)


@scenario("python3")
def read_poll(s):
    """poll() on the terminal without end"""
    s.python("readers.py", "poll")
    ask_keys(s)


@scenario("python3")
def read_epoll(s):
    """epoll on the terminal without end"""
    s.python("readers.py", "epoll")
    ask_keys(s)


@scenario("python3")
def read_poll_eventfd(s):
    """poll() on the terminal, an eventfd, a pipe of its own and a timerless signalfd"""
    s.python("readers.py", "internal")
    ask_keys(s)


@scenario("python3")
def read_tick(s):
    """select() with a timeout of 1 s, a prompt with a caret: a wait that ticks"""
    s.python("readers.py", "tick")
    ask_keys(s)


@scenario("python3")
def read_asyncio(s):
    """asyncio add_reader with a timer each 0.5 s"""
    s.python("readers.py", "asyncio")
    ask_keys(s)


@scenario("bin:vtime")
def read_vtime(s):
    """C: read() with VMIN 0 VTIME 10 in a loop"""
    s.start("vtime", "vtime")
    ask_keys(s)


@scenario("bin:vtime")
def read_ppoll(s):
    """C: ppoll() with a signal mask, no timeout"""
    s.start("vtime", "ppoll")
    ask_keys(s)


@scenario("bin:vtime")
def read_nested_epoll(s):
    """C: an epoll in an epoll"""
    s.start("vtime", "nested")
    ask_keys(s)


@scenario("bin:vtime")
def read_readv(s):
    """C: readv()"""
    s.start("vtime", "readv")
    ask_keys(s)


@scenario("bin:vtime")
def read_nonblocking_poll_loop(s):
    """C: a non-blocking read each 20 ms with nanosleep between: polls by hand"""
    s.start("vtime", "spin")
    s.mark("read")
    s.waiting(hold=4, limit=True)
    s.send("k")
    s.busy(label="sleep")
    s.mark("read")
    s.waiting(hold=3, limit=True)


@scenario("bin:vtime")
def read_io_uring(s):
    """C: a read of the terminal submitted to io_uring"""
    s.start("vtime", "uring")
    ask_keys(s)


@scenario("python3")
def read_curses(s):
    """curses getch on a full screen"""
    s.python("readers.py", "curses")
    ask_keys(s)


@scenario("python3")
def read_curses_halfdelay(s):
    """curses with halfdelay(5): getch returns twice a second"""
    s.python("readers.py", "halfdelay")
    ask_keys(s)
