"""Programs that read a line, a key or a word, in many languages."""
from harness.registry import scenario


@scenario("bash")
def read_line(s):
    """bash read -p, then work, then another"""
    s.bash("read -p 'Name: ' x; sleep 5; mark two; read y")
    s.expect("Name: ")
    s.waiting(["line"], 3)
    s.enter("bob")
    s.busy(label="sleep")
    s.mark("two")
    s.waiting(["line", "unknown"], 3)


@scenario("bash")
def read_no_prompt(s):
    """A script reads without saying so, on an empty line"""
    s.bash("sleep 2; mark read; read x; sleep 2; mark read; read x")
    s.busy(label="sleep")
    s.mark("read")
    s.waiting(["line", "unknown"], 3)
    s.enter()
    s.busy(label="sleep")
    s.mark("read")
    s.waiting(["line", "unknown"], 2)


@scenario("bash")
def read_one_key(s):
    """Press any key"""
    s.bash("echo working; sleep 2; read -n1 -rsp 'Press any key to continue'; echo; sleep 5")
    s.busy(label="sleep")
    s.expect("to continue")
    s.waiting(["confirm", "line", "pager", "unknown", "question"], 3)
    s.send(" ")
    s.busy(4)


@scenario("bash")
def read_with_timeout(s):
    """read -t 30: a wait with an end"""
    s.bash("read -t 30 -p 'Answer within 30 s [Y/n] ' x; sleep 5")
    s.expect(r"n\] ")
    s.waiting(["confirm", "question"], 4)
    s.enter("y")
    s.busy(4)


@scenario("bash")
def read_countdown(s):
    """A countdown redraws its own line while it reads with a timeout of 1 s"""
    s.bash(r"""for i in 9 8 7 6 5 4 3 2 1; do printf '\rStarting in %s s, any key stops it ' $i
      read -n1 -t 1 -s x && break; done; echo; mark key; read -p 'Menu: ' y""")
    s.expect("stops it ")
    s.truth(["waiting", "active", "processing"], hold=4, label="countdown")
    s.send(" ")
    s.mark("key")
    s.expect("Menu: ")
    s.waiting(["line", "menu"], 3)


@scenario("bash")
def read_yes_no_loop(s):
    """Asks yes or no again until it gets one"""
    s.bash("while :; do read -p 'Proceed? [y/n] ' x; [ $x = y ] && break; done; sleep 2; mark end; read z")
    s.expect("n] ".replace("]", r"\]"))
    s.waiting("confirm", 2)
    s.enter("maybe")
    s.expect(r"n\] ")
    s.waiting("confirm", 2)
    s.enter("y")
    s.busy(label="sleep")
    s.mark("end")
    s.waiting(["line", "unknown"], 2)


@scenario("dash")
def read_dash(s):
    """sh script: echo and read in one-byte reads"""
    s.start("dash", "-c", "printf 'Directory? '; read d; sleep 5; printf 'Really? '; read e")
    s.expect(r"Directory\? ")
    s.waiting(["line", "question"], 3)
    s.enter("/tmp")
    s.busy(label="sleep")
    s.expect(r"Really\? ")
    s.waiting(["confirm", "line", "question"], 2)


def ask_work_ask(s, *argv, **options):
    """The program prints `Name: `, reads a line, sleeps 5 s, prints `Again: ` and reads."""
    s.start(*argv, **options)
    s.expect("Name: ")
    s.waiting(["line"], 2.5)
    s.enter("bob")
    s.busy(label="sleep")
    s.expect("Again: ")
    s.waiting(["line"], 2.5)


@scenario("python3")
def read_python_input(s):
    """Python input() (readline when it is there)"""
    ask_work_ask(s, "/usr/bin/env", "python3", "-c", "import time; input('Name: '); time.sleep(5); input('Again: ')")


@scenario("python3")
def read_python_readline(s):
    """Python input() with the readline module"""
    ask_work_ask(s, "/usr/bin/env", "python3", "-c", "import readline, time; input('Name: '); time.sleep(5); input('Again: ')")


@scenario("perl")
def read_perl(s):
    """Perl <STDIN>"""
    ask_work_ask(s, "perl", "-e", "$|=1; print 'Name: '; $x=<STDIN>; sleep 5; print 'Again: '; $x=<STDIN>;")


@scenario("ruby")
def read_ruby(s):
    """Ruby gets (several threads)"""
    ask_work_ask(s, "ruby", "-e", "$stdout.sync=true; print 'Name: '; gets; sleep 5; print 'Again: '; gets")


@scenario("lua5.4")
def read_lua(s):
    """Lua io.read"""
    ask_work_ask(s, "lua5.4", "-e", "io.write('Name: ') io.flush() io.read() os.execute('sleep 5') io.write('Again: ') io.flush() io.read()")


@scenario("php")
def read_php(s):
    """PHP fgets(STDIN)"""
    ask_work_ask(s, "php", "-r", "echo 'Name: '; fgets(STDIN); sleep(5); echo 'Again: '; fgets(STDIN);")


@scenario("tclsh")
def read_tcl(s):
    """Tcl gets stdin"""
    file = s.file("ask.tcl", "puts -nonewline {Name: }; flush stdout; gets stdin; after 5000; puts -nonewline {Again: }; flush stdout; gets stdin\n")
    ask_work_ask(s, "tclsh", file)


@scenario("node")
def read_node_readline(s):
    """Node's readline.question: an event loop with eleven threads"""
    file = s.file("ask.mjs", """
import readline from 'node:readline/promises';
const rl = readline.createInterface({input: process.stdin, output: process.stdout});
await rl.question('Name: ');
rl.pause();
await new Promise(r => setTimeout(r, 5000));
await rl.question('Again: ');
rl.close();
""")
    ask_work_ask(s, "node", file)


@scenario("node")
def read_node_raw(s):
    """Node in raw mode: a key at a time"""
    file = s.file("key.js", """
process.stdin.setRawMode(true);
process.stdout.write('Delete everything? (y/n) ');
process.stdin.once('data', () => {
  process.stdin.pause();
  process.stdout.write('\\r\\nworking\\r\\n');
  setTimeout(() => { process.stdout.write('Keep the log? (y/n) '); process.stdin.resume(); }, 5000);
});
setTimeout(() => {}, 60000);
""")
    s.start("node", file)
    s.expect(r"everything\? \(y/n\) ")
    s.waiting("confirm", 3)
    s.send("y")
    s.busy(label="timer")
    s.expect(r"log\? \(y/n\) ")
    s.waiting("confirm", 3)


@scenario("awk")
def read_awk(s):
    """awk reads the terminal as its input"""
    s.start("awk", "BEGIN { printf \"Number: \" } { system(\"sleep 5\"); printf \"Number: \" }")
    s.expect("Number: ")
    s.waiting(["line"], 2.5)
    s.enter("7")
    s.busy(label="sleep in a child")
    s.expect("Number: ")
    s.waiting(["line"], 2.5)


@scenario("cat")
def read_cat(s):
    """cat waits for text; nothing is on the screen"""
    s.start("cat")
    s.waiting(["line", "unknown"], 3)
    s.enter("hello")
    s.expect("hello\r\nhello\r\n")
    s.waiting(["line", "unknown"], 3)


@scenario("python3")
def read_dev_tty(s):
    """The terminal opened as /dev/tty while stdin is a file"""
    s.bash("python3 $FAKES/readers.py devtty < /dev/null")
    s.mark("read")
    s.waiting(["line"], 3)
    s.enter("k")
    s.busy(label="sleep")
    s.mark("read")
    s.waiting(["line"], 2)


@scenario("python3")
def read_stdin_closed(s):
    """stdin is /dev/null and nothing opens the terminal: nobody can wait for a person"""
    s.bash("cat < /dev/null; echo reading nothing; sleep 5; echo end; sleep 1")
    s.expect("nothing")
    s.active(4, label="quiet sleeper")


@scenario("bash")
def read_many_lines(s):
    """A script asks five questions with hardly any work between"""
    s.bash("for q in Host Port User Group Shell; do read -p \"$q: \" x; done; sleep 5; mark end; read y")
    for question in ("Host", "Port", "User", "Group", "Shell"):
        s.expect(question + ": ")
        s.waiting(["line"], 1.2)
        s.enter("x")
    s.busy(label="sleep")
    s.mark("end")
    s.waiting(["line", "unknown"], 1.5)


@scenario("bash")
def read_slow_prompt(s):
    """The prompt is typed out letter by letter before the read"""
    s.bash(r"""t='Good morning, what would you like to do today? '
      for ((i=0; i<${#t}; i++)); do printf '%s' "${t:i:1}"; sleep 0.06; done; mark read; read x; sleep 2""")
    s.mark("read")
    s.waiting(["line", "question"], 3)
    s.enter("go")
    s.busy(1.5)


@scenario("python3")
def read_after_flood(s):
    """A flood of output, then a question at its end"""
    s.bash("seq 1 60000; sleep 0.2; seq 1 60000; read -p 'Save the log? [y/N] ' x; sleep 2")
    s.expect(r"N\] ")
    s.waiting("confirm", 3)
    s.enter("n")
    s.busy(1.5)


@scenario("bash")
def read_type_ahead(s):
    """Typed before it was asked: the answer is taken at once and work goes on"""
    s.bash("echo start; sleep 2; read -p 'Name: ' x; echo got; sleep 5; mark read; read y")
    s.expect("start")
    s.enter("bob")
    s.busy(label="sleep, then a read that is answered already")
    s.mark("read")
    s.waiting(["line", "unknown"], 2.5)
