"""The consistency loss against numbers worked out by hand, and what it may not change."""

import pytest
import torch

from scrim_training import soc


def outputs(semantic: float, detail: float, alpha: float):
    return (
        torch.full((1, 1, 2, 2), semantic, requires_grad=True),
        torch.full((1, 1, 32, 32), detail, requires_grad=True),
        torch.full((1, 1, 32, 32), alpha, requires_grad=True),
    )


def test_the_parts_are_what_the_equations_say():
    found = soc.consistency(outputs(0.9, 0.4, 0.5), outputs(0.9, 0.7, 0.5))
    # ½ 0.4², 0.1, |0.4 − 0.7|; alpha 0.5 everywhere makes everything boundary.
    assert found.semantic.item() == pytest.approx(0.08)
    assert found.detail.item() == pytest.approx(0.1)
    assert found.kept_detail.item() == pytest.approx(0.3)
    assert found.total.item() == pytest.approx(100 * 0.08 + 0.1 + 0.3)


def test_what_lies_off_the_boundary_is_nobodys_detail():
    network, frozen = outputs(0.0, 0.6, 0.0), outputs(0.0, 0.6, 0.0)
    with torch.no_grad():
        frozen[2][:, :, 5] = 0.5
    # Radius 32 / 32 = 1: three rows of 32.
    assert soc.consistency(network, frozen).detail.item() == pytest.approx(0.6 * 3 / 32)


def test_agreement_costs_nothing_and_no_boundary_has_no_detail():
    assert soc.consistency(outputs(0.5, 0.5, 0.5), outputs(0.5, 0.5, 0.5)).total.item() == pytest.approx(0)
    assert soc.consistency(outputs(1.0, 0.2, 1.0), outputs(1.0, 0.9, 1.0)).total.item() == pytest.approx(0)


def test_each_side_moves_towards_the_other():
    mine = outputs(0.9, 0.8, 0.5)
    soc.consistency(mine, outputs(0.9, 0.8, 0.5)).total.backward()
    semantic, detail, alpha = mine
    assert semantic.grad.sum() > 0, "semantics above alpha must fall"
    assert detail.grad.sum() > 0, "detail above alpha must fall"
    # −1 of the detail term, and −0.4 (of ½ · 2 · 0.4) of the semantic one by 100, each spread over all pixels.
    assert alpha.grad.sum().item() == pytest.approx(-41, rel=1e-4)


def test_the_boundary_is_where_alpha_is_unsure_and_around_it():
    alpha = torch.zeros(1, 1, 64, 64)
    alpha[:, :, 32] = 0.5
    boundary = soc.boundary_of(alpha)
    # Radius 64 / 32 = 2: five rows.
    assert boundary[0, 0, :, 0].nonzero().flatten().tolist() == [30, 31, 32, 33, 34]
