"""Agents made with the usual libraries, and small ones of shell and curl."""
from harness.registry import scenario
from scenarios.agents import IDLE


@scenario("python3")
def agent_line_mode(s):
    """A line-mode agent (a prompt, then streamed text), as aider is"""
    url = f"http://127.0.0.1:{s.services.http()}"
    s.python("line_agent.py", env={"DETECT_URL": url})
    s.mark("idle")
    s.waiting(IDLE, 3)
    s.enter("hello")
    s.mark("busy")
    s.processing(label="request, then text")
    s.mark("ask")
    s.waiting(["confirm", "question", "line"], 3)
    s.enter("y")
    s.mark("busy")
    s.processing(label="request, then text")
    s.mark("idle")
    s.waiting(IDLE, 3)


@scenario("bash", "curl")
def agent_bash(s):
    """A shell script around curl, as small agents are"""
    url = f"http://127.0.0.1:{s.services.http()}"
    s.bash(f"""while :; do printf '\\n> '; mark idle; read -r q || exit; mark busy
      curl -sN '{url}/sse?s=2&gap=0.2'; curl -s '{url}/slow?s=3'; done""")
    s.mark("idle")
    s.waiting(IDLE, 3)
    s.enter("hello")
    s.mark("busy")
    s.processing(label="curl streams, then is silent")
    s.mark("idle")
    s.waiting(IDLE, 3)


@scenario("npm:ink", "npm:ink-text-input", "npm:ink-spinner", "npm:ink-select-input", "node")
def agent_ink(s):
    """An agent made with ink: box, spinner, fetch, a permission list, a child"""
    url = f"http://127.0.0.1:{s.services.http()}"
    s.node_module("ink-agent.mjs", env={"DETECT_URL": url})
    s.mark("idle", timeout=40)
    s.waiting(IDLE, 3.5)
    s.send("go")
    s.stay(0.5)
    s.enter()
    s.mark("busy")
    s.processing(label="fetch below a spinner")
    s.mark("permit")
    s.waiting(["permission", "menu", "confirm"], 3.5)
    s.enter()
    s.mark("busy")
    s.processing(label="child below a spinner")
    s.mark("idle")
    s.waiting(IDLE, 3.5)


@scenario("npm:ink", "npm:ink-text-input", "node")
def agent_ink_silent(s):
    """An agent made with ink that shows nothing while it fetches"""
    url = f"http://127.0.0.1:{s.services.http()}"
    s.node_module("ink-agent.mjs", "--silent", env={"DETECT_URL": url})
    s.mark("idle", timeout=40)
    s.waiting(IDLE, 3.5)
    s.send("go")
    s.stay(0.5)
    s.enter()
    s.mark("busy")
    s.processing(label="silent fetch")
    s.mark("permit")
    s.waiting(["permission", "menu", "confirm"], 3)
    s.enter()
    s.mark("busy")
    s.processing(label="silent child")
    s.mark("idle")
    s.waiting(IDLE, 3.5)


@scenario("py:textual")
def agent_textual(s):
    """An agent made with textual: an input, a log, a request in a thread"""
    url = f"http://127.0.0.1:{s.services.http()}"
    s.python("textual_agent.py", venv=True, env={"DETECT_URL": url})
    s.mark("idle", timeout=40)
    s.waiting(IDLE, 4)
    s.send("go")
    s.stay(0.8)
    s.enter()
    s.mark("busy")
    s.processing(label="request")
    s.mark("idle")
    s.waiting(IDLE, 4)


@scenario("py:prompt_toolkit", "py:rich")
def agent_prompt_toolkit(s):
    """An agent made with prompt_toolkit and rich: prompt with a toolbar, a status spinner, streamed text"""
    url = f"http://127.0.0.1:{s.services.http()}"
    s.python("ptk_agent.py", venv=True, env={"DETECT_URL": url})
    s.mark("idle", timeout=40)
    s.drawn()
    s.waiting(IDLE, 3.5)
    s.send("go")
    s.stay(0.8)
    s.enter()
    s.mark("busy")
    s.processing(label="spinner and stream")
    s.mark("idle")
    s.drawn()
    s.waiting(IDLE, 3.5)
