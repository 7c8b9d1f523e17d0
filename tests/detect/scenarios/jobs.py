"""Who in a tree of processes reads: pipelines, background jobs, grandchildren, other sessions, threads."""
from harness.registry import scenario


def shell(s):
    s.start("bash", "--norc", "-i", env={"PS1": "$ "})
    s.expect(r"\$ ")
    s.waiting("shell", 1.5)


@scenario("bash")
def job_background_quiet(s):
    """A background sleep: the shell still waits"""
    shell(s)
    s.enter("sleep 60 &")
    s.expect(r"\$ ")
    s.waiting("shell", 4)


@scenario("bash", heavy=True)
def job_background_cpu(s):
    """A background job uses the CPU: the shell still waits"""
    shell(s)
    s.enter("(while :; do :; done) &")
    s.expect(r"\$ ")
    s.waiting("shell", 5)


@scenario("bash")
def job_background_output(s):
    """A background job prints over the prompt"""
    shell(s)
    s.enter("(for i in 1 2 3 4 5 6 7 8 9 10; do sleep 0.6; echo tick $i; done) &")
    s.expect(r"\$ ")
    s.waiting("shell", 6)


@scenario("bash", "curl")
def job_background_request(s):
    """A background request: the shell still waits"""
    port = s.services.http()
    shell(s)
    s.enter(f"curl -s 'http://127.0.0.1:{port}/slow?s=20' &")
    s.expect(r"\$ ")
    s.waiting("shell", 5)


@scenario("bash")
def job_ctrl_z(s):
    """Ctrl-Z, the prompt, fg, Ctrl-C"""
    shell(s)
    s.enter("sleep 60")
    s.busy(4, label="sleep")
    s.send("\x1a")
    s.expect(r"Stopped[^$]*\$ ")
    s.waiting("shell", 2.5)
    s.enter("fg")
    s.busy(4, label="sleep again")
    s.send("\x03")
    s.expect(r"\$ ")
    s.waiting("shell", 2)


@scenario("bash", "vim")
def job_ctrl_z_vim(s):
    """vim suspended and brought back"""
    shell(s)
    s.enter("vim -u NONE -i NONE -n f")
    s.see("~")
    s.settled(0.4)
    s.waiting("editor", 2.5)
    s.send("\x1a")
    s.expect(r"Stopped[^$]*\$ ")
    s.waiting("shell", 2.5)
    s.enter("fg")
    s.settled(0.4)
    s.waiting("editor", 2.5)


@scenario("bash")
def job_background_reads(s):
    """A background job that reads is stopped by the kernel; the shell waits"""
    shell(s)
    s.enter("cat &")
    s.expect(r"\$ ")
    s.waiting("shell", 3)
    s.enter("fg")
    s.expect("cat")
    s.waiting(["line", "unknown"], 2.5)


@scenario("bash")
def job_pipeline_reader(s):
    """cat | sort: the first of a pipeline reads the terminal"""
    shell(s)
    s.enter("cat | sort | sed 's/^/> /'")
    s.expect(r"\x1b\[\?2004l\r")
    s.waiting(["line", "unknown"], 3)
    s.send("b\ra\r\x04")
    s.expect(r"> a")
    s.expect(r"\$ ")
    s.waiting("shell", 2)


@scenario("bash")
def job_pipeline_sleep(s):
    """sleep | cat: cat reads a pipe, nobody reads the terminal"""
    shell(s)
    s.enter("sleep 4 | cat")
    s.busy(3.8, label="pipeline")
    s.expect(r"\$ ")
    s.waiting("shell", 2)


@scenario("bash")
def job_pipeline_pager_like(s):
    """A pipeline's last member asks through /dev/tty"""
    s.bash("seq 5 | while read n; do echo item $n; sleep 0.4; done; seq 3 | { cat >/dev/null; read -p 'Remove all? [y/N] ' x </dev/tty; sleep 5; }")
    s.busy(label="items")
    s.expect(r"N\] ")
    s.waiting("confirm", 3)
    s.enter("n")
    s.busy(4, label="sleep")


@scenario("bash")
def job_grandchild_reads(s):
    """A reader four processes down"""
    s.bash("bash -c 'sh -c \"bash -c \\\"read -p Value:\\ x; sleep 5; mark\\\"; sleep 1\"; sleep 2'; read -p 'Last: ' y")
    s.expect("Value: ")
    s.waiting(["line"], 3)
    s.enter("1")
    s.busy(label="sleeps all the way up")
    s.expect("Last: ")
    s.waiting(["line"], 2)


@scenario("setsid", "bash")
def job_setsid_reader(s):
    """A child in a session of its own reads the terminal it inherited"""
    s.bash("setsid -w bash -c 'echo -n \"Key: \"; read x; sleep 5'; read -p 'Last: ' y")
    s.expect("Key: ")
    s.waiting(["line", "unknown"], 3)
    s.enter("1")
    s.busy(label="sleep in the other session")
    s.expect("Last: ")
    s.waiting(["line"], 2)


@scenario("setsid", "bash", heavy=True)
def job_setsid_worker(s):
    """A child in a session of its own works while its parent waits for it"""
    s.bash("setsid -w bash -c 'for ((i=0;i<1500000;i++)); do :; done'; read -p 'Last: ' y")
    s.busy(0.3, label="start")
    s.processing(label="CPU in another session")
    s.expect("Last: ", timeout=60)
    s.waiting(["line"], 2.5)


@scenario("python3")
def job_thread_reads_others_print(s):
    """One thread reads a line while another prints"""
    s.python("threads.py", "print")
    s.mark("both")
    s.truth(["processing"], label="prints while a thread reads")
    s.mark("quiet")
    s.waiting(["line", "unknown", "repl"], 4)


@scenario("python3", heavy=True)
def job_thread_reads_others_compute(s):
    """One thread reads a key while another computes"""
    s.python("threads.py", "compute")
    s.mark("both")
    s.processing(label="computes while a thread reads")
    s.mark("quiet")
    s.waiting(hold=4)


@scenario("python3")
def job_thread_reads_others_fetch(s):
    """One thread reads a line while another waits for an answer from the network"""
    port = s.services.http()
    s.python("threads.py", "fetch", env={"DETECT_URL": f"http://127.0.0.1:{port}"})
    s.mark("both")
    s.truth(["processing", "waiting"], label="a request while a thread reads")
    s.mark("quiet")
    s.waiting(hold=4)


@scenario("python3")
def job_thread_reads_others_sleep(s):
    """One thread reads a line while others only sleep"""
    s.python("threads.py", "sleep")
    s.mark("both")
    s.waiting(["line", "unknown", "repl"], 5)


@scenario("bash")
def job_two_readers(s):
    """A child asks while its parent would ask next"""
    s.bash("python3 -c \"input('Inner: ')\"; read -p 'Outer: ' x; sleep 2")
    s.expect("Inner: ")
    s.waiting(["line"], 2.5)
    s.enter("a")
    s.expect("Outer: ")
    s.waiting(["line"], 2.5)
    s.enter("b")
    s.busy(1.5)


@scenario("xargs", "bash")
def job_xargs_prompt(s):
    """xargs -p asks through /dev/tty before each command"""
    s.bash("seq 3 | xargs -p -n 1 sleep")
    s.expect(r"\?\.\.\.")
    s.waiting(["confirm", "line", "question"], 2.5)
    s.enter("y")
    s.busy(label="sleep 1")
    s.expect(r"\?\.\.\.")
    s.waiting(["confirm", "line", "question"], 2.5)


@scenario("timeout", "bash")
def job_timeout_reader(s):
    """timeout --foreground runs a reader"""
    s.bash("timeout --foreground 30 bash -c 'read -p \"Go on? [Y/n] \" x; sleep 5'; sleep 1")
    s.expect(r"n\] ")
    s.waiting("confirm", 3)
    s.enter("y")
    s.busy(4)


@scenario("bash")
def job_coproc(s):
    """A script talks to a coprocess over pipes; both only wait for each other"""
    s.bash("coproc { while read x; do sleep 1; echo $x; done; }; for i in 1 2 3 4; do echo $i >&${COPROC[1]}; read y <&${COPROC[0]}; echo got $y; done; read -p 'End? ' z")
    s.busy(label="coprocess")
    s.expect(r"End\? ")
    s.waiting(["line", "question"], 2.5)


@scenario("bash")
def job_script_tails_children(s):
    """A script starts workers in the background and waits; they print now and then"""
    s.bash("(while :; do sleep 1.5; echo '[web] GET /'; done) & (while :; do sleep 2; echo '[api] POST /'; done) & wait")
    s.truth(["active", "processing"], hold=7, label="two workers")


@scenario("vim", "bash")
def job_subshell_of_vim(s):
    """A shell inside vim"""
    s.start("vim", "-u", "NONE", "-i", "NONE", "-n", env={"PS1": "$ ", "SHELL": "/bin/sh"})
    s.settled(0.4)
    s.waiting("editor", 2)
    s.enter(":sh")
    s.expect(r"[$#] ")
    s.waiting("shell", 2.5)
    s.enter("sleep 5; echo DO''NE")
    s.busy(label="sleep")
    s.expect("DONE")
    s.expect(r"[$#] ")
    s.waiting("shell", 2)


@scenario("su", "root")
def job_su_nobody_shell(s):
    """A shell of another user below"""
    s.start("su", "-s", "/bin/bash", "nobody", env={"PS1": "$ "})
    s.expect(r"\$ ")
    s.waiting("shell", 3)
    s.enter("sleep 5; echo DO''NE")
    s.busy(label="sleep")
    s.expect("DONE")
    s.expect(r"\$ ")
    s.waiting("shell", 2)
