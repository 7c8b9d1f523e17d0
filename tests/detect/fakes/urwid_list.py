"""A list made with urwid, which waits for keys."""
import urwid

from mark import mark

items = [urwid.Button(name) for name in ("Start", "Stop", "Restart")]
loop = urwid.MainLoop(urwid.ListBox(urwid.SimpleFocusListWalker(items)))
loop.set_alarm_in(0.1, lambda *_: mark("ask"))
loop.run()
