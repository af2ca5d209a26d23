"""Light for the avatars: spherical harmonics of an HDR environment, and one directional key light."""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from ..problem import Problem

BAND = np.array([np.pi, 2 * np.pi / 3, 2 * np.pi / 3, 2 * np.pi / 3] + [np.pi / 4] * 5) / np.pi
"""What each coefficient is multiplied with to become irradiance over pi (Ramamoorthi and Hanrahan 2001)."""


@dataclass
class Light:
    """`sh` (9, 3) irradiance over pi; `key` unit direction to the key light, `colour` (3,) linear."""

    sh: np.ndarray
    key: np.ndarray
    colour: np.ndarray


def basis(d: np.ndarray) -> np.ndarray:
    """The nine real spherical harmonics up to band 2 of unit directions (..., 3), as (..., 9)."""
    x, y, z = d[..., 0], d[..., 1], d[..., 2]
    return np.stack(
        [
            np.full_like(x, 0.282095),
            0.488603 * y,
            0.488603 * z,
            0.488603 * x,
            1.092548 * x * y,
            1.092548 * y * z,
            0.315392 * (3 * z * z - 1),
            1.092548 * x * z,
            0.546274 * (x * x - y * y),
        ],
        -1,
    )


def harmonics(environment: np.ndarray) -> np.ndarray:
    """Irradiance over pi as coefficients (9, 3), of an equirectangular environment (h, w, 3), linear.

    Its first row is the zenith (y up).
    """
    h, w = environment.shape[:2]
    theta = (np.arange(h) + 0.5) / h * np.pi
    phi = (np.arange(w) + 0.5) / w * 2 * np.pi
    s = np.sin(theta)[:, None]
    d = np.stack([s * np.cos(phi), np.repeat(np.cos(theta)[:, None], w, 1), s * np.sin(phi)], -1)
    solid = s * (np.pi / h) * (2 * np.pi / w)
    return np.einsum("hwk,hwc->kc", basis(d) * solid[..., None], environment) * BAND[:, None]


def read_environments(folder: Path) -> list[np.ndarray]:
    """Each `*.hdr` of `folder`, brought to 64x32 pixels, linear light, suns capped so that they do not burn.

    Raises Problem when there is none.
    """
    out = []
    for path in sorted(folder.glob("*.hdr")):
        picture = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
        if picture is None:
            continue
        small = cv2.resize(picture[..., 2::-1].astype(np.float32), (64, 32), interpolation=cv2.INTER_AREA)
        out.append(np.minimum(small, np.percentile(small, 97) * 3))
    if not out:
        raise Problem(
            f"no environment in {folder}",
            "the light of the avatars comes from *.hdr files",
            "point --data at a folder with hdri/*.hdr",
        )
    return out


def random_light(environments: list[np.ndarray], rng: np.random.Generator) -> Light:
    """An environment turned about the upright axis, randomly exposed, and a key light from the front half."""
    picture = environments[rng.integers(len(environments))]
    sh = harmonics(np.roll(picture, rng.integers(picture.shape[1]), axis=1))
    sh *= rng.uniform(0.4, 1.05) / max(sh[0].mean() * 0.282095, 1e-6)
    key = np.array([rng.uniform(-1, 1), rng.uniform(0, 1), rng.uniform(0.05, 1)])
    strength = rng.uniform(0, 0.9) if rng.random() < 0.8 else 0.0
    colour = strength * np.array([1, rng.uniform(0.8, 1), rng.uniform(0.6, 1.1)])
    return Light(sh, key / np.linalg.norm(key), colour)
