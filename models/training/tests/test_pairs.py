"""The folder of pairs and the report on it, as the contract in `pairs` has them."""

import argparse
import json

import cv2
import numpy as np
import pytest
from evaluation_help import write_model
from PIL import Image

from scrim_training.evaluation import metrics, sheet
from scrim_training.evaluation import run as evaluate
from scrim_training.evaluation.pairs import clips_of, pairs_of, read_clip, sets_of, write_pair
from scrim_training.evaluation.predict import Predictor
from scrim_training.evaluation.report import make_report, means_of, ratios
from scrim_training.problem import Problem

RED = np.zeros((64, 96, 3), np.uint8)
RED[:, 48:, 0] = 255
TRUTH = (RED[..., 0] / 255.0).astype(np.float64)


def options(module, *words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    module.add_arguments(parser)
    return parser.parse_args(list(words))


@pytest.fixture
def folder(tmp_path):
    root = tmp_path / "pairs"
    write_pair(root, "b", RED, TRUTH)
    write_pair(root, "a", RED, np.zeros_like(TRUTH))
    write_pair(root / "night", "n", RED, TRUTH)
    for n in range(3):
        write_pair(root / "clips" / "wave", f"{n:04}", RED, TRUTH)
    (root / "notes").mkdir()
    Image.fromarray(RED).save(root / "notes" / "lonely.png")
    (root / "held_out.json").write_text("{}")
    write_model(tmp_path / "ours.onnx")
    write_model(tmp_path / "peers.onnx", (64, 96), peer=True)
    return root


def test_sets_and_clips_come_in_order(folder):
    found = [(name, [p.name for p in pairs]) for name, pairs in sets_of(folder)]
    assert found == [("pictures", ["a", "b"]), ("night", ["n"])]
    ((name, frames),) = clips_of(folder)
    assert (name, [f.name for f in frames]) == ("wave", ["0000", "0001", "0002"])
    pictures, truths = read_clip(frames)
    assert pictures.shape == (3, 64, 96, 3)
    np.testing.assert_array_equal(truths[2], TRUTH)


def test_pictures_and_truths_keep_their_codes(tmp_path):
    codes = np.arange(256, dtype=np.uint8).reshape(16, 16)
    write_pair(tmp_path, "x", np.repeat(codes[..., None], 3, 2), codes / 255.0)
    rgb, alpha = pairs_of(tmp_path)[0].read()
    np.testing.assert_array_equal(rgb[..., 1], codes)
    np.testing.assert_array_equal(np.rint(alpha * 255), codes)
    Image.fromarray(np.dstack([codes, codes * 0, codes * 0])).save(tmp_path / "x.alpha.png")
    np.testing.assert_allclose(pairs_of(tmp_path)[0].read()[1], codes / 255.0)


def test_other_depths_than_eight_bits_are_refused(tmp_path):
    """Pillow would clip deeper grey at 255 and read everything above as person."""
    grey = np.full((16, 16), 20_000, np.uint16)
    deep = {"grey": grey, "colour": np.dstack([grey] * 3)}
    write_pair(tmp_path, "x", RED[:16, :16], TRUTH[:16, :16])
    picture, truth = tmp_path / "x.png", tmp_path / "x.alpha.png"
    for codes in deep.values():
        for path in (picture, truth):
            before = path.read_bytes()
            cv2.imwrite(str(path), codes)
            with pytest.raises(Problem, match=rf"{path.name}.*16-bit"):
                pairs_of(tmp_path)[0].read()
            path.write_bytes(before)
    Image.fromarray(grey > 0).save(truth)
    with pytest.raises(Problem, match=" 1-bit"):
        pairs_of(tmp_path)[0].read()
    Image.fromarray(RED[:16, 40:56]).quantize(4).save(truth, bits=4)
    np.testing.assert_array_equal(pairs_of(tmp_path)[0].read()[1], TRUTH[:16, 40:56])


def test_faults_are_named(folder):
    Image.fromarray(RED).save(folder / "night" / "lonely.jpg")
    with pytest.raises(Problem, match="lonely has no truth"):
        list(sets_of(folder))
    (folder / "night" / "lonely.jpg").rename(folder / "night" / "n.jpg")
    with pytest.raises(Problem, match="same name"):
        list(sets_of(folder))
    (folder / "night" / "n.jpg").unlink()
    (folder / "night" / "n.png").unlink()
    with pytest.raises(Problem, match="n has no picture"):
        list(sets_of(folder))
    write_pair(folder / "night", "n", RED[:32], TRUTH)
    with pytest.raises(Problem, match="96×64"):
        pairs_of(folder / "night")[0].read()
    with pytest.raises(Problem, match="no such folder"):
        list(sets_of(folder / "nowhere"))


def test_the_report_keeps_its_contract(folder, tmp_path, capsys):
    out = tmp_path / "report.json"
    args = options(
        evaluate,
        "--pairs",
        str(folder),
        "--models",
        str(tmp_path / "ours.onnx"),
        str(tmp_path / "peers.onnx"),
        "--size",
        "64",
        "--json",
        str(out),
    )
    assert evaluate.run(args) == 0
    report = json.loads(out.read_text())
    assert (report["format"], report["size"]) == (1, "64")
    assert [m["kind"] for m in report["models"]] == ["modnet", "mediapipe"]
    assert [s["set"] for s in report["sets"]] == ["pictures", "night"]
    ours, peer = report["sets"][0]["results"]
    assert ours["worst"]["picture"] == "a"
    assert ours["worst"]["mad"] == pytest.approx(0.5, abs=0.01)
    assert ours["means"]["mad"] == pytest.approx(0.25, abs=0.01)
    assert ours["pictures"][1]["size"] == [96, 64]
    assert ours["pictures"][1]["input"] == [96, 64]
    assert ours["ratio"]["mad"] == pytest.approx(1.0, abs=0.05)
    assert peer["ratio"] is None
    (clip,) = report["clips"]
    assert (clip["clip"], clip["frames"]) == ("wave", 3)
    assert clip["results"][0]["dtssd"] == 0.0
    assert "worst picture" in capsys.readouterr().out


def test_means_and_ratios_leave_out_what_is_unknown():
    means = means_of([{"picture": "a", "mad": 0.2, "conn": None}, {"picture": "b", "mad": 0.4, "conn": None}])
    assert means == {"mad": pytest.approx(0.3), "conn": None}
    zero = dict.fromkeys(("mse", "sad", "grad", "edge_mad"), 0.0)
    found = ratios(zero | means, [zero | {"mad": 0.6, "conn": 1.0}, zero | {"mad": 0.9, "conn": None}])
    assert found["mad"] == pytest.approx(0.5), "of the better peer"
    assert found["conn"] is None
    assert found["mse"] is None


def test_an_evaluation_without_anything_is_refused(tmp_path, folder):
    with pytest.raises(Problem, match="no model"):
        evaluate.run(options(evaluate, "--pairs", str(folder)))
    (tmp_path / "empty").mkdir()
    with pytest.raises(Problem, match="no pair"):
        evaluate.run(options(evaluate, "--pairs", str(tmp_path / "empty"), "--models", str(tmp_path / "ours.onnx")))


def test_clips_are_streamed_with_the_figures_of_the_definition(tmp_path):
    """Two models at once, so that neither sees the other's frames."""
    random = np.random.default_rng(4)
    for n in range(4):
        # The left half stands still.
        frame = np.full((64, 96, 3), 60, np.uint8)
        frame[:, 48:] = random.integers(0, 255, (64, 48, 3), np.uint8)
        frame[:, 10:20, 0] += n
        write_pair(tmp_path / "clips" / "c", f"{n:04}", frame, random.random((64, 96)))
    write_model(tmp_path / "a.onnx")
    write_model(tmp_path / "b.onnx", (64, 96), peer=True)
    models = [Predictor(tmp_path / f"{name}.onnx", 64) for name in "ab"]
    steps = []
    (clip,) = make_report(tmp_path, models, 64, "", steps.append)["clips"]
    ((_, frames),) = clips_of(tmp_path)
    pictures, truths = read_clip(frames)
    for model, found in zip(models, clip["results"], strict=True):
        alphas = np.stack([model.alpha(picture) for picture in pictures])
        assert found["dtssd"] == pytest.approx(metrics.dtssd(alphas, truths), rel=1e-12)
        assert found["flicker"] == pytest.approx(metrics.flicker(alphas, pictures), rel=1e-12)
        assert found["mad"] == pytest.approx(np.abs(alphas - truths).mean(), rel=1e-12)
        assert found["flicker"] > 0 and found["input"] == [96, 64]
    assert steps == [1] * 4, "the bar moves with each frame"
    write_pair(tmp_path / "clips" / "c", "0004", RED[:32], TRUTH[:32])
    with pytest.raises(Problem, match="does not fit its clip"):
        make_report(tmp_path, models, 64, "", steps.append)


def test_rows_of_flat_pictures_have_a_height():
    row = sheet.draw_row(sheet.Subject("flat", np.zeros((1, 2000, 3), np.uint8)), [], "#808080", 320)
    assert row.height > 1


def test_sheets_show_picture_truth_matte_and_composite(folder, tmp_path, capsys):
    out = tmp_path / "sheet.png"
    args = options(
        sheet,
        "--pictures",
        str(folder),
        "--clips",
        str(folder / "clips" / "wave"),
        "--frames",
        "2",
        "--models",
        str(tmp_path / "ours.onnx"),
        "--size",
        "64",
        "--width",
        "96",
        "--rows",
        "3",
        "--out",
        str(out),
    )
    assert sheet.run(args) == 0
    assert capsys.readouterr().out.split() == [str(out), str(tmp_path / "sheet-2.png")]
    cells = np.asarray(Image.open(out))
    assert cells.shape == (3 * (64 + 22), 4 * 100, 3)
    row = cells[18 + 32]  # the middle of the first picture
    picture, truth, matte, over = (row[n * 100 : n * 100 + 96] for n in range(4))
    assert tuple(picture[80]) == (255, 0, 0)
    assert (truth == 0).all(), "the first picture's truth is empty"
    assert matte[10].max() < 5
    assert matte[90].min() > 250
    assert tuple(over[10]) == (0x5C, 0x9C, 0x50)
    assert tuple(over[90]) == (255, 0, 0)
