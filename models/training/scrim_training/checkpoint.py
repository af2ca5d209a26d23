"""Checkpoints: the files that `train` and `adapt` write, read with a reason where a file is another."""

import os
from collections.abc import Callable
from pathlib import Path

import torch
from torch import nn

from .network.modnet import SIZES, MODNet
from .problem import Problem

CHECKPOINT = "checkpoint.pt"
# Entries that are weights by name.
_WEIGHTS = ("network", "average")


def write_checkpoint(state: dict, folder: Path) -> None:
    """Writes a run's checkpoint so that a crash leaves the old one or the new one.

    # Errors
    Problem, when the folder cannot be written to.
    """
    _write(state, folder / CHECKPOINT, "Make room, or give another --run")


def write_weights(network: MODNet, path: Path) -> int:
    """Writes what `adapt` and `train --start-from` need of a checkpoint, in a fifth of its bytes; returns their number.

    Weights of convolutions are stored in half precision, as in the ONNX file. What normalisation knows is not: its
    variances may lie beyond that precision's range.

    # Errors
    Problem, when the file cannot be written.
    """
    size = next(name for name, each in SIZES.items() if each is network.size)
    weights = {name: value.half() if value.dim() == 4 else value for name, value in network.state_dict().items()}
    advice = "Give a file elsewhere, or make room"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Problem(f"{path} cannot be written", str(error), advice) from error
    _write({"size": size, "average": weights}, path, advice)
    return path.stat().st_size


def _write(state: dict, path: Path, advice: str) -> None:
    """Writes the whole file or leaves the old one; raises `Problem` with the `advice` where it cannot be written."""
    unfinished = path.with_name(path.name + ".new")
    try:
        torch.save(state, unfinished)
        os.replace(unfinished, path)
    except (OSError, RuntimeError) as error:  # PyTorch's writer tells of a full disk with the second.
        raise Problem(f"{path} cannot be written", first_line(error), advice) from error


def load_checkpoint(path: Path, *needed: str) -> dict:
    """The dictionary that `train` or `adapt` wrote: its size, one of SIZES, and what is `needed` are in it.

    # Errors
    Problem, when the file is missing or none of ours.
    """
    state = load_pickled(path, lambda why: not_ours(path, why))
    if not isinstance(state, dict):
        raise not_ours(path, "it holds no dictionary")
    if not isinstance(state.get("size"), str) or state["size"] not in SIZES:
        raise not_ours(path, f"it names none of the sizes {', '.join(SIZES)}")
    for name in needed:
        if name not in state:
            raise not_ours(path, f"it has no {name}")
        if name in _WEIGHTS and not isinstance(state[name], dict):
            raise not_ours(path, f"its {name} is no dictionary of weights")
    return state


def load_pickled(path: Path, refused: Callable[[str], Problem]) -> object:
    """What PyTorch reads from a file without running code of it; `refused` makes the error for a file of another kind.

    # Errors
    Problem, when the file cannot be read.
    """
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except OSError as error:
        advice = f"Name a checkpoint file, such as the {CHECKPOINT} in a run's folder"
        raise Problem(f"{path} cannot be read", str(error), advice) from error
    except Exception as error:  # Unpickling refuses foreign files with errors of many kinds.
        raise refused(f"PyTorch does not read it as weights: {first_line(error)}") from error


def take_weights(network: nn.Module, weights: dict[str, torch.Tensor], path: Path, name: str) -> None:
    """Loads the weights that the checkpoint `path` has for `network`, which people call `name`.

    # Errors
    Problem, when they do not fit.
    """
    try:
        network.load_state_dict(weights)
    except (RuntimeError, TypeError, AttributeError) as error:
        raise not_ours(path, f"its weights do not fit {name}: {first_line(error)}") from error


def not_ours(path: Path, why: str) -> Problem:
    """The error for a file that is no checkpoint of this package."""
    return Problem(
        f"{path} is no checkpoint of this package",
        why,
        "Give one that `train` wrote; official MODNet checkpoints go with `export --official`",
    )


def first_line(error: Exception) -> str:
    """PyTorch's reasons run over many lines; the first two say what it is."""
    return " ".join(line.strip() for line in str(error).splitlines()[:2])
