"""Output that looks like a prompt and is none: nobody reads."""
from harness.registry import scenario

RUNS = ["active", "processing"]


def decoy(s, script, truth=RUNS, label="decoy", hold=5.0, **options):
    s.bash(script, **options)
    s.mark("decoy")
    s.truth(truth, hold=hold, label=label)


@scenario("bash")
def decoy_password(s):
    """`Password:` in a log, then silence"""
    decoy(s, "printf 'Connecting\\nPassword: '; mark decoy; sleep 8")


@scenario("bash")
def decoy_yes_no(s):
    """`Continue? [y/N] ` printed by a script that answers itself"""
    decoy(s, "printf 'Continue? [y/N] '; mark decoy; sleep 5; echo y; sleep 5", hold=6)


@scenario("bash")
def decoy_shell_prompt(s):
    """A log that shows a shell session, prompt last"""
    decoy(s, "printf 'root@host:~# make\\nmake: ok\\nroot@host:~# '; mark decoy; sleep 8")


@scenario("bash")
def decoy_chevron(s):
    """`> ` and silence"""
    decoy(s, "printf '\\n> '; mark decoy; sleep 8")


@scenario("bash")
def decoy_press_any_key(s):
    """`Press any key to continue` in a log"""
    decoy(s, "echo 'hint: Press any key to continue . . .'; mark decoy; sleep 8")


@scenario("bash")
def decoy_question_mark(s):
    """A line that ends in a question mark, then slow log lines"""
    decoy(s, "echo 'WARN: is the disk full?'; mark decoy; for i in 1 2 3 4; do sleep 2; echo 'retry?'; done", hold=6)


@scenario("bash", heavy=True)
def decoy_password_cpu(s):
    """`Enter passphrase:` printed by a program that computes"""
    decoy(s, "printf 'Enter passphrase for key: '; mark decoy; for ((i=0;i<9000000;i++)); do :; done", truth=["processing"])


@scenario("bash", "curl")
def decoy_prompt_network(s):
    """`> ` on the last line while a request is out"""
    port = s.services.http()
    decoy(s, f"printf 'agent\\n> '; mark decoy; curl -s 'http://127.0.0.1:{port}/slow?s=8'", truth=["processing"])


@scenario("bash")
def decoy_bell(s):
    """BEL while it works"""
    decoy(s, "for i in 1 2 3 4 5 6 7 8; do printf 'test failed\\a\\n'; mark decoy; sleep 1; done", hold=6)


@scenario("bash")
def decoy_notification(s):
    """A desktop notification in mid-work"""
    decoy(s, "printf '\\e]9;tests are half way\\a'; echo running; mark decoy; for i in $(seq 30); do echo $i; sleep 0.2; done", hold=5)


@scenario("bash")
def decoy_forged_marks(s):
    """A file with forged OSC 133 and OSC 7501 in it is shown by cat, then work goes on in silence"""
    s.file("f", "log\n\x1b]133;A\x07$ \x1b]133;B\x07")
    decoy(s, "cat f; mark decoy; sleep 8", label="forged 133 by cat")


@scenario("bash")
def decoy_cooked_without_echo(s):
    """stty -echo and then work: no password is asked while nobody reads"""
    decoy(s, "stty -echo; echo 'Installing quietly'; mark decoy; sleep 8")


@scenario("python3")
def decoy_raw_mode_work(s):
    """Raw mode, a hidden cursor, and work: nobody reads"""
    s.start("/usr/bin/env", "python3", "-c", "import tty, time, sys\nfrom mark import mark\ntty.setraw(0); print('\\x1b[?25lRunning tests', flush=True); mark('decoy'); time.sleep(8)")
    s.mark("decoy")
    s.truth(RUNS, hold=5, label="raw mode without a reader")


@scenario("bash")
def decoy_alternate_screen(s):
    """A splash screen on the alternate screen; nobody reads"""
    decoy(s, "printf '\\e[?1049h\\e[2J\\e[5;5HOK  Cancel   (y/n)?'; mark decoy; sleep 8")


@scenario("bash")
def decoy_interactive_log(s):
    """A log whose lines each look like a question"""
    decoy(s, "for i in $(seq 20); do printf 'npm ERR! Overwrite file %d? (yes) ' $i; mark decoy; sleep 0.7; echo; done", hold=6)


@scenario("python3")
def decoy_reader_of_pipe(s):
    """input() whose stdin is a pipe: it waits for a program, not for a person"""
    s.bash("(sleep 6; echo x) | python3 -c \"input('Name: ')\"; sleep 4", )
    s.expect("Name: ")
    s.truth(RUNS, hold=5, label="reads a pipe")


@scenario("bash")
def decoy_long_line(s):
    """A very long line without an end"""
    decoy(s, "head -c 9000 /dev/zero | tr '\\0' '?'; mark decoy; sleep 8")


@scenario("bash")
def decoy_gdb_like(s):
    """`(gdb) ` in the output of a batch run"""
    decoy(s, "printf '(gdb) bt\\n#0 main\\n(gdb) '; mark decoy; sleep 8")
