"""`ofd`: measures what temporal filters do to a model's mattes on clips with truth.

Filters run at the model's own size, on what the model saw, as they would in the program; figures are taken at
the clip's size. Besides `dtssd`, `flicker` and `mad` (see `pairs`) there are three that say where a change
comes from: `still`, the dtSSD of the pixels around which the truth stands still, which is where a filter can
work and where flicker is seen; `trail`, the alpha left where a person was a moment ago; and `lost`, the alpha
missing where a person just came.
"""

import argparse
from collections.abc import Callable

import numpy as np
from tqdm import tqdm

from scrim_training.arguments import number
from scrim_training.evaluation import metrics
from scrim_training.evaluation.options import add_json, add_models, add_pairs, predictors, write_json
from scrim_training.evaluation.pairs import clips_of, read_clip
from scrim_training.evaluation.predict import Predictor, resample
from scrim_training.motion_gate import motion_gated
from scrim_training.ofd import XI, one_frame_delay
from scrim_training.problem import Problem

FIGURES = ("dtssd", "still", "flicker", "trail", "lost", "mad")
Filter = Callable[[np.ndarray, np.ndarray], np.ndarray]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `ofd`."""
    add_pairs(parser, "a folder with clips/CLIP/0000.png …, from `pairs`")
    add_models(parser)
    parser.add_argument(
        "--xi", type=number("--xi", 0, 1), default=XI, metavar="ALPHA", help=f"OFD's tolerance (default: {XI})"
    )
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Measures every filter on every clip with every model; prints a table and writes the figures."""
    models = predictors(args)
    clips = list(clips_of(args.pairs))
    if not clips:
        raise Problem(
            f"{args.pairs} cannot be measured on", "it has no clips", "Make some with the `pairs` subcommand."
        )
    rows: list[dict] = []
    with tqdm(total=len(clips) * len(models), unit="clip", desc="ofd") as bar:
        for name, frames in clips:
            pictures, truths = read_clip(frames)
            for model in models:
                for label, found in compare(model, pictures, truths, filters(args.xi)).items():
                    rows.append({"clip": name, "model": model.name, "filter": label, **found})
                bar.update()
    print(table(rows))
    if args.json is not None:
        write_json(args.json, {"xi": args.xi, "size": args.size, "rows": rows})
    return 0


def filters(xi: float = XI) -> dict[str, Filter]:
    """The filters by name: mattes Nxhxw and what the model saw, Nxhxwx3 codes, in; mattes out."""
    return {
        "none": lambda alphas, pictures: alphas,
        "ofd": lambda alphas, pictures: one_frame_delay(alphas, xi),
        "gate": motion_gated,
        "ofd+gate": lambda alphas, pictures: motion_gated(one_frame_delay(alphas, xi), pictures),
    }


def compare(
    model: Predictor, pictures: np.ndarray, truths: np.ndarray, chosen: dict[str, Filter]
) -> dict[str, dict[str, float | None]]:
    """Each filter's figures for a model on a clip: uint8 NxHxWx3 RGB, truths NxHxW."""
    size = (pictures.shape[2], pictures.shape[1])
    alphas = np.stack([model.model_alpha(picture) for picture in pictures])
    seen = np.stack([_seen(picture, model.input_size(*size)) for picture in pictures])
    found = {}
    for name, temporal in chosen.items():
        filtered = np.stack([resample(alpha, size) for alpha in temporal(alphas, seen)])
        found[name] = {
            "dtssd": metrics.dtssd(filtered, truths),
            "still": metrics.dtssd_still(filtered, truths),
            "flicker": metrics.flicker(filtered, pictures),
            "trail": metrics.trail(filtered, truths),
            "lost": metrics.lost(filtered, truths),
            "mad": float(np.abs(filtered - truths).mean()),
        }
    return found


def table(rows: list[dict]) -> str:
    """The means over clips of one kind (a name's part before the hyphen), for each model and filter."""
    lines = [f"{'clips':<8}{'model':<32}{'filter':<10}" + "".join(f"{f:>10}" for f in FIGURES) + "   dtssd/none"]
    groups: dict[tuple[str, str, str], list[dict]] = {}
    for row in rows:
        groups.setdefault((row["clip"].split("-")[0], row["model"], row["filter"]), []).append(row)
    for (kind, model, name), members in sorted(groups.items(), key=lambda group: group[0][:2]):
        means = {f: _mean([m[f] for m in members]) for f in FIGURES}
        plain = _mean([m["dtssd"] for m in groups[kind, model, "none"]])
        cells = "".join(f"{'–' if means[f] is None else format(means[f], '.4f'):>10}" for f in FIGURES)
        ratio = means["dtssd"] / plain if plain else float("nan")
        lines.append(f"{kind:<8}{model:<32}{name:<10}{cells}{ratio:>13.3f}")
    return "\n".join(lines)


def _seen(picture: np.ndarray, sides: tuple[int, int]) -> np.ndarray:
    return np.stack([resample(picture[..., c], sides) for c in range(3)], axis=-1)


def _mean(values: list[float | None]) -> float | None:
    known = [v for v in values if v is not None]
    return float(np.mean(known)) if known else None
