"""One-frame delay, the temporal filter of the MODNet paper (Ke et al., AAAI 2022, section 3.4), as a
reference.

A value that differs from the frames before and after it, while those two agree, is taken for a flicker and
replaced by their mean. It needs the frame after, so a live matte comes one frame late; what moves steadily is
left as it is.
"""

import numpy as np

XI = 0.1
"""How far two alphas may lie apart and still agree: the paper's value."""


def one_frame_delay(alphas: np.ndarray, xi: float = XI) -> np.ndarray:
    """A clip's mattes without single-frame flicker, float64 of the same shape.

    `alphas` is N mattes, NxHxW, 0..1. Pixel by pixel, with a, b, c the *unfiltered* alphas of the frames
    before, at and after: where |a - c| <= xi, |b - a| > xi and |b - c| > xi, the result is (a + c) / 2,
    elsewhere b. The first and the last frame have no neighbour on one side and stay as they are. Raises
    `ValueError` for another number of axes.
    """
    alphas = np.asarray(alphas, np.float64)
    if alphas.ndim != 3:
        raise ValueError(f"mattes NxHxW are needed, not {alphas.shape}")
    filtered = alphas.copy()
    if len(alphas) >= 3:
        filtered[1:-1] = one_frame(alphas[:-2], alphas[1:-1], alphas[2:], xi)
    return filtered


def one_frame(before: np.ndarray, at: np.ndarray, after: np.ndarray, xi: float = XI) -> np.ndarray:
    """The matte `at`, of any shape, corrected by its unfiltered neighbours: one step of the filter."""
    flickers = (np.abs(before - after) <= xi) & (np.abs(at - before) > xi) & (np.abs(at - after) > xi)
    return np.where(flickers, (before + after) / 2.0, at)
