"""Stopped programs, a suspended machine, flow control, and terminals that change size."""
from harness.registry import scenario


@scenario("bash")
def stop_suspended_waiting(s):
    """The machine sleeps while a shell waits"""
    s.start("bash", "--norc", "-i", env={"PS1": "$ "})
    s.expect(r"\$ ")
    s.waiting("shell", 2.5)
    s.freeze(3)
    s.waiting("shell", 3, label="after the machine slept")
    s.enter("sleep 5")
    s.busy(4, label="sleep")


@scenario("python3")
def stop_suspended_agent(s):
    """The machine sleeps while an agent works"""
    url = f"http://127.0.0.1:{s.services.http()}"
    s.python("agent.py", "--spinner", env={"DETECT_URL": url})
    s.mark("idle")
    s.waiting(["turn", "line", "repl", "question"], 2)
    s.enter("think 8")
    s.mark("busy")
    s.processing(2, label="before the machine slept")
    s.freeze(3)
    s.processing(1.5, label="after the machine slept")
    s.mark("idle")
    s.waiting(["turn", "line", "repl", "question"], 3)


@scenario("bash")
def stop_flow_control(s):
    """Ctrl-S holds a program's output back; it is blocked until Ctrl-Q"""
    s.bash("for i in $(seq 400); do echo \"line $i of a chatty program, which goes on and on\"; sleep 0.02; done; sleep 5")
    s.expect("line 60 ")
    s.busy(0.2, label="chatter")
    s.send("\x13")
    s.t += 1.0
    s.waiting(hold=4, label="held back by Ctrl-S")
    s.send("\x11")
    s.busy(3, label="chatter")


@scenario("bash")
def stop_program_stops_itself(s):
    """The foreground program is stopped by a signal and no shell is there to notice"""
    s.bash("echo started; sleep 2; mark stop; kill -STOP $$; sleep 5")
    s.expect("started")
    s.busy(label="sleep")
    s.mark("stop")
    s.truth(["waiting", "paused"], hold=4, label="stopped")


@scenario("ms:mspause", "bash")
def stop_paused(s):
    """mspause and its resume"""
    s.start("bash", "--norc", "-i", env={"PS1": "$ "})
    s.expect(r"\$ ")
    s.waiting("shell", 2)
    s.pause()
    s.truth(["paused"], hold=3)
    s.pause(resume=True)
    s.waiting("shell", 3)


@scenario("vim", "attach")
def stop_resize_vim(s):
    """vim is looked at on a larger terminal and repaints: it waited and waits"""
    s.file("f", "one\ntwo\n")
    s.start("vim", "-u", "NONE", "-i", "NONE", "-n", "f")
    s.see("one")
    s.settled(0.4)
    s.waiting("editor", 2.5)
    s.resize(100, 30)
    s.stay(2.5)
    s.resize(80, 24)
    s.detach()
    s.stay(2.5)


@scenario("less", "attach")
def stop_resize_less(s):
    """less repaints for another size"""
    s.file("f", "".join(f"line {n}\n" for n in range(400)))
    s.start("less", "f")
    s.see("line 20")
    s.settled(0.3)
    s.waiting("pager", 2.5)
    s.resize(120, 40)
    s.stay(2.5)
    s.resize(60, 20)
    s.stay(2)
    s.detach()
    s.stay(2)


@scenario("python3", "attach")
def stop_resize_agent(s):
    """An idle agent repaints for another size, several times"""
    url = f"http://127.0.0.1:{s.services.http()}"
    s.python("agent.py", "--spinner", "--caret", env={"DETECT_URL": url})
    s.mark("idle")
    s.waiting(["turn", "line", "repl", "question"], 2.5)
    for cols, rows in ((100, 30), (90, 28), (110, 33), (80, 24)):
        s.resize(cols, rows)
        s.stay(0.5)
    s.detach()
    s.stay(3)


@scenario("bash", "attach")
def stop_attach_shell(s):
    """A person comes to a shell and leaves again; it waits all the while"""
    s.start("bash", "--norc", "-i", env={"PS1": "$ "})
    s.expect(r"\$ ")
    s.waiting("shell", 2)
    s.resize(80, 24)
    s.stay(2.5)
    s.detach()
    s.stay(2.5)


@scenario("tail", "attach")
def stop_attach_tail(s):
    """A person looks at a quiet tail -f: it does not begin to wait"""
    s.file("f", "one\n")
    s.start("tail", "-f", "f")
    s.expect("one")
    s.active(2, label="quiet tail")
    s.resize(100, 30)
    s.stay(2.5)
    s.detach()
    s.stay(2.5)
