"""Frames of clips: those that are wanted, and no more of them in memory."""

import tracemalloc
from pathlib import Path

import cv2
import numpy as np
import pytest

from scrim_training import adapt
from scrim_training.clips import frames_at
from scrim_training.data import people
from scrim_training.evaluation import sheet
from scrim_training.problem import Problem

WIDTH, HEIGHT = 160, 96


def write_clip(path: Path, count: int) -> Path:
    """A clip whose every frame is grey by its number."""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 25, (WIDTH, HEIGHT))
    for number in range(count):
        writer.write(np.full((HEIGHT, WIDTH, 3), 2 * number + 2, np.uint8))
    writer.release()
    return path


def numbers(frames: list[np.ndarray]) -> list[int]:
    """Which frames these are: JPEG darkens a flat grey by a code or two."""
    return [int(frame.mean() // 2) for frame in frames]


@pytest.fixture(scope="module")
def clip(tmp_path_factory) -> Path:
    return write_clip(tmp_path_factory.mktemp("clip") / "clip.avi", 100)


def test_each_command_takes_the_frames_it_always_took(clip):
    found = list(frames_at(clip, lambda length: [length - 1, 0, 40, 40]))
    assert [number for number, _ in found] == numbers([frame for _, frame in found]) == [0, 40, 99]
    # 99 / 7 = 14.14, 28.29, 42.43, 56.57, 70.71, 84.86: cut off by one, rounded by the other.
    assert numbers(people.frames(clip, 8)) == [0, 14, 28, 42, 56, 70, 84, 99]
    shown = list(sheet.subjects_of_clips([clip], 8))
    assert numbers([subject.rgb for subject in shown]) == [0, 14, 28, 42, 57, 71, 85, 99]
    assert shown[4].label == "clip 57"
    args = type("Arguments", (), {"clips": clip.parent, "every": 3, "height": HEIGHT})
    learned, kept_out = adapt._frames(args)
    # Frames 0, 3, 6 … 99, every tenth of which is not learned from.
    assert numbers(kept_out) == [27, 57, 87]
    assert numbers(learned) == [number for number in range(0, 100, 3) if number not in (27, 57, 87)]


def test_only_what_is_wanted_is_in_memory(clip):
    tracemalloc.start()
    try:
        taken = people.frames(clip, 3)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert len(taken) == 3
    assert peak < 8 * WIDTH * HEIGHT * 3, "three frames, the decoder's, and a copy; not a hundred"


def test_a_container_that_promises_too_much_is_read_to_its_end(clip, tmp_path):
    cut = tmp_path / "cut.avi"
    content = clip.read_bytes()
    cut.write_bytes(content[: len(content) // 2])
    capture = cv2.VideoCapture(str(cut))
    assert capture.get(cv2.CAP_PROP_FRAME_COUNT) == 100, "its header says what it said"
    capture.release()
    lengths = []

    def last_whole(length: int) -> list[int]:
        lengths.append(length)
        return [length - 2]

    ((number, frame),) = frames_at(cut, last_whole)
    assert 30 < lengths[0] < 70 and numbers([frame]) == [number] == [lengths[0] - 2]


def test_what_is_no_clip_is_said(tmp_path):
    (tmp_path / "text.mp4").write_text("no clip")
    with pytest.raises(Problem, match="cannot be read"):
        list(frames_at(tmp_path / "text.mp4", lambda length: range(length)))
    assert people.frames(tmp_path / "text.mp4", 4) == []
