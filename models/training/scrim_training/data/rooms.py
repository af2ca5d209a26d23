"""Rooms drawn from shapes, and things that are not people: what the environments' soft crops cannot teach.

All pictures are float32 [H, W, 3], encoded sRGB in 0..1.
"""

import random as random_module
import string

import cv2
import numpy as np

Random = random_module.Random


def colour(draw: Random) -> np.ndarray:
    return np.array([draw.random() for _ in range(3)], np.float32)


def drawn_room(draw: Random, height: int, width: int) -> np.ndarray:
    """A wall's gradient with boxes, frames, lines, lamps and shelves on it."""
    corners = [colour(draw) for _ in range(4)]
    if draw.random() < 0.6:  # Most walls are nearly grey.
        base = draw.uniform(0.12, 0.95)
        corners = [base + (c - 0.5) * 0.25 for c in corners]
    y = np.linspace(0, 1, height, dtype=np.float32)[:, None, None]
    x = np.linspace(0, 1, width, dtype=np.float32)[None, :, None]
    room = (corners[0] * (1 - y) + corners[1] * y) * (1 - x) + (corners[2] * (1 - y) + corners[3] * y) * x
    room = np.ascontiguousarray(np.clip(room, 0, 1), np.float32)
    if draw.random() < 0.5:  # A floor, or a desk.
        edge = int(draw.uniform(0.5, 0.95) * height)
        room[edge:] = np.clip(room[edge:] * 0.3 + 0.7 * colour(draw), 0, 1)
    for _ in range(draw.randint(0, 14)):
        _draw_thing(draw, room, corners)
    if draw.random() < 0.4:
        room += _cloud(draw, height, width) * draw.uniform(0.05, 0.4)
    return np.clip(room, 0, 1)


def _draw_thing(draw: Random, room: np.ndarray, corners: list[np.ndarray]) -> None:
    height, width = room.shape[:2]
    near_wall = draw.random() < 0.5
    tint = np.clip(draw.choice(corners) + draw.uniform(-0.35, 0.35), 0, 1) if near_wall else colour(draw)
    shade = tuple(float(v) for v in tint)
    left, top = int(draw.uniform(-0.2, 1) * width), int(draw.uniform(-0.2, 1) * height)
    w, h = int(draw.uniform(0.03, 0.5) * width) + 1, int(draw.uniform(0.03, 0.6) * height) + 1
    thickness = -1 if draw.random() < 0.65 else draw.randint(1, 4)
    kind = draw.random()
    if kind < 0.5:
        cv2.rectangle(room, (left, top), (left + w, top + h), shade, thickness, cv2.LINE_AA)
    elif kind < 0.64:
        end = (int(draw.random() * width), int(draw.random() * height))
        cv2.line(room, (left, top), end, shade, draw.randint(1, 6), cv2.LINE_AA)
    elif kind < 0.84:
        cv2.ellipse(
            room, (left, top), (w // 2 + 1, h // 2 + 1), draw.uniform(0, 180), 0, 360, shade, thickness, cv2.LINE_AA
        )
    else:
        _draw_books(draw, room, left, top, 2 * w, h)


def _draw_books(draw: Random, room: np.ndarray, left: int, base: int, length: int, tall: int) -> None:
    x = left
    while x < left + length:
        thick = draw.randint(2, max(3, room.shape[1] // 40))
        high = int(tall * draw.uniform(0.25, 0.5)) + 2
        cv2.rectangle(room, (x, base - high), (x + thick, base), tuple(map(float, colour(draw))), -1)
        x += thick + draw.randint(0, 1)


def _cloud(draw: Random, height: int, width: int) -> np.ndarray:
    """Smooth noise around 0, at a random grain."""
    noise = np.random.default_rng(draw.getrandbits(32))
    grain = draw.choice([2, 4, 8, 16])
    channels = 1 if draw.random() < 0.6 else 3
    small = noise.random((max(2, height // grain), max(2, width // grain), channels), np.float32) - 0.5
    large = cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)
    return large[..., None] if channels == 1 else large


def texture(draw: Random, height: int, width: int) -> np.ndarray:
    """Cloth, board or paint: flat, striped, checked or cloudy."""
    first, second = colour(draw), colour(draw)
    if draw.random() < 0.4:  # Dark things are as common as dark clothes.
        first, second = first * 0.25, second * 0.3
    kind = draw.random()
    if kind < 0.35:
        return np.broadcast_to(first, (height, width, 3)).astype(np.float32)
    if kind < 0.65:
        y, x = np.mgrid[:height, :width]
        angle, period = draw.uniform(0, np.pi), draw.uniform(3, max(5, height / 6))
        stripes = ((x * np.cos(angle) + y * np.sin(angle)) // period).astype(int) % 2
        if draw.random() < 0.5:
            stripes ^= ((y * np.cos(angle) - x * np.sin(angle)) // period).astype(int) % 2
        return np.where(stripes[..., None] > 0, first, second).astype(np.float32)
    return np.clip(first + (second - first) * (_cloud(draw, height, width) + 0.5), 0, 1).astype(np.float32)


def shape(draw: Random, height: int, width: int) -> np.ndarray:
    """Coverage float32 [H, W] of one thing: ring, blob, polygon, box, post or lettering."""
    cover = np.zeros((height, width), np.float32)
    x, y = int(draw.random() * width), int(draw.random() * height)
    radius = int(draw.uniform(0.03, 0.28) * height) + 2
    kind = draw.random()
    if kind < 0.2:
        axes = (radius, int(radius * draw.uniform(0.6, 1.2)) + 1)
        thick = max(1, int(radius * draw.uniform(0.1, 0.5)))
        cv2.ellipse(
            cover,
            (x, y),
            axes,
            draw.uniform(0, 180),
            draw.uniform(0, 90),
            draw.uniform(250, 360),
            1.0,
            thick,
            cv2.LINE_AA,
        )
    elif kind < 0.4:
        axes = (radius, int(radius * draw.uniform(0.3, 1)) + 1)
        cv2.ellipse(cover, (x, y), axes, draw.uniform(0, 180), 0, 360, 1.0, -1, cv2.LINE_AA)
    elif kind < 0.65:
        corners = draw.choice([3, 4, 4, 4, 5, 7])
        angles = draw.uniform(0, 2 * np.pi) + np.arange(corners) / corners * 2 * np.pi
        reach = radius * np.array([draw.uniform(0.5, 1.3) for _ in range(corners)])
        points = np.stack([x + reach * np.cos(angles), y + reach * np.sin(angles) * draw.uniform(0.5, 1.5)], 1)
        cv2.fillPoly(cover, [points.astype(np.int32)], 1.0, cv2.LINE_AA)
    elif kind < 0.78:
        w, h = int(radius * draw.uniform(0.2, 2)) + 1, int(radius * draw.uniform(0.2, 2)) + 1
        cv2.rectangle(cover, (x - w, y - h), (x + w, y + h), 1.0, -1)
    elif kind < 0.9:
        _chair_back(draw, cover, x, radius)
    else:
        text = "".join(draw.choices(string.ascii_letters, k=draw.randint(3, 9)))
        ink = np.zeros((height, width), np.uint8)
        scale = height / 256 * draw.uniform(0.3, 1.5)
        cv2.putText(ink, text, (x - radius, y), draw.choice([0, 2, 3, 4]), scale, 255, draw.randint(1, 3), cv2.LINE_AA)
        cover = ink.astype(np.float32) / 255
    return cover


def _chair_back(draw: Random, cover: np.ndarray, x: int, radius: int) -> None:
    """A rounded board on a post, from the lower edge: what stands behind seated people."""
    height = cover.shape[0]
    top = int(draw.uniform(0.3, 0.8) * height)
    half = int(max(radius, 0.1 * height) * draw.uniform(0.7, 1.5))
    corner = max(2, half // 3)
    bottom = height if draw.random() < 0.6 else min(height, top + int(draw.uniform(0.15, 0.4) * height))
    cv2.rectangle(cover, (x - half, top + corner), (x + half, bottom), 1.0, -1)
    cv2.ellipse(cover, (x, top + corner), (half, corner), 0, 180, 360, 1.0, -1, cv2.LINE_AA)
    cv2.rectangle(cover, (x - half // 5, bottom), (x + half // 5, height), 1.0, -1)


def clutter(draw: Random, room: np.ndarray) -> np.ndarray:
    """The room with one to four sharp things before it: sharpness alone must not mean person."""
    height, width = room.shape[:2]
    for _ in range(draw.randint(1, 4)):
        cover = shape(draw, height, width)[..., None]
        skin = texture(draw, height, width)
        if draw.random() < 0.4:  # Light from one side.
            fall = np.linspace(-1, 1, width, dtype=np.float32)[None, :, None]
            skin = np.clip(skin * (1 + draw.uniform(-0.5, 0.5) * fall), 0, 1)
        room = room + (skin - room) * cover
    return room
