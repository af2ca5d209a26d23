"""Frames of the clips in a folder."""

from collections.abc import Iterator
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


def read_frames(path: Path, every: int = 1) -> Iterator[np.ndarray]:
    """Every n-th frame of a clip, RGB uint8 [H, W, 3].

    # Errors
    Problem, when the file cannot be read at all.
    """
    clip = cv2.VideoCapture(str(path))
    number = 0
    try:
        while (got := clip.read())[0]:
            if number % every == 0:
                yield np.ascontiguousarray(got[1][..., ::-1])
            number += 1
    finally:
        clip.release()
    if number == 0:
        raise Problem(
            f"{path} cannot be read", "it holds no frame that OpenCV can decode", "Convert it, or take it out"
        )
