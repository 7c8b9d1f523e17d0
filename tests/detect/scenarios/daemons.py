"""Agents whose work is elsewhere: daemons behind sockets, requests that are acknowledged before they are answered,
small ones, datagrams, and children that stay."""
from harness.registry import scenario
from scenarios import agents
from scenarios.agents import IDLE, turn


def agent(s, *options, **more):
    agents.agent(s, *options, env={
        "DETECT_UNIX": s.services.unix(), "DETECT_UDP": str(s.services.udp()),
        "DETECT_H2": str(s.services.acknowledging()), "DETECT_TCP": str(s.services.acknowledging(b"")), **more,
    })


@scenario("python3")
def agent_late_request(s):
    """The request begins 0.2 s after Enter"""
    agent(s)
    turn(s, "late 4", "late request")
    turn(s, "late 3", "late request again")


@scenario("python3")
def agent_late_request_caret(s):
    """The same with a caret in the box"""
    agent(s, "--caret")
    turn(s, "late 5", "late request")


@scenario("python3")
def agent_unix_socket(s):
    """A request by a Unix socket to a daemon outside of the session"""
    agent(s)
    turn(s, "unix 4", "Unix socket")
    turn(s, "unix 3", "Unix socket again")


@scenario("python3")
def agent_unix_socket_kept(s):
    """The same socket for each turn"""
    agent(s)
    turn(s, "keptunix 4", "Unix socket")
    turn(s, "keptunix 4", "the same Unix socket")


@scenario("python3")
def agent_udp(s):
    """A request by datagrams"""
    agent(s)
    turn(s, "udp 4", "datagram")
    turn(s, "udp 3", "datagram again")


@scenario("python3")
def agent_udp_kept(s):
    """The same socket for each turn, as HTTP/3 has it"""
    agent(s)
    turn(s, "keptudp 4", "datagram")
    turn(s, "keptudp 4", "by the same socket")


@scenario("python3")
def agent_acknowledged(s):
    """Nine bytes acknowledge a request whose answer takes longer"""
    agent(s)
    turn(s, "h2 5", "acknowledged request")
    turn(s, "h2 4", "again on the same connection")


@scenario("python3")
def agent_short_request(s):
    """A request of 30 bytes"""
    agent(s)
    turn(s, "short 4", "short request")
    turn(s, "short 3", "short request again")


@scenario("python3")
def agent_leaves_child(s):
    """Leaves a silent child running and prompts again"""
    agent(s)
    s.enter("leave sleep 600")
    s.unsure()
    s.mark("idle")
    s.t += 5.0
    s.waiting(IDLE, 5, label="a sleeper stays")
    turn(s, "think 3", "request beside the sleeper")


@scenario("python3")
def agent_leaves_watcher(s):
    """Leaves a child that ticks, below a spinner"""
    agent(s, "--spinner")
    s.enter("think 2; leave watch -n1 true </dev/null")
    s.mark("busy")
    s.processing(label="request")
    s.mark("idle")
    s.unsure()
    s.t += 5.0
    s.waiting(IDLE, 5, label="a watcher stays")


@scenario("python3")
def agent_tool_long_and_quiet(s):
    """A silent tool for longer than a few seconds: no spinner, but nothing was shown since it began"""
    agent(s, "--static")
    turn(s, "tool sleep 9", "quiet tool")


@scenario("python3")
def agent_tips(s):
    """A tip under the box changes each 2 s, idle or not"""
    agent(s, "--tips", "--spinner")
    s.stay(5)
    turn(s, "think 3; stream 2", "turn", hold=6)


@scenario("python3")
def agent_tips_caret(s):
    """The same with a caret in the box"""
    agent(s, "--tips", "--caret", "--spinner")
    s.stay(5)
    turn(s, "think 3", "turn", hold=6)


@scenario("python3")
def agent_tips_alternate(s):
    """The same on the alternate screen"""
    agent(s, "--tips", "--alt", "--spinner")
    s.stay(5)
    turn(s, "think 3", "turn", hold=6)


@scenario("python3")
def agent_seconds(s):
    """Running seconds over a timer, above a box with a caret: nothing else tells"""
    agent(s, "--seconds", "--caret")
    turn(s, "timer 6", "running seconds")
    turn(s, "timer 5", "running seconds again")


@scenario("python3")
def agent_spin_caret_timer(s):
    """A spinner over a timer, above a box with a caret, for longer than 3 s"""
    agent(s, "--spinner", "--caret")
    turn(s, "timer 8", "spinner over a timer")
    turn(s, "timer 5", "spinner over a timer again")


@scenario("python3")
def agent_seconds_and_clock(s):
    """A clock that is always there, and running seconds that are not"""
    agent(s, "--seconds", "--clock")
    turn(s, "timer 5", "running seconds")


@scenario("python3")
def agent_steady_person(s):
    """Turns in the rhythm of a person who is quick"""
    agent(s)
    for number in range(6):
        s.enter("timer 0.2")
        s.unsure()
        s.mark("idle")
        s.waiting(IDLE, 1.4, label=f"turn {number + 1}")


@scenario("python3", "ms:msmark")
def agent_stale_hook(s):
    """A hook said that it works; then it asks leave, and no hook says so"""
    agent(s, "--spinner")
    s.enter("tool msmark processing; think 2; permit; think 2")
    s.mark("busy")
    s.processing(label="before it asks")
    s.mark("permit")
    s.waiting(["permission", "menu", "confirm"], 4, label="permission")
    s.enter()
    s.mark("busy")
    s.processing(label="after leave")
    s.mark("idle")
    s.waiting(IDLE, 4)


@scenario("python3", "ms:msmark")
def agent_stale_hook_idle(s):
    """A hook said that it works; the turn ends, and no hook says so"""
    agent(s, "--spinner")
    s.enter("tool msmark processing; think 2")
    s.mark("busy")
    s.processing(label="turn")
    s.mark("idle")
    s.waiting(IDLE, 6)


@scenario("python3")
def agent_fetches_behind(s):
    """While it is idle it runs a child and fetches, now and then"""
    agent(s, "--background")
    s.stay(9)
    turn(s, "think 3", "request", hold=6)


@scenario("python3")
def threads_late_fetch(s):
    """A thread takes lines, another works on them: 0.15 s later, by a request"""
    s.python("line_threads.py", "fetch", env={"DETECT_URL": f"http://127.0.0.1:{s.services.http()}"})
    threads_turns(s)


@scenario("python3")
def threads_late_child(s):
    """The same, by a child"""
    s.python("line_threads.py", "child")
    threads_turns(s)


@scenario("python3", heavy=True)
def threads_late_compute(s):
    """The same, by computing"""
    s.python("line_threads.py", "compute")
    threads_turns(s)


def threads_turns(s):
    s.mark("ask")
    s.waiting(["line", "repl", "turn"], 2)
    for _ in range(2):
        s.enter("go")
        s.mark("work")
        s.busy(label="another thread works")
        s.mark("ask")
        s.waiting(["line", "repl", "turn"], 2)
