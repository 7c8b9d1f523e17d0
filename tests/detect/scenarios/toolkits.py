"""Prompts and full-screen programs made with the usual libraries."""
from harness.registry import scenario


def two_questions(s, hold=3.0):
    """A fake that marks `ask` before a library asks, works 5 s (`work`), and asks again."""
    s.mark("ask", timeout=40)
    s.drawn()
    s.waiting(hold=hold)
    s.enter()
    s.mark("work")
    s.busy(label="sleep")
    s.mark("ask")
    s.drawn()
    s.waiting(hold=hold)


def two_questions_drawn(s, hold=3.0):
    """The same where `ask` is marked when the question is on the screen."""
    s.mark("ask", timeout=40)
    s.quiet(0.3)
    s.waiting(hold=hold)
    s.enter()
    s.mark("work")
    s.busy(label="sleep")
    s.mark("ask")
    s.quiet(0.3)
    s.waiting(hold=hold)


@scenario("py:questionary")
def kit_questionary_select(s):
    """questionary: a list"""
    s.python("asks.py", "questionary-select", venv=True)
    two_questions(s)


@scenario("py:questionary")
def kit_questionary_confirm(s):
    """questionary: yes or no"""
    s.python("asks.py", "questionary-confirm", venv=True)
    two_questions(s)


@scenario("py:InquirerPy")
def kit_inquirerpy(s):
    """InquirerPy: a fuzzy list"""
    s.python("asks.py", "inquirerpy", venv=True)
    two_questions(s)


@scenario("py:prompt_toolkit")
def kit_prompt_toolkit(s):
    """prompt_toolkit: a prompt with completion"""
    s.python("asks.py", "ptk", venv=True)
    two_questions(s)


@scenario("py:prompt_toolkit")
def kit_prompt_toolkit_clock(s):
    """prompt_toolkit: a toolbar with a clock that redraws each half second"""
    s.python("asks.py", "ptk-clock", venv=True)
    two_questions(s, hold=4.5)


@scenario("py:rich")
def kit_rich_prompt(s):
    """rich: Prompt.ask"""
    s.python("asks.py", "rich", venv=True)
    two_questions(s)


@scenario("py:click")
def kit_click(s):
    """click: confirm"""
    s.python("asks.py", "click", venv=True)
    two_questions(s)


@scenario("py:simple_term_menu")
def kit_simple_term_menu(s):
    """simple-term-menu"""
    s.python("asks.py", "stm", venv=True)
    two_questions(s)


@scenario("py:textual")
def kit_textual(s):
    """textual: a form with a focused button, then a worker with a progress bar"""
    s.python("textual_form.py", venv=True)
    s.mark("ask", timeout=40)
    s.waiting(hold=4)
    s.enter()
    s.mark("work")
    s.processing(label="progress bar")
    s.mark("ask")
    s.waiting(hold=3.5)


@scenario("py:urwid")
def kit_urwid(s):
    """urwid: a list on a full screen"""
    s.python("urwid_list.py", venv=True)
    s.mark("ask", timeout=40)
    s.waiting(hold=4)


@scenario("py:blessed")
def kit_blessed(s):
    """blessed: inkey with a timeout, twice a second"""
    s.python("asks.py", "blessed", venv=True)
    s.mark("ask", timeout=40)
    s.waiting(hold=4)
    s.enter()
    s.mark("work")
    s.busy(label="sleep")
    s.mark("ask")
    s.waiting(hold=3)


@scenario("npm:@inquirer/prompts", "node")
def kit_inquirer(s):
    """@inquirer/prompts: select, then confirm"""
    s.node_module("asks.mjs", "inquirer")
    two_questions_drawn(s)


@scenario("npm:prompts", "node")
def kit_prompts(s):
    """prompts"""
    s.node_module("asks.mjs", "prompts")
    two_questions_drawn(s)


@scenario("npm:enquirer", "node")
def kit_enquirer(s):
    """enquirer"""
    s.node_module("asks.mjs", "enquirer")
    two_questions_drawn(s)


@scenario("npm:@clack/prompts", "node")
def kit_clack(s):
    """@clack/prompts, with its spinner while it works"""
    s.node_module("asks.mjs", "clack")
    two_questions_drawn(s)


@scenario("npm:ink", "npm:ink-select-input", "node")
def kit_ink(s):
    """ink: a list that works in a timer afterwards, below a spinner"""
    s.node_module("ink-list.mjs")
    s.mark("ask", timeout=40)
    s.waiting(hold=3.5)
    s.enter()
    s.mark("work")
    s.processing(label="spinner over a timer")
    s.mark("ask")
    s.waiting(hold=3)


@scenario("npm:blessed", "node")
def kit_node_blessed(s):
    """blessed for node: a list on the alternate screen"""
    s.node_module("blessed.cjs")
    s.mark("ask", timeout=40)
    s.waiting(hold=4)


@scenario("bin:tui")
def kit_ratatui(s):
    """ratatui: events polled each 250 ms, a gauge while a thread works"""
    s.start("tui")
    s.mark("ask")
    s.waiting(hold=4)
    s.enter()
    s.mark("work")
    s.processing(label="gauge")
    s.mark("ask")
    s.waiting(hold=3.5)


@scenario("bin:tui")
def kit_ratatui_blocking(s):
    """ratatui: events read without end"""
    s.start("tui", "--block")
    s.mark("ask")
    s.waiting(hold=4)


@scenario("py:cookiecutter")
def kit_cookiecutter(s):
    """cookiecutter asks for values"""
    s.file("t/cookiecutter.json", '{"name": "x", "licence": ["MIT", "BSD"]}')
    s.file("t/{{cookiecutter.name}}/f", "x")
    s.start("cookiecutter", "t")
    s.expect(r"name.*: ", timeout=40)
    s.waiting(["line", "question"], 3)
    s.enter()
    s.settled(0.4)
    s.waiting(["line", "menu", "question"], 3)


@scenario("py:litecli")
def kit_litecli(s):
    """litecli: a database prompt with completion"""
    s.start("litecli", "--liteclirc", s.world / "rc", s.world / "db")
    s.see(">$", timeout=40)
    s.settled(0.8)
    s.waiting(["repl", "shell", "line"], 4)


@scenario("py:visidata")
def kit_visidata(s):
    """visidata on a table"""
    s.file("t.csv", "a,b\n" + "".join(f"{n},{n * n}\n" for n in range(50)))
    s.start("vd", "--visidata-dir", s.world, "t.csv")
    s.see("1 +1|49", timeout=40)
    s.settled(1.0)
    s.waiting(["menu", "editor", "unknown", "pager"], 4)


@scenario("lynx")
def kit_lynx(s):
    """lynx on a page"""
    s.file("p.html", "<h1>Title</h1><p>Text <a href='x'>link</a>")
    s.start("lynx", "p.html")
    s.see("Title")
    s.settled(0.5)
    s.waiting(["pager", "menu", "unknown"], 3.5)


@scenario("w3m")
def kit_w3m(s):
    """w3m on a page"""
    s.file("p.html", "<h1>Title</h1><p>Text <a href='x'>link</a>")
    s.start("w3m", "p.html")
    s.see("Title")
    s.settled(0.5)
    s.waiting(["pager", "menu", "unknown"], 3.5)


@scenario("mutt")
def kit_mutt(s):
    """mutt on a mailbox: it looks for mail now and then"""
    (s.world / "home/Mail").mkdir()
    s.file("box", "From a Thu Jan  1 00:00:00 2026\nFrom: a@example.invalid\nSubject: Hello\nDate: Thu, 1 Jan 2026 00:00:00 +0000\n\nText\n")
    s.start("mutt", "-n", "-F", "/dev/null", "-R", "-f", "box")
    s.see("Hello")
    s.settled(0.5)
    s.waiting(["menu", "pager", "unknown"], 4)
