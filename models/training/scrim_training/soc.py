"""SOC (Ke et al. 2022, section 3.4): sub-objectives consistency, the loss that adapts MODNet to unlabelled pictures.

Alpha, shrunk and blurred, must agree with the coarse semantics, and on the boundary with the detail branch. Both sides
of each pair may move. What keeps detail sharp, and the pairs from meeting at a trivial answer, is the copy of the
network from before the adaptation: its boundary, and its boundary detail, is what d_p is held against.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F

from .losses import coarse_truth

Outputs = tuple[torch.Tensor, torch.Tensor, torch.Tensor]
# Where alpha is between these the outline is nearby; dilated by a radius of 1/32 of the shorter side.
UNSURE_FROM, UNSURE_TO = 0.05, 0.95
# Ours: the paper gives no weights. Equal ones, with detail's means taken over the boundary alone, let alpha follow
# whatever the detail branch said of chairs and screens; with this one, and means over the whole picture, held-out
# mattes got better. (The published implementation weighs semantics by 100 too, but takes means over the boundary, and
# holds alpha to the frozen copy's instead of to the detail branch.)
SEMANTIC_WEIGHT = 100.0


@dataclass
class Consistency:
    """Each a mean: semantics against alpha, detail against alpha and against the frozen copy; their weighted sum."""

    semantic: torch.Tensor
    detail: torch.Tensor
    kept_detail: torch.Tensor
    total: torch.Tensor


def boundary_of(alpha: torch.Tensor) -> torch.Tensor:
    """m_d of a predicted alpha [N, 1, H, W]: 1 around the outline, 0 elsewhere; no gradient."""
    unsure = ((alpha > UNSURE_FROM) & (alpha < UNSURE_TO)).to(alpha.dtype)
    radius = max(1, min(alpha.shape[2:]) // 32)
    return F.max_pool2d(unsure, 2 * radius + 1, 1, radius).detach()


def consistency(outputs: Outputs, frozen: Outputs) -> Consistency:
    """The loss for outputs (s_p, d_p, α_p) of the network and of its frozen copy, on the same pictures.

    L_cons = ½‖G(α_p) − s_p‖² + m_d‖α_p − d_p‖₁ and L_dd = m_d‖d'_p − d_p‖₁ (equations 5 and 6).
    """
    semantic, detail, alpha = outputs
    coarse = coarse_truth(alpha, semantic.shape[2:])
    ls = 0.5 * F.mse_loss(semantic, coarse)
    boundary = boundary_of(frozen[2])
    ld = ((detail - alpha).abs() * boundary).mean()
    ldd = ((detail - frozen[1].detach()).abs() * boundary).mean()
    return Consistency(ls, ld, ldd, SEMANTIC_WEIGHT * ls + ld + ldd)
