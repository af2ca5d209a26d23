"""`export`: a checkpoint as an ONNX file for the program, checked against PyTorch, with its manifest."""

import argparse
import re
from pathlib import Path

import onnx
import torch
from tqdm import tqdm

from scrim_training.checkpoint import write_weights
from scrim_training.export import graph, timing
from scrim_training.export.files import Card, write_model
from scrim_training.export.sources import Source, from_checkpoint, from_official, untrained
from scrim_training.network.modnet import SIZES, MODNet
from scrim_training.problem import Problem

# What `--time` times: what the program's `quality` makes of 16:9, and a size near its `fast`.
TIMED_SIZES = ((288, 512), (192, 320))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `export`."""
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--run", type=Path, metavar="DIR", help="a folder of `train`, its checkpoint.pt")
    source.add_argument("--checkpoint", type=Path, metavar="FILE", help="a checkpoint of `train`")
    source.add_argument(
        "--official",
        type=Path,
        metavar="FILE",
        help="an official MODNet checkpoint (.ckpt), in its own layout",
    )
    source.add_argument("--untrained", choices=SIZES, metavar="SIZE", help="random weights, for --time")
    parser.add_argument(
        "--out",
        type=Path,
        metavar="FILE",
        help="the ONNX file (default: beside the checkpoint, by its size; with --untrained: none)",
    )
    parser.add_argument(
        "--preset",
        type=sides,
        action="append",
        default=[],
        metavar="HxW",
        help="also write a file of these fixed sides, as 288x512; may be given several times",
    )
    parser.add_argument(
        "--weights",
        choices=("half", "float"),
        default="half",
        help="how weights are stored; they are used as float32 either way (default: half)",
    )
    parser.add_argument(
        "--torch",
        type=Path,
        metavar="FILE",
        help="also write the weights, in half precision, for `adapt --checkpoint` and `train --start-from`",
    )
    add_card(parser)
    parser.add_argument("--time", action="store_true", help="time it on one thread beside the published architecture")


def add_card(parser: argparse.ArgumentParser) -> None:
    """The options that say what the manifest does."""
    for name, meaning in (
        ("name", "what users see"),
        ("variant", "which of a family of weights"),
        ("licence", "of the weights, an SPDX expression"),
        ("description", "what it is for, in a sentence or two"),
        ("source", "who made it, from what"),
    ):
        parser.add_argument(f"--{name}", metavar="TEXT", help=f"manifest: {meaning}")


def sides(text: str) -> tuple[int, int]:
    """Height and width of `HxW`, multiples of 32 to 2048. Raises what argparse turns into a usage error."""
    match = re.fullmatch(r"(\d{1,4})[x×](\d{1,4})", text)
    height, width = (int(side) for side in match.groups()) if match else (0, 0)
    if not all(0 < side <= 2048 and side % 32 == 0 for side in (height, width)):
        raise argparse.ArgumentTypeError(f"{text!r} is not HxW with multiples of 32, such as 288x512")
    return height, width


def run(args: argparse.Namespace) -> int:
    """Exports, checks, writes, and prints what was measured. Nothing is written before every check held."""
    torch.set_num_threads(1)
    source = _source(args)
    # Random weights under a shipped model's name are written where they were asked for, and nowhere else.
    path = args.out or (None if args.untrained else source.folder / f"{source.file_name}.onnx")
    if path is None and (args.preset or not (args.time or args.torch)):
        raise Problem("random weights are not written unasked", "there is no --out", "Give --time, or --out NAME.onnx.")
    if path is not None and path.suffix != ".onnx":
        raise Problem(f"{path} is no name for a model", "it does not end in .onnx", "Give --out NAME.onnx.")
    if args.torch and not isinstance(source.network, MODNet):
        raise Problem(f"{args.torch} cannot be written", "adapt and train take our networks alone", "Leave out --torch")
    with tqdm(total=3 + len(args.preset), desc="export", unit="step") as bar:
        model = graph.to_onnx(source.network)
        bar.update()
        difference = graph.check_against(source.network, model, graph.CHECKED_SIZES)
        bar.update()
        stored, halves = model, None
        if args.weights == "half":
            stored = graph.with_half_weights(model)
            halves = graph.half_difference(model, stored)
        files = {path: stored} if path else {}
        for preset in args.preset:
            graph.check_against(source.network, graph.with_sides(model, preset), [preset])
            name = f"{path.stem}-{preset[0]}x{preset[1]}.onnx"
            files[path.with_name(name)] = graph.with_sides(stored, preset)
            bar.update()
        sizes = {file: write_model(content, file, _card(args, source)) for file, content in files.items()}
        if args.torch:
            sizes[args.torch] = write_weights(source.network, args.torch)
        bar.update()
    print(f"alpha differs from PyTorch's by at most {difference:.1e}")
    if halves:
        print(f"weights in half precision change alpha by {halves[0]:.1e} on average, {halves[1]:.1e} at most")
    for file, size in sizes.items():
        print(f"{file}: {size / 1e6:.1f} MB")
    if args.time:
        _time(stored, source.file_name)
    return 0


def _source(args: argparse.Namespace) -> Source:
    if args.official:
        return from_official(args.official)
    if args.untrained:
        return untrained(args.untrained)
    return from_checkpoint(args.run or args.checkpoint)


def _card(args: argparse.Namespace, source: Source) -> Card:
    return Card(
        args.name or source.name,
        args.variant or source.variant,
        args.licence or source.licence,
        args.description or source.description,
        args.source or source.origin,
    )


def _time(model: onnx.ModelProto, name: str) -> None:
    turns = len(TIMED_SIZES) * (timing.WARM_UP + timing.ROUNDS)
    with tqdm(total=turns, desc="time", unit="round") as bar:
        timings = timing.compare(model, timing.official_model(), TIMED_SIZES, bar.update)
    print(timing.table(timings, name, "published MODNet"))
