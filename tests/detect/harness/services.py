"""Servers on this machine's loopback that scenarios talk to. They live in the worker, outside the session."""
import http.server
import itertools
import os
import pwd
import socket
import subprocess
import threading
import time
import urllib.parse

NOBODY = 65534


def uid(user):
    """The number of the user that a scenario is played by; `nobody` has the usual one everywhere."""
    return NOBODY if user == "nobody" else pwd.getpwnam(user).pw_uid


def number(text):
    """The number that a word begins with; programs add paths to an address."""
    return float("".join(itertools.takewhile(lambda c: c.isdigit() or c == ".", text)) or 0)


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers late, slowly or never, as the address asks.

    /slow?s=4            answers after 4 s
    /drip?s=4&kb=400     a body that takes 4 s
    /sse?s=4&gap=0.1     a stream of events, one word each
    /hang                no answer while the connection lasts
    /auth                401, asks for a name and a password
    """

    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.do_GET()

    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)
        query = {key: number(value) for key, value in urllib.parse.parse_qsl(url.query)}
        action = getattr(self, "on_" + url.path.strip("/").split("/")[0].replace("-", "_"), self.on_other)
        try:
            action(query)
        except OSError:
            pass

    def answer(self, code, body=b"", **headers):
        self.send_response(code)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def on_slow(self, query):
        time.sleep(query.get("s", 4))
        self.answer(200, b'{"text": "ready"}\n')

    def on_drip(self, query):
        seconds, size = query.get("s", 4), int(query.get("kb", 400)) * 1024
        self.send_response(200)
        self.send_header("Content-Length", str(size))
        self.end_headers()
        steps = max(1, int(seconds * 20))
        for step in range(steps):
            self.wfile.write(b"x" * (size * (step + 1) // steps - size * step // steps))
            self.wfile.flush()
            time.sleep(seconds / steps)

    def on_sse(self, query):
        gap = query.get("gap", 0.1)
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        for number in range(int(query.get("s", 4) / gap)):
            self.wfile.write(f"data: word{number}\n\n".encode())
            self.wfile.flush()
            time.sleep(gap)
        self.wfile.write(b"data: [DONE]\n\n")
        self.close_connection = True

    def on_hang(self, _):
        while self.connection.recv(1024):
            pass

    def on_auth(self, _):
        self.answer(401, b"", WWW_Authenticate='Basic realm="bench"')

    def on_other(self, _):
        handler = getattr(self.server, "other", None)
        return handler(self) if handler else self.answer(404, b"no such thing\n")


def wanted(request):
    """After how long a request of `wait=SECONDS` is to be answered."""
    return number(request.decode(errors="replace").partition("wait=")[2])


def answers_later(connection, acknowledge):
    """Takes requests of `wait=SECONDS`: some bytes at once, the answer after that time."""
    while True:
        data = connection.recv(65536)
        if not data:
            return
        if acknowledge:
            time.sleep(0.02)
            connection.sendall(acknowledge)
        time.sleep(wanted(data))
        connection.sendall(b"x" * 400)


class Services:
    """Starts them when a scenario first asks."""

    def __init__(self, world):
        self.world = world
        self.children = []

    def http(self, other=None):
        """The port of an HTTP server; `other(handler)` answers what it does not know."""
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        server.other = other
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return server.server_address[1]

    def tcp(self, handle):
        """The port of a server that gives each connection to `handle(socket)`."""
        listener = socket.create_server(("127.0.0.1", 0))

        def accept():
            while True:
                connection, _ = listener.accept()
                threading.Thread(target=handle, args=(connection,), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        return listener.getsockname()[1]

    def unix(self, acknowledge=b""):
        """The path of a daemon's Unix socket; see `answers_later`."""
        path = str(self.world / "daemon.sock")
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listener.bind(path)
        os.chmod(path, 0o777)
        listener.listen()
        self.serve(listener, acknowledge)
        return path

    def acknowledging(self, acknowledge=bytes(9)):
        """The port of a server that acknowledges a request at once and answers it later."""
        listener = socket.create_server(("127.0.0.1", 0))
        self.serve(listener, acknowledge)
        return listener.getsockname()[1]

    def serve(self, listener, acknowledge):
        def accept():
            while True:
                connection, _ = listener.accept()
                threading.Thread(target=answers_later, args=(connection, acknowledge), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()

    def udp(self):
        """The port of a server that answers a datagram as late as it says."""
        server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        server.bind(("127.0.0.1", 0))

        def answer():
            while True:
                data, peer = server.recvfrom(65536)
                threading.Timer(wanted(data), server.sendto, (b"x" * 400, peer)).start()

        threading.Thread(target=answer, daemon=True).start()
        return server.getsockname()[1]

    def free_port(self):
        with socket.create_server(("127.0.0.1", 0)) as probe:
            return probe.getsockname()[1]

    def child(self, command, **options):
        """A server of somebody else's, ended with the worker."""
        quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self.children.append(subprocess.Popen(command, **{**quiet, **options}))
        return self.children[-1]

    def wait_port(self, port, seconds=15):
        deadline = time.time() + seconds
        while time.time() < deadline:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                return
            except OSError:
                time.sleep(0.05)
        raise OSError(f"no server on port {port}")

    def sshd(self):
        """An sshd with its own keys and configuration; returns (port, words of an ssh that reaches it)."""
        port, home = self.free_port(), self.world / "sshd"
        home.mkdir()
        home.chmod(0o700)
        for key in ("host", "user"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", home / key], check=True)
        (home / "config").write_text(
            f"Port {port}\nListenAddress 127.0.0.1\nHostKey {home}/host\nAuthorizedKeysFile {home}/user.pub\n"
            f"PidFile {home}/pid\nStrictModes no\nUsePAM no\nPermitRootLogin yes\nPasswordAuthentication yes\n"
            "PrintMotd no\nSubsystem sftp internal-sftp\n"
        )
        os.makedirs("/run/sshd", exist_ok=True)
        self.child(["/usr/sbin/sshd", "-D", "-e", "-f", home / "config"])
        self.wait_port(port)
        common = ["-p", str(port), "-o", f"UserKnownHostsFile={home}/known", "-F", "none"]
        return port, home, common

    def postgres(self, programs):
        """A PostgreSQL server with its own data, run by nobody; returns its port."""
        port, home = self.free_port(), self.world / "pg"
        home.mkdir()
        os.chown(home, NOBODY, NOBODY)
        self.world.chmod(0o755)
        user = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--"]
        initdb = [*user, programs / "initdb", "-D", home / "d", "-U", "nobody", "-A", "trust", "--no-sync"]
        subprocess.run(initdb, check=True, capture_output=True, env={"PATH": os.environ["PATH"], "HOME": str(home)})
        self.child([*user, programs / "postgres", "-D", home / "d", "-p", str(port), "-k", home, "-h", "127.0.0.1", "-F"])
        self.wait_port(port)
        return port

    def close(self):
        for child in self.children:
            child.kill()
