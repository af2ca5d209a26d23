"""The losses against numbers worked out by hand."""

import math

import pytest
import torch

from scrim_training import losses


def filled(value: float, height: int = 32, width: int = 32) -> torch.Tensor:
    return torch.full((1, 1, height, width), value)


def test_the_coarse_truth_of_a_flat_alpha_is_flat():
    assert torch.allclose(losses.coarse_truth(filled(0.3), (2, 2)), torch.full((1, 1, 2, 2), 0.3))


def test_the_coarse_truth_averages_then_blurs_with_a_binomial_kernel():
    alpha = filled(0.0, 16 * 5, 16 * 5)
    alpha[:, :, 32:48, 32:48] = 1  # The middle one of 5x5 cells.
    coarse = losses.coarse_truth(alpha, (5, 5))
    # The kernel is the outer product of (1 4 6 4 1)/16: its middle is 36/256, its corner 1/256.
    assert coarse[0, 0, 2, 2].item() == pytest.approx(36 / 256)
    assert coarse[0, 0, 0, 0].item() == pytest.approx(1 / 256)
    assert coarse[0, 0, 2, 1].item() == pytest.approx(24 / 256)


def test_the_semantic_loss_is_half_the_mean_square():
    semantic = torch.tensor([[[[0.5, 1.0], [1.0, 1.0]]]])
    # Differences from 1: 0.5, 0, 0, 0. Half of their mean square: 0.25 / 4 / 2.
    assert losses.semantic_loss(semantic, filled(1.0)).item() == pytest.approx(0.03125)


def test_the_detail_loss_counts_the_boundary_alone():
    boundary = filled(0.0)
    boundary[:, :, :8] = 1  # A quarter of the picture.
    # |0.2 − 0.6| = 0.4 on a quarter of the pixels.
    assert losses.detail_loss(filled(0.2), filled(0.6), boundary).item() == pytest.approx(0.1)
    assert losses.detail_loss(filled(0.2), filled(0.6), filled(0.0)).item() == 0


def test_the_alpha_loss_weighs_boundary_validity_and_composition():
    boundary, valid = filled(0.0), filled(1.0)
    boundary[:, :, :16] = 1
    valid[:, :, 24:] = 0
    picture = torch.cat((filled(0.2), filled(0.4), filled(0.6)), 1)
    # |Δα| = 0.5. Upper half: weight 1 + 4; third quarter: 1; last quarter: not valid. Mean: 0.5 (5/2 + 1/4) = 1.375.
    # L_c multiplies each by the mean colour, 0.4.
    found = losses.alpha_loss(filled(0.75), filled(0.25), boundary, valid, picture).item()
    assert found == pytest.approx(1.375 * 1.4)


def test_the_total_uses_the_papers_weights():
    outputs = (torch.full((1, 1, 2, 2), 0.5), filled(0.5), filled(0.5))
    found = losses.losses(outputs, filled(1.0), filled(1.0), filled(1.0), torch.ones(1, 3, 32, 32))
    assert found.semantic.item() == pytest.approx(0.125)
    assert found.detail.item() == pytest.approx(0.5)
    assert found.alpha.item() == pytest.approx(0.5 * 5 * 2)
    # 1 · 0.125 + 10 · 0.5 + 1 · 5, and a tenth of the cross entropy ln 2.
    assert found.total.item() == pytest.approx(0.125 + 5 + 5 + 0.1 * math.log(2))


def test_a_perfect_answer_costs_nearly_nothing():
    alpha = filled(0.0)
    found = losses.losses(
        (torch.zeros(1, 1, 2, 2), alpha, alpha), alpha, filled(1.0), filled(1.0), torch.ones(1, 3, 32, 32)
    )
    assert found.total.item() == pytest.approx(0, abs=1e-4)
