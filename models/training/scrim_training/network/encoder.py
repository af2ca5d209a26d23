"""MobileNetV2 (Sandler et al. 2018), width 1.0, as the encoder: five feature maps at 1/2 to 1/32 of the picture.

Convolutions carry a bias and no batch normalisation: the ImageNet weights it starts from have it folded in.
"""

import re
import zipfile
from pathlib import Path

import numpy as np
import torch
from torch import nn

from ..problem import Problem

# Rows of table 2 of the MobileNetV2 paper: expansion, channels, repeats, stride of the first.
BLOCKS = [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)]
# Features 1, 3, 6 and 13 are the last ones at 1/2, 1/4, 1/8 and 1/16.
TAPS = (1, 3, 6, 13)
TAP_CHANNELS = (16, 24, 32, 96)
# ImageNet's statistics, which the weights expect their input to be normalised by.
IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_DEVIATION = (0.229, 0.224, 0.225)
ADVICE = "Give an npz of MobileNetV2, width 1.0, with torchvision's names, batch normalisation folded"


class InvertedResidual(nn.Module):
    """Expand, depth-wise 3x3, project; with a shortcut where the shape allows it."""

    def __init__(self, inputs: int, outputs: int, stride: int, expansion: int) -> None:
        super().__init__()
        hidden = inputs * expansion
        layers: list[nn.Module] = []
        if expansion != 1:
            layers += [nn.Conv2d(inputs, hidden, 1), nn.ReLU6(inplace=True)]
        layers += [nn.Conv2d(hidden, hidden, 3, stride, 1, groups=hidden), nn.ReLU6(inplace=True)]
        layers += [nn.Conv2d(hidden, outputs, 1)]
        self.conv = nn.Sequential(*layers)
        self.shortcut = stride == 1 and inputs == outputs

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.conv(x) if self.shortcut else self.conv(x)


class Encoder(nn.Module):
    """Features of a picture [N, 3, H, W] in -1..1: a list of maps at 1/2, 1/4, 1/8, 1/16 and 1/32.

    Channels: 16, 24, 32, 96, 320. The classifier's 1280 features after them are left out: in training nearly all of
    them rose to ReLU6's ceiling and stayed there (means up to 3 300 deviations), which left the semantic branch blind.
    """

    def __init__(self) -> None:
        super().__init__()
        features: list[nn.Module] = [nn.Sequential(nn.Conv2d(3, 32, 3, 2, 1), nn.ReLU6(inplace=True))]
        width = 32
        for expansion, channels, repeats, stride in BLOCKS:
            for index in range(repeats):
                features.append(InvertedResidual(width, channels, stride if index == 0 else 1, expansion))
                width = channels
        self.features = nn.ModuleList(features)
        self.channels = (*TAP_CHANNELS, width)

    def forward(self, x: torch.Tensor) -> list[torch.Tensor]:
        maps = []
        for index, layer in enumerate(self.features):
            x = layer(x)
            if index in TAPS:
                maps.append(x)
        maps.append(x)
        return maps

    def load_imagenet(self, path: Path) -> None:
        """Takes the weights of an npz with torchvision's names, batch normalisation folded into weight and bias.

        # Errors
        Problem, when the file is none, or a convolution is missing or has another shape.
        """
        stored = _convolutions(path)
        layers = [module for module in self.modules() if isinstance(module, nn.Conv2d)]
        if len(stored) < len(layers):
            raise _foreign(path, f"it has {len(stored)} convolutions, the encoder {len(layers)}")
        with torch.no_grad():
            for (name, *values), layer in zip(stored, layers, strict=False):
                for value, own in zip(values, (layer.weight, layer.bias), strict=True):
                    if value.shape != own.shape:
                        raise _foreign(path, f"{name} is {tuple(value.shape)}, expected {tuple(own.shape)}")
                    own.copy_(value)
            self._expect_signed_input(layers[0])

    @staticmethod
    def _expect_signed_input(first: nn.Conv2d) -> None:
        """Folds the step from (code − 127.5) / 127.5 to ImageNet's normalisation into the first convolution.

        Exact but for the padded border, where zero now means mid grey rather than ImageNet's mean.
        """
        mean, deviation = torch.tensor(IMAGENET_MEAN), torch.tensor(IMAGENET_DEVIATION)
        shift = ((0.5 - mean) / deviation)[None, :, None, None]
        first.bias += (first.weight * shift).sum((1, 2, 3))
        first.weight *= (0.5 / deviation)[None, :, None, None]


def _convolutions(path: Path) -> list[tuple[str, torch.Tensor, torch.Tensor]]:
    """Name, weight and bias of each convolution in an npz, in the order of the numbers in their names."""
    try:
        with np.load(path) as stored:
            names = [name for name in stored.files if name.endswith(".weight") and stored[name].ndim == 4]
            names.sort(key=lambda name: [int(number) for number in re.findall(r"\d+", name)])
            both = [(name, stored[name], stored[name.removesuffix("weight") + "bias"]) for name in names]
            return [(name, *(torch.from_numpy(each.astype(np.float32)) for each in pair)) for name, *pair in both]
    except OSError as error:
        raise Problem(f"{path} cannot be read", str(error), ADVICE) from error
    except (ValueError, KeyError, EOFError, AttributeError, TypeError, zipfile.BadZipFile) as error:
        raise _foreign(path, f"NumPy does not read it as an archive of weights: {error}") from error


def _foreign(path: Path, why: str) -> Problem:
    return Problem(f"{path} holds no weights of this encoder", why, ADVICE)
