"""What the command line gives: numbers in their range, folders that can be written to, or else why that is not so."""

import argparse
import math
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from .problem import Problem

LARGEST_SEED = 2**63 - 1
Number = TypeVar("Number", int, float)


def whole_number(option: str, least: int, most: int | None = None) -> Callable[[str], int]:
    """For `type=` of an option: its text as a whole number from `least` to `most`, raising `Problem` otherwise."""
    return lambda text: _in_range(option, text, int, "a whole number", least, most)


def number(option: str, least: float, most: float | None = None) -> Callable[[str], float]:
    """For `type=` of an option: its text as a finite number from `least` to `most`, raising `Problem` otherwise."""
    return lambda text: _in_range(option, text, float, "a number", least, most)


def seed_number(option: str) -> Callable[[str], int]:
    """For `type=` of an option: what every generator of random numbers takes as its seed."""
    return whole_number(option, 0, LARGEST_SEED)


def known_device(text: str) -> str:
    """For `type=` of an option: a device on which PyTorch can compute, raising `Problem` otherwise."""
    import torch

    try:
        torch.zeros(1, device=text)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        reason = str(error).splitlines()[0]
        raise Problem(f"{text!r} is no device to compute on", reason, "Give cpu, or cuda where there is one") from error
    return text


def add_computing(parser: argparse.ArgumentParser) -> None:
    """The options of commands that compute gradients: `--seed`, `--threads` and `--device`."""
    import torch

    parser.add_argument("--seed", type=seed_number("--seed"), default=1, help="of what is drawn by chance (default: 1)")
    parser.add_argument(
        "--threads",
        type=whole_number("--threads", 0),
        default=0,
        help="of the processor; 0: as many as there are cores",
    )
    parser.add_argument(
        "--device",
        type=known_device,
        default="cuda" if torch.cuda.is_available() else "cpu",
        help="as PyTorch names them (default: cuda where there is one, else cpu)",
    )


def make_folder(path: Path, option: str) -> None:
    """Makes the folder that an option names, or that its file goes to.

    # Errors
    Problem, when that cannot be.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Problem(f"{path} cannot be written to", str(error), f"Name another place with {option}") from error


def _in_range(
    option: str, text: str, read: Callable[[str], Number], kind: str, least: Number, most: Number | None
) -> Number:
    span = f"{kind} from {least}" + (f" to {most}" if most is not None else "")
    try:
        value = read(text)
    except ValueError as error:
        raise Problem(f"{option} {text} cannot be", f"it is not {kind}", f"Give {span}") from error
    if not math.isfinite(value) or value < least or (most is not None and value > most):
        raise Problem(f"{option} {text} cannot be", "it is out of range", f"Give {span}")
    return value
