"""How fast a model is, told as a ratio to the published architecture, both timed in one run on one thread."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import onnx
import torch

from scrim_training.export.graph import run, session, to_onnx, trial_pictures
from scrim_training.network.official import OfficialMODNet

WARM_UP = 3
ROUNDS = 15


@dataclass(frozen=True)
class Timing:
    """Medians of one thread's processor time in milliseconds at one height and width."""

    sides: tuple[int, int]
    own: float
    other: float

    @property
    def ratio(self) -> float:
        return self.own / self.other


def official_model() -> onnx.ModelProto:
    """The published architecture with random weights, exported as our own are: good for timing only."""
    torch.manual_seed(0)
    return to_onnx(OfficialMODNet())


def compare(
    own: onnx.ModelProto | str,
    other: onnx.ModelProto | str,
    sizes: Sequence[tuple[int, int]],
    step: Callable[[], object] = lambda: None,
    rounds: int = ROUNDS,
) -> list[Timing]:
    """Times two models on pictures of each height and width, in turns, so that a busy machine slows both.

    ONNX Runtime with one thread works on the caller's, whose processor time is taken: what it waits for other
    programs does not count, their use of caches and memory does. `step` is called after each round.
    """
    sessions = [session(own), session(other)]
    timings = []
    for sides, picture in zip(sizes, trial_pictures(sizes), strict=True):
        taken: tuple[list[float], list[float]] = ([], [])
        for turn in range(WARM_UP + rounds):
            for running, times in zip(sessions, taken, strict=True):
                start = time.thread_time()
                run(running, picture)
                if turn >= WARM_UP:
                    times.append((time.thread_time() - start) * 1000)
            step()
        timings.append(Timing(sides, *(float(np.median(times)) for times in taken)))
    return timings


def table(timings: Sequence[Timing], own: str, other: str) -> str:
    """The timings as lines of text."""
    lines = [f"{'H×W':>9}  {own + ', ms':>24}  {other + ', ms':>24}  ratio"]
    for t in timings:
        lines.append(f"{t.sides[0]:>5}×{t.sides[1]:<4} {t.own:>24.1f}  {t.other:>24.1f}  {t.ratio:.3f}")
    return "\n".join(lines)
