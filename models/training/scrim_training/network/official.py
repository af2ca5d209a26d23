"""The published MODNet (Ke et al., AAAI 2022) in its authors' layout, so that their checkpoints load.

Names, shapes and order of modules follow what a checkpoint holds; scrim-modnet itself is in `modnet`.
"""

from pathlib import Path

import torch
import torch.nn.functional as F
from torch import nn

from scrim_training.checkpoint import load_pickled
from scrim_training.network.encoder import BLOCKS, TAPS
from scrim_training.problem import Problem

# Channels at 1/2 to 1/32 of the picture, and of the detail branch, as published.
ENCODER_CHANNELS = (16, 24, 32, 96, 1280)
DETAIL_CHANNELS = 32
# Of the channels' recalibration (squeeze and excitation) after the encoder.
SQUEEZE = 4
# The published checkpoints were saved from a `DataParallel` module, which puts this before every name.
PARALLEL = "module."


class HalfNorm(nn.Module):
    """IBNorm: batch norm for the first half of the channels, instance norm without weights for the second."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.bnorm = nn.BatchNorm2d(channels // 2)
        self.inorm = nn.InstanceNorm2d(channels - channels // 2, affine=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        half = self.bnorm.num_features
        return torch.cat((self.bnorm(x[:, :half]), self.inorm(x[:, half:])), 1)


class Layer(nn.Module):
    """A convolution with bias, padded to keep its grid, then IBNorm and ReLU unless it gives logits."""

    def __init__(self, inputs: int, outputs: int, side: int, stride: int = 1, logits: bool = False) -> None:
        super().__init__()
        convolution = nn.Conv2d(inputs, outputs, side, stride, side // 2)
        rest = () if logits else (HalfNorm(outputs), nn.ReLU(inplace=True))
        self.layers = nn.Sequential(convolution, *rest)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.layers(x)


class SqueezeBlock(nn.Module):
    """Weighs the channels by what the whole picture shows. In and out: [N, C, h, w]."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.fc = nn.Sequential(
            nn.Linear(channels, channels // SQUEEZE, bias=False),
            nn.ReLU(inplace=True),
            nn.Linear(channels // SQUEEZE, channels, bias=False),
            nn.Sigmoid(),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * self.fc(x.mean((2, 3)))[:, :, None, None]


def _normed(inputs: int, outputs: int, side: int, stride: int = 1, groups: int = 1) -> list[nn.Module]:
    return [
        nn.Conv2d(inputs, outputs, side, stride, side // 2, groups=groups, bias=False),
        nn.BatchNorm2d(outputs),
    ]


class Block(nn.Module):
    """MobileNetV2's inverted residual, batch norms not folded."""

    def __init__(self, inputs: int, outputs: int, stride: int, expansion: int) -> None:
        super().__init__()
        hidden = inputs * expansion
        expand = [*_normed(inputs, hidden, 1), nn.ReLU6(inplace=True)] if expansion != 1 else []
        deep = [*_normed(hidden, hidden, 3, stride, hidden), nn.ReLU6(inplace=True)]
        self.conv = nn.Sequential(*expand, *deep, *_normed(hidden, outputs, 1))
        self.shortcut = stride == 1 and inputs == outputs

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.conv(x) if self.shortcut else self.conv(x)


class Backbone(nn.Module):
    """MobileNetV2 as `model.features`. Picture [N, 3, H, W] to features at 1/2, 1/4, 1/8, 1/16 and 1/32."""

    def __init__(self) -> None:
        super().__init__()
        width = 32
        features: list[nn.Module] = [nn.Sequential(*_normed(3, width, 3, 2), nn.ReLU6(inplace=True))]
        for expansion, channels, repeats, stride in BLOCKS:
            for index in range(repeats):
                features.append(Block(width, channels, stride if index == 0 else 1, expansion))
                width = channels
        features.append(nn.Sequential(*_normed(width, ENCODER_CHANNELS[-1], 1), nn.ReLU6(inplace=True)))
        self.model = nn.Module()
        self.model.features = nn.Sequential(*features)

    def forward(self, x: torch.Tensor) -> list[torch.Tensor]:
        maps = []
        for index, feature in enumerate(self.model.features):
            x = feature(x)
            if index in TAPS:
                maps.append(x)
        return [*maps, x]


def _scale(x: torch.Tensor, factor: float) -> torch.Tensor:
    return F.interpolate(x, scale_factor=factor, mode="bilinear", align_corners=False)


class SemanticBranch(nn.Module):
    """`lr_branch`: features at 1/32 to semantic features at 1/8; `conv_lr` gives s_p in training only."""

    def __init__(self) -> None:
        super().__init__()
        _, _, c8, c16, c32 = ENCODER_CHANNELS
        self.se_block = SqueezeBlock(c32)
        self.conv_lr16x = Layer(c32, c16, 5)
        self.conv_lr8x = Layer(c16, c8, 5)
        self.conv_lr = Layer(c8, 1, 3, stride=2, logits=True)

    def forward(self, deepest: torch.Tensor) -> torch.Tensor:
        sixteenth = self.conv_lr16x(_scale(self.se_block(deepest), 2))
        return self.conv_lr8x(_scale(sixteenth, 2))


class DetailBranch(nn.Module):
    """`hr_branch`: the picture, features at 1/2 and 1/4 and semantics to detail features at 1/2.

    `conv_hr` gives d_p in training only.
    """

    def __init__(self) -> None:
        super().__init__()
        d = DETAIL_CHANNELS
        self.tohr_enc2x = Layer(ENCODER_CHANNELS[0], d, 1)
        self.conv_enc2x = Layer(d + 3, d, 3, stride=2)
        self.tohr_enc4x = Layer(ENCODER_CHANNELS[1], d, 1)
        self.conv_enc4x = Layer(2 * d, 2 * d, 3)
        self.conv_hr4x = nn.Sequential(Layer(3 * d + 3, 2 * d, 3), Layer(2 * d, 2 * d, 3), Layer(2 * d, d, 3))
        self.conv_hr2x = nn.Sequential(Layer(2 * d, 2 * d, 3), Layer(2 * d, d, 3), Layer(d, d, 3), Layer(d, d, 3))
        self.conv_hr = nn.Sequential(Layer(d + 3, d, 3), Layer(d, 1, 1, logits=True))

    def forward(
        self, picture: torch.Tensor, e2: torch.Tensor, e4: torch.Tensor, semantic: torch.Tensor
    ) -> torch.Tensor:
        half = self.tohr_enc2x(e2)
        quarter = self.conv_enc2x(torch.cat((_scale(picture, 1 / 2), half), 1))
        quarter = self.conv_enc4x(torch.cat((quarter, self.tohr_enc4x(e4)), 1))
        quarter = self.conv_hr4x(torch.cat((quarter, _scale(semantic, 2), _scale(picture, 1 / 4)), 1))
        return self.conv_hr2x(torch.cat((_scale(quarter, 2), half), 1))


class FusionBranch(nn.Module):
    """`f_branch`: semantics, detail and the picture to alpha's logits at full size."""

    def __init__(self) -> None:
        super().__init__()
        d = DETAIL_CHANNELS
        self.conv_lr4x = Layer(ENCODER_CHANNELS[2], d, 5)
        self.conv_f2x = Layer(2 * d, d, 3)
        self.conv_f = nn.Sequential(Layer(d + 3, d // 2, 3), Layer(d // 2, 1, 1, logits=True))

    def forward(self, picture: torch.Tensor, semantic: torch.Tensor, detail: torch.Tensor) -> torch.Tensor:
        half = _scale(self.conv_lr4x(_scale(semantic, 2)), 2)
        fused = self.conv_f2x(torch.cat((half, detail), 1))
        return self.conv_f(torch.cat((_scale(fused, 2), picture), 1))


class OfficialMODNet(nn.Module):
    """Picture [N, 3, H, W] in -1..1 (RGB, encoded; sides multiples of 32) to alpha [N, 1, H, W] in 0..1.

    6.49 million parameters. Inference only: the layers of the sub-objectives are there to hold their weights.
    """

    def __init__(self) -> None:
        super().__init__()
        self.backbone = Backbone()
        self.lr_branch = SemanticBranch()
        self.hr_branch = DetailBranch()
        self.f_branch = FusionBranch()

    def forward(self, picture: torch.Tensor) -> torch.Tensor:
        e2, e4, _, _, e32 = self.backbone(picture)
        semantic = self.lr_branch(e32)
        detail = self.hr_branch(picture, e2, e4, semantic)
        return torch.sigmoid(self.f_branch(picture, semantic, detail))


def load_official(path: Path) -> OfficialMODNet:
    """The published network with the weights of a `.ckpt`, in evaluation mode.

    Takes names with and without `module.`, the encoder under `backbone` or `lr_branch.backbone` (published
    files hold it under both), and files from before batch norms counted their steps.

    # Errors
    Problem, when the file cannot be read, is no state dict, or has other tensors than the published network.
    """
    state = _official_names(path, _read_state(path))
    network = OfficialMODNet()
    expected = network.state_dict()
    counters = {name for name in expected if name.endswith("num_batches_tracked")}
    missing = sorted(expected.keys() - state.keys() - counters)
    unknown = sorted(state.keys() - expected.keys())
    if missing or unknown:
        which = f"{missing[0]} is missing" if missing else f"{unknown[0]} is not one of its tensors"
        raise _foreign(path, f"{which} ({len(missing)} missing, {len(unknown)} unknown)")
    for name, tensor in state.items():
        if tensor.shape != expected[name].shape:
            raise _foreign(path, f"{name} is {list(tensor.shape)}, expected {list(expected[name].shape)}")
    network.load_state_dict(state, strict=False)
    return network.eval()


def _read_state(path: Path) -> dict[str, torch.Tensor]:
    state = load_pickled(path, lambda why: _foreign(path, why))
    if not isinstance(state, dict) or not state or not all(isinstance(t, torch.Tensor) for t in state.values()):
        raise _foreign(path, "it holds something else than a dictionary of named tensors")
    return state


def _official_names(path: Path, state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    names = {}
    for name, tensor in state.items():
        own = str(name).removeprefix(PARALLEL)
        own = own.removeprefix("lr_branch.") if own.startswith("lr_branch.backbone.") else own
        if own in names and not torch.equal(names[own], tensor):
            raise _foreign(path, f"it holds {own} twice, with different values")
        names[own] = tensor
    return names


def _foreign(path: Path, why: str) -> Problem:
    return Problem(
        f"{path} is no official MODNet checkpoint",
        why,
        "Give modnet_photographic_portrait_matting.ckpt, or one saved by the published training code.",
    )
