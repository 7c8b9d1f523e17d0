"""A terminal within the terminal: multiplexers, recorders, relays, remote shells."""
from harness.registry import scenario


def inner_shell(s, limit_work=False):
    """A bash prompt, 3.5 s of sleep, a prompt, seen through something in between."""
    s.waiting("shell", 3.5)
    s.enter("sleep 5; echo DO''NE")
    s.busy(label="sleep inside", limit=limit_work)
    s.see("^DONE")
    s.waiting("shell", 3, limit=False)


@scenario("tmux")
def nested_tmux(s):
    """tmux: its server holds the inner pty"""
    s.start("tmux", "-L", "bench", "-f", "/dev/null", "new-session", "bash --norc -i", env={"TMUX_TMPDIR": str(s.world), "PS1": "$ "})
    s.see("[#$]$")
    s.settled(0.5)
    inner_shell(s)


@scenario("tmux")
def nested_tmux_question(s):
    """tmux: a question inside, after work"""
    s.file("q.sh", "sleep 4; read -p 'Overwrite? [y/N] ' x; sleep 4; read -sp 'Password: ' y\n")
    s.start("tmux", "-L", "bench", "-f", "/dev/null", "new-session", f"bash {s.world}/q.sh", env={"TMUX_TMPDIR": str(s.world)})
    s.busy(label="sleep inside")
    s.see(r"N\]$")
    s.waiting("confirm", 3.5)
    s.enter("y")
    s.busy(label="sleep inside")
    s.see("Password:$")
    s.waiting("password", 3)


@scenario("screen", "root")
def nested_screen(s):
    """GNU screen"""
    rc = s.file("screenrc", "startup_message off\n")
    directory = s.world / "S"
    directory.mkdir(mode=0o700)
    s.start("screen", "-c", rc, "bash", "--norc", "-i", env={"SCREENDIR": str(directory), "PS1": "$ "})
    s.see("[#$]$")
    s.settled(0.5)
    inner_shell(s)


@scenario("dtach")
def nested_dtach(s):
    """dtach"""
    s.start("dtach", "-c", s.world / "sock", "-z", "bash", "--norc", "-i", env={"PS1": "$ "})
    s.see("[#$]$")
    inner_shell(s)


@scenario("script")
def nested_script(s):
    """script(1) records a shell"""
    s.start("script", "-q", "-c", "bash --norc -i", "typescript", env={"PS1": "$ "})
    s.see("[#$]$")
    inner_shell(s)


@scenario("script")
def nested_script_getpass(s):
    """script(1): a password inside"""
    s.start("script", "-q", "-c", "bash -c 'sleep 5; read -sp Password: x; sleep 4'", "typescript")
    s.busy(label="sleep inside")
    s.expect("Password:")
    s.waiting("password", 3.5)
    s.enter("x")
    s.busy(3, label="sleep inside")


@scenario("expect")
def nested_expect(s):
    """expect spawns a shell and interacts"""
    s.start("expect", "-c", "log_user 1; spawn -noecho bash --norc -i; interact", env={"PS1": "$ "})
    s.see("[#$]$")
    inner_shell(s)


@scenario("python3")
def nested_python_pty(s):
    """Python's pty.spawn"""
    s.start("/usr/bin/env", "python3", "-c", "import pty; pty.spawn(['bash', '--norc', '-i'])", env={"PS1": "$ "})
    s.see("[#$]$")
    inner_shell(s)


@scenario("socat")
def nested_socat(s):
    """socat between the terminal and a pty"""
    s.start("socat", "-,raw,echo=0", "EXEC:'bash --norc -i',pty,setsid,ctty,stderr", env={"PS1": "$ "})
    s.see("[#$]$")
    inner_shell(s)


@scenario("ssh", "/usr/sbin/sshd", "root")
def nested_ssh(s):
    """ssh to a shell on another machine: the far side cannot be seen"""
    port, home, common = s.services.sshd()
    s.file("rc", "PS1='far$ '\n")
    s.start("ssh", *common, "-tt", "-o", "StrictHostKeyChecking=no", "-i", home / "user", "root@127.0.0.1", f"bash --rcfile {s.world}/rc -i")
    s.see(r"far\$$")
    s.waiting("shell", 4)
    s.enter("sleep 5; echo DO''NE")
    s.busy(label="sleep on the far side", limit=True)
    s.see("^DONE")
    s.waiting("shell", 4)


@scenario("ssh", "/usr/sbin/sshd", "root")
def nested_ssh_command(s):
    """ssh runs a command that prints and ends"""
    port, home, common = s.services.sshd()
    s.start("bash", "--norc", "-i", env={"PS1": "$ "})
    s.expect(r"\$ ")
    s.waiting("shell", 1.5)
    words = " ".join([*common, "-n", "-o", "StrictHostKeyChecking=no", "-i", str(home / "user"), "root@127.0.0.1"])
    s.enter(f"ssh {words} 'for i in 1 2 3 4 5 6 7 8; do echo remote $i; sleep 0.5; done'; echo DO''NE")
    s.busy(label="remote command")
    s.expect("DONE\r\n")
    s.expect(r"\$ ")
    s.waiting("shell", 2.5)


@scenario("sudo", "root")
def nested_sudo_pty(s):
    """sudo runs a command on a pty of its own"""
    s.start("sudo", "bash", "-c", "sleep 5; read -p 'Really? [y/N] ' x; sleep 4")
    s.busy(label="sleep below sudo")
    s.expect(r"N\] ")
    s.waiting("confirm", 3.5)
    s.enter("y")
    s.busy(3, label="sleep below sudo")


@scenario("unshare", "root")
def nested_namespace(s):
    """A shell in a pid namespace of its own"""
    s.start("unshare", "--fork", "--pid", "--mount-proc", "bash", "--norc", "-i", env={"PS1": "$ "})
    s.see("[#$]$")
    inner_shell(s)
