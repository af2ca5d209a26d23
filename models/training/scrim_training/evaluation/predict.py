"""Runs a matting model in an ONNX file on pictures as the program does: the same input size, the same
resampling.

Two kinds of model are known. `modnet`: float32 [1, 3, H, W] RGB in, [1, 1, H, W] alpha out, normalised as the
TOML manifest beside the file says, or by MODNet's (code - 127.5) / 127.5. `mediapipe`: MediaPipe's selfie
segmentation, float32 [1, H, W, 3] RGB, code / 255, fixed sides, [1, H, W, 1] out; the picture is squeezed
into its sides, as MediaPipe's own graph does it. Kinds are told apart by where the input has its three
channels.
"""

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime
from PIL import Image

from scrim_training.digest import sha256_of
from scrim_training.manifest import Manifest, manifest_of
from scrim_training.problem import Problem

# The program's size presets by shorter side, its largest input area and its largest aspect: `size_policy.rs`.
PRESETS = {"fast": 160, "balanced": 256, "quality": 288, "reference": 512}
MAX_PIXELS = 1024 * 1024
MAX_ASPECT = 4.0
SMALLEST_SIDE, LARGEST_SIDE = 32, 2048


@dataclass(frozen=True)
class Layout:
    """How pixels become the input tensor: (code - mean) / scale, sides multiples of `side_multiple`."""

    kind: str
    mean: tuple[float, float, float]
    scale: tuple[float, float, float]
    side_multiple: int
    input: str
    output: str
    fixed: tuple[int | None, int | None]
    """Width and height, where the file fixes them."""


class Predictor:
    """A loaded model. `size` is a preset's name or the shorter side in pixels; models of fixed sides keep
    theirs.

    Raises `Problem` where the file cannot be run, is none of the known kinds, or does not fit the manifest
    beside it. One thread unless told otherwise.
    """

    def __init__(self, path: Path | str, size: str | int = "balanced", threads: int = 1) -> None:
        self.path = Path(path)
        self.name = self.path.name.removesuffix(".onnx")
        self._short_side = short_side(size)
        try:
            self.sha256 = sha256_of(self.path)
        except OSError as error:
            raise _bad(self.path, str(error)) from error
        manifest = manifest_of(self.path)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            # By path, so that weights outside the file are found.
            self._session = onnxruntime.InferenceSession(str(self.path), options, providers=["CPUExecutionProvider"])
        except Exception as error:  # ONNX Runtime's exceptions have no common class but this.
            raise _bad(self.path, f"ONNX Runtime cannot load it: {error}") from error
        self.layout = _layout_of(self.path, self._session, manifest)

    @property
    def kind(self) -> str:
        """`modnet` or `mediapipe`."""
        return self.layout.kind

    def input_size(self, width: int, height: int) -> tuple[int, int]:
        """Width and height of the model's input for a picture's."""
        layout = self.layout
        size = input_size(width, height, self._short_side, layout.side_multiple)
        return layout.fixed[0] or size[0], layout.fixed[1] or size[1]

    def model_alpha(self, rgb: np.ndarray) -> np.ndarray:
        """Alpha at the model's own size, float32 hxw in 0..1, for a picture uint8 HxWx3 RGB (encoded)."""
        layout = self.layout
        height, width = rgb.shape[:2]
        sides = self.input_size(width, height)
        planes = np.stack([resample(rgb[..., c], sides) for c in range(3)], axis=-1)
        tensor = (planes - np.array(layout.mean, np.float32)) / np.array(layout.scale, np.float32)
        if layout.kind == "modnet":
            tensor = tensor.transpose(2, 0, 1)
        tensor = np.ascontiguousarray(tensor[None], np.float32)
        try:
            (output,) = self._session.run([layout.output], {layout.input: tensor})
        except Exception as error:
            raise _bad(self.path, f"it fails on a picture of {sides[0]}×{sides[1]}: {error}") from error
        if output.size != sides[0] * sides[1] or not np.isfinite(output).all():
            raise _bad(self.path, f"it gives {list(output.shape)}, not a matte of {sides[0]}×{sides[1]}")
        return np.clip(output.reshape(sides[1], sides[0]), 0.0, 1.0)

    def alpha(self, rgb: np.ndarray) -> np.ndarray:
        """Alpha at the picture's size, float32 HxW in 0..1, for a picture uint8 HxWx3 RGB (encoded)."""
        return np.clip(resample(self.model_alpha(rgb), (rgb.shape[1], rgb.shape[0])), 0.0, 1.0)


def short_side(size: str | int) -> int:
    """The shorter side that a preset's name or a number (also as text) stands for. Raises `Problem`
    otherwise."""
    if size in PRESETS:
        return PRESETS[size]
    try:
        side = int(size)
    except ValueError:
        side = 0
    if not SMALLEST_SIDE <= side <= LARGEST_SIDE:
        choices = ", ".join(PRESETS)
        raise Problem(
            f"{size!r} is no input size",
            "it is neither a preset nor a possible shorter side",
            f"Use {choices}, or a number from {SMALLEST_SIDE} to {LARGEST_SIDE}.",
        )
    return side


def input_size(width: int, height: int, short: int, multiple: int = 32) -> tuple[int, int]:
    """Width and height of the input for a picture's, as the program chooses them.

    The shorter side is `short` and the aspect kept as nearly as whole multiples, the largest aspect (4) and
    the largest area (1024 x 1024) allow.
    """
    aspect = min(max(width / height, 1.0 / MAX_ASPECT), MAX_ASPECT)
    wide, high = (short * aspect, float(short)) if aspect >= 1.0 else (float(short), short / aspect)
    shrink = min(1.0, math.sqrt(MAX_PIXELS / (wide * high)))
    # Halves away from zero, as Rust rounds; Python's own rounding takes them to even.
    w, h = (max(1, math.floor(side * shrink / multiple + 0.5)) * multiple for side in (wide, high))
    while w * h > MAX_PIXELS and max(w, h) > multiple:
        if w >= h:
            w -= multiple
        else:
            h -= multiple
    return w, h


def resample(plane: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """A plane HxW of any number type scaled to (width, height), float32.

    A triangle filter that widens when shrinking, so that no sample is skipped; bilinear when enlarging. In
    float32 throughout: Pillow rounds eight-bit pictures to codes after each pass, the program does not.
    """
    image = Image.fromarray(np.ascontiguousarray(plane, np.float32))
    return np.asarray(image.resize(size, Image.Resampling.BILINEAR))


def _layout_of(path: Path, session: onnxruntime.InferenceSession, manifest: Manifest) -> Layout:
    source = _named(path, session.get_inputs(), manifest.input, "input")
    target = _named(path, session.get_outputs(), manifest.output, "output")
    shape = source.shape
    if source.type != "tensor(float)" or len(shape) != 4:
        raise _bad(path, f"its input is {source.type} {shape}, not four-dimensional float32")
    if shape[1] == 3:
        mean, scale, multiple = manifest.mean, manifest.scale, manifest.side_multiple
        kind, sides = "modnet", (shape[3], shape[2])
    elif shape[3] == 3:
        mean, scale, multiple, kind, sides = (0.0,) * 3, (255.0,) * 3, 1, "mediapipe", (shape[2], shape[1])
    else:
        raise _bad(path, f"its input is {shape}: neither [1, 3, H, W] nor [1, H, W, 3]")
    fixed = tuple(side if isinstance(side, int) and side > 0 else None for side in sides)
    return Layout(kind, mean, scale, multiple, source.name, target.name, fixed)


def _named(path: Path, tensors: list, name: str | None, role: str):
    found = [tensor for tensor in tensors if name is None or tensor.name == name]
    if len(found) != 1:
        have = ", ".join(tensor.name for tensor in tensors)
        raise _bad(path, f"which {role} is meant is not clear among {have}")
    return found[0]


def _bad(path: Path, why: str) -> Problem:
    return Problem(
        f"{path} cannot be used as a matting model",
        why,
        "Give an ONNX file that keeps MODNet's contract (models/README.md), or a MediaPipe peer.",
    )
