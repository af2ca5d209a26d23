"""Where an avatar's head is and how far its surface lies from the middle, measured from its vertices at rest.

Hats, hair bands and strands are fitted to that, so that they sit on sculpted hair as on a bald scalp.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from .avatar import Avatar

ROWS, COLUMNS = 24, 48
"""Bins of the radius map: 7.5 degrees, 13 mm on a skull; vertices of the VALID heads lie some 8 mm apart."""


@dataclass
class Radii:
    """Distance of a surface from `centre` (3,) by direction: `map` (ROWS, COLUMNS) metres, pole up."""

    centre: np.ndarray
    map: np.ndarray

    def at(self, direction: np.ndarray) -> np.ndarray:
        """Radius in metres along unit directions (..., 3)."""
        row = np.arccos(np.clip(direction[..., 1], -1, 1)) / np.pi * ROWS - 0.5
        column = (np.arctan2(direction[..., 2], direction[..., 0]) / (2 * np.pi) % 1) * COLUMNS - 0.5
        wide = np.pad(np.pad(self.map, ((0, 0), (1, 1)), mode="wrap"), ((1, 1), (0, 0)), mode="edge")
        r, c = np.floor(row).astype(int), np.floor(column).astype(int)
        fr, fc = row - r, column - c
        r, c = np.clip(r + 1, 0, ROWS), np.clip(c + 1, 0, COLUMNS)
        return (wide[r, c] * (1 - fc) + wide[r, c + 1] * fc) * (1 - fr) + (
            wide[r + 1, c] * (1 - fc) + wide[r + 1, c + 1] * fc
        ) * fr


def radii(points: np.ndarray, centre: np.ndarray) -> Radii:
    """The outermost of `points` (n, 3) in each direction, gaps closed, slightly smoothed."""
    d = points - centre
    length = np.linalg.norm(d, axis=1)
    row = np.minimum(np.arccos(np.clip(d[:, 1] / length, -1, 1)) / np.pi * ROWS, ROWS - 1).astype(int)
    column = ((np.arctan2(d[:, 2], d[:, 0]) / (2 * np.pi) % 1) * COLUMNS).astype(int) % COLUMNS
    grid = np.zeros((ROWS, COLUMNS), np.float32)
    np.maximum.at(grid, (row, column), length)
    while (grid == 0).any():
        wide = np.pad(np.pad(grid, ((0, 0), (1, 1)), mode="wrap"), ((1, 1), (0, 0)), mode="edge")
        known = cv2.blur((wide > 0).astype(np.float32), (3, 3))[1:-1, 1:-1]
        mean = cv2.blur(wide, (3, 3))[1:-1, 1:-1] / np.maximum(known, 1e-6)
        grid = np.where((grid == 0) & (known > 0), mean, grid)
    grid[0] = grid[0].mean()
    wide = np.pad(np.pad(grid, ((0, 0), (2, 2)), mode="wrap"), ((2, 2), (0, 0)), mode="edge")
    return Radii(centre, np.maximum(cv2.GaussianBlur(wide, (0, 0), 0.7)[2:-2, 2:-2], grid - 0.003))


@dataclass
class Head:
    """A head at rest, metres. `skull` is the body alone, `hairy` with the solid mesh of the hair."""

    joint: np.ndarray
    eyes: np.ndarray
    top: float
    back: float
    forehead: float
    temple: float
    ears: float
    skull: Radii
    hairy: Radii
    neck: float


def measure(avatar: Avatar) -> Head:
    """Measures the head of `avatar`."""
    joint, eyes = avatar.joint("Head"), (avatar.joint("LeftEye") + avatar.joint("RightEye")) / 2
    rest = avatar.body.rest
    v = rest[(rest[:, 1] > joint[1] - 0.03) & (np.abs(rest[:, 0]) < 0.14)].astype(np.float64)
    high = v[:, 1] - eyes[1]
    temple = v[(high > 0.05) & (high < 0.09)]
    brow = v[(high > 0.045) & (high < 0.065) & (np.abs(v[:, 0]) < 0.03)]
    back = v[high > 0][:, 2].min()
    forehead = brow[:, 2].max()
    centre = np.array([0, eyes[1] + 0.03, (back + forehead) / 2])
    hair = [p.rest[p.rest[:, 1] > joint[1] - 0.03] for p in avatar.parts if p.is_hair]
    return Head(
        joint,
        eyes,
        float(v[:, 1].max()),
        float(back),
        float(forehead),
        float(np.abs(temple[:, 0]).max()),
        float(np.abs(v[(high > -0.04) & (high < 0.02)][:, 0]).max()),
        radii(v, centre),
        radii(np.concatenate([v, *hair]), centre),
        float(avatar.joint("Neck")[1]),
    )
