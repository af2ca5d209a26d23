"""Options that several of the measuring commands have, and what they stand for."""

import argparse
import json
from pathlib import Path

import cv2

from scrim_training.arguments import whole_number
from scrim_training.evaluation.predict import PRESETS, Predictor
from scrim_training.problem import Problem


def add_pairs(parser: argparse.ArgumentParser, meaning: str) -> None:
    """The option that names a folder of pairs and clips."""
    parser.add_argument("--pairs", type=Path, required=True, metavar="DIR", help=meaning)


def add_json(parser: argparse.ArgumentParser) -> None:
    """The option that names a file for what was measured; `write_json` writes it."""
    parser.add_argument("--json", type=Path, metavar="OUT", help="also write what was measured to this file")


def write_json(path: Path, facts: dict) -> None:
    """Writes facts as JSON, with the folder they go to. Raises `Problem` where that cannot be."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(facts, indent=1) + "\n", "utf-8")
    except OSError as error:
        raise Problem(f"{path} cannot be written", str(error), "Name a file in a folder of yours.") from error


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
    parser.add_argument(
        "--threads", type=whole_number("--threads", 0), default=1, metavar="N", help="of ONNX Runtime (default: 1)"
    )


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
