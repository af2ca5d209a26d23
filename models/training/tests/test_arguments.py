"""The command line refuses what cannot be in three lines, what, why and what to try, and ends with status 2."""

import json
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from evaluation_help import write_model
from tiny_pack import make_pack

from scrim_training import cli
from scrim_training.data.pack import VERSION
from scrim_training.evaluation.pairs import write_pair
from scrim_training.problem import Problem

BUILD = "build --data {raw} --work {new}/work --out {new}/pack.zip"
TRAIN = "train --size light --device cpu --threads 1 --run {new}/run --pack {pack}"
ADAPT = "adapt --device cpu --threads 1 --checkpoint {folder}/foreign.pt --clips {folder} --run {new}/run"
PAIRS = "pairs --pack {pack} --out {new}/pairs"
EVALUATE = "evaluate --pairs {pairs} --models {model}"
SHEET = "sheet --pictures {pairs} --models {model} --out {new}/sheet.png"
QUANTIZE = "quantize --model {model} --pack {pack} --pairs {pairs}"

REFUSED = [
    (f"{TRAIN} --backbone {{folder}}/none.npz", "none.npz cannot be read"),
    (f"{TRAIN} --backbone {{text}}", "text holds no weights of this encoder"),
    (f"{TRAIN} --backbone {{folder}}/one.npy", "one.npy holds no weights of this encoder"),
    (f"{TRAIN} --backbone {{folder}}/other.npz", "it has 0 convolutions, the encoder 51"),
    (f"{TRAIN} --backbone {{folder}}", "folder cannot be read"),
    (f"{TRAIN} --start-from {{folder}}/none.pt", "none.pt cannot be read"),
    (f"{TRAIN} --start-from {{text}}", "text is no checkpoint of this package"),
    (f"{TRAIN} --start-from {{folder}}/foreign.pt", "do not fit light"),
    (f"{TRAIN} --start-from {{folder}}/foreign-modnet.pt", "do not fit this encoder"),
    (f"{TRAIN} --pack {{folder}}/none.zip", "none.zip is not packed data"),
    (f"{TRAIN} --pack {{text}}", "text is not packed data"),
    (f"{TRAIN} --pack {{folder}}/list.zip", "its index is no dictionary"),
    (f"{TRAIN} --pack {{folder}}/bare.zip", "its index lists no items"),
    (f"{TRAIN} --pack {{folder}}/empty.zip", "lacks people or rooms"),
    (f"{TRAIN} --pack {{folder}}/short.zip", "an item in its index is incomplete"),
    (f"{TRAIN} --run {{text}}", "text cannot be written to"),
    (f"{TRAIN} --run {{text}}/run", "text/run cannot be written to"),
    (f"{TRAIN} --pictures 0", "Give a whole number from 1"),
    (f"{TRAIN} --pictures many", "it is not a whole number"),
    (f"{TRAIN} --minutes -1", "--minutes -1 cannot be"),
    (f"{TRAIN} --minutes nan", "it is out of range"),
    (f"{TRAIN} --threads -1", "--threads -1 cannot be"),
    (f"{TRAIN} --seed -1", "--seed -1 cannot be"),
    (f"{TRAIN} --device toaster", "'toaster' is no device to compute on"),
    (ADAPT, "do not fit light"),
    (f"{ADAPT} --checkpoint {{text}}", "text is no checkpoint of this package"),
    (f"{ADAPT} --steps 0", "--steps 0 cannot be"),
    (f"{ADAPT} --batch 0", "--batch 0 cannot be"),
    (f"{ADAPT} --every 0", "--every 0 cannot be"),
    (f"{ADAPT} --height -32", "Give a whole number from 32 to 2048"),
    (f"{ADAPT} --height 100", "100 is no multiple of 32"),
    (f"{ADAPT} --threads -1", "--threads -1 cannot be"),
    ("export --checkpoint {text}", "text is no checkpoint of this package"),
    ("export --untrained light --out {new}/a.onnx --torch {text}/a.pt", "a.pt cannot be written"),
    ("export --official {folder}/foreign.pt", "foreign.pt is no official MODNet checkpoint"),
    (f"{PAIRS} --pack {{text}}", "text is not packed data"),
    (f"{PAIRS} --out {{text}}", "text cannot be written to"),
    (f"{PAIRS} --count 0", "--count 0 cannot be"),
    (f"{PAIRS} --clips -1", "--clips -1 cannot be"),
    (f"{PAIRS} --seed -1", "--seed -1 cannot be"),
    (f"{EVALUATE} --pairs {{text}}", "text cannot be evaluated on"),
    (f"{EVALUATE} --models {{text}}", "text cannot be used as a matting model"),
    (f"{EVALUATE} --peers {{folder}}/none", "none cannot be used as peers"),
    (f"{EVALUATE} --threads -1", "--threads -1 cannot be"),
    (f"{EVALUATE} --size -1", "'-1' is no input size"),
    (f"{EVALUATE} --json {{text}}/out.json", "out.json cannot be written"),
    (f"{SHEET} --frames 0", "--frames 0 cannot be"),
    (f"{SHEET} --width 0", "--width 0 cannot be"),
    (f"{SHEET} --rows -1", "--rows -1 cannot be"),
    (f"{SHEET} --clips {{text}}", "text cannot be read"),
    (f"{SHEET} --pictures {{text}}", "text cannot be read"),
    (f"{SHEET} --out {{new}}/sheet.xyz", "sheet.xyz is no name for a sheet"),
    (f"{SHEET} --out {{text}}/sheet.png", "text cannot be written to"),
    ("ofd --pairs {pairs} --models {model}", "it has no clips"),
    ("ofd --pairs {pairs} --models {model} --xi -1", "--xi -1 cannot be"),
    (f"{QUANTIZE} --pictures 0", "--pictures 0 cannot be"),
    (f"{QUANTIZE} --pack {{text}}", "text is not packed data"),
    (f"{QUANTIZE} --pairs {{folder}}/none", "none cannot be evaluated on"),
    (f"{BUILD} --data {{text}}", "text is not the raw material"),
    (f"{BUILD} --avatars -1", "--avatars -1 cannot be"),
    (f"{BUILD} --limit-mib 0", "--limit-mib 0 cannot be"),
    (f"{BUILD} --seed -1", "--seed -1 cannot be"),
    (f"{BUILD} --work {{text}}/work", "work cannot be written to"),
    (f"{BUILD} --out {{text}}/pack.zip", "text cannot be written to"),
]


@pytest.fixture(scope="module")
def places(tmp_path_factory) -> dict[str, Path]:
    """Good files and foreign ones, by the names that REFUSED has for them."""
    folder = tmp_path_factory.mktemp("folder") / "folder"
    (folder / "raw").mkdir(parents=True)
    for name in ("portraits", "portraits-small", "talkers", "webcam", "hdri", "avatars", "hair", "peers"):
        (folder / "raw" / name).mkdir()
    (folder / "text").write_text("some text")
    np.save(folder / "one.npy", np.zeros(3))
    np.savez(folder / "other.npz", zeros=np.zeros(3))
    for name, size in (("foreign", "light"), ("foreign-modnet", "modnet")):
        torch.save({"size": size, "average": {"weight": torch.zeros(1)}}, folder / f"{name}.pt")
    bare = {"version": VERSION, "seed": 1, "sources": {}}
    short = {"path": "background/a.webp", "kind": "background"}
    for name, index in (
        ("list", []),
        ("bare", bare),
        ("empty", bare | {"items": []}),
        ("short", bare | {"items": [short]}),
    ):
        with zipfile.ZipFile(folder / f"{name}.zip", "w") as file:
            file.writestr("index.json", json.dumps(index))
    write_model(folder / "model.onnx")
    write_pair(folder / "pairs", "a", np.zeros((64, 64, 3), np.uint8), np.ones((64, 64)))
    return {
        "folder": folder,
        "raw": folder / "raw",
        "text": folder / "text",
        "pack": make_pack(folder / "made"),
        "pairs": folder / "pairs",
        "model": folder / "model.onnx",
    }


@pytest.mark.parametrize(("line", "says"), REFUSED)
def test_what_cannot_be_is_refused_in_three_lines(line, says, places, tmp_path, capsys):
    assert cli.main(line.format(**places, new=tmp_path).split()) == 2
    # Bars of progress, which end without a line's end, may stand before.
    *_, what, why, advice = capsys.readouterr().err.replace("\r", "\n").rstrip().splitlines()
    assert why.startswith("  why: ") and advice.startswith("  try: ")
    assert says in f"{what}\n{why}\n{advice}"


def test_a_problem_survives_the_way_from_another_process():
    problem = pickle.loads(pickle.dumps(Problem("This", "that", "something else")))
    assert (problem.what, problem.why, problem.try_this) == ("This", "that", "something else")
    assert str(problem) == "This: that"
