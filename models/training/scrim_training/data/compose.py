"""One training picture: people over a room, or a weakly labelled webcam frame, seen through a webcam.

Everything random comes from one `random.Random`, so that a picture is a function of (pack, seed, number, sides).
"""

import random as random_module
from dataclasses import dataclass

import cv2
import numpy as np

from .augment import jitter, motion_kernel, webcam
from .keyer import ellipse
from .pack import Item
from .pool import Pool
from .rooms import clutter, drawn_room, shape, texture

Random = random_module.Random
SHARE_EMPTY, SHARE_SECOND_PERSON, SHARE_OCCLUDED = 0.07, 0.14, 0.07


@dataclass
class Sample:
    """picture uint8 [H, W, 3]; alpha uint8 [H, W]; boundary and valid uint8 [H, W] in {0, 1}.

    boundary: the region m_d where detail is learned. valid: where alpha may be learned at all (everywhere, or nowhere
    for a frame with a coarse label).
    """

    picture: np.ndarray
    alpha: np.ndarray
    boundary: np.ndarray
    valid: np.ndarray


def sample(pool: Pool, draw: Random, height: int, width: int) -> Sample:
    """A picture of `height` x `width` with its truth."""
    if draw.random() < SHARE_EMPTY:
        alpha = np.zeros((height, width), np.float32)
        return _finish(draw, _room(pool, draw, height, width), alpha)
    item, person = pool.person(draw)
    if item.kind == "weak":
        return _weak(draw, person, height, width)
    room = _room(pool, draw, height, width)
    if draw.random() < SHARE_SECOND_PERSON:
        other, second = pool.person(draw, matted=True)
        room, beside, _ = _stand(pool, draw, room, other, second, small=draw.random() < 0.5)
    else:
        beside = np.zeros((height, width, 1), np.float32)
    picture, alpha, chair = _stand(pool, draw, room, item, person, small=False)
    # The first person's chair stands before the second person.
    alpha = alpha + beside * (1 - chair) * (1 - alpha)
    if draw.random() < SHARE_OCCLUDED:
        picture, alpha = _occlude(pool, draw, picture, alpha)
    return _finish(draw, picture, alpha[..., 0])


def boundary_of(alpha: np.ndarray, radius: int) -> np.ndarray:
    """m_d: where a dilation and an erosion of alpha (float32, 0..1) disagree; uint8."""
    wide = cv2.dilate((alpha > 0.03).astype(np.uint8), ellipse(radius))
    return wide - cv2.erode((alpha > 0.97).astype(np.uint8), ellipse(radius))


def _finish(draw: Random, picture: np.ndarray, alpha: np.ndarray) -> Sample:
    height = alpha.shape[0]
    radius = draw.randint(max(2, height // 64), max(3, height // 24))
    picture, alpha = webcam(draw, picture, alpha)
    codes = (np.clip(alpha, 0, 1) * 255 + 0.5).astype(np.uint8)
    return Sample(picture, codes, boundary_of(alpha, radius), np.ones(alpha.shape, np.uint8))


def _crop(draw: Random, picture: np.ndarray, height: int, width: int) -> np.ndarray:
    """A random part with the wanted aspect, enlarged as little as it can be."""
    rows, columns = picture.shape[:2]
    aspect = width / height
    scale = draw.uniform(0.55, 1.0)
    w = min(columns, rows * aspect) * scale
    h = w / aspect
    left, top = int(draw.uniform(0, columns - w)), int(draw.uniform(0, rows - h))
    part = picture[top : top + max(2, int(h)), left : left + max(2, int(w))]
    how = cv2.INTER_AREA if part.shape[1] > width else cv2.INTER_LINEAR
    return cv2.resize(part, (width, height), interpolation=how)


def _room(pool: Pool, draw: Random, height: int, width: int) -> np.ndarray:
    if draw.random() < 0.62:
        room = _crop(draw, pool.room(draw), height, width).astype(np.float32) / 255
    else:
        room = drawn_room(draw, height, width)
    if draw.random() < 0.5:
        room = room[:, ::-1]
    room = jitter(draw, np.ascontiguousarray(room), 1.2)
    kind = draw.random()
    if kind < 0.3:
        room = cv2.GaussianBlur(room, (0, 0), draw.uniform(0.4, 4) * height / 256)
    elif kind < 0.5:
        noise = np.random.default_rng(draw.getrandbits(32)).standard_normal((height, width, 1), np.float32)
        room = np.clip(room + noise * np.float32(draw.uniform(0.01, 0.08)), 0, 1)
    if draw.random() < 0.45:
        room = clutter(draw, room)
    return np.ascontiguousarray(room, np.float32)


def _placement(draw: Random, item: Item, person: np.ndarray, height: int, width: int, small: bool) -> np.ndarray:
    """The 2x3 affine map from the person's picture into the frame; heads stay inside more often than chance has it."""
    rows, columns = person.shape[:2]
    scale = draw.uniform(0.35, 0.7) if small else float(np.exp(draw.uniform(np.log(0.45), np.log(1.3))))
    if not item.cut_bottom:
        scale = draw.uniform(0.3, 0.95)
    factor = min(scale * height / rows, 1.7 * width / columns)
    across = factor * draw.uniform(0.94, 1.06)
    angle = np.radians(draw.uniform(-9, 9)) if draw.random() < 0.5 else 0.0
    tall = factor * rows
    if not item.cut_bottom:
        foot = draw.uniform(tall + 0.01 * height, height * 1.05) if tall < height else height
    elif tall > height * 0.92 and draw.random() < 0.9:
        foot = max(height, tall + draw.uniform(-0.06, 0.3) * height)
    else:
        foot = height + (draw.uniform(0, 0.25) * tall if draw.random() < 0.8 else 1)
    if item.cut_bottom:
        foot = max(foot, height + abs(np.sin(angle)) * across * columns * 0.5 + 1)
    middle = width / 2 + float(np.clip(draw.gauss(0, 0.2), -0.5, 0.5)) * width
    flip = -1 if draw.random() < 0.5 else 1
    cos, sin = np.cos(angle), np.sin(angle)
    turn = np.array([[across * flip * cos, -factor * sin], [across * flip * sin, factor * cos]])
    shift = np.array([middle, foot]) - turn @ np.array([columns / 2, rows])
    return np.concatenate([turn, shift[:, None]], 1).astype(np.float32)


def _warp(layer: np.ndarray, place: np.ndarray, height: int, width: int) -> np.ndarray:
    """A straight RGBA uint8 layer, placed: float32 premultiplied [H, W, 4]. Halved first where it shrinks a lot."""
    x = layer.astype(np.float32) * np.float32(1 / 255)
    x[..., :3] *= x[..., 3:]
    place = place.copy()
    while abs(np.linalg.det(place[:, :2])) < 0.36 and min(x.shape[:2]) > 4:
        old = x.shape
        x = cv2.resize(x, (max(1, old[1] // 2), max(1, old[0] // 2)), interpolation=cv2.INTER_AREA)
        place[:, 0] *= old[1] / x.shape[1]
        place[:, 1] *= old[0] / x.shape[0]
    return cv2.warpAffine(x, place, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)


def _stand(
    pool: Pool, draw: Random, room: np.ndarray, item: Item, person: np.ndarray, *, small: bool
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The room with somebody in it, alpha [H, W, 1] of the person alone, and coverage [H, W, 1] of their chair.

    The chair is part of the room.
    """
    height, width = room.shape[:2]
    place = _placement(draw, item, person, height, width, small)
    layer = np.clip(_warp(person, place, height, width), 0, 1)
    chair, cover = pool.furniture(item), np.zeros((height, width, 1), np.float32)
    kind = draw.random()
    if kind < 0.15:
        layer = cv2.GaussianBlur(layer, (0, 0), draw.uniform(0.4, 1.4) * height / 256)
    elif kind < 0.25:  # The person moves, the room does not.
        layer = cv2.filter2D(layer, -1, motion_kernel(draw, max(3, height // 24)))
    alpha = layer[..., 3:]
    colour = jitter(draw, np.clip(layer[..., :3] / np.maximum(alpha, 1e-3), 0, 1), 0.8)
    if draw.random() < 0.4:  # The person is lit like the room.
        ours = float((colour * alpha).sum() / (alpha.sum() * 3 + 1))
        gain = np.clip((float(room.mean()) / max(ours, 0.02)) ** draw.uniform(0.4, 1), 0.35, 2.2)
        colour = np.clip(colour * np.float32(gain), 0, 1)
    if chair is not None:
        behind = np.clip(_warp(chair, place, height, width), 0, 1)
        cover = behind[..., 3:]
        room = room * (1 - cover) + behind[..., :3]
    if draw.random() < 0.3:
        room = _shadow(draw, room, alpha)
    if draw.random() < 0.15:  # Light of the room that wraps around the outline.
        wrap = np.clip(
            alpha * (1 - cv2.GaussianBlur(alpha, (0, 0), height * 0.02)[..., None]) * draw.uniform(0.3, 1), 0, 1
        )
        colour = colour * (1 - wrap) + cv2.GaussianBlur(room, (0, 0), height * 0.04) * wrap
    return colour * alpha + room * (1 - alpha), alpha, cover


def _shadow(draw: Random, room: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """The person's soft shadow on the wall, shifted to one side; the wall stays room."""
    height, width = room.shape[:2]
    shift = np.float32([[1, 0, draw.uniform(-0.15, 0.15) * width], [0, 1, draw.uniform(-0.05, 0.1) * height]])
    cast = cv2.warpAffine(alpha[..., 0], shift, (width, height), borderMode=cv2.BORDER_REPLICATE)
    cast = cv2.GaussianBlur(cast, (0, 0), draw.uniform(0.005, 0.04) * height)
    return room * (1 - cast[..., None] * np.float32(draw.uniform(0.15, 0.6)))


def _occlude(pool: Pool, draw: Random, picture: np.ndarray, alpha: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A desk's edge or a thing before the person: it belongs to the room."""
    height, width = alpha.shape[:2]
    if draw.random() < 0.6:
        cover = np.zeros((height, width), np.float32)
        cover[int(draw.uniform(0.72, 0.97) * height) :] = 1
        over = _room(pool, draw, height, width)
    else:
        cover = shape(draw, height, width)
        over = texture(draw, height, width)
    cover = cover[..., None]
    return picture * (1 - cover) + over * cover, alpha * (1 - cover)


def _weak(draw: Random, labelled: np.ndarray, height: int, width: int) -> Sample:
    """A part of a real frame with its coarse label, for the semantic branch alone: alpha counts nowhere."""
    rows, columns = labelled.shape[:2]
    w = int(min(columns, rows * width / height) * draw.uniform(0.6, 1.0))
    h = min(rows, int(w * height / width * draw.uniform(0.85, 1.15)))
    left, top = draw.randint(0, columns - w), draw.randint(0, rows - h)
    part = labelled[top : top + h, left : left + w]
    part = cv2.resize(part, (width, height), interpolation=cv2.INTER_AREA if w > width else cv2.INTER_LINEAR)
    if draw.random() < 0.5:
        part = part[:, ::-1]
    label = part[..., 3].astype(np.float32) / 255
    colour = np.ascontiguousarray(part[..., :3], np.float32) / 255
    picture, label = webcam(draw, jitter(draw, colour, 0.9), np.ascontiguousarray(label))
    codes, nowhere = (label * 255 + 0.5).astype(np.uint8), np.zeros(label.shape, np.uint8)
    return Sample(picture, codes, nowhere, nowhere)
