"""Where an avatar's head is, measured from its vertices, and the things worn on it, fitted to that."""

from dataclasses import dataclass

import numpy as np

from .avatar import Avatar
from .shapes import Shape, ellipsoid, joined, tube


@dataclass
class Head:
    """Box of the bare head in the rest pose, metres: `low`, `high` (3,); `hair` (3,) highest corner with hair."""

    low: np.ndarray
    high: np.ndarray
    joint: np.ndarray
    eyes: np.ndarray
    hair_low: np.ndarray
    hair_high: np.ndarray


def measure(avatar: Avatar) -> Head:
    """Measures the head of `avatar`."""
    joint = avatar.joint("Head")
    rest = avatar.body.rest
    v = rest[(rest[:, 1] > joint[1] + 0.03) & (np.abs(rest[:, 0]) < 0.13)]
    eyes = (avatar.joint("LeftEye") + avatar.joint("RightEye")) / 2
    all_ = np.concatenate([v] + [p.rest[p.rest[:, 1] > joint[1] + 0.05] for p in avatar.parts if p.is_hair])
    return Head(v.min(0), v.max(0), joint, eyes, all_.min(0), all_.max(0))


def headphones(head: Head) -> Shape:
    """Headphones over the ears, in the rest pose."""
    half = (head.high[0] - head.low[0]) / 2 + 0.008
    top = max(head.high[1] + 0.018, head.hair_high[1] - 0.01)
    ear = head.eyes[1] - 0.012
    z = (head.low[2] + head.high[2]) / 2 - 0.012
    a = np.linspace(0, np.pi, 24)
    band = np.stack([np.cos(a) * (half + 0.012), ear + np.sin(a) * (top - ear), np.full(24, z)], 1)
    cups = [ellipsoid(np.array([s * (half + 0.008), ear, z]), np.array([0.024, 0.042, 0.036])) for s in (-1, 1)]
    return joined([tube(band, np.array([0.009, 0.016])), *cups])
