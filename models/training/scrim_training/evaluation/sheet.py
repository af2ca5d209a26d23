"""`sheet`: contact sheets to look at: each picture, what each model makes of it, and the person over a flat
colour.

Columns are the picture, the truth where one lies beside it (`NAME.alpha.png`), and for each model its matte
and the composite over the flat colour. The composite keeps the picture's own colour in soft pixels, with no
colour decontamination: what it shows around the edges is the matte's doing.
"""

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageColor, ImageDraw, ImageFont
from tqdm import tqdm

from scrim_training.arguments import make_folder, whole_number
from scrim_training.clips import frames_at
from scrim_training.evaluation.options import add_models, predictors
from scrim_training.evaluation.pairs import ALPHA_SUFFIX, PICTURE_SUFFIXES, read_alpha, read_picture
from scrim_training.evaluation.predict import Predictor
from scrim_training.problem import Problem

COLOURS = {"green": "#5c9c50", "grey": "#808080"}
_GAP, _LABEL = 4, 18
_PAPER, _INK = "#202020", "#e8e8e8"


@dataclass(frozen=True)
class Subject:
    """A picture to be shown: its label, uint8 HxWx3 RGB, and the true alpha float HxW where it is known."""

    label: str
    rgb: np.ndarray
    truth: np.ndarray | None = None


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `sheet`."""
    parser.add_argument(
        "--pictures", type=Path, nargs="*", default=[], metavar="PATH", help="pictures, or folders of them"
    )
    parser.add_argument(
        "--clips",
        type=Path,
        nargs="*",
        default=[],
        metavar="PATH",
        help="video files, or folders of numbered frames",
    )
    parser.add_argument(
        "--frames", type=whole_number("--frames", 1), default=4, metavar="N", help="frames of each clip (default: 4)"
    )
    add_models(parser)
    parser.add_argument("--over", choices=sorted(COLOURS), default="green", help="flat colour (default: green)")
    parser.add_argument(
        "--width",
        type=whole_number("--width", 16, 8192),
        default=320,
        metavar="PIXELS",
        help="width of a cell (default: 320)",
    )
    parser.add_argument(
        "--rows", type=whole_number("--rows", 1), default=8, metavar="N", help="rows of a sheet (default: 8)"
    )
    parser.add_argument(
        "--out",
        type=Path,
        required=True,
        metavar="PNG",
        help="the sheet; further ones get -2, -3 … before the suffix",
    )


def run(args: argparse.Namespace) -> int:
    """Draws and writes the sheets, and says where they are."""
    models = predictors(args)
    subjects = [*subjects_of_pictures(args.pictures), *subjects_of_clips(args.clips, args.frames)]
    if not subjects:
        raise Problem("no sheet can be drawn", "no picture was found", "Give --pictures, --clips or both.")
    if args.out.suffix.lower() not in Image.registered_extensions():
        raise Problem(f"{args.out} is no name for a sheet", "it does not end as pictures do", "Give --out NAME.png.")
    make_folder(args.out.parent, "--out")
    rows = [
        draw_row(subject, models, COLOURS[args.over], args.width)
        for subject in tqdm(subjects, unit="picture", desc="sheet")
    ]
    for number, start in enumerate(range(0, len(rows), args.rows), 1):
        path = args.out if number == 1 else args.out.with_stem(f"{args.out.stem}-{number}")
        try:
            stacked(rows[start : start + args.rows]).save(path)
        except OSError as error:
            raise Problem(f"{path} cannot be written", str(error), "Name another file with --out.") from error
        print(path)
    return 0


def subjects_of_pictures(paths: Sequence[Path]) -> Iterator[Subject]:
    """The pictures named, and those directly in the folders named, truths left out. Raises `Problem`."""
    for path in paths:
        for file in _pictures_in(path) if path.is_dir() else [path]:
            yield _subject(file, file.stem)


def subjects_of_clips(paths: Sequence[Path], count: int) -> Iterator[Subject]:
    """`count` frames of each clip, spread evenly over it, the first and the last among them. Raises
    `Problem`."""
    for path in paths:
        if path.is_dir():
            files = _pictures_in(path)
            for index in _spread(len(files), count):
                yield _subject(files[index], f"{path.name} {files[index].stem}")
        else:
            yield from _video_frames(path, count)


def draw_row(subject: Subject, models: Sequence[Predictor], colour: str, width: int) -> Image.Image:
    """One picture's row of labelled cells, each `width` pixels wide."""
    cells = [(subject.label, subject.rgb)]
    if subject.truth is not None:
        cells += [("truth", _grey(subject.truth))]
    for model in models:
        alpha = model.alpha(subject.rgb)
        note = model.name
        if subject.truth is not None:
            note += f"  MAD {np.abs(alpha - subject.truth).mean():.4f}"
        cells += [(note, _grey(alpha)), (f"over {colour}", over_flat(subject.rgb, alpha, colour))]
    height = max(1, round(width * subject.rgb.shape[0] / subject.rgb.shape[1]))
    row = Image.new("RGB", (len(cells) * (width + _GAP), height + _LABEL + _GAP), _PAPER)
    draw = ImageDraw.Draw(row)
    for n, (label, picture) in enumerate(cells):
        left = n * (width + _GAP)
        small = Image.fromarray(picture).resize((width, height), Image.Resampling.BILINEAR)
        row.paste(small, (left, _LABEL))
        draw.text((left + 2, 2), _fitted(label, width), _INK, ImageFont.load_default(12))
    return row


def over_flat(rgb: np.ndarray, alpha: np.ndarray, colour: str) -> np.ndarray:
    """The picture over a flat colour by alpha HxW, uint8 HxWx3, in encoded colour."""
    flat = np.array(ImageColor.getrgb(colour), np.float64)
    mixed = rgb * alpha[..., None] + flat * (1.0 - alpha[..., None])
    return np.rint(mixed).astype(np.uint8)


def stacked(rows: Sequence[Image.Image]) -> Image.Image:
    """Rows below each other, as wide as the widest."""
    sheet = Image.new("RGB", (max(r.width for r in rows), sum(r.height for r in rows)), _PAPER)
    top = 0
    for row in rows:
        sheet.paste(row, (0, top))
        top += row.height
    return sheet


def _pictures_in(folder: Path) -> list[Path]:
    suited = (p for p in folder.iterdir() if p.suffix.lower() in PICTURE_SUFFIXES)
    return sorted(p for p in suited if not p.name.endswith(ALPHA_SUFFIX))


def _subject(file: Path, label: str) -> Subject:
    truth = file.with_name(file.stem + ALPHA_SUFFIX)
    rgb = read_picture(file)
    alpha = read_alpha(truth) if truth.exists() else None
    if alpha is not None and alpha.shape != rgb.shape[:2]:
        raise Problem(f"{truth} is no matte of {file.name}", "their sides differ", "Give both the same sides.")
    return Subject(label, rgb, alpha)


def _spread(length: int, count: int) -> list[int]:
    return sorted({round(i) for i in np.linspace(0, length - 1, min(count, length))})


def _video_frames(path: Path, count: int) -> Iterator[Subject]:
    for number, frame in frames_at(path, lambda length: _spread(length, count)):
        yield Subject(f"{path.stem} {number}", frame)


def _grey(alpha: np.ndarray) -> np.ndarray:
    codes = np.rint(np.clip(alpha, 0.0, 1.0) * 255.0).astype(np.uint8)
    return np.repeat(codes[..., None], 3, axis=2)


def _fitted(label: str, width: int) -> str:
    letters = max(4, (width - 4) // 7)
    return label if len(label) <= letters else label[: letters - 1] + "…"
