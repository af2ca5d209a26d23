"""Rooms without people as parts: perspective crops of equirectangular environments, and a clip's temporal median.

The crops are wide and small on purpose: an environment of 1024x512 has three pixels a degree, and a background that is
blurrier than the person teaches a network that whatever is sharp is a person.
"""

import re
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from .parts import Part, PartWriter
from .people import frames
from .progress import bar

CROP_WIDTH_PX, CROP_HEIGHT_PX = 384, 288
CROPS_EACH = 18


def perspective(
    environment: np.ndarray, yaw_deg: float, pitch_deg: float, field_deg: float, size: tuple[int, int]
) -> np.ndarray:
    """What a camera sees in an equirectangular picture [H, W, 3]; `size` is (width, height), the field horizontal."""
    height, width = environment.shape[:2]
    out_width, out_height = size
    focal = 0.5 * out_width / np.tan(np.radians(field_deg) / 2)
    x, y = np.meshgrid(np.arange(out_width) - out_width / 2 + 0.5, np.arange(out_height) - out_height / 2 + 0.5)
    length = np.sqrt(x * x + y * y + focal * focal)
    x, y, z = x / length, y / length, focal / length
    pitch, yaw = np.radians(pitch_deg), np.radians(yaw_deg)
    y, z = y * np.cos(pitch) - z * np.sin(pitch), y * np.sin(pitch) + z * np.cos(pitch)
    longitude = np.arctan2(x, z) + yaw
    latitude = np.arcsin(np.clip(y, -1, 1))
    u = (longitude / (2 * np.pi) + 0.5) % 1 * width - 0.5
    v = (latitude / np.pi + 0.5) * height - 0.5
    return cv2.remap(
        environment, u.astype(np.float32), v.astype(np.float32), cv2.INTER_CUBIC, borderMode=cv2.BORDER_WRAP
    )


def expose(linear: np.ndarray, gain: float) -> np.ndarray:
    """Linear light to encoded uint8, with a shoulder that keeps windows from clipping flat."""
    x = np.maximum(linear, 0) * gain
    x = x / (1 + 0.35 * x)
    return (np.clip(x, 0, 1) ** (1 / 2.2) * 255 + 0.5).astype(np.uint8)


def room_of(stem: str) -> str:
    """Which room an environment's file shows, for the split: `room:` and the name of its series.

    The pictures of a series, such as `brown_photostudio_01_1k` and `brown_photostudio_02_1k`, show one place, or places
    with the same furniture, so their number does not count; neither does what precedes a hyphen, which says where the
    file came from. Packed files from before this was so have a room for each file.
    """
    return "room:" + re.sub(r"_\d+(_\d+k)?$", "", stem.split("-", 1)[-1])


def build_environments(data: Path, seed: int, out: PartWriter, log: Callable[[str], None]) -> None:
    """Crops of every environment, at exposures around its median."""
    for path in bar(sorted((data / "hdri").glob("*.hdr")), desc="environments", unit="file"):
        picture = cv2.imread(str(path), cv2.IMREAD_ANYDEPTH | cv2.IMREAD_COLOR)
        if picture is None:
            log(f"{path.name}: unreadable")
            continue
        # A seed of its own for each file, so that one more file does not change the others.
        random = np.random.default_rng([seed, *path.stem.encode()])
        linear = np.ascontiguousarray(picture[..., ::-1])
        for number in range(CROPS_EACH):
            size = (CROP_WIDTH_PX, CROP_HEIGHT_PX)
            crop = perspective(linear, random.uniform(0, 360), random.uniform(-14, 10), random.uniform(75, 115), size)
            gain = 0.5 / max(1e-4, float(np.median(crop.mean(-1)))) * random.uniform(0.3, 1.1)
            part = Part(f"room-{path.stem}-{number}.webp", "background", "hdri", room_of(path.stem), [])
            out.add(part, expose(crop, gain), quality=80)


def build_empty_clip(data: Path, out: PartWriter, log: Callable[[str], None]) -> None:
    """The room of a clip in which people walk through: its temporal median shows nobody."""
    path = data / "webcam/one-by-one-person-detection.mp4"
    shots = frames(path, 60)
    if not shots:
        log(f"{path.name}: unreadable")
        return
    median = np.median(np.stack(shots), 0).astype(np.uint8)
    height, width = median.shape[:2]
    for number, (x, y, share) in enumerate([(0, 0, 1.0), (0, 0.3, 0.7), (0.3, 0, 0.7), (0.2, 0.2, 0.6)]):
        crop = median[int(y * height) : int((y + share) * height), int(x * width) : int((x + share) * width)]
        crop = cv2.resize(crop, (CROP_WIDTH_PX, CROP_HEIGHT_PX), interpolation=cv2.INTER_AREA)
        out.add(Part(f"room-walk-{number}.webp", "background", "webcam", "room:walk", []), crop)
