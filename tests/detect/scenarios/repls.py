"""Interpreters and tools with a prompt of their own."""
from harness.registry import scenario


def repl(s, argv, prompt, work=None, done="DONE", quit_work="", **options):
    """Prompt, a command that takes 5 s in silence, prompt."""
    s.start(*argv, **options)
    s.expect(prompt)
    s.settled(0.3)
    s.waiting(["repl", "shell", "line"], 2.5)
    if work:
        s.enter(work)
        s.busy(label="quiet work")
        s.expect(done)
        s.expect(prompt)
        s.waiting(["repl", "shell", "line"], 2.5)


@scenario("python3")
def repl_python(s):
    """python3: sleep"""
    repl(s, ["/usr/bin/env", "python3", "-q"], ">>> ", "import time; time.sleep(5); print('DO' 'NE')")


@scenario("python3", heavy=True)
def repl_python_cpu(s):
    """python3: a sum over a range, then input()"""
    s.start("/usr/bin/env", "python3", "-q")
    s.expect(">>> ")
    s.waiting(["repl"], 2)
    s.enter("sum(i * i for i in range(40_000_000)); print('DO' 'NE')")
    s.processing(label="sum")
    s.expect("DONE", timeout=60)
    s.expect(">>> ")
    s.waiting(["repl"], 2)
    s.enter("input('Your ' 'age? ')")
    s.expect(r"Your age\? ")
    s.waiting(["line", "question", "repl"], 2)


@scenario("python3")
def repl_python_block(s):
    """python3: in the middle of a block"""
    s.start("/usr/bin/env", "python3", "-q")
    s.expect(">>> ")
    s.enter("def f():")
    s.expect(r"\.\.\. ")
    s.waiting(["repl", "line"], 3)


@scenario("py:IPython")
def repl_ipython(s):
    """IPython (prompt_toolkit, asyncio)"""
    s.start("ipython", "--no-banner", "--no-confirm-exit", env={"IPYTHONDIR": str(s.world / "ipy")})
    s.see(r"In \[1\]:")
    s.settled(0.5)
    s.waiting(["repl", "shell", "line"], 3)
    s.enter("import time; time.sleep(5); print('DO' 'NE')")
    s.busy(label="quiet work")
    s.expect("DONE\r\n")
    s.see(r"In \[2\]:")
    s.waiting(["repl", "shell", "line"], 3)


@scenario("py:ptpython")
def repl_ptpython(s):
    """ptpython"""
    s.start("ptpython", "--history-file", s.world / "history", "--config-file", s.world / "none")
    s.see(">>>", timeout=40)
    s.settled(0.6)
    s.waiting(["repl", "shell", "line"], 3)
    s.enter("__import__('time').sleep(5); print('DO' 'NE')")
    s.busy(label="quiet work")
    s.expect("DONE\r\n")
    s.settled(0.5)
    s.waiting(["repl", "shell", "line"], 2.5)


@scenario("py:bpython")
def repl_bpython(s):
    """bpython (curtsies)"""
    s.start("bpython", env={"XDG_CONFIG_HOME": str(s.world)})
    s.see(">>>", timeout=40)
    s.settled(4)  # it shows its prompt, loads for seconds, and draws again
    s.waiting(["repl", "shell", "line"], 4)


@scenario("node")
def repl_node(s):
    """node: an await in the background of a live prompt, then a busy loop"""
    s.start("node", env={"NODE_REPL_HISTORY": ""})
    s.expect("> ")
    s.settled(0.3)
    s.waiting(["repl"], 3)
    s.enter("const e = Date.now() + 3000; while (Date.now() < e); console.log('DO' + 'NE')")
    s.processing(label="busy loop")
    s.expect("DONE\r\n")
    s.expect("> ")
    s.waiting(["repl"], 2.5)


@scenario("node")
def repl_node_await(s):
    """node: a top-level await of a timer keeps the terminal polled"""
    s.start("node", env={"NODE_REPL_HISTORY": ""})
    s.expect("> ")
    s.settled(0.3)
    s.waiting(["repl"], 2)
    s.enter("await new Promise(r => setTimeout(r, 3500)); 'DO' + 'NE'")
    s.busy(label="await of a timer", limit=True)
    s.expect("DONE")
    s.expect("> ")
    s.waiting(["repl"], 2.5)


@scenario("sqlite3")
def repl_sqlite(s):
    """sqlite3: a recursive query"""
    s.start("sqlite3", s.world / "db")
    s.expect("sqlite> ")
    s.waiting(["repl"], 3)
    s.enter("with recursive c(x) as (select 1 union all select x+1 from c where x < 9000000) select 'DO'||'NE'||count(*) from c;")
    s.processing(label="query")
    s.expect("DONE", timeout=60)
    s.expect("sqlite> ")
    s.waiting(["repl"], 2.5)


@scenario("bc")
def repl_bc(s):
    """bc without a banner: no prompt at all"""
    s.start("bc", "-q")
    s.waiting(["repl", "line", "unknown"], 3)
    s.enter("6*7")
    s.expect("42")
    s.waiting(["repl", "line", "unknown"], 2)


@scenario("bc")
def repl_bc_work(s):
    """bc: many digits"""
    s.start("bc", "-q", "-l")
    s.waiting(["repl", "line", "unknown"], 2)
    s.enter("scale=2200; x=4*a(1); scale=3; 6*7.001")
    s.processing(label="digits")
    s.expect("42.00", timeout=60)
    s.waiting(["repl", "line", "unknown"], 2.5)


@scenario("dc")
def repl_dc(s):
    """dc: no prompt"""
    s.start("dc")
    s.waiting(["repl", "line", "unknown"], 3)
    s.enter("6 7 * p")
    s.expect("42")
    s.waiting(["repl", "line", "unknown"], 2)


@scenario("gdb", "gcc")
def repl_gdb(s):
    """gdb: the program runs, sleeps, asks, and ends"""
    s.file("a.c", '#include <stdio.h>\n#include <unistd.h>\nint main(void){sleep(5);printf("Input: ");fflush(stdout);char b[9];fgets(b,9,stdin);return 0;}\n')
    s.run("gcc -g -o a.out a.c")
    s.start("gdb", "-q", "-nx", "-ex", "set confirm on", "./a.out")
    s.expect(r"\(gdb\) ")
    s.waiting(["repl"], 2.5)
    s.enter("run")
    s.unsure()
    s.expect("Starting program")
    s.busy(label="the debuggee sleeps")
    s.expect("Input: ")
    s.waiting(["line"], 2.5)
    s.enter("x")
    s.expect(r"\(gdb\) ")
    s.waiting(["repl"], 2)
    s.enter("delete")
    s.enter("break main")
    s.enter("run")
    s.expect(r"Breakpoint 1, ")
    s.expect(r"\(gdb\) ")
    s.enter("quit")
    s.expect(r"\(y or n\) ")
    s.waiting("confirm", 2)


@scenario("irb")
def repl_irb(s):
    """irb"""
    s.start("irb", "--simple-prompt", "--noautocomplete", env={"IRBRC": "/dev/null"})
    s.expect(">> ", timeout=40)
    s.settled(0.4)
    s.waiting(["repl", "line", "shell"], 3)
    s.enter("sleep 5; puts 'DO'+'NE'")
    s.busy(label="quiet work")
    s.expect("DONE")
    s.settled(0.4)
    s.waiting(["repl", "line", "shell"], 2.5)


@scenario("lua5.4")
def repl_lua(s):
    """lua"""
    repl(s, ["lua5.4"], "> ", "os.execute('sleep 5') print('DO'..'NE')")


@scenario("php")
def repl_php(s):
    """php -a"""
    repl(s, ["php", "-a"], "php > ", "sleep(5); echo 'DO'.'NE';")


@scenario("tclsh")
def repl_tclsh(s):
    """tclsh"""
    repl(s, ["tclsh"], "% ", "after 5000; puts DO[string cat NE]")


@scenario("guile")
def repl_guile(s):
    """guile"""
    repl(s, ["guile", "-q"], "> ", "(begin (sleep 5) (display \"DONE\"))", done="DONE(?!\"\\))")


@scenario("perl")
def repl_perl_debugger(s):
    """perl -d: the debugger's prompt"""
    repl(s, ["perl", "-de1"], r"DB<\d+> ", "sleep 5; print 'DO'.'NE'")


@scenario("python3")
def repl_pdb(s):
    """pdb: next over a sleep"""
    s.file("p.py", "import time\ntime.sleep(5)\nprint('DO' 'NE')\n")
    s.start("/usr/bin/env", "python3", "-m", "pdb", "p.py")
    s.expect(r"\(Pdb\) ")
    s.waiting(["repl", "line"], 2.5)
    s.enter("next")
    s.expect(r"\(Pdb\) ")
    s.enter("next")
    s.busy(label="stepping over a sleep")
    s.expect(r"\(Pdb\) ")
    s.waiting(["repl", "line"], 2.5)


@scenario("node")
def repl_node_inspect(s):
    """node inspect: a debugger that talks to its child over TCP"""
    s.file("p.js", "setTimeout(() => console.log('DO' + 'NE'), 3000);\nlet x = 1;\n")
    s.start("node", "inspect", f"--port={s.services.free_port()}", "p.js")
    s.expect("debug> ")
    s.settled(0.8)
    s.waiting(["repl"], 3)


@scenario("psql", "setpriv", "root", heavy=True)
def repl_psql(s):
    """psql: a prompt, pg_sleep on the server, a transaction"""
    port = s.postgres()
    s.start("psql", "-h", "127.0.0.1", "-p", str(port), "-U", "nobody", "-X", "postgres")
    s.expect("postgres=# ")
    s.waiting(["repl"], 3)
    s.enter("select pg_sleep(5), 'DO'||'NE';")
    s.processing(label="request out")
    s.expect("DONE")
    s.expect("postgres=# ")
    s.waiting(["repl"], 2.5)
    s.enter("select n from generate_series(1,200) n;")
    s.see("--More--|^:")
    s.waiting(["pager"], 3)


@scenario("redis-server", "redis-cli")
def repl_redis(s):
    """redis-cli: a prompt, a command that blocks on the server, a subscription"""
    port = s.services.free_port()
    s.services.child(["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(s.world)])
    s.services.wait_port(port)
    s.start("redis-cli", "-p", str(port))
    s.expect(r":\d+> ")
    s.waiting(["repl"], 2.5)
    s.enter("blpop nothing 5")
    s.processing(label="request out")
    s.expect(r"\(nil\)")
    s.expect(r":\d+> ")
    s.waiting(["repl"], 2.5)


@scenario("ftp")
def repl_ftp(s):
    """ftp's own prompt"""
    repl(s, ["ftp", "-n"], "ftp> ")


@scenario("telnet")
def repl_telnet(s):
    """telnet's own prompt"""
    repl(s, ["telnet"], "telnet> ")


@scenario("sftp", "/usr/sbin/sshd", "root")
def repl_sftp(s):
    """sftp: its prompt is here, the far side is idle"""
    port, home, common = s.services.sshd()
    s.start("sftp", "-P", common[1], *common[2:], "-o", "StrictHostKeyChecking=no", "-i", home / "user", "root@127.0.0.1")
    s.expect("sftp> ")
    s.waiting(["repl"], 4)


@scenario("ed")
def repl_ed(s):
    """ed: no prompt, no output"""
    s.file("f", "one\ntwo\n")
    s.start("ed", "-s", "f")
    s.waiting(["editor", "line", "repl", "unknown"], 3)
    s.enter(",p")
    s.expect("two")
    s.waiting(["editor", "line", "repl", "unknown"], 2)
    s.enter("!sleep 5; echo DO''NE")
    s.busy(label="a shell command in ed")
    s.expect("DONE\r\n")
    s.waiting(["editor", "line", "repl", "unknown"], 2)


@scenario("fdisk")
def repl_fdisk(s):
    """fdisk on a file"""
    with open(s.world / "disk", "wb") as disk:
        disk.truncate(64 << 20)
    s.start("fdisk", "disk")
    s.expect(r"for help\): ")
    s.waiting(["repl", "line"], 3)
    s.enter("n")
    s.expect(r"default p\): ")
    s.waiting(["repl", "line", "menu"], 2)


@scenario("rlwrap", "cat")
def repl_rlwrap(s):
    """rlwrap: readline in front, the program on a second pty"""
    s.start("rlwrap", "bc", "-q")
    s.expect("2004h")
    s.waiting(["repl", "line", "unknown"], 3)
    s.enter("6*7")
    s.expect("42")
    s.waiting(["repl", "line", "unknown"], 3)


@scenario("calc")
def repl_calc(s):
    """calc"""
    repl(s, ["calc", "-q"], r"; ")


@scenario("gnuplot")
def repl_gnuplot(s):
    """gnuplot: pause -1 asks for a key"""
    repl(s, ["gnuplot"], "gnuplot> ")


@scenario("java", "jshell")
def repl_jshell(s):
    """jshell: a JVM of many threads"""
    repl(s, ["jshell"], "jshell> ")
