"""`quantize`: an exported model as static int8, with what it costs in quality and gains in time, measured."""

import argparse
import os
import tempfile
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import onnx
from tqdm import tqdm

from scrim_training.arguments import seed_number, whole_number
from scrim_training.evaluation.metrics import mad
from scrim_training.evaluation.options import add_json, add_pairs, write_json
from scrim_training.evaluation.pairs import Pair, sets_of
from scrim_training.evaluation.predict import PRESETS, Predictor
from scrim_training.export import timing
from scrim_training.export.command import TIMED_SIZES, add_card, sides
from scrim_training.export.files import Card, write_model
from scrim_training.export.int8 import KEEP_FLOAT, PICTURES, calibration_pictures, card_of, quantised
from scrim_training.problem import Problem


@dataclass(frozen=True)
class Loss:
    """What int8 costs on pairs: both models' MAD, and how far their mattes are from one another."""

    pictures: int
    float_mad: float
    int8_mad: float
    worst_picture: str
    """The one with int8's largest MAD."""
    worst_float_mad: float
    worst_int8_mad: float
    changed: float
    """Mean absolute difference between the two mattes, over all pictures."""
    most_changed_picture: str
    most_changed: float


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `quantize`."""
    parser.add_argument("--model", type=Path, required=True, metavar="FILE", help="a float model that `export` wrote")
    parser.add_argument("--pack", type=Path, required=True, metavar="ZIP", help="the pack to calibrate on")
    add_pairs(parser, "held-out pairs to measure the loss on")
    parser.add_argument("--out", type=Path, metavar="FILE", help="the int8 model (default: MODEL-int8.onnx, beside it)")
    parser.add_argument(
        "--keep-float",
        nargs="*",
        default=list(KEEP_FLOAT),
        metavar="KIND",
        help=f"kinds of operators, or nodes by name, left in float (default: {' '.join(KEEP_FLOAT)})",
    )
    parser.add_argument(
        "--full-range",
        action="store_true",
        help="weights of 8 bits, not 7: saturates on processors without VNNI",
    )
    parser.add_argument(
        "--pictures",
        type=whole_number("--pictures", 1),
        default=PICTURES,
        metavar="N",
        help=f"to calibrate on (default: {PICTURES})",
    )
    parser.add_argument(
        "--calibrate-at", type=sides, default=(256, 448), metavar="HxW", help="their sides (default: 256x448)"
    )
    parser.add_argument(
        "--seed",
        type=seed_number("--seed"),
        default=1,
        metavar="N",
        help="of the composites calibrated on (default: 1)",
    )
    parser.add_argument(
        "--size",
        default="balanced",
        metavar="SIZE",
        help=f"input size on pairs: {', '.join(PRESETS)} or pixels (default: balanced)",
    )
    add_json(parser)
    add_card(parser)


def run(args: argparse.Namespace) -> int:
    """Quantises, measures, writes the model with its loss in the manifest, and prints it."""
    card = card_of(args.model)
    pairs = [pair for _, found in sets_of(args.pairs) for pair in found]
    if not pairs:
        raise Problem(f"{args.pairs} cannot be measured on", "it holds no pair", "Make some with `pairs`.")
    pictures = calibration_pictures(args.pack, args.pictures, args.calibrate_at, args.seed)
    turns = len(TIMED_SIZES) * (timing.WARM_UP + timing.ROUNDS)
    with tqdm(total=len(pictures) + len(pairs) + turns, desc="quantize", unit="step") as bar:
        model = quantised(args.model, pictures, args.keep_float, args.full_range, bar.update)
        loss = measured(args.model, card, model, pairs, args.size, bar)
        timings = timing.compare(model, str(args.model), TIMED_SIZES, bar.update)
    path = args.out or args.model.with_name(f"{args.model.stem}-int8.onnx")
    size = write_model(model, path, _card(args, card, loss, timings))
    print(_told(loss))
    print(timing.table(timings, "int8", "float"))
    print(f"{path}: {size / 1e6:.1f} MB")
    if args.json:
        facts = {"loss": asdict(loss), "timings": [asdict(t) | {"ratio": t.ratio} for t in timings]}
        facts |= {"bytes": size, "keep_float": args.keep_float, "full_range": args.full_range}
        write_json(args.json, facts)
    return 0


def measured(
    path: Path, card: Card, model: onnx.ModelProto, pairs: list[Pair], size: str, bar: tqdm | None = None
) -> Loss:
    """The loss on pairs, through the same resampling as `evaluate`; `card` is the float model's."""
    with tempfile.TemporaryDirectory() as folder:
        beside = Path(folder) / "int8.onnx"
        write_model(model, beside, card)
        whole, small = Predictor(path, size), Predictor(beside, size)
        rows = []
        for pair in pairs:
            rgb, truth = pair.read()
            a, b = whole.alpha(rgb), small.alpha(rgb)
            name = f"{pair.picture.parent.name}/{pair.name}"
            rows.append((name, mad(a, truth), mad(b, truth), mad(a, b)))
            if bar is not None:
                bar.update()
    worst, changed = max(rows, key=lambda row: row[2]), max(rows, key=lambda row: row[3])
    means = [sum(row[column] for row in rows) / len(rows) for column in (1, 2, 3)]
    return Loss(len(rows), means[0], means[1], worst[0], worst[1], worst[2], means[2], changed[0], changed[3])


def _card(args: argparse.Namespace, card: Card, loss: Loss, timings: list[timing.Timing]) -> Card:
    ratios = " and ".join(f"{t.ratio:.2f} at {t.sides[0]}×{t.sides[1]}" for t in timings)
    cost = f"Static int8. {_told(loss)} Takes {ratios} of the float model's time, one thread, measured on "
    cost += f"{_processor()}."
    return replace(
        card,
        name=args.name or card.name,
        variant=args.variant or " ".join(word for word in (card.variant, "int8") if word),
        licence=args.licence or card.licence,
        description=f"{args.description or card.description} {cost}".strip(),
        source=args.source or card.source,
    )


def _told(loss: Loss) -> str:
    return (
        f"On {loss.pictures} held-out pairs MAD is {loss.int8_mad:.4f} (float {loss.float_mad:.4f}), "
        f"{loss.worst_int8_mad:.4f} (float {loss.worst_float_mad:.4f}) on the worst picture, "
        f"{loss.worst_picture}; mattes differ from the float model's by {loss.changed:.4f}, "
        f"at most {loss.most_changed:.4f} ({loss.most_changed_picture})."
    )


def _processor() -> str:
    """What kind of processor this is: int8 is worth more where there are instructions for it."""
    try:
        words = Path("/proc/cpuinfo").read_text("utf-8").split()
    except OSError:
        return f"a {os.name} machine"
    instructions = next((name for name in ("avx512_vnni", "avx_vnni", "avx2", "asimddp") if name in words), "none")
    return {
        "avx512_vnni": "a processor with AVX-512 VNNI",
        "avx_vnni": "a processor with AVX-VNNI",
        "avx2": "a processor with AVX2 and no VNNI",
        "asimddp": "an ARM processor with dot products",
        "none": "a processor without instructions for int8",
    }[instructions]
