"""Batch normalisation that stands still, and that is measured."""

import torch

from scrim_training import norms
from scrim_training.network.modnet import LIGHT, MODNet


def test_frozen_norms_keep_statistics_and_weights():
    network = MODNet(LIGHT).train()
    norms.freeze(network)
    before = {name: value.clone() for name, value in network.state_dict().items() if "running" in name}
    network.sub_objectives(torch.rand(1, 3, 64, 64))
    after = network.state_dict()
    assert before and all(torch.equal(value, after[name]) for name, value in before.items())
    found = [module for module in network.modules() if isinstance(module, torch.nn.BatchNorm2d)]
    assert not any(parameter.requires_grad for norm in found for parameter in norm.parameters())


def test_measured_statistics_are_the_mean_over_the_batches():
    """What was there before does not count, and neither does the order."""
    torch.manual_seed(1)
    network, other = MODNet(LIGHT), MODNet(LIGHT)
    other.load_state_dict(network.state_dict())
    first = next(module for module in network.modules() if isinstance(module, torch.nn.BatchNorm2d))
    first.running_mean.fill_(100.0)
    momentum = first.momentum
    # Its input comes from the encoder, which has no norms: what it sees does not depend on the order.
    seen = []
    first.register_forward_pre_hook(lambda _module, inputs: seen.append(inputs[0].mean((0, 2, 3))))
    batches = [torch.rand(2, 3, 64, 64) * 2 - 1 for _ in range(3)]
    norms.measure(network, batches)
    norms.measure(other, batches[::-1])
    assert not network.training and first.momentum == momentum
    torch.testing.assert_close(first.running_mean, torch.stack(seen).mean(0), rtol=1e-4, atol=1e-5)
    for (name, one), two in zip(network.named_buffers(), other.buffers(), strict=True):
        torch.testing.assert_close(one, two, rtol=1e-3, atol=1e-4, msg=name)
