"""Colour-difference keyer: a person before a blue or green backdrop becomes alpha and a foreground without spill.

The key is Vlahos's: how much the backdrop's channel exceeds the others, relative to the same figure of a smooth
backdrop fitted to the picture. Encoded sRGB values are used as they are: the pictures come without their lights.
"""

from dataclasses import dataclass

import cv2
import numpy as np

# Key values this near to the backdrop's or the person's own are noise and JPEG blocks, measured on official portraits.
BLACK_POINT, WHITE_POINT = 0.07, 0.93
# Below this excess (of 1) a backdrop is too grey to tell it from the person.
LEAST_EXCESS = 0.12
BACKDROP_DEGREE = 4
# A coat of the screen's colour opens half of the inside and loses its outline; a tie or a badge opens a few percent.
MOST_HOLES = 0.06
# The channels (0 red, 1 green, 2 blue) that a screen is bright in.
SCREENS = {"blue": [2], "green": [1], "cyan": [1, 2], "yellow": [0, 1]}


@dataclass
class Keyed:
    """alpha: float32 [H, W], 0..1; foreground: float32 [H, W, 3], straight encoded sRGB 0..1, defined everywhere."""

    alpha: np.ndarray
    foreground: np.ndarray


@dataclass
class Rejected:
    """Why a picture could not be keyed well enough to learn from."""

    why: str


def ellipse(radius: int) -> np.ndarray:
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))


def key(rgb: np.ndarray, screen: str) -> Keyed | Rejected:
    """Keys an RGB uint8 picture [H, W, 3] taken before a `screen` of one of SCREENS, or "any": the likeliest."""
    picture = rgb.astype(np.float32) / 255
    border = _border(rgb.shape[:2])
    if screen == "any":
        screen = max(SCREENS, key=lambda name: float(np.median(_excess(picture, name)[border])))
    excess = _excess(picture, screen)
    level = float(np.median(excess[border]))
    if level < LEAST_EXCESS:
        return Rejected(f"the backdrop is not {screen} enough (excess {level:.2f})")
    backdrop, backdrop_excess = _fit_backdrop(picture, excess, border, level)
    level_here = np.maximum(backdrop_excess, 0.6 * level)
    person = _person(_stretch(1 - excess / level_here))
    if person is None:
        return Rejected("nobody stands out from the backdrop")
    # Skin and red cloth have an excess far below zero. Taking it for zero would end the soft edge where a third of the
    # backdrop still shines through, so the person's own excess is carried out from the inside.
    inside = cv2.erode(person, ellipse(max(2, rgb.shape[1] // 80))).astype(np.float32)
    own = spread(np.minimum(excess, 0)[..., None], inside)[..., 0]
    alpha = _stretch((level_here - excess) / (level_here - own))
    radius = max(2, rgb.shape[1] // 60)
    core = cv2.erode(cv2.copyMakeBorder(person, *[radius + 1] * 4, cv2.BORDER_REPLICATE), ellipse(radius))
    core = core[radius + 1 : -radius - 1, radius + 1 : -radius - 1]
    near = cv2.dilate(person, ellipse(3 * radius))
    alpha = np.where(core > 0, 1, alpha * near).astype(np.float32)
    return Keyed(alpha, _foreground(picture, alpha, backdrop, core, screen))


def quality(keyed: Keyed, coarse: np.ndarray | None) -> str | None:
    """Why this key should not be learned from, or None. `coarse` is a segmenter's opinion, float32 [H, W] in 0..1."""
    alpha = keyed.alpha
    area = float(alpha.mean())
    if not 0.15 < area < 0.9:
        return f"the person fills {area:.0%} of the picture"
    top = alpha[: max(2, alpha.shape[0] // 50)]
    if float(top.mean()) > 0.15:
        return "the head leaves the picture, or the backdrop ends above it"
    soft = float(((alpha > 0.1) & (alpha < 0.9)).mean())
    if soft > 0.14:
        return f"{soft:.0%} of the picture is half transparent"
    if coarse is not None:
        inside = _inside(coarse)
        if (holes := float((alpha[inside] < 0.8).mean()) if inside.any() else 1.0) > MOST_HOLES:
            return f"{holes:.1%} of the person's inside is see-through"
        ours, theirs = alpha > 0.5, coarse > 0.5
        union = float((ours | theirs).sum())
        overlap = float((ours & theirs).sum()) / max(union, 1)
        if overlap < 0.9:
            return f"a segmenter sees another person (overlap {overlap:.2f})"
    return None


def _excess(picture: np.ndarray, screen: str) -> np.ndarray:
    """How much the screen's weaker own channel exceeds the strongest of the others."""
    own = SCREENS[screen]
    others = [channel for channel in range(3) if channel not in own]
    return picture[..., own].min(2) - picture[..., others].max(2)


def close_holes(keyed: Keyed, rgb: np.ndarray, coarse: np.ndarray) -> Keyed:
    """Makes a badge or a tie of the screen's colour solid where a segmenter is sure, far inside its outline."""
    inside = _inside(coarse)
    colour = np.where(inside[..., None], rgb.astype(np.float32) / 255, keyed.foreground)
    return Keyed(np.where(inside, 1, keyed.alpha).astype(np.float32), colour.astype(np.float32))


def _inside(coarse: np.ndarray) -> np.ndarray:
    radius = max(2, coarse.shape[1] // 40)
    framed = cv2.copyMakeBorder((coarse > 0.95).astype(np.uint8), *[radius + 1] * 4, cv2.BORDER_REPLICATE)
    return cv2.erode(framed, ellipse(radius))[radius + 1 : -radius - 1, radius + 1 : -radius - 1] > 0


def _stretch(raw: np.ndarray) -> np.ndarray:
    return np.clip((raw - BLACK_POINT) / (WHITE_POINT - BLACK_POINT), 0, 1)


def _border(shape: tuple[int, int]) -> np.ndarray:
    height, width = shape
    border = np.zeros(shape, bool)
    side = max(4, width // 16)
    border[: height // 2, :side] = border[: height // 2, -side:] = True
    border[: max(3, height // 40)] = True
    return border


def _polynomials(height: int, width: int) -> np.ndarray:
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j].astype(np.float32)
    terms = [x**i * y**j for i in range(BACKDROP_DEGREE + 1) for j in range(BACKDROP_DEGREE + 1 - i)]
    return np.stack(terms, -1)


def _fit_backdrop(
    picture: np.ndarray, excess: np.ndarray, border: np.ndarray, level: float
) -> tuple[np.ndarray, np.ndarray]:
    """Colour and excess of the empty backdrop at every pixel, from the pixels that surely show it."""
    height, width = excess.shape
    _, labels = cv2.connectedComponents((excess > 0.55 * level).astype(np.uint8), connectivity=4)
    touching = np.unique(labels[border & (labels > 0)])
    sure = cv2.erode(np.isin(labels, touching).astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    terms = _polynomials(height, width)
    values = np.concatenate([picture, excess[..., None]], -1)
    fitted = values
    # Three rounds: each leaves out what the last fit shows to be shadow, hair or cloth.
    for _ in range(3):
        if sure.sum() < 50:
            break
        coefficients, *_ = np.linalg.lstsq(terms[sure], values[sure], rcond=None)
        fitted = terms @ coefficients
        sure &= np.abs(picture - fitted[..., :3]).max(2) < 0.1
    return fitted[..., :3].astype(np.float32), fitted[..., 3].astype(np.float32)


def _person(alpha: np.ndarray) -> np.ndarray | None:
    """The largest solid part with its closed holes, uint8 0 or 1; a hole that shows the backdrop stays open."""
    solid = (alpha > 0.5).astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(solid)
    if count < 2:
        return None
    person = (labels == 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))).astype(np.uint8)
    # Closed at the bottom: the picture's edge cuts the body, so a gap there is outside.
    framed = np.pad(1 - person, ((1, 0), (1, 1)), constant_values=1).astype(np.uint8)
    _, outside = cv2.connectedComponents(framed, connectivity=4)
    holes = (outside != outside[0, 0])[1:, 1:-1] & (person == 0)
    count, labels = cv2.connectedComponents(holes.astype(np.uint8))
    for label in range(1, count):
        if np.median(alpha[labels == label]) > 0.15:
            person[labels == label] = 1
    return person


def _foreground(
    picture: np.ndarray, alpha: np.ndarray, backdrop: np.ndarray, core: np.ndarray, screen: str
) -> np.ndarray:
    """F of C = αF + (1−α)B, with what spill is left taken off and colour carried out to where alpha is small."""
    a = alpha[..., None]
    colour = np.clip((picture - (1 - a) * backdrop) / np.maximum(a, 0.02), 0, 1)
    own = SCREENS[screen]
    limit = colour[..., [channel for channel in range(3) if channel not in own]].max(2)
    for channel in own:
        colour[..., channel] = np.where(core > 0, colour[..., channel], np.minimum(colour[..., channel], limit))
    return np.clip(spread(colour, alpha), 0, 1)


def spread(values: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """Replaces values [H, W, C] where alpha says little about them by the mean of nearby sure ones."""
    sure = (alpha > 0.6).astype(np.float32)
    sigma = max(1.0, alpha.shape[1] * 0.012)
    anywhere = values[alpha > 0.6].mean(0) if sure.any() else values.mean((0, 1))
    weight = np.full(alpha.shape, 1e-4, np.float32)
    near = weight[..., None] * anywhere
    # Near ones first; far ones count only where there are none.
    for scale, gain in ((1, 1.0), (4, 0.02)):
        blurred = cv2.GaussianBlur(values * sure[..., None], (0, 0), sigma * scale).reshape(values.shape)
        near = near + gain * blurred
        weight = weight + gain * cv2.GaussianBlur(sure, (0, 0), sigma * scale)
    trust = np.clip((alpha - 0.2) / 0.5, 0, 1)[..., None]
    return (values * trust + near / weight[..., None] * (1 - trust)).astype(np.float32)
