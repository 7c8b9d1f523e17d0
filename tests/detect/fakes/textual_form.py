"""A form made with textual: a button, then a progress bar for 4 s, then the button again."""
import asyncio

from textual.app import App
from textual.widgets import Button, Header, ProgressBar

from mark import mark


class Form(App):
    def compose(self):
        yield Header()
        yield Button("Deploy", id="go")
        yield ProgressBar(total=40)

    def on_mount(self):
        self.query_one("#go").focus()
        self.set_timer(0.1, lambda: mark("ask"))

    def on_button_pressed(self):
        mark("work")
        self.run_worker(self.work())

    async def work(self):
        bar = self.query_one(ProgressBar)
        bar.update(progress=0)
        for _ in range(40):
            await asyncio.sleep(0.1)
            bar.advance(1)
        self.set_timer(0.1, lambda: mark("ask"))


if __name__ == "__main__":
    Form().run()
