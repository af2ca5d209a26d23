"""Checks fail where they must."""

from __future__ import annotations

import contextlib
import io
import unittest
from collections.abc import Callable
from dataclasses import replace

from rigs import checks
from rigs.frames import Frame
from rigs.program import Start
from rigs.report import Report, median_and_95th

SIZE = (1280, 720)
GOOD = Frame(at=0, width=1280, height=720, index=0, samples=1000, known=800, background=700)
CARD = Frame(at=0, width=1280, height=720, index=-1, samples=1000, slate=True)
BLANK = Frame(at=0, width=1280, height=720, index=-1, samples=1000, flat=(0, 0, 0))
EMPTY = replace(BLANK, flat=(0, 135, 0))
RAW = replace(GOOD, background=0, room=700, roomAt=(2, 2, 198, 204, 212))


def clip(count: int = 30) -> list[Frame]:
    return [replace(GOOD, at=100.0 * n, index=n) for n in range(count)]


def failures(check: Callable[[Report], None]) -> int:
    report = Report()
    with contextlib.redirect_stdout(io.StringIO()):
        check(report)
    return report.failures


class Checks(unittest.TestCase):
    def test_good_frames_pass(self) -> None:
        def all_of_them(report: Report) -> None:
            checks.moving_pattern(report, "x", clip(), SIZE)
            checks.right_pixels(report, "x", clip())
            checks.never_the_room(report, "x", [BLANK, CARD, *clip()])
            checks.card_or_composite(report, "x", [BLANK, BLANK, CARD, *clip()])

        self.assertEqual(failures(all_of_them), 0)

    def test_the_room_is_seen(self) -> None:
        for frames in ([*clip(), replace(GOOD, room=1, roomAt=(2, 2, 58, 92, 70))], [RAW], []):
            self.assertEqual(failures(lambda report, frames=frames: checks.never_the_room(report, "x", frames)), 1)

    def test_what_is_neither_card_nor_composite_is_seen(self) -> None:
        for frames in ([CARD, BLANK], [EMPTY, CARD], [*[BLANK] * 4, CARD], [CARD, RAW], []):
            self.assertEqual(failures(lambda report, frames=frames: checks.card_or_composite(report, "x", frames)), 1)

    def test_faults_of_the_pattern_are_seen(self) -> None:
        faults = {
            "another size": [replace(frame, height=480) for frame in clip()],
            "frozen": [replace(frame, index=7) for frame in clip()],
            "backwards": [*clip(20), replace(GOOD, index=18), replace(GOOD, index=20)],
            "unreadable": [*clip(), replace(GOOD, index=-1)],
            "nothing": [],
        }
        for name, frames in faults.items():
            with self.subTest(name):
                found = failures(lambda report, frames=frames: checks.moving_pattern(report, "x", frames, SIZE))
                self.assertGreater(found, 0)

    def test_as_many_frames_may_come_early_as_is_said(self) -> None:
        early = replace(GOOD, index=31)
        for frames, wrong in ([*clip(20), early, *clip(25)[20:]], 0), ([early, *clip(20), early, *clip(25)[20:]], 1):
            check = lambda report, frames=frames: checks.moving_pattern(report, "x", frames, SIZE, 1)  # noqa: E731
            self.assertEqual(failures(check), wrong)

    def test_wrong_pixels_are_seen(self) -> None:
        wrong = replace(GOOD, wrong=1, wrongAt=(2, 2, 0, 0, 0, 200, 90, 30))
        blind = [replace(frame, known=10) for frame in clip()]
        for frames in ([*clip(), wrong], blind, []):
            self.assertEqual(failures(lambda report, frames=frames: checks.right_pixels(report, "x", frames)), 1)


class Figures(unittest.TestCase):
    def test_a_rate_counts_new_frames_only(self) -> None:
        twice = [frame for frame in clip() for _ in range(2)]
        self.assertAlmostEqual(checks.rate(twice, until=2900, seconds=2), 10.5)

    def test_latency_is_counted_from_the_pattern_that_ran_then(self) -> None:
        starts = [Start(0, 100), Start(5000, 100)]
        frames = [replace(GOOD, at=230, index=2), replace(GOOD, at=260, index=2), replace(GOOD, at=5150, index=1)]
        self.assertEqual(checks.latencies(frames, starts), [30, 50])

    def test_percentiles_are_nearest_ranks(self) -> None:
        text = median_and_95th([float(n) for n in range(1, 101)], "ms")
        self.assertEqual(text, "median 50 ms, 95th percentile 95 ms (100 frames)")
        self.assertIn("nothing", median_and_95th([], "ms"))


if __name__ == "__main__":
    unittest.main()
