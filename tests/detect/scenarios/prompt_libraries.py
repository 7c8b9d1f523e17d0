"""What a wait is, at lists and lines that the usual libraries draw: kinds, mostly."""
from harness.registry import scenario

NODE = ("node", "npm:@inquirer/prompts", "npm:@clack/prompts", "npm:enquirer", "npm:prompts")


def asked_twice(s, name, kinds, typed=None):
    s.node_module("lists.mjs", name)
    for _ in range(2):
        s.mark("ask", timeout=40)
        s.quiet(0.25)
        s.waiting(kinds, 2)
        if typed:
            s.type(typed, 0.15)
            s.t += 0.2
            s.waiting(kinds, 1, label="while it is typed")
        s.enter()
        s.mark("work")
        s.busy(label="sleep")


def ways():
    menu, secret = ["menu"], ["password"]
    found = {
        "select": menu, "checkbox": menu, "rawlist": menu, "password": secret, "input": ["line"], "confirm": ["confirm"],
        "clack-select": menu, "clack-multi": menu, "clack-password": secret, "enquirer-select": menu,
        "enquirer-password": secret, "prompts-select": menu, "prompts-password": secret,
    }
    for name, kinds in found.items():
        yield name, kinds, "hunter2" if kinds == secret else {"input": "shop", "rawlist": "2"}.get(name)


def declare(name, kinds, typed):
    def play(s):
        asked_twice(s, name, kinds, typed)

    play.__name__ = "library_" + name.replace("-", "_")
    play.__doc__ = f"{name} of a library for node"
    play.__module__ = __name__
    scenario(*NODE)(play)


for way in ways():
    declare(*way)


@scenario("py:questionary")
def library_questionary_password(s):
    """questionary: a masked line"""
    s.python("asks_more.py", "password", venv=True)
    s.mark("ask", timeout=40)
    s.drawn()
    s.waiting(["password"], 2)
    s.type("hunter2", 0.15)
    s.t += 0.2
    s.waiting(["password"], 1, label="while it is typed")


@scenario("py:questionary")
def library_questionary_checkbox(s):
    """questionary: a list to tick"""
    s.python("asks_more.py", "checkbox", venv=True)
    s.mark("ask", timeout=40)
    s.drawn()
    s.waiting(["menu"], 2)


@scenario("py:questionary")
def library_questionary_rawselect(s):
    """questionary: a numbered list"""
    s.python("asks_more.py", "rawselect", venv=True)
    s.mark("ask", timeout=40)
    s.drawn()
    s.waiting(["menu"], 2)


@scenario("py:InquirerPy")
def library_inquirerpy_select(s):
    """InquirerPy: a list"""
    s.python("asks_more.py", "inquirerpy", venv=True)
    s.mark("ask", timeout=40)
    s.drawn()
    s.waiting(["menu"], 2)


@scenario("bash")
def library_bash_select(s):
    """bash's select"""
    s.bash("PS3='Which one? '; select x in apples pears plums; do sleep 3; echo \"$x\"; done")
    s.expect(r"Which one\? ")
    s.waiting(["menu"], 2)
    s.enter("1")
    s.busy(label="sleep")
    s.expect(r"Which one\? ")
    s.waiting(["menu"], 2)


@scenario("dialog")
def library_dialog_menu(s):
    """dialog: a menu"""
    s.bash("dialog --menu 'Which one?' 12 40 3 1 apples 2 pears 3 plums; clear; sleep 3; dialog --passwordbox 'Password' 8 30")
    s.settled(0.3)
    s.waiting(["menu"], 2)
    s.enter()
    s.unsure()
    s.quiet(0.5)
    s.busy(label="sleep")
    s.see("Password")
    s.waiting(["menu", "password"], 2)


@scenario("fzf")
def library_fzf(s):
    """fzf on a list"""
    s.bash("seq 50 | fzf; sleep 3")
    s.see("50/50")
    s.waiting(["menu"], 3)
