"""Asks by way of the library named, sleeps 5 s, and asks again."""
import sys
import time

from mark import mark


def questionary_select():
    import questionary

    mark("ask")
    questionary.select("Which one?", choices=["one", "two", "three"]).ask()


def questionary_confirm():
    import questionary

    mark("ask")
    questionary.confirm("Are you sure?", auto_enter=False).ask()


def inquirerpy():
    from InquirerPy import inquirer

    mark("ask")
    inquirer.fuzzy(message="Which one?", choices=["one", "two", "three"]).execute()


def ptk():
    from prompt_toolkit import prompt
    from prompt_toolkit.completion import WordCompleter

    mark("ask")
    prompt("Command: ", completer=WordCompleter(["start", "stop"]))


def ptk_clock():
    from prompt_toolkit import prompt

    mark("ask")
    prompt("Command: ", bottom_toolbar=lambda: time.strftime("%H:%M:%S"), refresh_interval=0.5)


def rich_prompt():
    from rich.prompt import Prompt

    mark("ask")
    Prompt.ask("Which one", choices=["one", "two"], default="one")


def click_confirm():
    import click

    mark("ask")
    click.confirm("Do you want to continue?", default=True)


def stm():
    from simple_term_menu import TerminalMenu

    mark("ask")
    TerminalMenu(["one", "two", "three"], title="Which one?").show()


def blessed_key():
    from blessed import Terminal

    term = Terminal()
    with term.cbreak():
        print("Press Enter to deploy ", end="", flush=True)
        mark("ask")
        while not term.inkey(timeout=0.5):
            pass
        print()


WAYS = {
    "questionary-select": questionary_select, "questionary-confirm": questionary_confirm, "inquirerpy": inquirerpy,
    "ptk": ptk, "ptk-clock": ptk_clock, "rich": rich_prompt, "click": click_confirm, "stm": stm, "blessed": blessed_key,
}

if __name__ == "__main__":
    while True:
        WAYS[sys.argv[1]]()
        mark("work")
        print("Working on it", flush=True)
        time.sleep(5)
