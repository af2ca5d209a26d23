"""`evaluate`: judges models on pairs and clips with truth, MediaPipe's in the same run, as tables and as
JSON."""

import argparse
from importlib.metadata import PackageNotFoundError, version

from tqdm import tqdm

from scrim_training.evaluation.options import add_json, add_models, add_pairs, predictors, write_json
from scrim_training.evaluation.pairs import clips_of, sets_of
from scrim_training.evaluation.report import make_report, tables


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `evaluate`."""
    add_pairs(parser, "NAME.png with NAME.alpha.png, subfolders as sets, clips/CLIP/0000.png … as clips")
    add_models(parser)
    add_json(parser)


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
        write_json(args.json, report)
    return 0
