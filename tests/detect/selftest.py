#!/usr/bin/env python3
"""Tests of the harness itself, without any program: figures, baselines, the small emulator, the ring."""
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from harness import baselines, registry, score  # noqa: E402
from harness.ring import FINE, MARK, OUTPUT, TRACK, Ring  # noqa: E402
from harness.trace import Segment, Trace  # noqa: E402
from harness.vt import Screen  # noqa: E402


def trace(*segments, output=(), typed=(), end=None):
    return Trace("x", "g", "pty", begin=0.0, end=end or segments[-1].end, output=[list(o) for o in output],
                 typed=list(typed), truth=list(segments), sizes=[[0.0, 20, 4]])


def waits(begin, end, **more):
    return Segment(begin, end, ["waiting"], [], **more)


def works(begin, end, accept=("processing",)):
    return Segment(begin, end, list(accept), [])


class Scores(unittest.TestCase):
    def test_time_is_counted_without_grace(self):
        figures = score.judge(trace(works(0, 4), waits(4, 10)), [(0, "processing"), (5.5, "waiting")])
        self.assertAlmostEqual(figures.right3, 8.5)
        self.assertAlmostEqual(figures.right2, 8.5)
        self.assertEqual((figures.ends, figures.ends_right), (2, 2))
        self.assertEqual(figures.latencies, [1.5])

    def test_active_for_processing_is_wrong_of_three_but_not_of_two(self):
        figures = score.judge(trace(works(0, 4)), [(0, "active")])
        self.assertEqual((figures.right3, figures.right2), (0, 4))

    def test_a_false_wait_is_one_across_segments(self):
        figures = score.judge(trace(works(0, 2), works(2, 4)), [(0, "processing"), (1.2, "waiting"), (3.5, "processing")])
        self.assertEqual(figures.false_waits, 1)
        self.assertAlmostEqual(figures.long_false[0]["seconds"], 2.3)
        self.assertAlmostEqual(figures.false_seconds, 2.3)

    def test_a_wait_never_reported_is_missed(self):
        figures = score.judge(trace(waits(0, 3)), [(0, "active")])
        self.assertEqual((figures.waits, figures.missed, figures.latencies), (1, 1, []))

    def test_a_wait_that_was_already_reported_has_no_latency(self):
        self.assertEqual(score.judge(trace(waits(1, 3)), [(0, "waiting")]).latencies, [0])

    def test_a_right_status_left_again_is_a_flap(self):
        changes = [(0, "waiting"), (1, "active"), (2, "waiting"), (2.5, "processing")]
        self.assertEqual(score.judge(trace(waits(0, 3)), changes).flaps, 2)

    def test_a_change_a_moment_before_the_end_is_no_flap(self):
        self.assertEqual(score.judge(trace(works(0, 3)), [(0, "processing"), (2.98, "waiting")]).flaps, 0)

    def test_limits_are_apart(self):
        both = trace(waits(0, 2), waits(2, 5, limit=True))
        self.assertEqual(score.judge(both, [(0, "waiting")]).seconds, 2)
        self.assertEqual(score.judge(both, [(0, "waiting")], limit=True).seconds, 3)

    def test_either_counts_for_three_states_only(self):
        figures = score.judge(trace(works(0, 2, ("waiting", "active"))), [(0, "waiting")])
        self.assertEqual((figures.seconds2, figures.right3, figures.false_waits), (0, 2, 0))

    def test_percentiles(self):
        self.assertEqual(score.percentile([3, 1, 2], 0.5), 2)
        self.assertIsNone(score.percentile([], 0.5))


class Baselines(unittest.TestCase):
    def judged(self, name, made):
        return score.spans(baselines.BASELINES[name](made, baselines.screens_of(made)), 0, made.end)

    def test_silence(self):
        made = trace(works(0, 9), output=[(1, "x"), (5, "y")])
        self.assertEqual([s[0] for s in self.judged("silence 3 s", made) if s[2] == "waiting"], [4, 8])

    def test_a_bell_counts_outside_strings_and_until_a_key(self):
        made = trace(works(0, 9), output=[(1, "\x1b]0;t\a"), (2, "\a")], typed=[6])
        self.assertEqual([s[:2] for s in self.judged("BEL", made) if s[2] == "waiting"], [(2, 6)])

    def test_a_prompt_is_seen_at_once_and_gone_with_the_next_line(self):
        made = trace(works(0, 9), output=[(1, "Go on? [y/N] "), (3, "y\r\nworking\r\n")])
        self.assertEqual([s[:2] for s in self.judged("prompt regex", made) if s[2] == "waiting"], [(1, 3)])

    def test_the_hash_is_of_the_screen_and_not_of_the_bytes(self):
        made = trace(works(0, 4), output=[(at / 10, "\rsame\x1b[K") for at in range(40)])
        self.assertEqual(self.judged("hash 500 ms", made)[-1][2], "waiting")
        self.assertEqual(self.judged("stable 2 s", made)[-1][2], "waiting")
        self.assertEqual(self.judged("silence 1 s", made)[-1][2], "processing")


class Emulator(unittest.TestCase):
    def shown(self, *pieces, cols=20, rows=4):
        screen = Screen(cols, rows)
        for piece in pieces:
            screen.feed(piece.encode())
        return screen

    def test_text_moves_and_erases(self):
        screen = self.shown("one\r\ntwo\x1b[1;2HX\x1b[K\x1b[3;1H\x1b[31mred\x1b[0m")
        self.assertEqual(screen.text().rstrip(), "oX\ntwo\nred")
        self.assertEqual(screen.cursor_line(), "red")

    def test_sequences_may_be_cut_anywhere(self):
        data = "a\x1b[2;3Hb\x1b]0;title\x1b\\c\u4e00d\x1b[1;1H"
        whole = self.shown(data).text()
        raw = data.encode()
        for cut in range(len(raw)):
            screen = Screen(20, 4)
            screen.feed(raw[:cut])
            screen.feed(raw[cut:])
            self.assertEqual(screen.text(), whole, cut)

    def test_it_scrolls_and_has_a_second_screen(self):
        screen = self.shown("1\r\n2\r\n3\r\n4\r\n5")
        self.assertEqual(screen.text(), "2\n3\n4\n5")
        screen.feed(b"\x1b[?1049h\x1b[Hvim")
        self.assertEqual(screen.text().strip(), "vim")
        screen.feed(b"\x1b[?1049l")
        self.assertEqual(screen.text(), "2\n3\n4\n5")

    def test_a_long_string_is_not_kept(self):
        screen = self.shown("\x1b]0;" + "x" * 30000, "\a after")
        self.assertIn("after", screen.text())


class Rings(unittest.TestCase):
    def test_what_goes_round_is_read_in_order_with_its_times(self):
        data, capacity = bytes(range(65, 91)), 16
        with tempfile.TemporaryDirectory() as directory:
            file = pathlib.Path(directory) / "output"
            body = bytearray(4096 + capacity + 4096)
            TRACK.pack_into(body, OUTPUT, 26, 10, capacity, 4096, capacity)
            TRACK.pack_into(body, FINE, 2 * MARK.size, 0, 4096, 4096 + capacity, 4096)
            for offset in range(10, 26):
                body[4096 + offset % capacity] = data[offset]
            MARK.pack_into(body, 4096 + capacity, 1000, 0)
            MARK.pack_into(body, 4096 + capacity + MARK.size, 2000, 20)
            file.write_bytes(body)
            ring = Ring(file)
            self.assertEqual(ring.read(9.0), [(1.01, data[10:20]), (2.01, data[20:26])])
            self.assertEqual(ring.read(9.0), [])
            ring.close()


class Corpus(unittest.TestCase):
    def test_every_scenario_says_what_it_is_about_and_what_it_needs(self):
        for s in registry.load():
            self.assertTrue(s.about, s.name)
            self.assertTrue(s.needs, s.name)
        self.assertGreater(len(registry.load()), 130)


if __name__ == "__main__":
    unittest.main()
