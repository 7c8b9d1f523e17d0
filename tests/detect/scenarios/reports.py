"""What programs say of themselves: msmark, OSC 7501, OSC 133, OSC 9;4, titles."""
from harness.registry import scenario


@scenario("ms:msmark", "bash")
def report_msmark(s):
    """msmark from a hook: waiting, then processing, then clear"""
    s.bash("""msmark processing; mark busy; sleep 4; msmark waiting -k permission -m 'Run rm?'; mark wait; sleep 4
      msmark processing; mark busy; sleep 5; msmark clear; mark clear; sleep 5""")
    s.mark("busy")
    s.processing(label="msmark processing")
    s.mark("wait")
    s.waiting("permission", hold=1.5)
    s.mark("busy")
    s.processing(label="msmark processing")
    s.mark("clear")
    s.busy(4, label="cleared")


@scenario("bash")
def report_7501(s):
    """OSC 7501 from a script that only sleeps: working, blocked, working, done"""
    s.bash(r"""say() { printf '\e]7501;%s\e\\' "$1"; }
      say state=working; mark busy; sleep 4; say state=blocked:kind=permission:msg=UmVhbGx5Pw==; mark wait; sleep 5
      say state=working:progress=50; mark busy; sleep 4; say state=done; mark wait; sleep 5""")
    s.mark("busy")
    s.processing(label="7501 working")
    s.mark("wait")
    s.waiting("permission", hold=2)
    s.mark("busy")
    s.processing(label="7501 working")
    s.mark("wait")
    s.truth(["waiting", "active"], "turn", 4, label="7501 done, and nobody reads")


@scenario("python3")
def report_7501_agent(s):
    """An agent with its keyboard open and a mere timer: only its OSC 7501 tells"""
    s.python("agent.py", "--static", "--osc7501")
    s.mark("idle")
    s.waiting(["turn"], 3)
    s.enter("timer 4; permit; timer 4")
    s.mark("busy")
    s.processing(label="7501 over a timer")
    s.mark("permit")
    s.waiting(["permission"], 3)
    s.enter()
    s.mark("busy")
    s.processing(label="7501 over a timer")
    s.mark("idle")
    s.waiting(["turn"], 3)


@scenario("bash")
def report_7501_left_behind(s):
    """Text with a forged `working` is shown by cat; the prompt ends it"""
    s.file("f", "log\n\x1b]7501;state=working:id=a\x1b\\end of the log\n")
    s.start("bash", "--norc", "-i", env={"PS1": "$ "})
    s.expect(r"\$ ")
    s.waiting("shell", 1.5)
    s.enter("cat f")
    s.expect("end of the log")
    s.expect(r"\$ ")
    s.waiting("shell", 4)
    s.enter("sleep 4; echo DO''NE")
    s.busy(label="sleep")
    s.expect("DONE\r\n")
    s.expect(r"\$ ")
    s.waiting("shell", 2)


@scenario("python3")
def report_133_raw(s):
    """A REPL of our own that marks its prompt by OSC 133 and works in silence with its keyboard open"""
    s.python("marks133.py")
    s.mark("ask")
    s.waiting(["shell", "repl", "line"], 3)
    s.enter("x")
    s.mark("work")
    s.busy(label="after 133;C", limit=True)
    s.mark("ask")
    s.waiting(["shell", "repl", "line"], 3)


@scenario("bash")
def report_progress(s):
    """OSC 9;4 says busy during a quiet command at a shell"""
    s.start("bash", "--norc", "-i", env={"PS1": "$ "})
    s.expect(r"\$ ")
    s.waiting("shell", 1.5)
    s.enter("printf '\\e]9;4;3;\\a'; sleep 4; printf '\\e]9;4;0;\\a'; echo DO''NE")
    s.unsure()
    s.expect("9;4;3;\a")
    s.processing(label="9;4 busy")
    s.expect("DONE\r\n")
    s.expect(r"\$ ")
    s.waiting("shell", 2.5)


@scenario("bash")
def report_progress_left_on(s):
    """OSC 9;4 is left on by a program that died; the shell waits"""
    s.start("bash", "--norc", "-i", env={"PS1": "$ "})
    s.expect(r"\$ ")
    s.waiting("shell", 1.5)
    s.enter("printf '\\e]9;4;1;50\\a'; sleep 2")
    s.unsure()
    s.expect(r"9;4;1;50\a")
    s.processing(label="9;4 busy")
    s.expect(r"\$ ")
    s.waiting("shell", 4)


@scenario("bash")
def report_title_spinner(s):
    """A title spinner during quiet work"""
    s.bash(r"""for i in $(seq 40); do printf '\e]0;%s build\a' "$((i % 4))"; sleep 0.12; done; mark ask; read -p 'Ship it? [y/N] ' x""")
    s.expect(r"0;2 build\a")
    s.unsure()
    s.t += 1.5
    s.processing(label="title spinner")
    s.mark("ask")
    s.waiting("confirm", 3)


@scenario("bash")
def report_title_command(s):
    """A shell that puts the running command in its title"""
    rc = s.file("rc", r"""PS1='\[\e]0;\w\a\]$ '; trap 'printf "\e]0;%s\a" "$BASH_COMMAND"' DEBUG
""")
    s.start("bash", "--rcfile", rc, "-i")
    s.expect(r"\$ ")
    s.waiting("shell", 2)
    s.enter("sleep 5; echo DO''NE")
    s.busy(label="sleep")
    s.expect("DONE\r\n")
    s.expect(r"\$ ")
    s.waiting("shell", 2.5)
