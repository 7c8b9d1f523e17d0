"""A fake agent made with prompt_toolkit and rich: a prompt with a toolbar, a spinner, streamed text."""
import os
import urllib.request

from prompt_toolkit import PromptSession
from rich.console import Console

from mark import mark

URL = os.environ["DETECT_URL"]


def answer(console):
    with console.status("Thinking"):
        urllib.request.urlopen(f"{URL}/slow?s=3").read()
    with urllib.request.urlopen(f"{URL}/sse?s=2&gap=0.1") as stream:
        for line in stream:
            if line.startswith(b"data: word"):
                console.print("word", end=" ")
    console.print()


if __name__ == "__main__":
    session, console = PromptSession(bottom_toolbar="model: none | /help"), Console()
    while True:
        session.prompt("agent> ", pre_run=lambda: mark("idle"))
        mark("busy")
        answer(console)
