"""MODNet (Ke et al., AAAI 2022): semantic branch with e-ASPP, detail branch, fusion; in two sizes, written for CPUs.

Where it differs from the published network, and why: no convolution runs at full resolution. The picture enters the
detail and fusion branches through a 2x2 stride-2 convolution, which keeps every pixel (12 numbers in, 16 out), and
alpha leaves as four sub-pixels by depth-to-space. In the published network the full-resolution convolution of the
fusion branch takes about a seventh of the time, and so does the 5x5 on 1280 channels that the e-ASPP replaces.
Plain batch normalisation in the decoder folds into the convolutions at export.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import nn

from .encoder import Encoder


@dataclass(frozen=True)
class Size:
    """The widths, in channels, that tell the two models apart."""

    name: str
    context: int
    semantic: int
    detail4: int
    detail2: int
    head: int


# Widths chosen by timing the exported graph (`scrim-training export --time`): at most 0.34 of the published network.
QUALITY = Size("scrim-modnet", context=96, semantic=32, detail4=32, detail2=24, head=24)
LIGHT = Size("scrim-modnet-light", context=64, semantic=24, detail4=20, detail2=16, head=16)
SIZES = {"modnet": QUALITY, "light": LIGHT}


# Statistics follow about the last thirty batches: they are small, and of many sides.
NORM_MOMENTUM = 0.03


class ConvNorm(nn.Sequential):
    """Convolution, batch normalisation, ReLU."""

    def __init__(
        self, inputs: int, outputs: int, side: int, *, stride: int = 1, groups: int = 1, rate: int = 1
    ) -> None:
        padding = rate * (side - 1) // 2
        super().__init__(
            nn.Conv2d(inputs, outputs, side, stride, padding, rate, groups, bias=False),
            nn.BatchNorm2d(outputs, momentum=NORM_MOMENTUM),
            nn.ReLU(inplace=True),
        )


class EfficientAspp(nn.Module):
    """The paper's e-ASPP: reduce, depth-wise atrous convolutions, fuse the scales of each channel, then the channels.

    A channel's mean over the picture stands beside the atrous scales. In and out: [N, C, H/32, W/32].
    """

    def __init__(self, inputs: int, channels: int, rates: tuple[int, ...] = (1, 2, 4, 6)) -> None:
        super().__init__()
        self.reduce = ConvNorm(inputs, channels, 1)
        self.scales = nn.ModuleList([ConvNorm(channels, channels, 3, groups=channels, rate=rate) for rate in rates])
        # One weight for each channel and scale: the reduced input, each rate, the mean.
        self.fuse = nn.Parameter(torch.full((len(rates) + 2, channels), 1.0 / (len(rates) + 2)))
        self.fuse_norm = nn.BatchNorm2d(channels, momentum=NORM_MOMENTUM)
        self.mix = ConvNorm(channels, channels, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.reduce(x)
        weights = self.fuse[:, :, None, None]
        mixed = x * weights[0] + x.mean((2, 3), keepdim=True) * weights[1]
        for weight, scale in zip(weights[2:], self.scales, strict=True):
            mixed = mixed + scale(x) * weight
        return self.mix(F.relu(self.fuse_norm(mixed)))


def enlarge(x: torch.Tensor) -> torch.Tensor:
    return F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)


class SubpixelHead(nn.Module):
    """Half-resolution features to one full-resolution logit [N, 1, H, W]."""

    def __init__(self, inputs: int, hidden: int) -> None:
        super().__init__()
        self.hidden = ConvNorm(inputs, hidden, 3)
        self.logits = nn.Conv2d(hidden, 4, 3, padding=1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.pixel_shuffle(self.logits(self.hidden(x)), 2)


class MODNet(nn.Module):
    """Picture [N, 3, H, W] in -1..1 (RGB, encoded; sides multiples of 32) to alpha [N, 1, H, W] in 0..1."""

    def __init__(self, size: Size) -> None:
        super().__init__()
        self.size = size
        self.encoder = Encoder()
        c2, c4, c8, c16, c32 = self.encoder.channels
        context, semantic, d4, d2 = size.context, size.semantic, size.detail4, size.detail2
        # Semantic branch: 1/32 to 1/8.
        self.aspp = EfficientAspp(c32, context)
        self.lateral16 = ConvNorm(c16, context // 2, 1)
        self.semantic16 = ConvNorm(context + context // 2, context, 3)
        self.reduce16 = ConvNorm(context, semantic, 1)
        self.semantic8 = ConvNorm(semantic + c8, semantic, 3)
        self.semantic_logits = nn.Conv2d(semantic, 1, 3, 2, 1)
        # Detail branch: 1/2 and 1/4, fed by the picture, low-level features and the semantic branch.
        self.picture2 = nn.Conv2d(3, 16, 2, 2)
        self.lateral2 = ConvNorm(c2 + 16, d2, 1)
        self.down4 = ConvNorm(d2, d4, 3, stride=2)
        self.lateral4 = ConvNorm(c4, d4, 1)
        self.detail4 = nn.Sequential(ConvNorm(2 * d4 + semantic, d4 + d4 // 2, 3), ConvNorm(d4 + d4 // 2, d4, 3))
        self.reduce4 = ConvNorm(d4, d2, 1)
        self.detail2 = nn.Sequential(ConvNorm(2 * d2, d2, 3), ConvNorm(d2, d2, 3))
        self.detail_head = SubpixelHead(d2 + 16, d2)
        # Fusion branch.
        self.fusion4 = ConvNorm(semantic, d2, 3)
        self.fusion2 = ConvNorm(2 * d2, d2, 3)
        self.head = SubpixelHead(d2 + 16, size.head)
        self._initialise()

    def _initialise(self) -> None:
        for name, module in self.named_modules():
            if isinstance(module, nn.Conv2d) and not name.startswith("encoder"):
                nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
                if module.bias is not None:
                    nn.init.zeros_(module.bias)
        # Small logits at first, so that no branch starts out certain.
        for module in (self.semantic_logits, self.detail_head.logits, self.head.logits):
            nn.init.normal_(module.weight, std=0.02)

    def _branches(self, picture: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Semantic map (1/8), detail features (1/2), fused features with the picture (1/2)."""
        e2, e4, e8, e16, e32 = self.encoder(picture)
        x = self.semantic16(torch.cat((enlarge(self.aspp(e32)), self.lateral16(e16)), 1))
        semantic = self.semantic8(torch.cat((enlarge(self.reduce16(x)), e8), 1))
        half = self.picture2(picture)
        low = self.lateral2(torch.cat((e2, half), 1))
        quarter = enlarge(semantic)
        x = self.detail4(torch.cat((self.down4(low), self.lateral4(e4), quarter), 1))
        detail = self.detail2(torch.cat((enlarge(self.reduce4(x)), low), 1))
        fused = self.fusion2(torch.cat((enlarge(self.fusion4(quarter)), detail), 1))
        return semantic, torch.cat((detail, half), 1), torch.cat((fused, half), 1)

    def forward(self, picture: torch.Tensor) -> torch.Tensor:
        return torch.sigmoid(self.head(self._branches(picture)[2]).float())

    def sub_objectives(self, picture: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """What training looks at: coarse semantics s_p at 1/16, boundary detail d_p and alpha α_p, each in 0..1."""
        semantic, detail, fused = self._branches(picture)
        return (
            torch.sigmoid(self.semantic_logits(semantic).float()),
            torch.sigmoid(self.detail_head(detail).float()),
            torch.sigmoid(self.head(fused).float()),
        )
