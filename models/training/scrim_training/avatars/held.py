"""Things held in a hand, in the rest pose: arm stretched to the side, palm down, thumb to the front."""

import numpy as np

from .avatar import Avatar
from .shapes import Shape, box, grid, joined, tube

KINDS = ("phone", "mug", "book", "pen", "bottle")


def _can(centre: np.ndarray, axis: np.ndarray, radius: float, half: float) -> Shape:
    """A cylinder with lids about `axis`."""
    u = np.cross(axis, [0.31, 0.87, 0.38])
    u /= np.linalg.norm(u)
    v = np.cross(axis, u)
    a = np.linspace(0, 2 * np.pi, 25)
    ring = u * np.cos(a)[:, None] + v * np.sin(a)[:, None]
    side = np.stack([centre - axis * half + ring * radius, centre + axis * half + ring * radius])
    out = [grid(side, np.stack([ring, ring]))]
    for g in (-1, 1):
        middle = np.repeat((centre + g * half * axis)[None], 25, 0)
        lid = np.stack([middle, middle + ring * radius])
        out.append(grid(lid, np.broadcast_to(g * axis, lid.shape)))
    return joined(out)


def thing(kind: str, avatar: Avatar, side: str, rng: np.random.Generator) -> Shape:
    """A thing of `kind` (one of KINDS) in the hand of `side` (`Left`, `Right`)."""
    g = 1 if side == "Left" else -1
    wrist, knuckle = avatar.joint(side + "Hand"), avatar.joint(side + "HandMiddle1")
    palm = wrist + 0.95 * (knuckle - wrist) + [0, -0.014, 0.012]
    across, down = np.array([0, 0, 1.0]), np.array([0, -1.0, 0])
    if kind == "phone":
        half = np.array([0.037, 0.0045, 0.075]) * rng.uniform(0.9, 1.1)
        return box(palm + down * 0.012 + [g * 0.02, 0, rng.uniform(0, 0.04)], half)
    if kind == "book":
        return box(
            palm + down * 0.016 + [g * 0.02, 0, 0.05],
            np.array([rng.uniform(0.07, 0.1), rng.uniform(0.004, 0.015), rng.uniform(0.1, 0.13)]),
        )
    if kind == "pen":
        start = palm + down * 0.018 + [g * 0.02, 0, -0.05]
        return tube(np.linspace(start, start + [g * 0.03, -0.03, 0.16], 6), 0.0045, 8)
    radius = rng.uniform(0.034, 0.043) if kind == "mug" else rng.uniform(0.028, 0.036)
    half = rng.uniform(0.042, 0.06) if kind == "mug" else rng.uniform(0.08, 0.12)
    centre = palm + down * (radius + 0.008) + [0, 0, rng.uniform(-0.01, 0.02)]
    out = [_can(centre, across, radius, half)]
    if kind == "bottle":
        out.append(_can(centre + across * (half + 0.015), across, radius * 0.45, 0.02))
    else:
        a = np.linspace(-1.4, 1.4, 12)[:, None]
        loop = centre + down * (radius + 0.024 * np.cos(a)) + across * 0.03 * np.sin(a)
        out.append(tube(loop, 0.005, 8))
    return joined(out)
