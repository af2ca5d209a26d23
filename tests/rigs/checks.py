"""What must be true of the frames that somebody who watches has seen."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from rigs.frames import Frame
from rigs.program import Start
from rigs.report import Report

# How many of the pictures that the program made must reach whoever watches: a browser that is busy loses some.
REACH = 0.75
# How many blank frames a browser shows of its own at most; two were seen.
BLANK_AT_MOST = 3
# Fewer different frames than this in some seconds is a picture that stands still.
LEAST_DISTINCT = 5


@dataclass(frozen=True)
class Kinds:
    """Frames by what they show."""

    composites: list[Frame]
    slates: list[Frame]
    others: list[Frame]


def sorted_out(frames: Sequence[Frame]) -> Kinds:
    """Tells frames apart. The blank ones that a browser may show before the first of the camera's count for nothing."""
    blank = len(list(itertools.takewhile(lambda frame: frame.is_blank, frames)))
    frames = frames[min(blank, BLANK_AT_MOST) :]
    composites = [frame for frame in frames if frame.is_composite]
    slates = [frame for frame in frames if frame.slate]
    others = [frame for frame in frames if not frame.is_composite and not frame.slate]
    return Kinds(composites, slates, others)


def never_the_room(report: Report, who: str, frames: Sequence[Frame]) -> None:
    """Not one sample of not one frame has a colour of the room."""
    raw = [frame for frame in frames if frame.room]
    found = f"{sum(frame.samples for frame in frames)} samples of {len(frames)} frames"
    if raw:
        found = f"{len(raw)} of {len(frames)} frames; one with {raw[0].room} samples, first {raw[0].roomAt}"
    report.check(bool(frames) and not raw, f"{who}: no pixel of the room was ever seen", found)


def card_or_composite(report: Report, who: str, frames: Sequence[Frame]) -> None:
    """Each frame is the still card or a composite, and nothing else."""
    kinds = sorted_out(frames)
    found = f"{len(kinds.slates)} times the card, {len(kinds.composites)} composites"
    if kinds.others:
        found += f", {len(kinds.others)} others, the first: {kinds.others[0]}"
    report.check(bool(frames) and not kinds.others, f"{who}: every frame is the still card or a composite", found)


def moving_pattern(
    report: Report, who: str, frames: Sequence[Frame], size: tuple[int, int], early_at_most: int = 0
) -> None:
    """Composites of the pattern: of the right size, each with an index, moving, and in order. `early_at_most`: how many
    may come before their time."""
    sizes = {(frame.width, frame.height) for frame in frames}
    report.check(sizes == {size}, f"{who}: frames have {size[0]}×{size[1]} pixels", sizes)
    indexes = [frame.index for frame in frames]
    unread = indexes.count(-1)
    back = [(a, b) for a, b in zip(indexes, indexes[1:]) if b < a]
    distinct = len(set(indexes))
    found = f"{distinct} different indexes from {indexes[0]} to {indexes[-1]}" if indexes else "no frame"
    report.check(unread == 0, f"{who}: every frame says which one it is", f"{unread} of {len(indexes)} cannot be read")
    report.check(distinct >= LEAST_DISTINCT, f"{who}: the picture moves", found)
    report.check(len(back) <= early_at_most, f"{who}: no frame comes after a later one", back[:3] or "0 of them")
    if 0 < len(back) <= early_at_most:
        report.note(f"{who}: a frame came before its time: {back}")


def right_pixels(report: Report, who: str, frames: Sequence[Frame], least_known: float = 0.7) -> None:
    """Wherever the index says which colour a pixel has, it has that. `least_known`: how much of all that must
    be at least; soft edges, which nobody knows exactly, are a larger part of small pictures."""
    wrong = [frame for frame in frames if frame.wrong]
    known = sum(frame.known for frame in frames)
    found = f"{known} samples"
    if wrong:
        found = f"wrong in {len(wrong)} of {len(frames)} frames; column, row, colour, right one: {wrong[0].wrongAt}"
    is_enough = known > least_known * sum(frame.samples for frame in frames)
    report.check(is_enough and not wrong, f"{who}: the pixels of disc, code and background are right", found)


def rate(frames: Sequence[Frame], until: float, seconds: float) -> float:
    """New frames a second in the last `seconds` before `until` (Unix time in milliseconds)."""
    recent = [frame for frame in frames if until - seconds * 1e3 <= frame.at <= until]
    return len({frame.index for frame in recent}) / seconds


def latencies(frames: Sequence[Frame], starts: Sequence[Start]) -> list[float]:
    """For each new frame, milliseconds from when it was due at the source to when it was seen."""
    found: list[float] = []
    seen: set[int] = set()
    for frame in frames:
        begun = [start for start in starts if start.at <= frame.at]
        if begun and frame.index >= 0 and frame.index not in seen:
            seen.add(frame.index)
            found.append(frame.at - (begun[-1].at + frame.index * begun[-1].interval))
    return found
