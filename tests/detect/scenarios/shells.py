"""Shells at their prompt, with work in the foreground and in the background."""
from harness.registry import scenario

WORK = "sleep 5; echo DO''NE"
CPU = "i=0; while [ $i -lt 400000 ]; do i=$((i+1)); done; echo DO''NE"


def prompt_work_prompt(s, argv, prompt, **env):
    s.start(*argv, env=env)
    s.expect(prompt)
    s.waiting("shell", 2.5)
    s.enter(WORK)
    s.busy(label="sleep in the foreground")
    s.expect("DONE")
    s.expect(prompt)
    s.waiting("shell", 2.5)


@scenario("bash")
def shell_bash(s):
    """bash: prompt, a quiet command, prompt"""
    prompt_work_prompt(s, ["bash", "--norc", "--noprofile", "-i"], r"bash-[\d.]+[#$] ")


@scenario("bash")
def shell_bash_rc(s):
    """bash with a coloured prompt on two lines and a window title"""
    rc = s.file("rc", "PS1='\\[\\e]0;\\w\\a\\]\\[\\e[32m\\]\\u@host\\[\\e[0m\\]:\\w\\n\\$ '\n")
    prompt_work_prompt(s, ["bash", "--rcfile", rc, "-i"], r"[#$] (?=\x1b\[\?2004h|$)")


@scenario("dash")
def shell_dash(s):
    """dash: no line editor, the kernel's line discipline"""
    prompt_work_prompt(s, ["dash", "-i"], "[#$] ", PS1="$ ")


@scenario("zsh")
def shell_zsh(s):
    """zsh -f"""
    prompt_work_prompt(s, ["zsh", "-f", "-i"], r"[#%] (\x1b\S+)?\x1b\[K", PS1="%# ")


@scenario("zsh")
def shell_zsh_right_prompt(s):
    """zsh with a right prompt"""
    s.file("home/.zshrc", "PROMPT='%~ %# '; RPROMPT='%*'\n")
    prompt_work_prompt(s, ["zsh", "-i"], r"[#%] ")


@scenario("fish")
def shell_fish(s):
    """fish"""
    s.start("fish", "--no-config", "-i")
    s.settled(0.8)
    s.waiting("shell", 2.5)
    s.enter(WORK)
    s.busy(label="sleep in the foreground")
    s.expect(r"DONE\r\n")
    s.settled(0.5)
    s.waiting("shell", 2.5)


@scenario("ksh")
def shell_ksh(s):
    """ksh93"""
    prompt_work_prompt(s, ["ksh", "-i"], "[#$] ", PS1="$ ", ENV="/dev/null")


@scenario("mksh")
def shell_mksh(s):
    """mksh"""
    prompt_work_prompt(s, ["mksh", "-i"], "[#$] ", PS1="$ ", ENV="/dev/null")


@scenario("tcsh")
def shell_tcsh(s):
    """tcsh"""
    prompt_work_prompt(s, ["tcsh", "-f"], "[#>] ")


@scenario("bash")
def shell_typing(s):
    """A person types slowly at a prompt: still waiting; nothing else would help"""
    s.start("bash", "--norc", "-i")
    s.expect("[#$] ")
    s.waiting("shell", 1.5)
    s.type("echo hello there my friend", 0.15)
    s.stay(1)
    s.enter()
    s.expect("[#$] ")
    s.waiting("shell", 2)


@scenario("zsh")
def shell_zsh_typing_completion(s):
    """zsh: typing, then Tab lists completions"""
    s.file("home/.zshrc", "PROMPT='%# '; autoload -U compinit; compinit -D\n")
    s.start("zsh", "-i")
    s.settled(0.5)
    s.waiting("shell", 1.5)
    s.type("ls /u", 0.2)
    s.send("\t\t")
    s.stay(2.5)


@scenario("bash", heavy=True)
def shell_bash_cpu(s):
    """bash: a loop of builtins uses the CPU in the shell itself, then the prompt"""
    s.start("bash", "--norc", "-i")
    s.expect("[#$] ")
    s.waiting("shell", 1.5)
    s.enter(CPU.replace("400000", "1200000"))
    s.processing(label="loop of builtins")
    s.expect("DONE", timeout=60)
    s.expect("[#$] ")
    s.waiting("shell", 2.5)


@scenario("bash")
def shell_many_short(s):
    """Ten short commands in a row: the prompt is back each time"""
    s.start("bash", "--norc", "-i")
    s.expect("[#$] ")
    s.waiting("shell", 1.5)
    for number in range(10):
        s.enter(f"echo $((40 + {number}))")
        s.unsure()
        s.expect(rf"[\r\n]{40 + number}\r\n.*[#$] ")
        s.waiting("shell", 0.4)
    s.stay(2)


@scenario("bash")
def shell_continuation(s):
    """A quote left open: the secondary prompt waits too"""
    s.start("bash", "--norc", "-i")
    s.expect("[#$] ")
    s.waiting("shell", 1)
    s.enter("echo 'one")
    s.expect("> ")
    s.waiting(["shell", "line"], 2.5)
    s.enter("two'")
    s.expect(r"\ntwo.*\n.*[#$] ")
    s.waiting("shell", 1.5)


@scenario("bash")
def shell_read_builtin(s):
    """An interactive shell runs read -p and read -s"""
    s.start("bash", "--norc", "-i")
    s.expect("[#$] ")
    s.enter("read -p 'Your name''? ' x; sleep 2; read -sp 'Pass''word: ' y; sleep 2; echo")
    s.unsure()
    s.expect(r"Your name\? ")
    s.waiting(["line", "question"], 2.5)
    s.enter("bob")
    s.busy(label="sleep between two reads")
    s.expect("Password: ")
    s.waiting("password", 2.5)
    s.enter("secret")
    s.busy(label="sleep after read -s")
    s.expect("[#$] ")
    s.waiting("shell", 1.5)


@scenario("bash")
def shell_heredoc(s):
    """A here-document is being typed"""
    s.start("bash", "--norc", "-i")
    s.expect("[#$] ")
    s.enter("cat <<END")
    s.unsure()
    s.expect("> ")
    s.waiting(["shell", "line"], 2)
    s.enter("text")
    s.expect("> ")
    s.waiting(["shell", "line"], 1)
    s.enter("END")
    s.expect("[#$] ")
    s.waiting("shell", 2)


@scenario("bash")
def shell_history_search(s):
    """Ctrl-R search at a prompt"""
    s.start("bash", "--norc", "-i")
    s.expect("[#$] ")
    s.waiting("shell", 1)
    s.send("\x12")
    s.expect("reverse-i-search")
    s.waiting(["shell", "line", "menu", "unknown"], 3)
    s.send("\x07")
    s.stay(1.5)


@scenario("bash")
def shell_osc133(s):
    """bash that marks its prompts by OSC 133"""
    rc = s.file("rc", r"""
PS1='\[\e]133;A\a\]$ \[\e]133;B\a\]'; PS0='\e]133;C\a'
PROMPT_COMMAND='printf "\e]133;D;$?\a"'
""")
    s.start("bash", "--rcfile", rc, "-i")
    s.expect("133;B\a")
    s.waiting("shell", 2)
    s.enter(WORK)
    s.busy(label="sleep after 133;C")
    s.expect("DONE\r\n")
    s.expect("133;B\a")
    s.waiting("shell", 2)


@scenario("bash")
def shell_restricted_menu(s):
    """bash's select menu in a script"""
    s.bash("PS3='Which one? '; select x in red green blue; do echo got $x; sleep 2; mark ask; done")
    s.expect(r"Which one\? ")
    s.waiting(["menu", "line", "question"], 2.5)
    s.enter("2")
    s.busy(label="sleep after a choice")
    s.mark("ask")
    s.waiting(["menu", "line", "question"], 2)
