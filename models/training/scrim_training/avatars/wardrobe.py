"""Chooses what a figure wears and holds in one picture, and places it on the posed body."""

from dataclasses import dataclass, field

import numpy as np

from . import furniture, hats, held
from .appearance import cloth_colour
from .avatar import Avatar
from .hair import Strands, Style, grow, hair_colour, pressed, scalp
from .head import Head
from .poses import Posed
from .shapes import Shape, moved

Coloured = tuple[Shape, np.ndarray]
HAT_SHARE, STRAND_SHARE, HEADPHONES_SHARE, GLASSES_SHARE, BEHIND_SHARE = 0.22, 0.55, 0.2, 0.25, 0.4
"""How often each is worn; BEHIND_SHARE is of seated figures from the front, about 20 % of all pictures."""
STRANDS_NEAR, STRANDS_FAR = 7000, 3500
"""Strands of a head in framings `head` and `half`, and in those where the head is some 60 px high."""


@dataclass
class Hair:
    """Strand hair carried to the pose: strands and normals (n, k, 3); `scalp` weighs the body's vertices."""

    strands: Strands
    normal: np.ndarray
    colour: np.ndarray
    scalp: np.ndarray
    style: str


@dataclass
class Worn:
    """What a figure wears and holds, carried to the pose; `behind` is drawn as a layer of its own."""

    things: dict[str, list[Coloured]] = field(default_factory=dict)
    hair: Hair | None = None
    behind: dict[str, Coloured] = field(default_factory=dict)


def _carry_hair(avatar: Avatar, points: np.ndarray, matrices: dict[int, np.ndarray], neck: float) -> np.ndarray:
    """Points (n, k, 3) at rest follow the head, and the back from 12 cm below the neck joint on."""

    def by(name: str) -> np.ndarray:
        m = avatar.carried(name, matrices)
        return points @ m[:3, :3].T + m[:3, 3]

    w = np.clip((neck + 0.02 - points[..., 1:2]) / 0.14, 0, 1)
    return by("Head") * (1 - w) + by("Spine2") * w


def _hair(
    avatar: Avatar,
    head: Head,
    style: Style,
    count: int,
    matrices: dict[int, np.ndarray],
    dome: hats.Dome | None,
    band: bool,
    rng: np.random.Generator,
) -> Hair:
    strands = grow(style, head, count, rng)
    roots = strands.points[:, 0]
    weight = scalp(avatar.body.rest, roots)
    if dome is not None and not band:
        strands = pressed(strands, dome.covers(roots) & (rng.random(len(roots)) < 0.6))
    if dome is not None:
        d = strands.points - dome.centre
        length = np.linalg.norm(d, axis=2, keepdims=True)
        most = dome.surface.at(d / length)[..., None] + 0.003
        tight = dome.covers(strands.points.reshape(-1, 3)).reshape(*d.shape[:2], 1)
        strands.points = dome.centre + d / length * np.where(tight, np.minimum(length, most), length)
    normal = strands.points - head.skull.centre
    normal[..., 1] *= 0.5
    normal /= np.linalg.norm(normal, axis=2, keepdims=True)
    turn_ = avatar.carried("Head", matrices)[:3, :3]
    strands.points = _carry_hair(avatar, strands.points, matrices, head.neck)
    return Hair(strands, normal @ turn_.T, hair_colour(rng), weight, style.name)


def _dark(rng: np.random.Generator) -> np.ndarray:
    grey = rng.uniform(0.004, 0.15) if rng.random() < 0.7 else rng.uniform(0.2, 0.9)
    return np.clip(grey * rng.uniform(0.85, 1.15, 3), 0, 1)


def dress(
    avatar: Avatar,
    head: Head,
    styles: list[Style],
    posed: Posed,
    matrices: dict[int, np.ndarray],
    framing: str,
    rng: np.random.Generator,
) -> Worn:
    """Random hair, hat, headphones, glasses, held thing and furniture for one picture."""
    out, carry = Worn(), avatar.carried("Head", matrices)
    kind = str(rng.choice(hats.KINDS, p=[0.28, 0.28, 0.16, 0.18, 0.1])) if rng.random() < HAT_SHARE else None
    stranded = bool(styles) and rng.random() < STRAND_SHARE
    surface = head.skull if stranded else head.hairy
    dome = None
    if kind:
        shape, dome = hats.hat(kind, head, surface, rng)
        out.things[kind] = [(moved(shape, carry), cloth_colour(rng))]
    if stranded:
        style = styles[rng.integers(len(styles))]
        count = STRANDS_NEAR if framing in ("head", "half") else STRANDS_FAR
        out.hair = _hair(avatar, head, style, count, matrices, dome, kind == "band", rng)
    if kind not in ("hat", "hood") and rng.random() < HEADPHONES_SHARE:
        out.things["headphones"] = [(moved(hats.headphones(head, surface, rng), carry), _dark(rng))]
    if rng.random() < GLASSES_SHARE:
        frame, lenses = hats.glasses(head, rng)
        out.things["glasses"] = [(moved(frame, carry), _dark(rng))]
        if lenses is not None:
            out.things["glasses"].append((moved(lenses, carry), np.full(3, 0.01)))
    if posed.holding:
        kind = str(rng.choice(held.KINDS))
        shape = moved(held.thing(kind, avatar, posed.holding, rng), avatar.carried(posed.holding + "Hand", matrices))
        out.things[kind] = [(shape, cloth_colour(rng))]
    return out


def furnish(
    avatar: Avatar,
    posed: Posed,
    matrices: dict[int, np.ndarray],
    floor: float,
    out: Worn,
    rng: np.random.Generator,
) -> None:
    """Puts a chair and sometimes a microphone behind a seated figure, into `out.behind`."""
    kind = str(rng.choice(furniture.CHAIRS, p=[0.4, 0.2, 0.25, 0.15]))
    out.behind[kind] = (
        furniture.chair(kind, avatar, matrices, floor, rng),
        _dark(rng) if rng.random() < 0.6 else cloth_colour(rng),
    )
    if rng.random() < 0.3:
        out.behind["microphone"] = furniture.microphone(avatar, matrices, rng), _dark(rng)
