"""Puts foregrounds into frames and imitates a webcam: what the held-out pictures and clips are made with.

A *layer* is float32 HxWx4 in 0..1, encoded colour premultiplied by alpha. Compositing is done in encoded
colour, as cameras' processing and the training do it. Every random choice comes from the generator that is
handed in.
"""

from dataclasses import dataclass

import cv2
import numpy as np

# A foreground's border row or column counts as cut off where more than this share of it is person.
_CUT_SHARE = 0.02
# Shoulders that were cut off at the sides go on this far, in widths of the picture, before they leave the
# frame.
_SHOULDER_REACH = 0.35
_SHOULDER_STRETCH = 0.3
_VISIBLE = 0.02
_TRIM = 2
# A shoulder is at least this wide, in pixels of the foreground; a sliver at the border is none.
_TRUST = 10


@dataclass(frozen=True)
class Figure:
    """A foreground cropped to what is visible; which of its borders cut the person off; what is behind it, as
    large."""

    layer: np.ndarray
    cut_left: bool
    cut_right: bool
    behind: np.ndarray | None = None


def as_figure(rgba: np.ndarray, behind: np.ndarray | None = None) -> Figure:
    """A foreground uint8 HxWx4, straight encoded colour, ready to be placed, with the furniture behind it, if
    any.

    Raises `ValueError` if nobody is in it.
    """
    # A keyer leaves the backdrop's last columns standing now and then.
    whole = _premultiplied(rgba[:, _TRIM:-_TRIM])
    back = None if behind is None else _premultiplied(behind[:, _TRIM:-_TRIM])
    visible = (whole if back is None else np.maximum(whole, back))[..., 3] > _VISIBLE
    rows, columns = (np.flatnonzero(visible.any(axis)) for axis in (1, 0))
    if not rows.size:
        raise ValueError("a foreground without any visible pixel")
    crop = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    layer = whole[crop]
    cut = [bool((side > 0.5).mean() > _CUT_SHARE) for side in (whole[:, 0, 3], whole[:, -1, 3])]
    if back is not None:
        return Figure(layer, *cut, back[crop])
    alpha = layer[..., 3]
    shoulders = [cut[0] and _is_shoulder(alpha[:, :_TRUST]), cut[1] and _is_shoulder(alpha[:, -_TRUST:])]
    layer = _with_shoulders(layer, *shoulders)
    return Figure(layer, cut[0] and not shoulders[0], cut[1] and not shoulders[1])


def behind_of(figure: Figure) -> Figure:
    """What is behind a figure, to be placed exactly as the figure is. Raises `ValueError` where nothing
    is."""
    if figure.behind is None:
        raise ValueError("nothing is behind this figure")
    return Figure(figure.behind, figure.cut_left, figure.cut_right)


def placed(figure: Figure, size: tuple[int, int], share: float, across: float) -> np.ndarray:
    """A layer of the frame's `size` (width, height) with the figure standing on its lower edge.

    `share` is the figure's height in frame heights, `across` where its middle is, 0 left to 1 right. A figure
    that its own picture cut off at a side is moved, and at worst enlarged, until the frame's edge cuts it
    there instead.
    """
    width, height = size
    scale = share * height / figure.layer.shape[0]
    if figure.cut_left and figure.cut_right:
        scale, across = max(scale, width / figure.layer.shape[1]), 0.5
    half = scale * figure.layer.shape[1] / (2 * width)
    if figure.cut_left != figure.cut_right:
        across = half if figure.cut_left else 1.0 - half
    small = scaled(figure.layer, scale)
    # Too tall a figure loses its feet, never its head.
    top = max(height - small.shape[0], round(0.03 * height)) if share <= 1.0 else round(0.03 * height)
    left = round(across * width - small.shape[1] / 2)
    if figure.cut_left and figure.cut_right:
        left = min(0, max(left, width - small.shape[1]))
    return _pasted(small, size, left, top)


def scaled(layer: np.ndarray, scale: float) -> np.ndarray:
    """A layer resized by a factor; averaged when shrinking, so that thin things do not vanish."""
    size = tuple(max(1, round(side * scale)) for side in layer.shape[1::-1])
    return cv2.resize(layer, size, interpolation=cv2.INTER_AREA if scale < 1.0 else cv2.INTER_LINEAR)


def background(picture: np.ndarray, size: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """A part of a background uint8 HxWx3 that fills the frame, float32 height x width x 3 in 0..1."""
    height, width = picture.shape[:2]
    aspect = size[0] / size[1]
    wide, high = (width, width / aspect) if width / aspect <= height else (height * aspect, height)
    zoom = rng.uniform(0.7, 1.0)
    wide, high = max(1, int(wide * zoom)), max(1, int(high * zoom))
    left, top = rng.integers(0, width - wide + 1), rng.integers(0, height - high + 1)
    part = picture[top : top + high, left : left + wide].astype(np.float32) / 255.0
    part = cv2.resize(part, size, interpolation=cv2.INTER_AREA if wide > size[0] else cv2.INTER_LINEAR)
    return part[:, ::-1] if rng.random() < 0.5 else part


def over(layer: np.ndarray, below: np.ndarray) -> np.ndarray:
    """A layer over an opaque picture (HxWx3) or over another layer (HxWx4)."""
    return layer[..., : below.shape[2]] + below * (1.0 - layer[..., 3:])


def relit(layer: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The layer in a mildly different light: brighter or darker, warmer or cooler."""
    gain = rng.uniform(0.75, 1.15) * np.array([1.0, 1.0, 1.0, 0.0]) + [0.0, 0.0, 0.0, 1.0]
    warmth = rng.uniform(-0.08, 0.08)
    lit = layer * (gain * [1.0 + warmth, 1.0, 1.0 - warmth, 1.0]).astype(np.float32)
    lit[..., :3] = np.minimum(lit[..., :3], lit[..., 3:])
    return lit


@dataclass(frozen=True)
class Webcam:
    """A mild camera: noise in codes (standard deviation) and the quality of its JPEG."""

    noise: float
    quality: int

    @classmethod
    def drawn(cls, rng: np.random.Generator) -> "Webcam":
        """A camera between a good one in daylight and a cheap one in a lit room."""
        return cls(float(rng.uniform(0.5, 4.0)), int(rng.integers(65, 93)))

    def shot(self, picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """A picture float HxWx3 in 0..1 as the camera delivers it, uint8 HxWx3 RGB."""
        codes = picture * 255.0 + rng.normal(0.0, self.noise, picture.shape)
        codes = np.clip(np.rint(codes), 0, 255).astype(np.uint8)
        _, packed = cv2.imencode(".jpg", codes[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, self.quality])
        return np.ascontiguousarray(cv2.imdecode(packed, cv2.IMREAD_COLOR)[..., ::-1])


def _premultiplied(rgba: np.ndarray) -> np.ndarray:
    layer = rgba.astype(np.float32) / 255.0
    layer[..., :3] *= layer[..., 3:]
    return layer


def _is_shoulder(columns: np.ndarray) -> bool:
    """Whether a side cuts one piece that reaches the lower corner and stays in the lower 60 %; alpha of its
    columns."""
    inside = np.flatnonzero(columns.min(axis=1) > 0.5)
    if not inside.size:
        return False
    height = len(columns)
    return bool(inside[0] > 0.4 * height and inside[-1] >= height - 2 and np.diff(inside).max(initial=1) == 1)


def _with_shoulders(layer: np.ndarray, left: bool, right: bool) -> np.ndarray:
    """Carries shoulders on past the borders that cut them: the border's surroundings, mirrored, stretched,
    sinking."""
    height, width = layer.shape[:2]
    reach = round(_SHOULDER_REACH * width)
    x = np.arange(-reach if left else 0, width + (reach if right else 0), dtype=np.float32)
    out = np.maximum(0.0, np.maximum(-x, x - (width - 1)))
    # Sinks gently at first, and far enough at the end that no shoulder in the lower 60 % still shows.
    sink = 0.25 * out + (0.75 * height - 0.25 * reach) * (out / max(reach, 1)) ** 2.5
    inside = np.where(x < 0, -x * _SHOULDER_STRETCH, np.where(x >= width, width - 1 - out * _SHOULDER_STRETCH, x))
    rows = np.arange(height, dtype=np.float32)[:, None] - sink[None, :]
    columns = np.broadcast_to(inside[None, :], rows.shape)
    border = {"borderMode": cv2.BORDER_CONSTANT, "borderValue": (0.0, 0.0, 0.0, 0.0)}
    return cv2.remap(layer, columns.astype(np.float32), rows.astype(np.float32), cv2.INTER_LINEAR, **border)


def _pasted(small: np.ndarray, size: tuple[int, int], left: int, top: int) -> np.ndarray:
    frame = np.zeros((size[1], size[0], 4), np.float32)
    x0, y0 = max(left, 0), max(top, 0)
    x1, y1 = min(left + small.shape[1], size[0]), min(top + small.shape[0], size[1])
    if x0 < x1 and y0 < y1:
        frame[y0:y1, x0:x1] = small[y0 - top : y1 - top, x0 - left : x1 - left]
    return frame
