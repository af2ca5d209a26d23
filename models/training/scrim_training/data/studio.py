"""Portraits on plain studio backdrops, unlabelled: a trimap from a segmenter, alpha and foreground from pymatting."""

import cv2
import numpy as np

from .keyer import Keyed, Rejected, ellipse, spread

# A segmenter's outline on these portraits is a few pixels of 225 off, further in hair.
SURE_INSIDE_PX, SURE_OUTSIDE_PX, HAIR_OUTSIDE_PX = 4, 7, 16


def matte(rgb: np.ndarray, coarse: np.ndarray) -> Keyed | Rejected:
    """Closed-form alpha of an RGB uint8 picture [H, W, 3] with a coarse label float32 [H, W] in 0..1."""
    from pymatting import estimate_alpha_cf, estimate_foreground_ml

    area = float((coarse > 0.5).mean())
    if not 0.15 < area < 0.9:
        return Rejected(f"the person fills {area:.0%} of the picture")
    picture = rgb.astype(np.float64) / 255
    map_ = trimap(coarse)
    backdrop = rgb[map_ == 0]
    if len(backdrop) < 200:
        return Rejected("hardly any backdrop is in the picture")
    if (spread_of := float(np.median(_local_deviation(rgb)[map_ == 0]))) > 9:
        return Rejected(f"the backdrop is not plain (deviation {spread_of:.0f} codes)")
    alpha = estimate_alpha_cf(picture, map_)
    soft = float(((alpha > 0.1) & (alpha < 0.9)).mean())
    if soft > 0.1:
        return Rejected(f"{soft:.0%} of the picture is half transparent")
    # What is nearly nobody or nearly all person is noise of the estimate.
    alpha = np.clip((alpha - 0.04) / 0.92, 0, 1)
    colour = estimate_foreground_ml(picture, alpha).astype(np.float32)
    alpha = alpha.astype(np.float32)
    return Keyed(alpha, spread(np.clip(colour, 0, 1), alpha))


def trimap(coarse: np.ndarray) -> np.ndarray:
    """Float64 [H, W]: 1 surely the person, 0 surely not, 0.5 unknown; wider in the upper half, where hair is."""
    scale = coarse.shape[1] / 225
    inside = (coarse > 0.9).astype(np.uint8)
    framed = cv2.copyMakeBorder(inside, 32, 32, 32, 32, cv2.BORDER_REPLICATE)
    sure = cv2.erode(framed, ellipse(max(1, round(SURE_INSIDE_PX * scale))))[32:-32, 32:-32]
    maybe = (coarse > 0.1).astype(np.uint8)
    reach = cv2.dilate(maybe, ellipse(max(1, round(SURE_OUTSIDE_PX * scale))))
    hair = cv2.dilate(maybe, ellipse(max(1, round(HAIR_OUTSIDE_PX * scale))))
    hair[int(coarse.shape[0] * 0.55) :] = 0
    out = np.full(coarse.shape, 0.5)
    out[(reach | hair) == 0] = 0
    out[sure > 0] = 1
    return out


def _local_deviation(rgb: np.ndarray) -> np.ndarray:
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY).astype(np.float32)
    mean = cv2.blur(grey, (7, 7))
    return np.sqrt(np.maximum(cv2.blur(grey * grey, (7, 7)) - mean * mean, 0))
