"""Pictures and clips with a known alpha matte on disk, and the report of an evaluation on them.

This module reads the folders. Its text is the contract that `python -m scrim_training.cli evaluate` and
`scrim eval --pairs DIR --json` both keep. On PNG every figure of both agrees within 0.001. Decoders of JPEG
differ, most where colour has half the sides (4:2:0): there means over pixels agree within 0.002, MAD within
0.001, and the sums (`sad`, `grad`, `conn`) within some hundredths of themselves.

Folder
------
::

    DIR/NAME.png|jpg|jpeg       a picture, and beside it
    DIR/NAME.alpha.png          its true alpha matte
    DIR/SET/NAME.png ...        a set of such pairs; `DIR` itself is the set `pictures`
    DIR/clips/CLIP/0000.png     frames of a clip, and `0000.alpha.png` beside each, as above

* A picture is eight bits of RGB, encoded sRGB. Grey is repeated in the three channels; an alpha channel of
  its own and EXIF orientation are not looked at. A palette is read as the colours it stands for.
* The truth is eight bits of grey and of the picture's sides: alpha = code / 255. Of a truth with colour
  channels the first (red) counts. Other sides are an error that names the file; so are, of truths and of
  pictures, more or fewer bits a sample.
* Names are what precedes the first `.alpha.png` or the picture's suffix. Files that begin with a dot, and
  files with other suffixes, are passed over. A picture without truth is an error, except in a folder that has
  no truth at all, which is passed over. Two pictures of one name are an error.
* Sets are the direct subfolders, in order of their names' code points, `pictures` first; `clips` is none of
  them. Deeper folders are not looked into. Pairs and frames are taken in order of their names' code points;
  frames are numbered with zeros in front, all of one size, and there are at least two.

A matte for a picture
---------------------
1. The model's input sides follow from the picture's as in the program (`Predictor.input_size`).
2. The whole picture is scaled to them by a triangle filter that widens when shrinking, in float, not rounded
   to codes between or after its two passes; then normalised.
3. The model's alpha, clamped to 0..1, is scaled to the picture's sides by the same triangle filter: bilinear
   with aligned corners of the picture (sample centres at half integers, edges clamped) when enlarging,
   averaging when shrinking. It is not rounded to codes. No guided upsampling, no temporal filter: clips are
   run frame by frame.

Figures of a picture
--------------------
In double precision; P the pixels of the picture, a the model's alpha, t the truth.

`mad`, `mse`  mean over P of |a - t|, of (a - t)^2.
`sad`         sum over P of |a - t|, / 1000.
`grad`        sum over P of (|G a| - |G t|)^2, / 1000. G: first derivatives of a Gaussian of sigma 1.4 along x
              and y on 9 x 9 taps: outer product of g(i) and -i g(i) / sigma^2, g(i) = exp(-i^2 / (2
              sigma^2)), i = -4..4, divided by the root of the sum of the product's squares; edges replicated;
              |.| = root of gx^2 + gy^2.
`conn`        sum over P of |f(a) - f(t)|, / 1000; f(v) = 1 - d where d >= 0.15, else 1, with d = v - l. For k
              = 1..10: the largest 4-connected component of {a >= k/10 and t >= k/10} (of several as large,
              that whose first pixel in reading order comes first; none where the set is empty); l of a pixel
              is (k - 1)/10 of the first k whose component does not hold it, 1 where all ten do.
`edge_mad`    mean of |a - t| over the band: pixels that have, within r pixels (Euclidean, r included,
              themselves included), both a pixel with t > 0 and one with t < 1; r = max(1, round(shorter side
              / 50)), halves rounded up. Every soft pixel is in it, and its surroundings. Null where the band
              is empty.
`false_foreground`  share of the pixels with t < 0.05 that have a > 0.5; null where there are none.
`false_background`  share of the pixels with t > 0.95 that have a < 0.5; null where there are none.
`mean_alpha`  mean over P of a.

Figures of a clip
-----------------
`dtssd`    mean over frames 2.. of 100 * root of the mean over P of ((a_n - a_(n-1)) - (t_n - t_(n-1)))^2.
`flicker`  mean of |a_n - a_(n-1)| over the pixels of frames 2.. where the frame itself did not change: the
           mean over 5 x 5 pixels (edges replicated) of luma (0.299 R + 0.587 G + 0.114 B, codes) differs from
           that of frame n - 1 by less than 3 codes. Null where there is no such pixel.
`mad`      mean of the frames' MAD.

Report (JSON, UTF-8)
--------------------
::

    {"format": 1,
     "tool": "scrim_training 0.1.0",              name and version of what made it
     "size": "balanced",                          the size asked for: a preset's name, or a number as text
     "models": [{"name": "modnet-bootstrap",      the file's name without `.onnx`
                 "file": "path/as/given.onnx",
                 "sha256": "…",                   64 hexadecimal digits of the ONNX file
                 "kind": "modnet"}],              or "mediapipe" (a peer)
     "sets": [{"set": "portraits",
               "count": 24,
               "results": [{"model": "modnet-bootstrap",
                            "means": {"mad": 0.0123, …},          each figure's mean over pictures
                            "worst": {"picture": "p003", "mad": 0.07},
                            "ratio": {"mad": 0.44, …},            see below; null without peers
                            "pictures": [{"picture": "p000", "size": [640, 360], "input": [448, 256],
                                          "mad": 0.01, …}]}]}],
     "clips": [{"clip": "wave",
                "frames": 24,
                "results": [{"model": "modnet-bootstrap", "input": [448, 256],
                             "dtssd": 1.2, "flicker": 0.001, "mad": 0.01}]}]}

`size` and `input` are [width, height]. `worst` is the picture with the largest MAD, the first of several.
`ratio` holds for `mad`, `mse`, `sad`, `grad`, `conn` and `edge_mad` the model's mean divided by the smallest
mean of any peer in that set; null for a figure that is 0 or null for the peer, and null altogether where no
peer was run and for peers themselves. Means leave nulls out; a mean over no values is null. `models` and
`results` keep the order given, peers last. Readers pass over fields that they do not know.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from scrim_training.problem import Problem

PICTURE_SUFFIXES = (".png", ".jpg", ".jpeg")
ALPHA_SUFFIX = ".alpha.png"
CLIPS = "clips"
ROOT_SET = "pictures"
# What a PNG file begins with, up to the depth of its samples and their kind.
_PNG_SIGNATURE, _PNG_HEADER_BYTES, _PNG_PALETTE = b"\x89PNG\r\n\x1a\n", 26, 3


@dataclass(frozen=True)
class Pair:
    """A picture's file and its truth's, not read yet; `name` is unique in its folder."""

    name: str
    picture: Path
    alpha: Path

    def read(self) -> tuple[np.ndarray, np.ndarray]:
        """The picture, uint8 HxWx3 RGB (encoded), and the true alpha, float64 HxW in 0..1.

        Raises `Problem` where a file is unreadable or not of eight bits a sample, or the two have different
        sides.
        """
        rgb, alpha = read_picture(self.picture), read_alpha(self.alpha)
        if rgb.shape[:2] != alpha.shape:
            raise Problem(
                f"{self.alpha} is no matte of {self.picture.name}",
                f"it is {alpha.shape[1]}×{alpha.shape[0]}, the picture {rgb.shape[1]}×{rgb.shape[0]}",
                "Give both the same sides.",
            )
        return rgb, alpha


def read_picture(path: Path) -> np.ndarray:
    """A picture as uint8 HxWx3 RGB, encoded. Raises `Problem` where it cannot be read."""
    return np.asarray(_open(path).convert("RGB"))


def read_alpha(path: Path) -> np.ndarray:
    """A truth as float64 HxW in 0..1: the first channel's code / 255. Raises `Problem` where it cannot be
    read."""
    image = _open(path)
    # `convert("L")` would weigh the channels of a colour picture; grey ones keep their codes either way.
    grey = image if image.mode == "L" else image.convert("RGB").getchannel(0)
    return np.asarray(grey, np.float64) / 255.0


def write_pair(folder: Path, name: str, rgb: np.ndarray, alpha: np.ndarray) -> None:
    """Writes `NAME.png` (uint8 HxWx3 RGB) and `NAME.alpha.png` (alpha HxW in 0..1, rounded to codes)."""
    folder.mkdir(parents=True, exist_ok=True)
    Image.fromarray(rgb).save(folder / f"{name}.png", compress_level=4)
    codes = np.rint(np.clip(alpha, 0.0, 1.0) * 255.0).astype(np.uint8)
    Image.fromarray(codes).save(folder / f"{name}{ALPHA_SUFFIX}", compress_level=4)


def pairs_of(folder: Path) -> list[Pair]:
    """The pairs directly in a folder, in order of name; empty where the folder holds no truth.

    Raises `Problem` for a picture without truth among pictures that have one, a truth without picture, and
    two pictures of one name.
    """
    files = [p for p in folder.iterdir() if p.is_file() and not p.name.startswith(".")]
    truths = {p.name.removesuffix(ALPHA_SUFFIX): p for p in files if p.name.endswith(ALPHA_SUFFIX)}
    if not truths:
        return []
    pictures: dict[str, Path] = {}
    for path in sorted(files):
        if path.name.endswith(ALPHA_SUFFIX) or path.suffix.lower() not in PICTURE_SUFFIXES:
            continue
        if path.stem in pictures:
            raise Problem(
                f"{path} cannot be paired",
                f"{pictures[path.stem].name} has the same name",
                "Keep one of the two.",
            )
        pictures[path.stem] = path
    lone = sorted(pictures.keys() ^ truths.keys())
    if lone:
        missing = "truth" if lone[0] in pictures else "picture"
        raise Problem(
            f"{folder} is no folder of pairs",
            f"{lone[0]} has no {missing}",
            f"Put NAME.png and NAME{ALPHA_SUFFIX} side by side.",
        )
    return [Pair(name, pictures[name], truths[name]) for name in sorted(truths)]


def sets_of(root: Path) -> Iterator[tuple[str, list[Pair]]]:
    """Each set's name and pairs: the folder's own pictures as `pictures`, then subfolders by name; `clips`
    apart.

    Raises `Problem` where there is no such folder.
    """
    own = pairs_of(_folder(root))
    if own:
        yield ROOT_SET, own
    for folder in _subfolders(root):
        if folder.name != CLIPS:
            pairs = pairs_of(folder)
            if pairs:
                yield folder.name, pairs


def clips_of(root: Path) -> Iterator[tuple[str, list[Pair]]]:
    """Each clip's name and frames, by name. Raises `Problem` for a clip of one frame."""
    clips = _folder(root) / CLIPS
    if not clips.is_dir():
        return
    for folder in _subfolders(clips):
        frames = pairs_of(folder)
        if len(frames) == 1:
            raise Problem(f"{folder} is no clip", "it has one frame", "A clip has at least two frames.")
        if frames:
            yield folder.name, frames


def clip_frames(frames: Sequence[Pair]) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """A clip's frames as `Pair.read` gives them, one at a time. Raises `Problem` where sizes differ."""
    first = None
    for frame in frames:
        rgb, alpha = frame.read()
        first = first or rgb.shape
        if rgb.shape != first:
            raise Problem(
                f"{frame.picture} does not fit its clip",
                "its size is not that of the first frame",
                "Give all frames of a clip the same sides.",
            )
        yield rgb, alpha


def read_clip(frames: Sequence[Pair]) -> tuple[np.ndarray, np.ndarray]:
    """A clip's frames, uint8 NxHxWx3 RGB, and truths, float64 NxHxW. Raises `Problem` where sizes differ.

    All are in memory at once, nine bytes and more a pixel: for filters that look at the whole clip.
    """
    read = list(clip_frames(frames))
    return np.stack([rgb for rgb, _ in read]), np.stack([alpha for _, alpha in read])


def _subfolders(root: Path) -> list[Path]:
    folders = [p for p in root.iterdir() if p.is_dir() and not p.name.startswith(".")]
    return sorted(folders, key=lambda p: p.name)


def _folder(root: Path) -> Path:
    if not root.is_dir():
        raise Problem(
            f"{root} cannot be evaluated on",
            "there is no such folder",
            "Make one with the `pairs` subcommand, or point `--pairs` at yours.",
        )
    return root


def _open(path: Path) -> Image.Image:
    try:
        with path.open("rb") as file:
            bits = _png_depth(file.read(_PNG_HEADER_BYTES))
        if bits not in (None, 8):
            raise Problem(
                f"{path} cannot be judged on", f"it has {bits}-bit samples", "Save it with eight bits a channel."
            )
        image = Image.open(path)
        image.load()
    except OSError as error:
        raise Problem(f"{path} cannot be read", str(error), "Give a PNG or JPEG picture.") from error
    return image


def _png_depth(header: bytes) -> int | None:
    """How many bits the samples of a PNG file have, by its first bytes: Pillow clips deeper grey at 255, and
    cuts deeper colours without a word. None of other formats, and of palettes, whose colours always have
    eight."""
    if len(header) < _PNG_HEADER_BYTES or not header.startswith(_PNG_SIGNATURE) or header[-1] == _PNG_PALETTE:
        return None
    return header[-2]
