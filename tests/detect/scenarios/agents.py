"""Fake coding agents: a box that always takes keys, and turns whose truth each phase marks itself.

The servers they talk to run in the harness, so a request is a real one over TCP. An agent that waits on
a mere timer with its keyboard open cannot be told from one that waits for a person: `limit`.
"""
from harness.registry import scenario

IDLE = ["turn", "line", "repl", "question"]


def agent(s, *options, env=None):
    echo = s.services.tcp(echo_loop)
    url = f"http://127.0.0.1:{s.services.http()}"
    s.python("agent.py", *options, env={"DETECT_URL": url, "DETECT_ECHO": str(echo), **(env or {})})
    s.mark("idle")
    s.waiting(IDLE, 3, label="first idle")


def echo_loop(connection):
    while True:
        data = connection.recv(4096)
        if not data:
            return
        connection.sendall(data)


def turn(s, script, label, limit=False, hold=3.0, truth=("processing",)):
    """Types a script, states that it works until it is idle again, and that it then waits."""
    s.send(script)
    s.stay(0.4)
    s.enter()
    s.mark("busy")
    s.truth(list(truth), label=label, limit=limit)
    s.mark("idle")
    s.waiting(IDLE, hold, label="idle after " + label)


@scenario("python3")
def agent_stream(s):
    """Streams an answer, twice; block cursor of its own"""
    agent(s)
    turn(s, "stream 4", "stream")
    turn(s, "stream 3", "stream again")


@scenario("python3")
def agent_stream_caret(s):
    """Streams with a visible caret in the box"""
    agent(s, "--caret")
    turn(s, "stream 4", "stream")


@scenario("python3")
def agent_think_silent(s):
    """Thinks in silence with a request out; the keyboard stays open"""
    agent(s)
    turn(s, "think 4", "silent request")
    turn(s, "think 6; stream 2", "silent request, then a stream")


@scenario("python3")
def agent_think_silent_caret(s):
    """The same with a caret in the box"""
    agent(s, "--caret")
    turn(s, "think 5", "silent request")


@scenario("python3")
def agent_spin(s):
    """A spinner while a request is out"""
    agent(s, "--spinner")
    turn(s, "think 4", "spinner")
    turn(s, "think 3; stream 3", "spinner and stream")


@scenario("python3")
def agent_spin_caret(s):
    """A spinner above a box with a caret"""
    agent(s, "--spinner", "--caret")
    turn(s, "think 5; stream 3", "spinner beside a caret")


@scenario("python3")
def agent_spin_timer(s):
    """A spinner over a local timer: only the animation tells"""
    agent(s, "--spinner")
    turn(s, "timer 5", "spinner over a timer")


@scenario("python3")
def agent_static_timer(s):
    """A still note over a local timer with the keyboard open: nothing tells"""
    agent(s, "--static")
    turn(s, "timer 4", "still note over a timer", limit=True)


@scenario("python3")
def agent_permission(s):
    """Asks leave for a command amid a turn, then goes on"""
    agent(s, "--spinner")
    s.enter("think 2.5; permit; tool sleep 5; stream 2")
    s.mark("busy")
    s.processing(label="before it asks")
    s.mark("permit")
    s.waiting(["permission", "menu", "confirm"], 3.5, label="permission")
    s.enter()
    s.mark("busy")
    s.processing(label="tool and stream")
    s.mark("idle")
    s.waiting(IDLE, 3)


@scenario("python3")
def agent_question(s):
    """Asks a question amid a turn, answered in its box"""
    agent(s, "--spinner", "--caret")
    s.enter("stream 2; ask; think 3")
    s.mark("busy")
    s.processing(label="before it asks")
    s.mark("ask")
    s.waiting(["question", "line", "turn"], 3.5, label="question")
    s.type("sqlite", 0.15)
    s.stay(0.8)
    s.enter()
    s.mark("busy")
    s.processing(label="after the answer")
    s.mark("idle")
    s.waiting(IDLE, 3)


@scenario("python3")
def agent_tool_quiet(s):
    """Runs a quiet child; no spinner"""
    agent(s, "--static")
    turn(s, "tool sleep 4", "quiet tool")
    turn(s, "think 2; tool sleep 5; think 2", "request, tool, request")


@scenario("python3")
def agent_tool_spin(s):
    """Runs a quiet child below a spinner"""
    agent(s, "--spinner")
    turn(s, "tool sleep 4", "tool below a spinner")


@scenario("python3", heavy=True)
def agent_tool_cpu(s):
    """Runs a child that uses the CPU"""
    agent(s, "--caret")
    turn(s, "tool python3 -c 'sum(i*i for i in range(30000000))'", "busy tool")


@scenario("python3")
def agent_tool_noisy(s):
    """A tool that prints, seen only as a pipe by the agent"""
    agent(s, "--spinner")
    turn(s, "tool ping -i 0.5 -c 8 127.0.0.1", "noisy tool")


@scenario("python3", heavy=True)
def agent_compute(s):
    """Computes in its own process between keys"""
    agent(s)
    turn(s, "compute 4", "computes")


@scenario("python3")
def agent_deaf(s):
    """Does not read keys while it works, as a line-mode agent does"""
    agent(s, "--deaf")
    turn(s, "think 3", "request", truth=("processing",))
    turn(s, "timer 3", "timer", truth=("processing", "active"))
    turn(s, "stream 3", "stream")


@scenario("python3")
def agent_stall(s):
    """A stream stalls for 2.5 s amid a turn"""
    agent(s)
    turn(s, "stall 2.5", "stream with a hole", limit=True)


@scenario("python3")
def agent_stall_spinner(s):
    """A stream stalls for 2.5 s below a spinner"""
    agent(s, "--spinner")
    turn(s, "stall 2.5", "stream with a hole below a spinner")


@scenario("python3")
def agent_long_idle(s):
    """Idle for long, typed into slowly, then works"""
    agent(s, "--spinner", "--caret")
    s.stay(6)
    s.type("think 3; ", 0.2)
    s.type("stream 2", 0.2)
    s.stay(0.8)
    s.enter()
    s.mark("busy")
    s.processing(label="turn")
    s.mark("idle")
    s.waiting(IDLE, 5)


@scenario("python3")
def agent_many_turns(s):
    """Six short turns"""
    agent(s, "--spinner")
    for number in range(6):
        turn(s, f"think {1.5 + number % 3 * 0.5}", f"turn {number + 1}", hold=1.5)
