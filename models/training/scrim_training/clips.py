"""Frames of the clips in a folder."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import cv2
import numpy as np

from .problem import Problem

SUFFIXES = {".mkv", ".mp4", ".mov", ".webm", ".avi", ".mjpeg", ".m4v"}


def find_clips(folder: Path) -> list[Path]:
    """The video files of a folder, by name.

    # Errors
    Problem, when there is none.
    """
    clips = sorted(path for path in folder.glob("*") if path.suffix.lower() in SUFFIXES) if folder.is_dir() else []
    if not clips:
        raise Problem(
            f"No clips in {folder}",
            "no file there ends in " + ", ".join(sorted(SUFFIXES)),
            "Record a few seconds first",
        )
    return clips


def frames_at(path: Path, pick: Callable[[int], Iterable[int]]) -> Iterator[tuple[int, np.ndarray]]:
    """The frames of a clip that `pick` names when told how many there are: number and RGB uint8 [H, W, 3], in order.

    One frame is in memory at a time. The clip is decoded twice: what a container says of its length is often wrong, and
    seeking lands on another frame in many files.

    # Errors
    Problem, when no frame can be decoded.
    """
    length = sum(1 for _ in _decoded(path))
    if length == 0:
        raise Problem(
            f"{path} cannot be read", "it holds no frame that OpenCV can decode", "Convert it, or take it out"
        )
    wanted = set(pick(length))
    for number, clip in enumerate(_decoded(path)):
        if number in wanted:
            taken, frame = clip.retrieve()
            if taken:
                yield number, np.ascontiguousarray(frame[..., ::-1])
            wanted.remove(number)
        if not wanted:
            return


def _decoded(path: Path) -> Iterator[cv2.VideoCapture]:
    """The open clip, once for each frame, which is decoded and not yet converted."""
    clip = cv2.VideoCapture(str(path))
    try:
        while clip.grab():
            yield clip
    finally:
        clip.release()
