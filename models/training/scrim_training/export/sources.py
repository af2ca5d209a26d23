"""Which network an export takes: a run's checkpoint, an official checkpoint, or random weights for timing."""

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn

from scrim_training.checkpoint import CHECKPOINT, load_checkpoint, take_weights
from scrim_training.network.modnet import SIZES, MODNet
from scrim_training.network.official import load_official

_MILLION = 1e6


@dataclass(frozen=True)
class Source:
    """A network ready to export, and what its manifest says of it unless the user says otherwise."""

    network: nn.Module
    file_name: str
    """Of the ONNX file, without `.onnx`."""
    folder: Path
    """Where the ONNX file goes."""
    name: str
    variant: str | None
    licence: str | None
    description: str
    origin: str


def from_checkpoint(path: Path) -> Source:
    """The averaged weights of a checkpoint of `train`; of a folder, those of its `checkpoint.pt`.

    # Errors
    Problem, when the file cannot be read or its weights do not fit its size.
    """
    if path.is_dir():
        path = path / CHECKPOINT
    state = load_checkpoint(path, "average")
    size = SIZES[state["size"]]
    network = MODNet(size)
    take_weights(network, state["average"], path, size.name)
    return _own(network, path.parent, None, "Trained with Scrim's models/training.")


def untrained(size: str) -> Source:
    """A network of random weights, to time a change of layout before it is trained."""
    torch.manual_seed(0)
    network = MODNet(SIZES[size])
    return _own(network, Path(), "untrained", "Random weights: good for timing, for nothing else.")


def from_official(path: Path) -> Source:
    """An official MODNet checkpoint. Its terms are its authors', so no licence is claimed for it.

    # Errors
    Problem, when it is none.
    """
    network = load_official(path)
    about = f"The published MODNet architecture, {_parameters(network)}."
    origin = f"Converted from the official checkpoint {path.name}."
    return Source(network, path.stem, path.parent, "MODNet", path.stem, None, about, origin)


def _own(network: MODNet, folder: Path, variant: str | None, origin: str) -> Source:
    name = network.size.name
    about = f"MODNet with a MobileNetV2 encoder and an e-ASPP semantic branch, {_parameters(network)}."
    light = "light" if network.size is SIZES["light"] else None
    variant = " ".join(word for word in (light, variant) if word) or None
    # No licence: whose the weights are is for those to say who trained them, and depends on their data.
    return Source(network.eval(), name, folder, "MODNet", variant, None, about, origin)


def _parameters(network: nn.Module) -> str:
    return f"{sum(p.numel() for p in network.parameters()) / _MILLION:.2f} M parameters"
