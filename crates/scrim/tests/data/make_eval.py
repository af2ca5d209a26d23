"""Makes the figures that `scrim eval` is held against: the Python evaluation's, on the pairs that the test makes.

    cd models/training && python ../../crates/scrim/tests/data/make_eval.py

`pair` is that of `tests/eval.rs`, in whole numbers, so that both make the same pictures. The model is a grey value
through a sigmoid: what is compared is everything but the network. A test of the Python package holds the file against
what this gives.

`across.jpg` is the first of the pictures as JPEG with colour at half the sides (4:2:0), which is where decoders differ.
It is made only where it is missing: another encoder would make another file.
"""

import json
import pathlib
import tempfile

import numpy as np
from PIL import Image

from scrim_training.evaluation.pairs import write_pair
from scrim_training.evaluation.predict import Predictor
from scrim_training.evaluation.report import make_report

HERE = pathlib.Path(__file__).parent
JPEG = HERE / "across.jpg"
GREY = HERE.parents[2] / "scrim-matting/tests/data/grey.onnx"
MANIFEST = 'name = "Grey"\n[input]\nmean = [128.0, 128.0, 128.0]\nscale = [12.0, 12.0, 12.0]\n'


def pair(width: int, height: int, shift: int) -> tuple[np.ndarray, np.ndarray]:
    y, x = np.mgrid[0:height, 0:width].astype(np.int64)
    across = x - width // 2 - 2 * shift
    d = across**2 + (y - height // 2) ** 2
    base = np.maximum(255 - d // 10, 0)
    corner = (x < 12) & (y < 12)
    base = np.where(corner, 240, base)
    # A dark stripe that cuts the person in two, in the picture alone.
    base = np.where((across >= 10) & (across < 15), 20, base)
    red = np.minimum(base + (13 * x + 29 * y) % 31, 255)
    green, blue = np.minimum(base // 2 + 100, 255), np.minimum(base * 3 // 4 + (x * y) % 17, 255)
    truth = np.clip((1400 - d) // 3 + 128, 0, 255)
    truth = np.where((x < 10) & (y < 8), 255, truth)
    return np.stack([red, green, blue], -1).astype(np.uint8), truth / 255.0


def figures() -> dict:
    """What `eval.json` holds."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        write_pair(folder, "across", *pair(150, 100, 0))
        write_pair(folder, "upright", *pair(90, 120, 3))
        picture, _ = pair(64, 64, 1)
        write_pair(folder / "empty", "room", picture, np.zeros((64, 64)))
        for shift in range(3):
            write_pair(folder / "clips/wave", f"{shift:04}", *pair(150, 100, shift))
        (folder / "grey.onnx").write_bytes(GREY.read_bytes())
        (folder / "grey.toml").write_text(MANIFEST, "utf-8")
        write_pair(folder / "jpeg", "across", *pair(150, 100, 0))
        (folder / "jpeg/across.png").unlink()
        (folder / "jpeg/across.jpg").write_bytes(JPEG.read_bytes())
        report = make_report(folder, [Predictor(folder / "grey.onnx", 64)], 64, "", lambda _: None)
    for part in report["sets"] + report["clips"]:
        part["results"][0].pop("ratio", None)
    sets = {part["set"]: part for part in report["sets"]}
    (jpeg,) = sets.pop("jpeg")["results"][0]["pictures"]
    return {"sets": list(sets.values()), "clips": report["clips"], "jpeg": jpeg}


if __name__ == "__main__":
    if not JPEG.exists():
        Image.fromarray(pair(150, 100, 0)[0]).save(JPEG, quality=85, subsampling="4:2:0")
    (HERE / "eval.json").write_text(json.dumps(figures(), indent=1) + "\n", "utf-8")
