"""MODNet's three losses (Ke et al., AAAI 2022, equations 1 to 4) and their sum.

The composition loss L_c is that of the published code, which takes the picture itself as the colour; the paper's has
foreground and background.

All maps are float32 [N, 1, H, W] in 0..1; `valid` and `boundary` hold 0 or 1. Means are over all pixels of the batch.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F

# The paper's weights.
WEIGHT_SEMANTIC, WEIGHT_DETAIL, WEIGHT_ALPHA = 1.0, 10.0, 1.0
# How much more a pixel of the boundary counts in the alpha loss than another (as in the published training code).
BOUNDARY_GAIN = 4.0
# Not in the paper: cross entropy beside the squared error, because the gradient of (sigmoid − target)² vanishes where
# the branch is certain and wrong. Small, so that it does not decide what is learned once the branch is right.
WEIGHT_CROSS_ENTROPY = 0.1


@dataclass
class Losses:
    """The parts, unweighted, and the sum that is minimised."""

    semantic: torch.Tensor
    detail: torch.Tensor
    alpha: torch.Tensor
    total: torch.Tensor


def coarse_truth(alpha: torch.Tensor, sides: tuple[int, int]) -> torch.Tensor:
    """G(α_g): alpha shrunk to `sides` by area and blurred by a 5x5 binomial kernel with replicated borders."""
    small = F.interpolate(alpha, size=sides, mode="area")
    row = torch.tensor([1.0, 4.0, 6.0, 4.0, 1.0], dtype=alpha.dtype, device=alpha.device) / 16
    kernel = (row[:, None] * row[None, :])[None, None]
    return F.conv2d(F.pad(small, (2, 2, 2, 2), mode="replicate"), kernel)


def semantic_loss(semantic: torch.Tensor, alpha: torch.Tensor) -> torch.Tensor:
    """L_s = ½‖s_p − G(α_g)‖², as a mean; `semantic` [N, 1, H/16, W/16]."""
    return 0.5 * F.mse_loss(semantic, coarse_truth(alpha, semantic.shape[2:]))


def detail_loss(detail: torch.Tensor, alpha: torch.Tensor, boundary: torch.Tensor) -> torch.Tensor:
    """L_d = m_d‖d_p − α_g‖₁, as a mean over all pixels."""
    return ((detail - alpha).abs() * boundary).mean()


def alpha_loss(
    predicted: torch.Tensor, alpha: torch.Tensor, boundary: torch.Tensor, valid: torch.Tensor, picture: torch.Tensor
) -> torch.Tensor:
    """L_α = ‖α_p − α_g‖₁ + L_c, the boundary counted BOUNDARY_GAIN times more.

    L_c is the composition loss with the picture itself as the colour, |α_p I − α_g I|, mean over channels; `picture`
    [N, 3, H, W] in 0..1.
    """
    error = (predicted - alpha).abs() * valid * (1 + BOUNDARY_GAIN * boundary)
    return (error + error * picture.mean(1, keepdim=True)).mean()


def losses(
    outputs: tuple[torch.Tensor, torch.Tensor, torch.Tensor],
    alpha: torch.Tensor,
    boundary: torch.Tensor,
    valid: torch.Tensor,
    picture: torch.Tensor,
) -> Losses:
    """The losses of (s_p, d_p, α_p) and λs L_s + λd L_d + λα L_α (plus the small cross entropy)."""
    semantic, detail, predicted = outputs
    ls = semantic_loss(semantic, alpha)
    ld = detail_loss(detail, alpha, boundary)
    la = alpha_loss(predicted, alpha, boundary, valid, picture)
    truth = coarse_truth(alpha, semantic.shape[2:])
    entropy = F.binary_cross_entropy(semantic.clamp(1e-5, 1 - 1e-5), truth)
    total = WEIGHT_SEMANTIC * ls + WEIGHT_DETAIL * ld + WEIGHT_ALPHA * la + WEIGHT_CROSS_ENTROPY * entropy
    return Losses(ls, ld, la, total)
