"""What may not be looked into: sudo and su of an ordinary user, and the far side of ssh."""
from harness.registry import scenario

USER = "ms-detect"


def sudo(s, script, shell=False):
    """Runs a script as root from a shell of an ordinary user, past the question for a password."""
    s.start("bash", "--norc", "-i", env={"PS1": "$ "})
    s.expect(r"\$ ")
    s.waiting("shell", 1.5)
    s.enter(f"sudo -k -p 'Pa''ss: ' {script}")
    s.unsure()
    s.expect("Pass: ")
    s.waiting("password", 2)
    s.enter(s.password())
    s.unsure()


def su(s, command):
    """Runs a command as the ordinary user, past the question for a password."""
    s.start("su", "-s", "/bin/bash", USER, "-c", command)
    s.expect("Password: ")
    s.waiting("password", 2)
    s.enter(s.password())


@scenario("sudo", "user:ms-detect", user=USER)
def sudo_question(s):
    """sudo bash -c: sleep, a question, sleep"""
    s.file("q.sh", "sleep 3; read -p 'name: ' x; sleep 4; read -p 'Sure? [y/N] ' y; sleep 3\n")
    sudo(s, "bash q.sh")
    s.t += 0.3
    s.busy(label="sleep below sudo")
    s.expect("name: ")
    s.waiting(["line", "question"], 3)
    s.enter("bob")
    s.busy(label="sleep below sudo")
    s.expect(r"N\] ")
    s.waiting("confirm", 3)
    s.enter("y")
    s.busy(2, label="sleep below sudo")


@scenario("sudo", "user:ms-detect", user=USER)
def sudo_shell(s):
    """sudo -s: a root shell below an ordinary one"""
    sudo(s, "PS1='root# ' bash --norc -i")
    s.expect("root# ")
    s.waiting("shell", 3)
    s.enter("sleep 4; echo DO''NE")
    s.busy(label="sleep in a root shell")
    s.expect("DONE\r\n")
    s.expect("root# ")
    s.waiting("shell", 3)
    s.enter("exit")
    s.unsure()
    s.expect(r"\$ ")
    s.waiting("shell", 2)


@scenario("sudo", "user:ms-detect", user=USER)
def sudo_noisy(s):
    """Something that prints below sudo, as an installer does, and asks"""
    s.file("i.sh", "for i in 1 2 3 4 5 6; do echo \"Unpacking part $i ...\"; sleep 0.7; done; read -p 'Do you want to continue? [Y/n] ' x; for i in 1 2 3; do echo \"Setting up $i ...\"; sleep 1; done\n")
    sudo(s, "bash i.sh")
    s.expect("part 1")
    s.busy(label="installs below sudo")
    s.expect(r"n\] ")
    s.waiting("confirm", 3)
    s.enter("y")
    s.busy(label="installs below sudo")
    s.expect(r"\$ ")
    s.waiting("shell", 2)


@scenario("su", "user:ms-detect", user="nobody")
def su_shell(s):
    """su to another user: an interactive shell"""
    su(s, "PS1='far> ' bash --norc -i")
    s.unsure()
    s.expect("far> ")
    s.waiting(["shell", "repl"], 3)
    s.enter("sleep 4; echo DO''NE")
    s.busy(label="sleep in another's shell")
    s.expect("DONE\r\n")
    s.expect("far> ")
    s.waiting(["shell", "repl"], 3)


@scenario("su", "user:ms-detect", user="nobody")
def su_command(s):
    """su -c: sleep, a question"""
    s.file("q.sh", "sleep 3; read -p 'colour? ' x; sleep 4; read -p 'size: ' y\n")
    su(s, f"bash {s.world}/q.sh")
    s.t += 0.3
    s.busy(label="sleep below su")
    s.expect(r"colour\? ")
    s.waiting(["line", "question"], 3)
    s.enter("red")
    s.busy(label="sleep below su")
    s.expect("size: ")
    s.waiting(["line", "question"], 3)


def ssh(s, command):
    port, home, common = s.services.sshd()
    s.start("ssh", *common, "-tt", "-o", "StrictHostKeyChecking=no", "-i", home / "user", "root@127.0.0.1", command)


@scenario("ssh", "/usr/sbin/sshd", "root")
def ssh_answers(s):
    """Questions on the far side of ssh, with silent work after each"""
    s.file("q.sh", "read -p 'Which one? ' x; sleep 4; read -p 'Name: ' x; sleep 4; read -p 'More? [y/N] ' x\n")
    ssh(s, f"bash {s.world}/q.sh")
    s.expect(r"Which one\? ")
    s.waiting(["line", "question"], 3)
    s.enter("two")
    s.busy(label="silent work on the far side")
    s.expect("Name: ")
    s.waiting(["line", "question"], 3)
    s.enter("bob")
    s.busy(label="silent work on the far side")
    s.expect(r"N\] ")
    s.waiting("confirm", 3)


@scenario("ssh", "/usr/sbin/sshd", "root")
def ssh_repl(s):
    """An interpreter on the far side that takes its time"""
    ssh(s, "/usr/bin/python3 -q")
    s.expect(">>> ")
    s.waiting("repl", 3)
    s.enter("import time; time.sleep(4)")
    s.busy(label="sleep on the far side")
    s.expect(">>> ")
    s.waiting("repl", 3)
