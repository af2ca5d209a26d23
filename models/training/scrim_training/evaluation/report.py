"""The report of an evaluation: gathers models' figures on sets and clips into the JSON that `pairs`
describes, and prints them as tables."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from scrim_training.evaluation import metrics
from scrim_training.evaluation.pairs import Pair, clip_frames, clips_of, sets_of
from scrim_training.evaluation.predict import Predictor
from scrim_training.problem import Problem

FORMAT = 1
PEER = "mediapipe"
_COLUMNS = ("mad", "mse", "sad", "grad", "conn", "edge_mad", "mean_alpha")
_CLIP_COLUMNS = ("dtssd", "flicker", "mad")


def make_report(
    root: Path, predictors: Sequence[Predictor], size: str | int, tool: str, step: Callable[[int], None]
) -> dict:
    """The report on every set and clip of a folder; `step` is told how many pictures and frames were just
    done.

    Raises `Problem` where the folder breaks its contract, holds nothing, or two models have one name.
    """
    names = [p.name for p in predictors]
    if len(set(names)) != len(names):
        raise Problem(
            "the models cannot be told apart",
            f"two of {', '.join(names)} have one name",
            "Rename one of the files.",
        )
    peers = {p.name for p in predictors if p.kind == PEER}
    sets = [_set_report(name, pairs, predictors, peers, step) for name, pairs in sets_of(root)]
    clips = [_clip_report(name, frames, predictors, step) for name, frames in clips_of(root)]
    if not sets and not clips:
        raise Problem(
            f"{root} cannot be evaluated on",
            "it holds no pair of picture and truth",
            "Put NAME.png and NAME.alpha.png side by side, in the folder or in one per set.",
        )
    return {
        "format": FORMAT,
        "tool": tool,
        "size": str(size),
        "models": [{"name": p.name, "file": str(p.path), "sha256": p.sha256, "kind": p.kind} for p in predictors],
        "sets": sets,
        "clips": clips,
    }


def means_of(pictures: Sequence[dict]) -> dict[str, float | None]:
    """Each figure's mean over pictures' figures, nulls left out; null where nothing is left."""
    found = {name: [p[name] for p in pictures if p[name] is not None] for name in _figure_names(pictures)}
    return {name: float(np.mean(values)) if values else None for name, values in found.items()}


def ratios(means: dict[str, float | None], peers: Sequence[dict[str, float | None]]) -> dict[str, float | None]:
    """Each compared figure over the smallest of any peer; null where that is 0 or unknown."""
    best = {name: [p[name] for p in peers if p[name] is not None] for name in metrics.COMPARED}
    return {
        name: means[name] / min(best[name]) if best[name] and min(best[name]) and means[name] is not None else None
        for name in metrics.COMPARED
    }


def tables(report: dict) -> str:
    """The report as text, a table for each set and each clip."""
    blocks = []
    for part in report["sets"]:
        rows = [["model", *_COLUMNS, "mad/peer", "grad/peer", "worst picture"]]
        for result in part["results"]:
            ratio = result["ratio"] or {}
            worst = result["worst"]
            rows.append(
                [
                    result["model"],
                    *(_number(result["means"][name]) for name in _COLUMNS),
                    *(_number(ratio.get(name)) for name in ("mad", "grad")),
                    f"{worst['picture']} ({worst['mad']:.4f})",
                ]
            )
        blocks.append(f"{part['set']}: {part['count']} pictures\n{_table(rows)}")
    for part in report["clips"]:
        rows = [["model", *_CLIP_COLUMNS]]
        rows += [[r["model"], *(_number(r[name]) for name in _CLIP_COLUMNS)] for r in part["results"]]
        blocks.append(f"clip {part['clip']}: {part['frames']} frames\n{_table(rows)}")
    return "\n\n".join(blocks)


def _set_report(
    name: str,
    pairs: Sequence[Pair],
    predictors: Sequence[Predictor],
    peers: set[str],
    step: Callable[[int], None],
) -> dict:
    pictures: dict[str, list[dict]] = {p.name: [] for p in predictors}
    for pair in pairs:
        rgb, truth = pair.read()
        size = [rgb.shape[1], rgb.shape[0]]
        for predictor in predictors:
            about = {"picture": pair.name, "size": size, "input": list(predictor.input_size(*size))}
            pictures[predictor.name].append(about | metrics.figures(predictor.alpha(rgb), truth))
        step(1)
    means = {model: means_of(found) for model, found in pictures.items()}
    peer_means = [means[model] for model in means if model in peers]
    results = []
    for model, found in pictures.items():
        worst = max(found, key=lambda p: p["mad"])
        results.append(
            {
                "model": model,
                "means": means[model],
                "worst": {"picture": worst["picture"], "mad": worst["mad"]},
                "ratio": ratios(means[model], peer_means) if peer_means and model not in peers else None,
                "pictures": found,
            }
        )
    return {"set": name, "count": len(pairs), "results": results}


def _clip_report(
    name: str, frames: Sequence[Pair], predictors: Sequence[Predictor], step: Callable[[int], None]
) -> dict:
    motions = [metrics.Motion() for _ in predictors]
    size = (0, 0)
    for picture, truth in clip_frames(frames):
        size = (picture.shape[1], picture.shape[0])
        for predictor, motion in zip(predictors, motions, strict=True):
            motion.add(picture, predictor.alpha(picture), truth)
        step(1)
    results = [
        {"model": predictor.name, "input": list(predictor.input_size(*size)), **motion.figures()}
        for predictor, motion in zip(predictors, motions, strict=True)
    ]
    return {"clip": name, "frames": len(frames), "results": results}


def _figure_names(pictures: Sequence[dict]) -> list[str]:
    return [name for name in pictures[0] if name not in ("picture", "size", "input")]


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.4f}" if value < 10 else f"{value:.2f}"


def _table(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(len(row[c]) for row in rows) for c in range(len(rows[0]))]
    lines = []
    for row in rows:
        first, *rest = row
        cells = [cell.rjust(width) for cell, width in zip(rest, widths[1:], strict=True)]
        lines.append("  ".join([first.ljust(widths[0]), *cells]))
    return "\n".join(lines)
