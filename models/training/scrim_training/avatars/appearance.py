"""What a figure wears, as numbers for the shader: cloth colours and patterns, hair tint and softness."""

from dataclasses import dataclass

import numpy as np

from .avatar import Avatar

PATTERNS = ("own", "plain", "across", "along", "check", "blocks", "open", "badge", "blotches")
"""Names of the shader's cloth patterns, by number. `own` leaves the avatar's clothes as they are."""
PATTERN_WEIGHTS = (0.14, 0.3, 0.1, 0.06, 0.11, 0.06, 0.1, 0.06, 0.07)


@dataclass
class Appearance:
    """Linear colours (3,) of cloth and legs, lengths in metres of the rest pose."""

    pattern: int
    colours: tuple[np.ndarray, np.ndarray, np.ndarray]
    frequency: tuple[float, float]
    neck: float
    wrist: float
    hip: float
    shoe: np.ndarray
    gloss: float
    hair_tint: np.ndarray
    hair_tinted: bool
    hair_soft: float
    """Length of the soft shell of hair, metres; 0: the solid mesh alone."""
    hair_grain: tuple[float, float]


def cloth_colour(rng: np.random.Generator) -> np.ndarray:
    """A linear colour: half of them black, grey or nearly so, for dark clothes are common and hard."""
    if rng.random() < 0.5:
        return np.clip(rng.uniform(0.004, 0.55) ** 1.4 * rng.uniform(0.85, 1.15, 3), 0, 1)
    return rng.uniform(0, 1, 3) ** 2


def random_appearance(avatar: Avatar, rng: np.random.Generator) -> Appearance:
    """Clothes and hair for one picture."""
    wrist = abs(avatar.joint("LeftHand")[0]) - 0.01
    if rng.random() < 0.3:
        wrist -= rng.uniform(0.1, 0.4)
    return Appearance(
        pattern=int(rng.choice(len(PATTERNS), p=PATTERN_WEIGHTS)),
        colours=(cloth_colour(rng), cloth_colour(rng), cloth_colour(rng)),
        frequency=(rng.uniform(6, 45), rng.uniform(6, 45)),
        neck=float(avatar.joint("Neck")[1] + rng.uniform(-0.05, 0.02)),
        wrist=float(wrist),
        hip=float(avatar.joint("Hips")[1] + rng.uniform(-0.1, 0.1)),
        shoe=cloth_colour(rng),
        gloss=float(rng.uniform(0.02, 0.16)),
        hair_tint=rng.uniform(0.35, 1.7, 3) * rng.uniform(0.5, 1.6),
        hair_tinted=bool(rng.random() < 0.55),
        hair_soft=float(rng.uniform(0.004, 0.022)) if rng.random() < 0.75 else 0.0,
        hair_grain=(float(rng.uniform(250, 700)), float(rng.uniform(30, 120))),
    )
