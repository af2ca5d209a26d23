"""Strand hair: reads guide polylines, fits them to a head and grows a head of hair from them.

The guides are of the Vitruvian figure (Blender axes: x left, -y front, z up, metres), so they are brought to
the avatar's head by the measures of their scalp given here.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .head import Head

POINTS = 12
"""Points of each strand after resampling."""
SCALP_TOP, SCALP_BACK, SCALP_SIDE, HAIRLINE = 1.750, 0.131, 0.085, -0.062
"""Highest z, greatest y, greatest x and least y of the roots of the guides in hair/*.npz, metres."""
SHORT = 0.06
"""Guides with a mean length below this, metres, need no smoothing between neighbours."""


@dataclass
class Style:
    """Guides (n, POINTS, 3) in glTF axes about the Vitruvian scalp, and four neighbours of each (n, 4)."""

    name: str
    guides: np.ndarray
    near: np.ndarray


@dataclass
class Strands:
    """Strands at rest: `points` (n, k, 3) metres, `shade` (n,) brightness factors, `flyaway` (n,) bool."""

    points: np.ndarray
    shade: np.ndarray
    flyaway: np.ndarray


def resample(line: np.ndarray, count: int) -> np.ndarray:
    """A polyline (n, 3) with `count` points at equal arc lengths."""
    s = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(line, axis=0), axis=1))])
    t = np.linspace(0, s[-1], count)
    return np.stack([np.interp(t, s, line[:, c]) for c in range(3)], 1)


def read_styles(folder: Path, most: int = 4000) -> list[Style]:
    """The styles of `folder`/*.npz (`cnt` points a strand, `data` N x 3), `most` guides of each."""
    out = []
    for path in sorted(folder.glob("*.npz")):
        with np.load(path) as held:
            counts, data = held["cnt"].astype(int), held["data"].astype(np.float64)
        starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
        keep = np.flatnonzero(counts > 2)
        keep = keep[:: max(1, -(-len(keep) // most))]
        lines = np.array([resample(data[starts[i] : starts[i] + counts[i]], POINTS) for i in keep])
        lines = lines[..., [0, 2, 1]] * [1, 1, -1]
        roots = lines[:, 0].astype(np.float32)
        square = (roots**2).sum(1)
        far = square[:, None] + square[None] - 2 * roots @ roots.T
        out.append(Style(path.stem, lines, np.argpartition(far, 5, axis=1)[:, 1:5]))
    return out


def fit(points: np.ndarray, head: Head) -> np.ndarray:
    """Brings points (..., 3) about the Vitruvian scalp to the head."""
    sx = head.temple / SCALP_SIDE
    sz = (head.forehead - 0.012 - head.back) / (SCALP_BACK - HAIRLINE)
    sy = (sx + sz) / 2
    return np.stack(
        [
            points[..., 0] * sx,
            head.top + (points[..., 1] - SCALP_TOP) * sy,
            head.back + (points[..., 2] + SCALP_BACK) * sz,
        ],
        -1,
    )


def _outside(points: np.ndarray, head: Head, gap: float) -> np.ndarray:
    """Pushes points that lie inside the skull out to `gap` metres above it."""
    d = points - head.skull.centre
    length = np.linalg.norm(d, axis=-1, keepdims=True)
    unit = d / np.maximum(length, 1e-6)
    least = head.skull.at(unit)[..., None] + gap
    least = np.where(points[..., 1:2] > head.joint[1] + 0.01, least, 0)
    return head.skull.centre + unit * np.maximum(length, least)


def grow(style: Style, head: Head, count: int, rng: np.random.Generator) -> Strands:
    """`count` strands about `head`, with random length, volume, frizz, curl and flyaway strands."""
    guides = fit(style.guides, head)
    n = len(guides)
    length = np.linalg.norm(np.diff(guides, axis=1), axis=2).sum(1).mean()
    i = rng.integers(n, size=count)
    j = style.near[i, rng.integers(4, size=count)]
    w = rng.uniform(0, 0.5, (count, 1, 1))
    points = guides[i] * (1 - w) + guides[j] * w
    t = np.linspace(0, 1, POINTS)[None, :, None]
    cut = rng.uniform(0.75, 1.0) * rng.uniform(0.8, 1.0, count)
    if length > SHORT:
        at = np.clip(t * cut[:, None, None] * (POINTS - 1), 0, POINTS - 1.001)
        low = np.floor(at).astype(int)
        points = np.take_along_axis(points, low, 1) * (1 - (at - low)) + np.take_along_axis(points, low + 1, 1) * (
            at - low
        )
    centre = head.skull.centre
    volume = 1 + rng.uniform(0, 0.10) * np.minimum(1, t * 3)
    points = centre + (points - centre) * volume
    points += rng.normal(0, 0.0035, (count, 1, 3))
    flyaway = rng.random(count) < rng.uniform(0.01, 0.06)
    frizz = rng.uniform(0.0005, 0.006) * min(1.0, length / 0.15) * np.where(flyaway, 3.5, 1)[:, None, None]
    for k in (1, 2):
        phase, side = rng.uniform(0, 6.28, (count, 1, 1)), rng.normal(0, 1 / k, (count, 1, 3))
        points += frizz * t * np.sin(phase + t * (2.2 * k) * rng.uniform(0.6, 1.4, (count, 1, 1))) * side
    if rng.random() < 0.35 and length > SHORT:
        radius, turns = rng.uniform(0.002, 0.009), rng.uniform(2, 5) * length / 0.25
        phase = rng.uniform(0, 6.28, (count, 1, 1)) + t * turns * 6.28
        points += radius * np.minimum(1, t * 4) * np.concatenate([np.cos(phase), 0 * phase, np.sin(phase)], 2)
    lift = np.where(flyaway, rng.uniform(0, 0.05, count), 0)[:, None, None] * min(1.0, length / 0.12)
    outwards = points[:, -1:] - centre
    points += lift * t**2 * outwards / np.linalg.norm(outwards, axis=2, keepdims=True)
    points = _outside(points, head, 0.0015)
    return Strands(points, rng.normal(1, 0.16, count).clip(0.5, 1.6), flyaway)


def pressed(strands: Strands, under: np.ndarray) -> Strands:
    """Strands without those whose root is `under` (n,) bool a hat."""
    keep = ~under
    return Strands(strands.points[keep], strands.shade[keep], strands.flyaway[keep])


def scalp(rest: np.ndarray, roots: np.ndarray, near: float = 0.013) -> np.ndarray:
    """How far each vertex (n, 3) is scalp: 1 within `near` metres of a root (m, 3), 0 from twice that."""
    out = np.zeros(len(rest), np.float32)
    box = np.flatnonzero((rest > roots.min(0) - 0.03).all(1) & (rest < roots.max(0) + 0.03).all(1))
    some = roots[:: max(1, len(roots) // 1500)].astype(np.float32)
    v = rest[box].astype(np.float32)
    far = (v**2).sum(1)[:, None] + (some**2).sum(1)[None] - 2 * v @ some.T
    out[box] = np.clip(2 - np.sqrt(np.maximum(far.min(1), 0)) / near, 0, 1)
    return out


def hair_colour(rng: np.random.Generator) -> np.ndarray:
    """A linear colour of hair: black to brown mostly, fair, red, grey, white, now and then dyed."""
    natural = np.array(
        [
            [0.008, 0.007, 0.007],
            [0.03, 0.018, 0.012],
            [0.075, 0.04, 0.022],
            [0.15, 0.085, 0.045],
            [0.38, 0.25, 0.12],
            [0.55, 0.42, 0.25],
            [0.22, 0.06, 0.02],
            [0.25, 0.25, 0.26],
            [0.6, 0.6, 0.6],
        ]
    )
    if rng.random() < 0.07:
        return rng.uniform(0.02, 0.8, 3) ** 1.5
    k = rng.choice(len(natural), p=[0.2, 0.2, 0.15, 0.1, 0.08, 0.08, 0.06, 0.07, 0.06])
    return natural[k] * rng.uniform(0.75, 1.3, 3)
