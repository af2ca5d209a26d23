"""Models are run as the program runs them: input sides, resampling, layouts, refusals."""

import json

import numpy as np
import pytest
from evaluation_help import REPOSITORY, write_model
from PIL import Image

from scrim_training.evaluation.predict import Predictor, input_size, resample, short_side
from scrim_training.problem import Problem


@pytest.mark.parametrize(
    ("size", "frame", "expected"),
    [  # the program's own table
        ("fast", (1280, 720), (288, 160)),
        ("balanced", (1280, 720), (448, 256)),
        ("quality", (1280, 720), (512, 288)),
        ("reference", (1280, 720), (896, 512)),
        ("balanced", (640, 480), (352, 256)),
        ("balanced", (720, 1280), (256, 448)),
        ("balanced", (1, 1), (256, 256)),
        ("100", (1280, 720), (192, 96)),
        (32, (1280, 720), (64, 32)),
        ("balanced", (16384, 1), (1024, 256)),
        (2048, (500, 500), (1024, 1024)),
    ],
)
def test_input_sides_are_the_programs(size, frame, expected):
    assert input_size(*frame, short_side(size)) == expected


def test_areas_are_bounded():
    for frame in ((1280, 720), (16384, 1), (3, 16384), (1366, 768)):
        width, height = input_size(*frame, 2048)
        assert width * height <= 1024 * 1024
        assert width % 32 == height % 32 == 0


@pytest.mark.parametrize("size", ["huge", "31", 4096, "1.5"])
def test_other_sizes_are_refused(size):
    with pytest.raises(Problem, match="input size"):
        short_side(size)


def test_shrinking_averages_with_a_triangle():
    # Halved, each output sees four samples: 1, 3, 3, 1 eighths; at the edges the outer one is missing: 3, 3,
    # 1 sevenths.
    row = np.array([[0, 0, 0, 8, 0, 0, 0, 0]], np.float32)
    np.testing.assert_allclose(resample(row, (4, 1)), [[0, 3, 1, 0]], atol=1e-6)
    row = np.array([[7, 0, 0, 0, 0, 0, 0, 0]], np.float32)
    np.testing.assert_allclose(resample(row, (4, 1)), [[3, 0, 0, 0]], atol=1e-6)


def test_enlarging_is_bilinear_with_clamped_edges():
    np.testing.assert_allclose(resample(np.array([[0, 1]]), (4, 1)), [[0, 0.25, 0.75, 1]], atol=1e-6)


def test_both_layouts_see_red_at_the_right_place(tmp_path):
    write_model(tmp_path / "ours.onnx")
    write_model(tmp_path / "peer.onnx", (48, 64), peer=True)
    rgb = np.zeros((90, 160, 3), np.uint8)
    rgb[:, 80:, 0] = 255
    rgb[..., 1:] = 77
    for name, kind in (("ours", "modnet"), ("peer", "mediapipe")):
        model = Predictor(tmp_path / f"{name}.onnx", 64)
        assert (model.name, model.kind) == (name, kind)
        alpha = model.alpha(rgb)
        assert alpha.shape == (90, 160)
        assert alpha.dtype == np.float32
        assert alpha[:, :70].max() < 1e-6
        assert alpha[:, 90:].min() > 1 - 1e-6
    assert model.input_size(160, 90) == (64, 48), "a file's fixed sides hold"


def test_a_manifest_decides_the_normalisation(tmp_path):
    write_model(tmp_path / "m.onnx")
    (tmp_path / "m.toml").write_text('name = "M"\n[input]\nmean = [100.0, 0.0, 0.0]\nscale = [200.0, 1.0, 1.0]\n')
    alpha = Predictor(tmp_path / "m.onnx", 64).alpha(np.full((64, 64, 3), 140, np.uint8))
    np.testing.assert_allclose(alpha, (140 - 100) / 200 * 0.5 + 0.5, atol=1e-6)


def test_what_is_no_model_is_refused(tmp_path):
    with pytest.raises(Problem, match=r"none\.onnx"):
        Predictor(tmp_path / "none.onnx")
    (tmp_path / "bad.onnx").write_bytes(b"no model")
    with pytest.raises(Problem, match="ONNX Runtime"):
        Predictor(tmp_path / "bad.onnx")
    write_model(tmp_path / "m.onnx")
    (tmp_path / "m.toml").write_text("name = ")
    with pytest.raises(Problem, match="no model manifest"):
        Predictor(tmp_path / "m.onnx")
    (tmp_path / "m.toml").write_text(f'name = "M"\nsha256 = "{"0" * 64}"')
    with pytest.raises(Problem, match="not the file that its manifest describes"):
        Predictor(tmp_path / "m.onnx")
    (tmp_path / "m.toml").write_text('name = "M"\n[input]\ntensor = "picture"')
    with pytest.raises(Problem, match="which input is meant"):
        Predictor(tmp_path / "m.onnx")


@pytest.mark.parametrize(
    ("name", "file"), [("built-in", "scrim-modnet.onnx"), ("built-in:light", "scrim-modnet-light.onnx")]
)
def test_the_reference_figure_comes_out_as_recorded(name, file):
    folder = REPOSITORY / "models" / "reference"
    recorded = json.loads((folder / "figure.json").read_text())
    rgb = np.asarray(Image.open(folder / recorded["picture"]).convert("RGB"))
    alpha = Predictor(REPOSITORY / "models" / file, "balanced").model_alpha(rgb)
    assert list(alpha.shape[::-1]) == recorded["size"]
    block = recorded["block"]
    rows, columns = alpha.shape[0] // block, alpha.shape[1] // block
    means = alpha.reshape(rows, block, columns, block).mean((1, 3))
    assert np.abs(means - np.array(recorded["models"][name]["block_means"])).mean() < 1e-4
