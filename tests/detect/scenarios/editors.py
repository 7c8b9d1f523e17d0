"""Editors and other full-screen programs that wait for keys."""
import subprocess

from harness.registry import scenario


@scenario("vim")
def editor_vim(s):
    """vim: normal mode, insert mode, a shell command"""
    s.file("f", "one\ntwo\n")
    s.start("vim", "-u", "NONE", "-i", "NONE", "-n", "f")
    s.see("one")
    s.settled(0.4)
    s.waiting("editor", 2.5)
    s.send("i")
    s.type("hello", 0.15)
    s.stay(1)
    s.send("\x1b:!sleep 5; echo DO''NE\r")
    s.busy(label="a shell command in vim")
    s.expect("DONE\r\n")
    s.expect("ENTER")
    s.waiting(["editor", "pager", "confirm", "unknown"], 2.5)


@scenario("vim")
def editor_vim_swap(s):
    """vim finds a swap file and asks"""
    s.file("f", "one\n")
    s.services.child(["vim", "-u", "NONE", "-i", "NONE", "-es", "--cmd", "set updatecount=1", "f"], cwd=s.world, stdin=subprocess.PIPE)
    s.appears(".f.swp")
    s.start("vim", "-u", "NONE", "-i", "NONE", "f")
    s.see("Swap file")
    s.settled(0.4)
    s.waiting(["editor", "menu", "confirm", "pager", "unknown"], 3)


@scenario("nano")
def editor_nano(s):
    """nano: text, then Save modified buffer?"""
    s.file("f", "one\n")
    s.start("nano", "f")
    s.see("one")
    s.settled(0.4)
    s.waiting("editor", 3)
    s.send("xyz")
    s.send("\x18")
    s.see("Save modified buffer")
    s.waiting(["confirm", "editor", "menu"], 2.5)


@scenario("nvim")
def editor_nvim(s):
    """neovim: two processes, a TUI and a server"""
    s.file("f", "one\n")
    s.start("nvim", "--clean", "-n", "f")
    s.see("one")
    s.settled(0.5)
    s.waiting("editor", 3)
    s.send(":!sleep 5\r")
    s.unsure()
    s.see("Press ENTER", timeout=15)
    s.waiting(["editor", "pager", "confirm", "unknown"], 2)


@scenario("joe")
def editor_joe(s):
    """joe"""
    s.file("f", "one\n")
    s.start("joe", "f")
    s.see("one")
    s.settled(0.5)
    s.waiting("editor", 3)


@scenario("kak")
def editor_kakoune(s):
    """kakoune"""
    s.file("f", "one\n")
    s.start("kak", "-n", "f")
    s.see("one")
    s.settled(0.5)
    s.waiting("editor", 3)


@scenario("git", "vim")
def editor_git_commit(s):
    """git commit opens an editor; git waits for it"""
    s.run("git init -q r && cd r && echo a > f && git add f")
    s.start("git", "-C", "r", "commit", env={"GIT_EDITOR": "vim -u NONE -i NONE -n"})
    s.see("Please enter the commit|Changes to be committed")
    s.settled(0.4)
    s.waiting("editor", 3)


@scenario("git", "nano")
def editor_git_rebase(s):
    """git rebase -i in nano"""
    s.run("git init -q r && cd r && for i in 1 2 3; do git commit -q --allow-empty -m c$i; done")
    s.start("git", "-C", "r", "rebase", "-i", "HEAD~2", env={"GIT_SEQUENCE_EDITOR": "nano"})
    s.see("Rebase")
    s.settled(0.4)
    s.waiting("editor", 3)


@scenario("mc")
def editor_mc(s):
    """Midnight Commander: a subshell on a second pty"""
    s.start("mc", "--nomouse", env={"XDG_CONFIG_HOME": str(s.world), "XDG_DATA_HOME": str(s.world), "XDG_CACHE_HOME": str(s.world)})
    s.see("10Quit|Quit")
    s.settled(0.5)
    s.waiting(["menu", "editor", "shell", "unknown"], 3)


@scenario("vim")
def editor_vim_cpu(s):
    """vim sorts and substitutes for seconds"""
    s.file("f", "one two three\n" * 200000)
    s.start("vim", "-u", "NONE", "-i", "NONE", "-n", "f")
    s.see("one")
    s.settled(0.4)
    s.waiting("editor", 2)
    s.enter(":%s/\\v(o+)ne (t.*)wo/\\2\\1/g | %s/e/f/g | echo 'DO'.'NE'")
    s.unsure()
    s.see("DONE", timeout=60)
    s.waiting(["editor", "pager", "confirm", "unknown"], 2)


@scenario("ranger")
def editor_ranger(s):
    """ranger, a file manager that loads in the background"""
    s.start("ranger", "--clean")
    s.settled(1.0)
    s.waiting(["menu", "editor", "unknown"], 4)


@scenario("tig")
def editor_tig(s):
    """tig over a repository"""
    s.run("git init -q r && cd r && for i in $(seq 9); do git commit -q --allow-empty -m \"commit $i\"; done")
    s.start("tig", "-C", "r")
    s.see("commit 9")
    s.settled(0.4)
    s.waiting(["menu", "pager", "unknown"], 3)


@scenario("ncdu")
def editor_ncdu(s):
    """ncdu after its scan"""
    s.start("ncdu", "/etc")
    s.see("Total disk usage")
    s.settled(0.4)
    s.waiting(["menu", "unknown"], 3)
