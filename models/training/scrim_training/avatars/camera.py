"""The webcam: where it stands, how much of the figure it shows, the matrix that projects onto the crop."""

from dataclasses import dataclass

import numpy as np

from .avatar import Avatar, turn

NEAR, FAR = 0.08, 12.0
"""Clip distances, metres."""
FRAMINGS = {"head": 0.24, "half": 0.41, "three-quarter": 0.10, "full": 0.25}
"""How often each framing is drawn. Full figures and seated people are where the bootstrap model failed."""
WIDEST = 1.65
"""A crop's width over its height at most; a wider figure is drawn smaller."""


@dataclass
class View:
    """`matrix` (4, 4) world to clip space of the crop, `eye` (3,) metres, `size` (width, height) px."""

    matrix: np.ndarray
    eye: np.ndarray
    size: tuple[int, int]
    framing: str
    yaw: float
    cut: bool


def random_yaw(rng: np.random.Generator) -> float:
    """Degrees the camera stands to the person's left: mostly frontal, up to profile, seldom behind."""
    kind = rng.random()
    if kind < 0.78:
        return float(np.clip(rng.normal(0, 20), -60, 60))
    return float(rng.uniform(-95, 95) if kind < 0.94 else rng.uniform(110, 250))


def _look(eye: np.ndarray, at: np.ndarray, roll: float) -> np.ndarray:
    forward = (at - eye) / np.linalg.norm(at - eye)
    side = np.cross(forward, [0, 1, 0])
    side /= np.linalg.norm(side)
    m = np.eye(4)
    m[:3, :3] = turn("z", roll) @ np.stack([side, np.cross(side, forward), -forward])
    m[:3, 3] = -m[:3, :3] @ eye
    return m


def window(left: float, right: float, bottom: float, top: float) -> np.ndarray:
    """Perspective matrix (4, 4) of a window on the plane at distance 1 before the camera."""
    m = np.zeros((4, 4))
    m[0, 0], m[0, 2] = 2 / (right - left), (right + left) / (right - left)
    m[1, 1], m[1, 2] = 2 / (top - bottom), (top + bottom) / (top - bottom)
    m[2, 2], m[2, 3] = (FAR + NEAR) / (NEAR - FAR), 2 * FAR * NEAR / (NEAR - FAR)
    m[3, 2] = -1
    return m


def flat(look: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Points (n, 3) on the plane at distance 1 before the camera, (n, 2), less those nearer than 0.15 m."""
    p = points @ look[:3, :3].T + look[:3, 3]
    p = p[p[:, 2] < -0.15]
    return p[:, :2] / -p[:, 2:]


def random_view(
    avatar: Avatar,
    posed: dict[int, np.ndarray],
    points: np.ndarray,
    framing: str,
    yaw: float,
    rng: np.random.Generator,
) -> View:
    """A camera for a posed figure whose vertices are `points` (n, 3).

    The crop holds all of the figure above the cut: heads, elbows and raised hands are never cut. The height
    is 360 to 420 px unless the figure is wider than `WIDEST` allows even from farther away.
    """

    def joint(name: str) -> np.ndarray:
        return posed[avatar.index[name]][:3, 3]

    u, head = rng.uniform, joint("Head")
    distance = {"head": u(0.5, 1.1), "half": u(0.65, 1.6), "three-quarter": u(1.3, 2.6), "full": u(1.9, 4.5)}[framing]
    rise = u(-0.18, 0.22) if framing in ("head", "half") else u(-0.6, 0.5)
    at = head + np.array([0, u(-0.3, 0.05) if framing != "full" else u(-0.9, -0.3), 0])
    roll, height = rng.normal(0, 2), u(360, 420)
    chest, hips, knees = joint("Spine2"), joint("Hips"), (joint("LeftLeg") + joint("RightLeg")) / 2
    below = {
        "head": chest + u(-0.18, 0.63) * (joint("Neck") - chest),
        "half": hips + u(-0.3, 0.9) * (chest - hips),
        "three-quarter": knees + u(-0.3, 0.5) * (hips - knees),
        "full": None,
    }[framing]
    for _ in range(4):
        eye = head + turn("y", yaw) @ np.array([0, rise, distance])
        look = _look(eye, at, roll)
        left, right, bottom, top = _bounds(look, points, below)
        width = height * (right - left) / (top - bottom)
        if width <= WIDEST * 400:
            break
        distance *= 1.35
    else:
        height, width = height * WIDEST * 400 / width, WIDEST * 400
    size = max(32, round(width)), max(32, round(height))
    return View(window(left, right, bottom, top) @ look, eye, size, framing, yaw, below is not None)


def _bounds(look: np.ndarray, points: np.ndarray, below: np.ndarray | None) -> tuple[float, float, float, float]:
    """Window (left, right, bottom, top) at distance 1 about the points above the height of `below`."""
    f = flat(look, points)
    lowest = f[:, 1].min()
    bottom = lowest if below is None else max(flat(look, below[None])[0, 1], lowest)
    # A little below the cut, since the triangles that cross it reach between their vertices.
    shown = f[f[:, 1] >= bottom - 0.03 * (f[:, 1].max() - bottom)]
    top, left, right = shown[:, 1].max(), shown[:, 0].min(), shown[:, 0].max()
    pad = 0.03 * (top - bottom)
    return left - pad, right + pad, bottom - (pad / 2 if below is None else 0), top + pad
