"""Lists to choose from and lines to write in, in the shapes that libraries draw: which kind of wait they are."""
from harness.registry import scenario


def shape(s, name, kinds):
    """A drawing that waits for keys, then another after some work."""
    s.python("shapes.py", name)
    for _ in range(2):
        s.mark("ask")
        s.waiting(kinds, 2)
        s.enter()
        s.mark("work")
        s.busy(label="sleep")


@scenario("python3")
def list_pointer(s):
    """? Pick one, a ❯ before the first"""
    shape(s, "pointer", ["menu"])


@scenario("python3")
def list_arrow(s):
    """A plain > before the chosen one, colours for the rest"""
    shape(s, "arrow", ["menu"])


@scenario("python3")
def list_circles(s):
    """Open circles and a filled one"""
    shape(s, "circles", ["menu"])


@scenario("python3")
def list_numbered(s):
    """Numbers, with the cursor behind `Answer:`"""
    shape(s, "numbered", ["menu"])


@scenario("python3")
def list_ticked(s):
    """Boxes to tick"""
    shape(s, "ticked", ["menu"])


@scenario("python3")
def list_masked(s):
    """A line editor that shows stars for what is typed"""
    s.python("shapes.py", "masked")
    s.mark("ask")
    s.waiting(["password"], 2)
    s.type("secret", 0.15)
    s.t = s.t + 0.2
    s.waiting(["password"], 1.5, label="while it is typed")
    s.enter()
    s.mark("work")
    s.busy(label="sleep")


@scenario("python3")
def composer_placeholder(s):
    """An agent's box with a placeholder behind the prompt, hidden cursor"""
    shape(s, "placeholder", ["turn"])


@scenario("python3")
def composer_list_above(s):
    """An answer with a numbered list above an agent's box"""
    shape(s, "answered", ["turn"])


@scenario("python3")
def composer_open(s):
    """A composer of two rules without walls, and help below"""
    shape(s, "rules", ["turn"])


@scenario("python3")
def composer_bar(s):
    """A composer marked by a bar at its side"""
    shape(s, "bar", ["turn"])


@scenario("python3")
def permission_numbered(s):
    """Leave for a command: numbered, boxed"""
    shape(s, "permission", ["permission"])
