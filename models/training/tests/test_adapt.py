"""Adapting: weights move, statistics do not, the user may end it early, and no memory is too small for long clips."""

import argparse
import os
import signal
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from scrim_training import adapt
from scrim_training.checkpoint import CHECKPOINT, load_checkpoint, write_weights
from scrim_training.network.modnet import SIZES, MODNet
from scrim_training.problem import Problem


@pytest.fixture(scope="module")
def start(tmp_path_factory) -> Path:
    """Weights, and beside them a folder with a clip of a bright disc that moves."""
    folder = tmp_path_factory.mktemp("start")
    torch.manual_seed(2)
    write_weights(MODNet(SIZES["light"]), folder / "light.pt")
    (folder / "clips").mkdir()
    writer = cv2.VideoWriter(str(folder / "clips" / "a.avi"), cv2.VideoWriter.fourcc(*"MJPG"), 25, (128, 96))
    for number in range(60):
        writer.write(cv2.circle(np.full((96, 128, 3), 60, np.uint8), (30 + number, 50), 20, (200, 180, 170), -1))
    writer.release()
    return folder


def arguments(start: Path, run: Path, *more: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    adapt.add_arguments(parser)
    given = ["--checkpoint", str(start / "light.pt"), "--clips", str(start / "clips"), "--run", str(run)]
    return parser.parse_args([*given, "--height", "64", "--batch", "2", "--device", "cpu", "--threads", "1", *more])


def test_weights_move_and_statistics_do_not(start, tmp_path):
    adapt.run(arguments(start, tmp_path, "--steps", "2"))
    before = load_checkpoint(start / "light.pt")["average"]
    state = load_checkpoint(tmp_path / CHECKPOINT, "average", "network")
    assert state["adapted"]["steps"] == 2 and "optimiser" not in state
    moved = {name for name, value in state["average"].items() if not torch.equal(value, before[name].to(value.dtype))}
    assert any("weight" in name for name in moved)
    assert not [name for name in moved if "running" in name or "batches" in name]
    with pytest.raises(Problem, match="exists"):
        adapt.run(arguments(start, tmp_path))


def test_who_has_seen_enough_keeps_what_was_adapted(start, tmp_path, monkeypatch):
    consistency = adapt.consistency

    def interrupted(*outputs):
        if torch.is_grad_enabled():
            os.kill(os.getpid(), signal.SIGTERM)
        return consistency(*outputs)

    monkeypatch.setattr(adapt, "consistency", interrupted)
    adapt.run(arguments(start, tmp_path, "--steps", "50"))
    assert load_checkpoint(tmp_path / CHECKPOINT)["adapted"]["steps"] == 1


def test_of_long_clips_frames_are_taken_evenly_and_not_all(start, tmp_path, monkeypatch):
    monkeypatch.setattr(adapt, "MOST_FRAMES", 20)
    learned, kept_out = adapt._frames(arguments(start, tmp_path, "--every", "1"))
    assert len(learned) == 18 and len(kept_out) == 2

    def disc(frame: np.ndarray) -> float:
        return float(np.argwhere(frame[..., 0] > 130)[:, 1].mean())

    # One pixel a frame in the clip, two thirds of one at this height; every third frame.
    steps = np.diff([disc(frame) for frame in learned[:9]])
    assert np.allclose(steps, 2, atol=0.7)
