"""From the supersampled framebuffer to a picture: alpha by coverage, straight colour, extended."""

import cv2
import numpy as np

MOSTLY = 0.02
"""Alpha from which a pixel's own colour is trusted; below, 8 bits of premultiplied colour say too little."""


def reduce(samples: np.ndarray, factor: int) -> np.ndarray:
    """Box filter from uint8 (h*factor, w*factor, 4) to float32 (h, w, 4) 0..1, both premultiplied RGBA."""
    h, w = samples.shape[0] // factor, samples.shape[1] // factor
    return (
        cv2.resize(samples, (w, h), interpolation=cv2.INTER_AREA if factor > 1 else cv2.INTER_NEAREST).astype(
            np.float32
        )
        / 255
    )


def extend(premultiplied: np.ndarray) -> np.ndarray:
    """Straight RGBA uint8 from premultiplied float (h, w, 4) 0..1, colour spread to where alpha is 0.

    The colours spread by a pyramid of weighted means (push and pull): no halo of black when a lossy coder or
    a bilinear filter mixes neighbours.
    """
    a = premultiplied[..., 3]
    known = (a > MOSTLY).astype(np.float32)
    straight = premultiplied[..., :3] / np.maximum(a, 1e-4)[..., None]
    levels = [np.dstack([straight * known[..., None], known])]
    while min(levels[-1].shape[:2]) > 1:
        h, w = levels[-1].shape[:2]
        levels.append(cv2.resize(levels[-1], ((w + 1) // 2, (h + 1) // 2), interpolation=cv2.INTER_AREA))
    filled = levels[-1][..., :3] / np.maximum(levels[-1][..., 3:], 1e-4)
    for level in reversed(levels[:-1]):
        h, w = level.shape[:2]
        wide = cv2.resize(filled, (w, h), interpolation=cv2.INTER_LINEAR)
        weight = np.minimum(level[..., 3:], 1)
        filled = level[..., :3] + wide * (1 - weight)
    rgba = np.dstack([np.clip(filled, 0, 1), a])
    return np.round(rgba * 255).astype(np.uint8)
