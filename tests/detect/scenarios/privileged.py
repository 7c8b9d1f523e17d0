"""More of what may not be looked into: an interpreter, a package manager, a configuration below sudo; far machines."""
from harness.registry import scenario
from scenarios.elevated import USER, ssh, su, sudo


@scenario("sudo", "user:ms-detect", user=USER)
def sudo_interpreter(s):
    """An interpreter below sudo"""
    sudo(s, "/usr/bin/python3 -q")
    s.expect(">>> ")
    s.waiting("repl", 3)
    s.enter("import time; time.sleep(4)")
    s.busy(label="sleep below sudo")
    s.expect(">>> ")
    s.waiting("repl", 2)


@scenario("sudo", "user:ms-detect", user=USER, heavy=True)
def sudo_computes(s):
    """Work below sudo that uses the processor, then a question"""
    s.file("c.sh", "i=0; while [ $i -lt 700000 ]; do i=$((i+1)); done; read -p 'Keep it? ' x; sleep 3\n")
    sudo(s, "bash c.sh")
    s.t += 0.8
    s.processing(label="computes below sudo")
    s.expect(r"it\? ")
    s.waiting(["line", "confirm", "question"], 3)
    s.enter("yes")
    s.busy(2, label="sleep below sudo")


@scenario("sudo", "user:ms-detect", "dialog", user=USER)
def sudo_dialog(s):
    """A dialog below sudo, as dpkg-reconfigure has"""
    sudo(s, "bash -c 'dialog --yesno \"Go on?\" 8 30; clear; sleep 3; dialog --menu \"Which?\" 12 40 2 1 a 2 b'")
    s.see("Go on")
    s.waiting(["menu", "confirm", "question", "unknown"], 3)
    s.enter()
    s.unsure()
    s.t += 0.6
    s.busy(label="sleep below sudo")
    s.see("Which")
    s.waiting(["menu", "question", "unknown"], 3)


@scenario("sudo", "user:ms-detect", "less", user=USER)
def sudo_pager(s):
    """A pager below sudo"""
    sudo(s, "less /etc/services")
    s.see("^/etc/services|^:")
    s.waiting(["pager"], 3)


@scenario("sudo", "user:ms-detect", user=USER)
def sudo_progress(s):
    """Reading package lists... and percentages below sudo, then a question"""
    s.file("a.sh", "printf 'Reading package lists... '; sleep 2.5; echo Done; for i in 10 40 70; do printf '\\r%s%% [Waiting for headers] ' $i; sleep 1; done; echo; read -p 'After this operation, 3 MB will be used. Do you want to continue? [Y/n] ' x; printf 'Fetched 3 MB... '; sleep 3\n")
    sudo(s, "bash a.sh")
    s.expect(r"lists\.\.\. ")
    s.busy(label="package lists")
    s.expect(r"n\] ")
    s.waiting("confirm", 3)


@scenario("su", "user:ms-detect", user="nobody")
def su_interpreter(s):
    """An interpreter as another user"""
    su(s, "/usr/bin/python3 -q")
    s.unsure()
    s.expect(">>> ")
    s.waiting("repl", 3)
    s.enter("import time; time.sleep(4)")
    s.busy(label="sleep as another user")
    s.expect(">>> ")
    s.waiting("repl", 2)


@scenario("ssh", "/usr/sbin/sshd", "root")
def ssh_shell_several(s):
    """A shell on the far side: quick commands, and slow ones"""
    s.file("rc", "PS1='far$ '\n")
    ssh(s, f"bash --rcfile {s.world}/rc -i")
    s.see(r"far\$$")
    s.waiting("shell", 3)
    for number in range(3):
        s.enter("sleep 3.5; echo DO''NE")
        s.busy(label="slow command on the far side")
        s.expect("DONE\r\n")
        s.expect(r"far\$ ")
        s.waiting("shell", 1.5)


@scenario("ssh", "/usr/sbin/sshd", "root")
def ssh_password_inside(s):
    """A password on the far side, after silent work"""
    s.file("q.sh", "sleep 3; read -sp 'Password: ' x; echo; sleep 3; read -p 'Proceed? [y/N] ' y; sleep 3; exit\n")
    ssh(s, f"bash {s.world}/q.sh")
    s.busy(label="silent work on the far side")
    s.expect("Password: ")
    s.waiting("password", 3)
    s.enter("x")
    s.busy(label="silent work on the far side")
    s.expect(r"N\] ")
    s.waiting("confirm", 2)
    s.enter("y")
    s.busy(2, label="silent work on the far side")
