"""A packed file small enough to make in a test: discs as people, in six colours, before striped rooms."""

from pathlib import Path

import numpy as np

from scrim_training.data.pack import write_pack
from scrim_training.data.parts import Part, PartWriter

TERMS = {"discs": "CC0-1.0", "stripes": "CC0-1.0", "labels": "CC0-1.0"}


def disc(side: int, colour: tuple[int, int, int]) -> np.ndarray:
    """RGBA: a disc on a stand that the lower edge cuts, softly edged."""
    y, x = np.mgrid[:side, :side] + 0.5
    head = side * 0.3 - np.hypot(x - side / 2, y - side * 0.35)
    body = np.minimum(side * 0.2 - abs(x - side / 2), y - side * 0.4)
    alpha = np.clip(np.maximum(head, body) + 0.5, 0, 1)
    rgb = np.broadcast_to(np.array(colour, np.float32), (side, side, 3)) * (0.7 + 0.3 * y[..., None] / side)
    return np.concatenate([rgb, alpha[..., None] * 255], -1).astype(np.uint8)


def make_parts(folder: Path) -> Path:
    out = PartWriter(folder)
    colours = [(220, 60, 50), (60, 200, 80), (70, 90, 220), (210, 190, 60), (200, 80, 200), (90, 200, 210)]
    for number, colour in enumerate(colours):
        for shot in range(2):
            part = Part(f"disc-{number}-{shot}.webp", "foreground", "discs", f"avatar:{number}", [])
            out.add(part, disc(96 + 32 * shot, colour))
    label = disc(128, (120, 90, 60))
    out.add(Part("label-0.webp", "weak", "labels", "webcam:a", []), label)
    random = np.random.default_rng(3)
    for number in range(8):
        stripes = np.repeat(random.integers(20, 110, (1, 12, 3), np.uint8), 12, 1)
        room = np.repeat(stripes, 120, 0)
        out.add(Part(f"room-{number}.webp", "background", "stripes", f"room:{number}", []), room)
    out.close()
    return folder


def make_pack(folder: Path, seed: int = 5) -> Path:
    """Writes parts and packed file below `folder`; returns the packed file."""
    pack = folder / "tiny.zip"
    write_pack([make_parts(folder / "parts")], pack, seed=seed, limit_mib=2, terms=TERMS)
    return pack
