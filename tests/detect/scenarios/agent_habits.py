"""What agents do besides: titles, bells, notifications, clocks, blinking, helpers, prefetches."""
from harness.registry import scenario
from scenarios.agents import IDLE, agent, turn


@scenario("python3")
def agent_title(s):
    """Says by its title that it works; the spinner is in the title"""
    agent(s, "--title", "--title-spinner")
    turn(s, "timer 4", "title spinner")
    turn(s, "think 3", "title spinner and request")


@scenario("python3")
def agent_permission_bell(s):
    """Asks leave and rings; no spinner at all"""
    agent(s, "--bell", "--static")
    s.enter("think 3; permit; think 3")
    s.mark("busy")
    s.processing(label="before it asks")
    s.mark("permit")
    s.waiting(["permission", "menu", "confirm"], 4, label="permission")
    s.enter()
    s.mark("busy")
    s.processing(label="after leave")
    s.mark("idle")
    s.waiting(IDLE, 3)


@scenario("python3")
def agent_blink(s):
    """Draws its own blinking cursor while idle"""
    agent(s, "--blink", "--spinner")
    s.stay(3)
    turn(s, "think 3; stream 2", "turn", hold=5)


@scenario("python3")
def agent_clock(s):
    """A clock on its status line while idle"""
    agent(s, "--clock", "--spinner")
    s.stay(3)
    turn(s, "think 3", "turn", hold=5)


@scenario("python3")
def agent_bell(s):
    """Rings at the end of a turn"""
    agent(s, "--bell", "--spinner")
    turn(s, "stream 3", "stream")
    turn(s, "think 3", "request")


@scenario("python3")
def agent_osc9(s):
    """Sends a desktop notification (OSC 9) at the end of a turn"""
    agent(s, "--osc9", "--spinner", "--caret")
    turn(s, "think 3", "request")


@scenario("python3")
def agent_osc777(s):
    """Sends a desktop notification (OSC 777) at the end of a turn"""
    agent(s, "--osc777")
    turn(s, "think 3; stream 2", "request and stream")


@scenario("python3")
def agent_progress(s):
    """OSC 9;4 says busy while it waits on a timer"""
    agent(s, "--osc94", "--static")
    turn(s, "timer 4", "9;4 over a timer")
    turn(s, "think 3", "9;4 over a request")


@scenario("python3")
def agent_prefetch(s):
    """Keeps a request open while idle; a spinner shows its turns"""
    agent(s, "--prefetch", "--spinner")
    s.stay(2)
    turn(s, "think 4", "turn", hold=5)
    turn(s, "think 3; stream 2", "turn", hold=5)


@scenario("python3")
def agent_heartbeat(s):
    """Small requests that are answered at once, each 2 s, idle or not"""
    agent(s, "--heartbeat", "--spinner")
    s.stay(4)
    turn(s, "think 4", "turn", hold=6)


@scenario("python3")
def agent_helper(s):
    """Keeps a helper process (a tool server on pipes) all the while"""
    agent(s, "--mcp")
    s.stay(1)
    turn(s, "think 3", "request", hold=4)
    turn(s, "tool sleep 5", "tool")


@scenario("python3")
def agent_alternate(s):
    """On the alternate screen"""
    agent(s, "--alt", "--spinner")
    turn(s, "think 3; stream 3", "turn", hold=4)


@scenario("python3")
def agent_sync(s):
    """Redraws within synchronized updates"""
    agent(s, "--sync", "--spinner", "--caret")
    turn(s, "think 3; stream 3", "turn")
