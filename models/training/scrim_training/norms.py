"""Batch normalisation: measuring its statistics, and keeping them."""

from collections.abc import Iterable

import torch
from torch import nn

from .network.modnet import MODNet


def freeze(network: nn.Module) -> None:
    """Keeps statistics and affine weights, until the next `network.train()`."""
    for norm in _norms(network):
        norm.eval()
        norm.requires_grad_(False)


@torch.no_grad()
def measure(network: MODNet, inputs: Iterable[torch.Tensor]) -> None:
    """Replaces the running statistics by their mean over `inputs`, pictures [N, 3, H, W] in -1..1.

    The running ones lag behind weights that move: mattes were wrong by 0.03 with a batch's own statistics, by 0.18 with
    the running ones, and by 0.03 with measured ones. Leaves the network in evaluation mode.
    """
    norms = _norms(network)
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.reset_running_stats()
        # None: the plain mean of all batches instead of one that forgets.
        norm.momentum = None
    network.train()
    for pictures in inputs:
        network.sub_objectives(pictures)
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum
    network.eval()


def _norms(network: nn.Module) -> list[nn.BatchNorm2d]:
    return [module for module in network.modules() if isinstance(module, nn.BatchNorm2d)]
