"""Pagers: at a page, at the end, on a slow pipe, following a file."""
from harness.registry import scenario

PAGE = "".join(f"line {n}\n" for n in range(400))


@scenario("less")
def pager_less(s):
    """less: a page, another page, the end"""
    s.file("f", PAGE)
    s.start("less", "f")
    s.expect("f.*\x1b")
    s.waiting("pager", 3)
    s.send(" ")
    s.stay(2)
    s.send("G")
    s.see(r"\(END\)")
    s.waiting("pager", 2)


@scenario("less")
def pager_less_slow_pipe(s):
    """less on a pipe that is slow to speak: it waits for the pipe, then for a person"""
    s.bash("(sleep 5; seq 500) | less")
    s.busy(label="less waits for its pipe")
    s.see("^23$")
    s.waiting("pager", 3)


@scenario("less")
def pager_less_follow(s):
    """less +F on a growing file: it follows, nobody is asked"""
    s.file("f", "first\n")
    s.bash("(for i in 1 2 3 4 5 6 7 8 9 10 11 12; do sleep 0.5; echo line $i; done) >> f & less +F f")
    s.expect("Waiting for data")
    s.busy(5, label="less +F")
    s.send("\x03")
    s.settled(0.6)
    s.waiting("pager", 3)


@scenario("more")
def pager_more(s):
    """more"""
    s.file("f", PAGE)
    s.start("more", "f")
    s.expect("--More--")
    s.waiting("pager", 3)
    s.send(" ")
    s.expect("--More--")
    s.waiting("pager", 2)


@scenario("man", "less")
def pager_man(s):
    """man on a page of its own"""
    page = s.file("x.1", ".TH X 1\n.SH NAME\nx - a page\n" + ".PP\nSome text of a paragraph.\n" * 60)
    s.start("man", "-P", "less", page)
    s.see("Manual page|NAME")
    s.settled(0.4)
    s.waiting("pager", 3)


@scenario("git", "less")
def pager_git_log(s):
    """git log in less"""
    s.run("git init -q r && cd r && for i in $(seq 30); do git commit -q --allow-empty -m \"commit $i\"; done")
    s.start("git", "-C", "r", "log", env={"LESS": "R"})
    s.see("commit 30")
    s.settled(0.3)
    s.waiting("pager", 3)
    s.send("q")
    s.ends()


@scenario("git", "less")
def pager_git_diff_none(s):
    """git diff that fits on the screen: less -F prints and leaves, nothing waits"""
    s.run("git init -q r && cd r && echo a > f && git add f && git commit -qm x && echo b > f")
    s.bash("git -C r diff; echo shown; sleep 4", env={"LESS": "FRX"})
    s.expect("shown")
    s.busy(3.5)


@scenario("bash", "less")
def pager_from_shell(s):
    """A pager from a shell, then the prompt again"""
    s.file("f", PAGE)
    s.start("bash", "--norc", "-i")
    s.expect("[#$] ")
    s.waiting("shell", 1.5)
    s.enter("less f")
    s.see("line 22")
    s.settled(0.3)
    s.waiting("pager", 2.5)
    s.send("q")
    s.expect("[#$] ")
    s.waiting("shell", 2)


@scenario("most")
def pager_most(s):
    """most"""
    s.file("f", PAGE)
    s.start("most", "f")
    s.see("line 10")
    s.settled(0.4)
    s.waiting(["pager", "unknown"], 3)


@scenario("python3")
def pager_python_help(s):
    """Python's help() in its pager"""
    s.start("/usr/bin/env", "python3", "-q")
    s.expect(">>> ")
    s.waiting("repl", 1.5)
    s.enter("help(str)")
    s.see("class str|Help on class")
    s.settled(0.4)
    s.waiting("pager", 2.5)
    s.send("q")
    s.expect(">>> ")
    s.waiting("repl", 2)
