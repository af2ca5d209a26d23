"""A temporal filter for live mattes, without delay: an exponential mean that forgets wherever the picture changed.

A matte's flicker is seen where the picture stands still, and a trail where it moves. So alpha is averaged
over time with a memory that each pixel's own colour switches off. What a port has to do, for each frame, at
the matte's size:

1. `colour`: the model's input as codes 0..255 (the frame at the matte's size), each channel averaged over 3 x 3
   pixels.
2. First frame, or another size than before: held alpha = alpha, held colour = colour; the result is alpha. Done.
3. `change`: the largest of the three channels' |colour - held colour|, then its maximum over 5 x 5 pixels.
4. `memory` = 0.8 * clamp((6 - change) / (6 - 2), 0, 1).
5. held alpha = memory * held alpha + (1 - memory) * alpha, and the held colour likewise with the same memory.
   The result is the held alpha.

Windows take the nearest pixel of the picture beyond its edges (for the maximum, that is to leave them out).
Single precision is enough. The colour is held along with alpha, not just kept from the frame before, so that
slow motion adds up until it opens the gate. After a gap in time of more than a few frames, start again at 2.
"""

from dataclasses import dataclass

import cv2
import numpy as np


@dataclass(frozen=True)
class GateSettings:
    """What the filter's numbers are; colour differences in codes of 255.

    Chosen on the synthetic clips of `pairs`: with a smaller `reach` or a larger `moved` more of a waving hand
    stays behind (the `trail` of `ofd`'s table), and a longer memory gains little.
    """

    memory: float = 0.8
    """Share of the held alpha where nothing changed: a wrong alpha halves every 3 frames."""
    still: float = 2.0
    """Differences up to this are noise: that of 4 codes, averaged over 3 x 3 pixels, is 1.9 from frame to
    frame."""
    moved: float = 6.0
    """From this on, nothing is remembered."""
    average: int = 3
    """Side of the window that colour is averaged over, odd."""
    reach: int = 5
    """Side of the window in which the largest change counts, odd: edges of what moves are open as well."""


class MotionGate:
    """The filter and what it holds. Frames of one clip go in one after another."""

    def __init__(self, settings: GateSettings | None = None) -> None:
        self.settings = settings or GateSettings()
        self._alpha: np.ndarray | None = None
        self._colour: np.ndarray | None = None

    def step(self, alpha: np.ndarray, picture: np.ndarray) -> np.ndarray:
        """The filtered matte of the next frame, float32 hxw in 0..1.

        `alpha` is the model's, hxw in 0..1; `picture` is what the model saw, hxwx3 RGB codes 0..255
        (encoded), uint8 or float. Raises `ValueError` where their sides differ.
        """
        if picture.shape != (*alpha.shape, 3):
            raise ValueError(f"a picture {(*alpha.shape, 3)} is needed, not {picture.shape}")
        alpha = np.asarray(alpha, np.float32)
        side = self.settings.average
        colour = cv2.blur(np.asarray(picture, np.float32), (side, side), borderType=cv2.BORDER_REPLICATE)
        if self._alpha is None or self._alpha.shape != alpha.shape:
            self._alpha, self._colour = alpha.copy(), colour
        else:
            memory = self._memory(colour)
            self._alpha = memory * self._alpha + (1.0 - memory) * alpha
            self._colour = memory[..., None] * self._colour + (1.0 - memory[..., None]) * colour
        return self._alpha.copy()

    def _memory(self, colour: np.ndarray) -> np.ndarray:
        settings = self.settings
        change = np.abs(colour - self._colour).max(axis=2)
        change = cv2.dilate(change, np.ones((settings.reach, settings.reach), np.uint8))
        closed = np.clip((settings.moved - change) / (settings.moved - settings.still), 0.0, 1.0)
        return settings.memory * closed


def motion_gated(alphas: np.ndarray, pictures: np.ndarray, settings: GateSettings | None = None) -> np.ndarray:
    """A clip's mattes NxHxW after the filter, float32, given what the model saw, NxHxWx3 RGB codes."""
    gate = MotionGate(settings)
    return np.stack([gate.step(alpha, picture) for alpha, picture in zip(alphas, pictures, strict=True)])
