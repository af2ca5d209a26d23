"""Folds batch norms into what stands before them: an exported graph has none, and gives the same numbers."""

import copy

import torch
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from scrim_training.network.modnet import EfficientAspp
from scrim_training.network.official import HalfNorm


class _FoldedAspp(nn.Module):
    """`EfficientAspp` with the batch norm after its sum inside the weights, each a constant [1, C, 1, 1]."""

    def __init__(self, aspp: EfficientAspp) -> None:
        super().__init__()
        self.reduce, self.scales, self.mix = aspp.reduce, aspp.scales, aspp.mix
        factor, shift = _scale_and_shift(aspp.fuse_norm)
        weights = aspp.fuse.detach() * factor
        self.names = [f"weight{index}" for index in range(len(weights))]
        for name, weight in zip(self.names, weights, strict=True):
            self.register_buffer(name, weight[None, :, None, None])
        self.register_buffer("shift", shift[None, :, None, None])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        own, mean, *rates = (getattr(self, name) for name in self.names)
        x = self.reduce(x)
        # The mean's term is one number a channel: the shift is added there, where it costs nothing.
        mixed = x * own + (x.mean((2, 3), keepdim=True) * mean + self.shift)
        for weight, scale in zip(rates, self.scales, strict=True):
            mixed = mixed + scale(x) * weight
        return self.mix(torch.relu(mixed))


class _InstanceHalf(nn.Module):
    """What is left of `HalfNorm` once its batch norm is in the convolution before it."""

    def __init__(self, norm: HalfNorm) -> None:
        super().__init__()
        self.half = norm.bnorm.num_features
        self.inorm = norm.inorm

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.cat((x[:, : self.half], self.inorm(x[:, self.half :])), 1)


def folded(network: nn.Module) -> nn.Module:
    """A copy of a network, in evaluation mode and without batch norms; `network` stays as it is.

    Exact but for rounding: alpha differs by less than 1e-5. Instance norms stay: they depend on the picture.
    """
    copied = copy.deepcopy(network).eval()
    _fold_children(copied)
    left = [name for name, module in copied.named_modules() if isinstance(module, nn.BatchNorm2d)]
    if left:
        raise AssertionError(f"batch norms that nothing folds: {left}")
    return copied


def _fold_children(module: nn.Module) -> None:
    if isinstance(module, nn.Sequential):
        _fold_sequence(module)
    for name, child in module.named_children():
        _fold_children(child)
        if isinstance(child, EfficientAspp):
            setattr(module, name, _FoldedAspp(child))


def _fold_sequence(layers: nn.Sequential) -> None:
    for index in range(len(layers) - 1):
        first, second = layers[index], layers[index + 1]
        if not isinstance(first, nn.Conv2d):
            continue
        if isinstance(second, nn.BatchNorm2d):
            layers[index], layers[index + 1] = fuse_conv_bn_eval(first, second), nn.Identity()
        elif isinstance(second, HalfNorm):
            _fold_half(first, second.bnorm)
            layers[index + 1] = _InstanceHalf(second)


def _fold_half(convolution: nn.Conv2d, norm: nn.BatchNorm2d) -> None:
    factor, shift = _scale_and_shift(norm)
    half = norm.num_features
    with torch.no_grad():
        convolution.weight[:half] *= factor[:, None, None, None]
        convolution.bias[:half] = convolution.bias[:half] * factor + shift


def _scale_and_shift(norm: nn.BatchNorm2d) -> tuple[torch.Tensor, torch.Tensor]:
    factor = norm.weight.detach() / torch.sqrt(norm.running_var + norm.eps)
    return factor, norm.bias.detach() - norm.running_mean * factor
