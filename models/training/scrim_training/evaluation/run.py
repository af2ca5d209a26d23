"""`evaluate`: judges models on pairs and clips with truth, MediaPipe's in the same run, as tables and as
JSON."""

import argparse
import json
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import cv2
from tqdm import tqdm

from scrim_training.evaluation.pairs import clips_of, sets_of
from scrim_training.evaluation.predict import PRESETS, Predictor
from scrim_training.evaluation.report import make_report, tables
from scrim_training.problem import Problem


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `evaluate`."""
    parser.add_argument(
        "--pairs",
        type=Path,
        required=True,
        metavar="DIR",
        help="NAME.png with NAME.alpha.png, subfolders as sets, clips/CLIP/0000.png … as clips",
    )
    add_models(parser)
    parser.add_argument("--json", type=Path, metavar="OUT", help="also write the report to this file")


def add_models(parser: argparse.ArgumentParser) -> None:
    """The options that say which models run and how; `predictors` reads them."""
    parser.add_argument("--models", type=Path, nargs="*", default=[], metavar="ONNX", help="ONNX files to judge")
    parser.add_argument(
        "--peers",
        type=Path,
        metavar="DIR",
        help="folder of MediaPipe selfie segmentation as ONNX, run as well",
    )
    parser.add_argument(
        "--size",
        default="balanced",
        metavar="SIZE",
        help=f"{', '.join(PRESETS)} or the input's shorter side (default: balanced)",
    )
    parser.add_argument("--threads", type=int, default=1, metavar="N", help="threads of ONNX Runtime (default: 1)")


def predictors(args: argparse.Namespace) -> list[Predictor]:
    """The models that `add_models`' options name, peers last. Raises `Problem` where there is none."""
    paths = list(args.models)
    if args.peers is not None:
        peers = sorted(args.peers.glob("*.onnx"))
        if not peers:
            raise Problem(
                f"{args.peers} cannot be used as peers",
                "no .onnx file is in it",
                "Give the folder that holds selfie_segmentation.onnx.",
            )
        paths += peers
    if not paths:
        raise Problem("nothing can be judged", "no model was named", "Give --models, --peers or both.")
    cv2.setNumThreads(args.threads)
    return [Predictor(path, args.size, args.threads) for path in paths]


def tool() -> str:
    """The name and version of this package, for reports."""
    try:
        return f"scrim_training {version('scrim-training')}"
    except PackageNotFoundError:
        return "scrim_training (not installed)"


def run(args: argparse.Namespace) -> int:
    """Evaluates, prints tables and writes the report."""
    models = predictors(args)
    total = sum(len(pairs) for _, pairs in [*sets_of(args.pairs), *clips_of(args.pairs)])
    with tqdm(total=total, unit="picture", desc="evaluate") as bar:
        report = make_report(args.pairs, models, args.size, tool(), bar.update)
    print(tables(report))
    if args.json is not None:
        args.json.parent.mkdir(parents=True, exist_ok=True)
        args.json.write_text(json.dumps(report, indent=1) + "\n", "utf-8")
    return 0
