"""The figures that a matte is judged by, as the matting literature defines them.

SAD, MSE, Grad and Conn are those of Rhemann et al., "A perceptually motivated online benchmark for image
matting" (CVPR 2009), in the form and with the constants of the benchmark's evaluation code: sigma 1.4 and q 2
for Grad, step 0.1, theta 0.15 and p 1 for Conn. dtSSD is that of Erofeev et al., "Perceptually motivated
benchmark for video matting" (BMVC 2015), as a root mean square so that it does not grow with the picture.
`pairs` has the formulas in full.

Mattes are float arrays HxW, alpha in 0..1; everything is computed in float64.
"""

from collections.abc import Sequence

import cv2
import numpy as np

GRAD_SIGMA = 1.4
# Beyond four pixels the derivative of a Gaussian of sigma 1.4 stays under the benchmark's 0.01.
GRAD_HALF_WIDTH = 4
CONN_STEPS = 10
CONN_THETA = 0.15
# The band of `edge_mad` reaches one of so many parts of the shorter side: 6 pixels at 288 rows, about the
# width of curls.
EDGE_PARTS = 50
# A pixel of the truth is room below the first and person above the second; eight-bit keys are seldom exactly
# 0 or 1.
ROOM, PERSON = 0.05, 0.95
# A window of 25 pixels of webcam noise (4 codes) differs by 1.1 codes from frame to frame; 3 is 2.7 times
# that.
STILL_WINDOW, STILL_CODES = 5, 3.0
MOTION = 0.02
TRAIL_FRAMES = 6
LUMA = (0.299, 0.587, 0.114)
# The figures that `figures` gives and that a peer's are compared in.
COMPARED = ("mad", "mse", "sad", "grad", "conn", "edge_mad")


def figures(alpha: np.ndarray, truth: np.ndarray) -> dict[str, float | None]:
    """All figures of one picture, by the names of the report that `pairs` describes.

    `alpha` and `truth` are HxW in 0..1. Raises `ValueError` where their shapes differ or are not of a
    picture.
    """
    alpha, truth = _both(alpha, truth)
    difference = np.abs(alpha - truth)
    return {
        "mad": float(difference.mean()),
        "mse": float(np.square(difference).mean()),
        "sad": float(difference.sum() / 1000.0),
        "grad": grad(alpha, truth),
        "conn": conn(alpha, truth),
        "edge_mad": _mean(difference[edge_band(truth)]),
        "false_foreground": _mean(alpha[truth < ROOM] > 0.5),
        "false_background": _mean(alpha[truth > PERSON] < 0.5),
        "mean_alpha": float(alpha.mean()),
    }


def mad(alpha: np.ndarray, truth: np.ndarray) -> float:
    """Mean absolute difference of two mattes HxW, 0..1."""
    alpha, truth = _both(alpha, truth)
    return float(np.abs(alpha - truth).mean())


def grad(alpha: np.ndarray, truth: np.ndarray) -> float:
    """Gradient error: sum of the squared difference of gradient magnitudes, / 1000."""
    alpha, truth = _both(alpha, truth)
    return float(np.square(_gradient(alpha) - _gradient(truth)).sum() / 1000.0)


def conn(alpha: np.ndarray, truth: np.ndarray) -> float:
    """Connectivity error: what is cut off from the largest part that both mattes share, by its alpha, /
    1000."""
    alpha, truth = _both(alpha, truth)
    level = np.ones_like(truth)
    connected = np.ones(truth.shape, bool)
    for k in range(1, CONN_STEPS + 1):
        step = k / CONN_STEPS
        part = _largest_part((alpha >= step) & (truth >= step))
        level[connected & ~part] = (k - 1) / CONN_STEPS
        connected &= part
    return float(np.abs(_connectedness(alpha - level) - _connectedness(truth - level)).sum() / 1000.0)


def edge_band(truth: np.ndarray) -> np.ndarray:
    """Where the edge is: pixels near both some person and some room, bool HxW. `pairs` says how near."""
    radius = _edge_radius(truth.shape)
    return _near(truth > 0.0, radius) & _near(truth < 1.0, radius)


def dtssd(alphas: Sequence[np.ndarray] | np.ndarray, truths: Sequence[np.ndarray] | np.ndarray) -> float:
    """How far a clip's matte changes otherwise than the truth does; 100 would be full alpha everywhere in
    each frame.

    Both are N mattes HxW, 0..1, N at least 2. Raises `ValueError` where they do not fit.
    """
    alphas, truths = np.asarray(alphas, np.float64), np.asarray(truths, np.float64)
    if alphas.shape != truths.shape or alphas.ndim != 3 or len(alphas) < 2:
        raise ValueError(f"two clips of one shape NxHxW are needed, not {alphas.shape} and {truths.shape}")
    error = np.diff(alphas, axis=0) - np.diff(truths, axis=0)
    return float(100.0 * np.sqrt(np.square(error).mean(axis=(1, 2))).mean())


def dtssd_still(alphas: np.ndarray, truths: np.ndarray) -> float | None:
    """`dtssd` of those pixels alone that the truth's motion is not near; None where there are none.

    Near is as in `edge_band`; motion is a change of the truth by more than 0.02 since the frame before.
    """
    found = []
    for n in range(1, len(truths)):
        moves = np.asarray(truths[n], np.float64) - truths[n - 1]
        still = ~_near(np.abs(moves) > MOTION, _edge_radius(moves.shape))
        error = (np.asarray(alphas[n], np.float64) - alphas[n - 1] - moves)[still]
        if error.size:
            found.append(float(np.sqrt(np.square(error).mean())))
    return 100.0 * float(np.mean(found)) if found else None


def trail(alphas: np.ndarray, truths: np.ndarray) -> float | None:
    """What is left behind of somebody who moved on: mean alpha where the truth now is below 0.05 and was
    above 0.5 in one of the six frames before (a fifth of a second); None where nobody moved."""
    total, count = 0.0, 0
    truths = np.asarray(truths, np.float64)
    for n in range(1, len(truths)):
        left = (truths[n] < ROOM) & (truths[max(0, n - TRAIL_FRAMES) : n].max(axis=0) > 0.5)
        total += float(np.asarray(alphas[n], np.float64)[left].sum())
        count += int(left.sum())
    return total / count if count else None


def lost(alphas: np.ndarray, truths: np.ndarray) -> float | None:
    """What a matte has not caught up with: mean of 1 - alpha where the truth now is above 0.95 and was below
    0.5 in one of the six frames before; None where nobody moved. A filter that removes quick hands raises
    it."""
    return trail(1.0 - np.asarray(alphas, np.float64), 1.0 - np.asarray(truths, np.float64))


def flicker(alphas: Sequence[np.ndarray] | np.ndarray, frames: Sequence[np.ndarray] | np.ndarray) -> float | None:
    """Mean change of alpha from frame to frame where the frames themselves did not change; needs no truth.

    `alphas` N mattes HxW, 0..1; `frames` N pictures uint8 HxWx3 RGB. None where every pixel changed.
    """
    total, count = 0.0, 0
    lumas = [still_luma(frame) for frame in frames]
    for n in range(1, len(lumas)):
        change = np.asarray(alphas[n], np.float64) - np.asarray(alphas[n - 1], np.float64)
        changed, still = _where_still(change, lumas[n], lumas[n - 1])
        total, count = total + changed, count + still
    return total / count if count else None


def _where_still(change: np.ndarray, luma: np.ndarray, luma_before: np.ndarray) -> tuple[float, int]:
    """The sum of a change's sizes over the pixels whose luma did not change, and their number."""
    still = np.abs(luma - luma_before) < STILL_CODES
    return float(np.abs(change[still]).sum()), int(still.sum())


class Motion:
    """`dtssd`, `flicker` and the mean `mad` of a clip taken frame by frame: no more than two are in memory."""

    def __init__(self) -> None:
        self._errors: list[float] = []
        self._mads: list[float] = []
        self._change, self._still = 0.0, 0
        self._last: tuple[np.ndarray, np.ndarray, np.ndarray] | None = None

    def add(self, frame: np.ndarray, alpha: np.ndarray, truth: np.ndarray) -> None:
        """Takes the next frame, uint8 HxWx3 RGB, with its matte and truth, HxW in 0..1."""
        alpha, truth = _both(alpha, truth)
        luma = still_luma(frame)
        self._mads.append(mad(alpha, truth))
        if self._last is not None:
            alpha_before, truth_before, luma_before = self._last
            change = alpha - alpha_before
            self._errors.append(100.0 * float(np.sqrt(np.square(change - (truth - truth_before)).mean())))
            changed, still = _where_still(change, luma, luma_before)
            self._change, self._still = self._change + changed, self._still + still
        self._last = alpha, truth, luma

    def figures(self) -> dict[str, float | None]:
        """The figures of the frames so far, of which there are two at least."""
        return {
            "dtssd": float(np.mean(self._errors)),
            "flicker": self._change / self._still if self._still else None,
            "mad": float(np.mean(self._mads)),
        }


def still_luma(frame: np.ndarray) -> np.ndarray:
    """Luma of uint8 HxWx3 RGB averaged over a small window, float64 HxW in codes: what noise hardly moves."""
    luma = np.asarray(frame, np.float64) @ np.array(LUMA)
    return cv2.blur(luma, (STILL_WINDOW, STILL_WINDOW), borderType=cv2.BORDER_REPLICATE)


def _both(alpha: np.ndarray, truth: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    alpha, truth = np.asarray(alpha, np.float64), np.asarray(truth, np.float64)
    if alpha.shape != truth.shape or alpha.ndim != 2 or alpha.size == 0:
        raise ValueError(f"two mattes of one shape HxW are needed, not {alpha.shape} and {truth.shape}")
    return alpha, truth


def _mean(values: np.ndarray) -> float | None:
    return float(values.mean()) if values.size else None


def _gradient(matte: np.ndarray) -> np.ndarray:
    taps = np.arange(-GRAD_HALF_WIDTH, GRAD_HALF_WIDTH + 1, dtype=np.float64)
    smooth = np.exp(-np.square(taps) / (2.0 * GRAD_SIGMA**2))
    slope = -taps * smooth / GRAD_SIGMA**2
    kernel = np.outer(smooth, slope)
    kernel /= np.sqrt(np.square(kernel).sum())
    along_x, along_y = (cv2.filter2D(matte, cv2.CV_64F, k, borderType=cv2.BORDER_REPLICATE) for k in (kernel, kernel.T))
    return np.hypot(along_x, along_y)


def _largest_part(mask: np.ndarray) -> np.ndarray:
    if not mask.any():
        return mask
    _, labels = cv2.connectedComponents(mask.astype(np.uint8), connectivity=4)
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    largest = np.flatnonzero(sizes == sizes.max())
    # OpenCV numbers components block by block, which is not always reading order.
    first = labels.ravel()[np.isin(labels.ravel(), largest).argmax()]
    return labels == first


def _connectedness(excess: np.ndarray) -> np.ndarray:
    return 1.0 - np.where(excess >= CONN_THETA, excess, 0.0)


def _edge_radius(shape: tuple[int, ...]) -> int:
    return max(1, int(min(shape) / EDGE_PARTS + 0.5))


def _near(mask: np.ndarray, radius: int) -> np.ndarray:
    if not mask.any():
        return mask
    distance = cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    # Distances are roots of whole numbers in float32: half-way to the next root is far more than their
    # rounding.
    return distance <= radius + 1e-3
