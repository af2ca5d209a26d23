"""What stands behind a person at a desk and is no part of them: chairs, sofas, a microphone on an arm."""

import numpy as np

from .avatar import Avatar, turn
from .shapes import Shape, box, ellipsoid, grid, joined, moved, tube

CHAIRS = ("office", "gaming", "wooden", "sofa")
SEAT = -0.1
"""Height of a seat over the hip joints, metres: half a thigh below."""


def _panel(width: np.ndarray, height: np.ndarray, curve: float, depth: float) -> Shape:
    """An upright padded panel: half widths (n,) at heights (n,), bent about the back by `curve` metres."""
    t = np.linspace(-1, 1, 13)
    x = width[:, None] * np.sign(t) * np.abs(t) ** 0.8
    bend = curve * t[None] ** 2 + 0 * height[:, None]
    shapes = []
    for g in (-1, 1):
        z = bend + g * depth * (1 - np.abs(t) ** 6)[None] * np.ones_like(x)
        p = np.stack([x, np.broadcast_to(height[:, None], x.shape), z], -1)
        n = np.broadcast_to([0.0, 0, g], p.shape) - np.stack([2 * curve * t * g, 0 * t, 0 * t], -1)[None] * 4
        shapes.append(grid(p, n))
    return joined(shapes)


def _back(kind: str, seat: float, rng: np.random.Generator) -> Shape:
    """The back of a chair above the hips' height plus `seat`, about z = 0."""
    u = rng.uniform
    low, high = {"office": (0.45, 0.65), "gaming": (0.72, 0.85), "wooden": (0.35, 0.55), "sofa": (0.35, 0.6)}[kind]
    top, t = u(low, high), np.linspace(0, 1, 14)
    height = np.linspace(seat + (0.05 if kind != "sofa" else -0.1), top, 14)
    if kind == "office":
        half = u(0.2, 0.26) * (1 - 0.35 * np.abs(2 * t - 1.0) ** 4)
        return _panel(half, height, u(0.02, 0.07), u(0.012, 0.03))
    if kind == "gaming":
        half = 0.25 + 0.05 * np.sin(t * np.pi) - 0.09 * np.clip(t - 0.72, 0, 1) / 0.28
        cushion = ellipsoid(np.array([0, top - 0.12, 0.05]), np.array([0.12, 0.06, 0.04]))
        return joined([_panel(half, height, 0.06, 0.035), cushion])
    if kind == "sofa":
        wide = u(0.6, 1.0)
        arms = [(np.array([g * (wide + 0.08), seat + 0.1, 0.3]), np.array([0.09, 0.22, 0.42])) for g in (-1, 1)]
        return joined([_panel(np.full(14, wide), height, 0.0, 0.09), *(box(*arm) for arm in arms)])
    posts = [[[g * 0.2, seat, 0], [g * 0.2, top / 2, -0.01], [g * 0.2, top, -0.03]] for g in (-1, 1)]
    slats = [
        box(np.array([0, y, -0.02]), np.array([0.2, u(0.012, 0.04), 0.01]))
        for y in np.linspace(seat + 0.15, top - 0.04, rng.integers(2, 5))
    ]
    return joined([*(tube(np.array(post), 0.016) for post in posts), *slats])


def _base(kind: str, seat: float, floor: float) -> Shape:
    """Seat, legs and arms of a chair; heights are relative to the hips."""
    wide = 0.9 if kind == "sofa" else 0.24
    out = [box(np.array([0, seat - 0.04, 0.06]), np.array([wide, 0.035, 0.25]))]
    if kind in ("office", "gaming"):
        post = [[0, seat - 0.06, 0.05], [0, (seat + floor) / 2, 0.05], [0, floor + 0.06, 0.05]]
        out.append(tube(np.array(post), 0.025))
        for a in np.arange(5) * 2 * np.pi / 5:
            foot = np.array([0.3 * np.cos(a), floor + 0.03, 0.05 + 0.3 * np.sin(a)])
            out.append(tube(np.linspace([0, floor + 0.08, 0.05], foot, 4), 0.018))
        for g in (-1, 1):
            out.append(box(np.array([g * 0.29, seat + 0.17, 0.08]), np.array([0.03, 0.014, 0.12])))
            out.append(box(np.array([g * 0.29, seat + 0.06, 0.05]), np.array([0.012, 0.11, 0.02])))
    elif kind == "wooden":
        corners = [(x, z) for x in (-0.21, 0.21) for z in (-0.17, 0.28)]
        out += [tube(np.linspace([x, seat - 0.04, z], [x * 1.05, floor, z], 4), 0.017) for x, z in corners]
    else:
        middle, half = (seat + floor) / 2 - 0.03, (seat - floor) / 2 - 0.04
        out.append(box(np.array([0, middle, 0.02]), np.array([wide, half, 0.27])))
    return joined(out)


def chair(kind: str, avatar: Avatar, posed: dict[int, np.ndarray], floor: float, rng: np.random.Generator) -> Shape:
    """A chair of `kind` (one of CHAIRS) under a seated figure whose feet stand at height `floor`."""
    hips = posed[avatar.index["Hips"]][:3, 3]
    behind = [0, 0, -0.17 - rng.uniform(0, 0.05)]
    back = moved(_back(kind, SEAT, rng), _at(turn("x", -rng.uniform(0, 10)), behind))
    whole = joined([back, _base(kind, SEAT, floor - hips[1])])
    return moved(whole, _at(turn("y", rng.normal(0, 9)), hips))


def microphone(avatar: Avatar, posed: dict[int, np.ndarray], rng: np.random.Generator) -> Shape:
    """A microphone on a jointed arm beside the head."""
    head = posed[avatar.index["Head"]][:3, 3]
    g = 1 if rng.random() < 0.5 else -1
    end = head + [g * rng.uniform(0.1, 0.26), rng.uniform(-0.12, 0.06), rng.uniform(0.05, 0.3)]
    elbow = end + [g * rng.uniform(0.05, 0.2), rng.uniform(-0.1, 0.12), rng.uniform(-0.3, 0.0)]
    foot = elbow + [g * rng.uniform(-0.2, 0.05), -rng.uniform(0.4, 0.7), -0.05]
    return joined(
        [
            tube(np.linspace(foot, elbow, 4), 0.012),
            tube(np.linspace(elbow, end, 4), 0.01),
            ellipsoid(end, np.array([0.03, 0.06, 0.03]) * rng.uniform(0.8, 1.2)),
        ]
    )


def _at(rotation: np.ndarray, place: np.ndarray) -> np.ndarray:
    m = np.eye(4)
    m[:3, :3], m[:3, 3] = rotation, place
    return m
