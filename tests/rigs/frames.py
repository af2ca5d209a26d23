"""What somebody who watches a camera has seen in one frame."""

from __future__ import annotations

from dataclasses import dataclass

# Of 255, with room for a conversion's rounding.
BLACK = 8


@dataclass(frozen=True)
class Frame:
    """One frame. The page (page/judge.js) looks at samples on a grid; other watchers leave their counts at 0."""

    at: float
    """When it was there: Unix time in milliseconds."""
    width: int
    height: int
    index: int
    """The frame's index where the pattern's code can be read, else −1."""
    samples: int = 0
    room: int = 0
    """Samples of the room's colours."""
    known: int = 0
    """Samples whose colour follows from the index."""
    wrong: int = 0
    """Those of them that have another."""
    background: int = 0
    """Samples of the background's colour."""
    slate: bool = False
    """Whether it is the still card."""
    flat: tuple[int, ...] | None = None
    """Its colour, where it has only one."""
    presented: int = 0
    """The browser's own count of frames."""
    roomAt: tuple[int, ...] | None = None
    """The first sample of the room: column, row, red, green, blue."""
    wrongAt: tuple[int, ...] | None = None
    """The first wrong sample: column, row, its colour, the right one."""

    @property
    def is_composite(self) -> bool:
        """Whether it is the person over the background: a quarter of the picture at least is background."""
        return not self.slate and self.background > self.samples // 4

    @property
    def is_blank(self) -> bool:
        """Whether it is black all over, as a browser's own are. A camera's empty buffers come out green instead."""
        return self.flat is not None and max(self.flat) <= BLACK
