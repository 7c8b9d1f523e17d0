"""A fake agent made with textual: an input, a log, a request in a worker thread."""
import os
import urllib.request

from textual.app import App
from textual.widgets import Input, RichLog

from mark import mark


class Agent(App):
    def compose(self):
        yield RichLog()
        yield Input(placeholder="Ask me")

    def on_mount(self):
        self.query_one(Input).focus()
        self.set_timer(0.1, lambda: mark("idle"))

    def on_input_submitted(self, event):
        event.input.value = ""
        mark("busy")
        self.query_one(RichLog).write("Thinking about it")
        self.run_worker(self.request, thread=True)

    def request(self):
        urllib.request.urlopen(os.environ["DETECT_URL"] + "/slow?s=4").read()
        self.call_from_thread(self.done)

    def done(self):
        self.query_one(RichLog).write("Here is the answer")
        self.set_timer(0.1, lambda: mark("idle"))


if __name__ == "__main__":
    Agent().run()
