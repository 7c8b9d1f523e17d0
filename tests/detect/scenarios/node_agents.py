"""Agents on node's event loop: HTTP/2, Unix sockets, datagrams, a daemon of their own, status lines that change."""
import subprocess
from pathlib import Path

from harness.registry import scenario
from scenarios.agents import IDLE, turn

H2_SERVER = """
const http2 = require('http2');
http2.createServer().on('stream', (stream, headers) => {
  setTimeout(() => { stream.respond({':status': 200, 'content-type': 'text/plain'}); stream.end('x'.repeat(400)); }, 1000 * Number(headers[':path'].slice(1)));
}).listen(0, '127.0.0.1', function () { console.log(this.address().port); });
"""


def h2_server(s):
    child = s.services.child(["node", "-e", H2_SERVER], stdout=subprocess.PIPE)
    return f"http://127.0.0.1:{int(child.stdout.readline())}"


def agent(s, *options, **more):
    env = {"DETECT_URL": f"http://127.0.0.1:{s.services.http()}", "DETECT_UNIX": s.services.unix(), "DETECT_UDP": str(s.services.udp()), **more}
    s.start("node", s.file("agent.mjs", (Path(s.env["FAKES"]) / "node-agent.mjs").read_text()), *options, env=env)
    s.mark("idle")
    s.waiting(IDLE, 3, label="first idle")


@scenario("node")
def node_agent_http2(s):
    """HTTP/2: settings, acknowledgements and windows come long before the answer"""
    agent(s, DETECT_NODE_H2=h2_server(s))
    turn(s, "h2 4", "HTTP/2")
    turn(s, "h2 6", "HTTP/2 again")


@scenario("node")
def node_agent_http2_words(s):
    """HTTP/2 below words that change"""
    agent(s, "--words", "--caret", DETECT_NODE_H2=h2_server(s))
    turn(s, "h2 5", "HTTP/2 below words")


@scenario("node")
def node_agent_unix(s):
    """A Unix socket that stays open"""
    agent(s, "--caret")
    turn(s, "unix 4", "Unix socket")
    turn(s, "unix 3", "Unix socket again")


@scenario("node")
def node_agent_udp(s):
    """Datagrams"""
    agent(s)
    turn(s, "udp 4", "datagrams")
    turn(s, "udp 3", "datagrams again")


@scenario("node")
def node_agent_daemon(s):
    """Its own daemon does the work; events of it are listened to all the while"""
    agent(s, "--daemon")
    s.stay(2)
    turn(s, "local 5", "its daemon works")
    turn(s, "local 3", "its daemon works again")


@scenario("node")
def node_agent_status_line(s):
    """A clock and a branch that change under the box, idle or not"""
    agent(s, "--status")
    s.stay(6)
    turn(s, "post 4", "request", hold=5)


@scenario("node")
def node_agent_status_line_caret(s):
    """The same with a caret; a timer is told by words alone"""
    agent(s, "--status", "--caret", "--words")
    s.stay(3)
    turn(s, "timer 6", "words over a timer", hold=5)


@scenario("node")
def node_agent_polls(s):
    """Fetches something each 4 s while idle"""
    agent(s, "--poll")
    s.stay(9)
    turn(s, "post 4", "request", hold=8)


@scenario("node", heavy=True)
def node_agent_worker(s):
    """A worker thread computes"""
    agent(s, "--caret")
    turn(s, "worker 4", "worker computes")


@scenario("node")
def node_agent_server_stays(s):
    """A turn starts a silent server that stays; later turns are as usual"""
    agent(s)
    s.enter("server")
    s.unsure()
    s.mark("idle")
    s.t += 5.0
    s.waiting(IDLE, 4, label="a server stays")
    turn(s, "tool 4", "tool beside it")
    turn(s, "post 3", "request beside it")


@scenario("node")
def node_agent_stream_words(s):
    """A stream below words, then a tool, in the rhythm of a person"""
    agent(s, "--words")
    for number in range(3):
        turn(s, "stream 2; tool 2", f"turn {number + 1}", hold=2)
