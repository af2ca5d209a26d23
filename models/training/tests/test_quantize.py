"""int8: the operators that were asked for, hardly another matte, and the loss told as it is."""

import argparse
import io
import json
import tomllib
import zipfile
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
import torch.nn.functional as F
from PIL import Image
from torch import nn

from scrim_training.data.pack import VERSION
from scrim_training.evaluation.pairs import write_pair
from scrim_training.export import graph, quantize
from scrim_training.export.files import Card, write_model
from scrim_training.export.int8 import calibration_pictures, card_of, quantised
from scrim_training.problem import Problem

SIDES = (64, 96)


class Small(nn.Module):
    """Every operator that quantising treats apart, in a network of three convolutions."""

    def __init__(self) -> None:
        super().__init__()
        self.down = nn.Conv2d(3, 24, 3, 2, 1)
        self.deeper = nn.Conv2d(24, 48, 3, 2, 1)
        self.head = nn.Conv2d(72, 1, 3, 1, 1)

    def forward(self, picture: torch.Tensor) -> torch.Tensor:
        half = torch.relu(self.down(picture))
        enlarged = F.interpolate(torch.relu(self.deeper(half)), scale_factor=2, mode="bilinear")
        logits = 8 * self.head(torch.cat((half, enlarged), 1))
        return torch.sigmoid(F.interpolate(logits, scale_factor=2, mode="bilinear"))


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.set_num_threads(1)
    torch.manual_seed(2)
    path = tmp_path_factory.mktemp("model") / "small.onnx"
    content = graph.with_half_weights(graph.to_onnx(Small()))
    write_model(content, path, Card("Small", "light", "MIT", "A model.", "Nobody."))
    return path


@pytest.fixture(scope="module")
def pictures() -> list[np.ndarray]:
    return graph.trial_pictures([SIDES] * 6)


@pytest.fixture(scope="module")
def usual(model: Path, pictures: list[np.ndarray]) -> onnx.ModelProto:
    return quantised(model, pictures)


# Of rooms and people alike, so that a composite says which side it was made of.
SIDE_COLOURS = {"train": (60, 190, 60), "held_out": (190, 60, 60)}


def write_pack(path: Path) -> Path:
    """A pack of one room and one person, each side of the split in a flat colour of its own."""
    items = []
    with zipfile.ZipFile(path, "w") as file:
        for split in ("train", "held_out"):
            # A person who is opaque everywhere would be stored without alpha.
            for kind, alpha in (("background", ()), ("foreground", (254,))):
                name = f"{kind}/{split}.webp"
                codes = np.full((40, 40, 3 + len(alpha)), (*SIDE_COLOURS[split], *alpha), np.uint8)
                buffer = io.BytesIO()
                Image.fromarray(codes).save(buffer, "webp", lossless=True)
                file.writestr(name, buffer.getvalue())
                person = f"avatar:{split}" if kind == "foreground" else f"room:{split}"
                about = {"source": "avatars" if kind == "foreground" else "rooms", "person": person}
                items.append({"path": name, "kind": kind, "contains": [], "cut_bottom": True, "split": split} | about)
        file.writestr("index.json", json.dumps({"version": VERSION, "seed": 1, "sources": {}, "items": items}))
    return path


def makers(model: onnx.ModelProto) -> dict[str, onnx.NodeProto]:
    return {output: node for node in model.graph.node for output in node.output}


def keeps_scale(model: onnx.ModelProto) -> list[bool]:
    """Of each Resize, whether its output has its input's scale, as int8 resizing has it."""
    found = []
    for node in (n for n in model.graph.node if n.op_type == "Resize"):
        before = makers(model).get(node.input[0])
        after = [n for n in model.graph.node if n.op_type == "QuantizeLinear" and n.input[0] == node.output[0]]
        scale = before.input[1] if before.op_type == "DequantizeLinear" else None
        found.append(bool(after) and after[0].input[1] == scale)
    return found


def largest_weight(model: onnx.ModelProto) -> int:
    codes = [onnx.numpy_helper.to_array(tensor) for tensor in model.graph.initializer]
    return max(int(np.abs(c.astype(int)).max()) for c in codes if c.dtype == np.int8 and c.ndim == 4)


def test_the_matte_hardly_changes(model: Path, usual: onnx.ModelProto, pictures: list[np.ndarray]) -> None:
    inputs = {makers(usual)[n.input[0]].op_type for n in usual.graph.node if n.op_type == "Conv"}
    assert inputs == {"DequantizeLinear"}
    whole, small = (
        graph.run(graph.session(str(model)), pictures[0]),
        graph.run(graph.session(usual), pictures[0]),
    )
    assert whole.std() > 0.02, "a flat matte would hide errors"
    assert 0 < np.abs(whole - small).mean() < 0.2 * whole.std()


def test_what_is_kept_in_float_can_be_chosen(model: Path, usual: onnx.ModelProto, pictures: list[np.ndarray]) -> None:
    head = [node.name for node in onnx.load(model).graph.node if node.op_type == "Conv"][-1]
    chosen = quantised(model, pictures, keep_float=(head,), full_range=True)
    assert not any(keeps_scale(usual)) and any(keeps_scale(chosen))

    def weights(of: onnx.ModelProto) -> onnx.NodeProto | None:
        return makers(of).get(next(node for node in of.graph.node if node.name == head).input[1])

    assert weights(usual).op_type == "DequantizeLinear" and weights(chosen) is None
    assert largest_weight(usual) <= 64, "seven bits unless asked"
    assert largest_weight(chosen) > 100


def test_calibration_uses_the_train_side_and_its_seed(tmp_path: Path) -> None:
    pack = write_pack(tmp_path / "pack.zip")
    first, again, other = (calibration_pictures(pack, 8, SIDES, seed) for seed in (1, 1, 2))
    assert first[0].shape == (1, 3, *SIDES) and first[0].dtype == np.float32
    assert -1 <= min(p.min() for p in first) and max(p.max() for p in first) <= 1
    red, green, _ = np.mean([p.mean((0, 2, 3)) for p in first], 0)
    assert green > red + 0.2, "green is the train side"
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert not all(np.array_equal(a, b) for a, b in zip(first, other, strict=True))


def test_the_loss_is_told_in_the_manifest(model: Path, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    pack = write_pack(tmp_path / "pack.zip")
    random = np.random.default_rng(1)
    for name in ("a", "b"):
        write_pair(tmp_path / "pairs", name, random.integers(0, 255, (48, 64, 3), np.uint8), np.zeros((48, 64)))
    parser = argparse.ArgumentParser()
    quantize.add_arguments(parser)
    given = ["--model", model, "--pack", pack, "--pairs", tmp_path / "pairs", "--out", tmp_path / "q.onnx"]
    given += ["--pictures", "2", "--calibrate-at", "64x96", "--size", "64", "--json", tmp_path / "q.json"]
    assert quantize.run(parser.parse_args([str(g) for g in given])) == 0
    loss = json.loads((tmp_path / "q.json").read_text("utf-8"))["loss"]
    # The truth is 0 everywhere, so MAD is alpha's mean, which differs no more than the mattes do.
    assert loss["pictures"] == 2 and loss["worst_picture"] in ("pairs/a", "pairs/b")
    assert abs(loss["int8_mad"] - loss["float_mad"]) <= loss["changed"] <= loss["most_changed"]
    assert loss["worst_int8_mad"] >= loss["int8_mad"] > 0
    manifest = tomllib.loads((tmp_path / "q.toml").read_text("utf-8"))
    assert manifest["variant"] == "light int8" and manifest["licence"] == "MIT"
    words = " ".join(manifest["description"].split())
    assert f"MAD is {loss['int8_mad']:.4f} (float {loss['float_mad']:.4f})" in words
    assert "held-out pairs" in capsys.readouterr().out


def test_a_card_says_what_the_manifest_does(tmp_path: Path) -> None:
    path = tmp_path / "m.onnx"
    assert card_of(path) == Card("m", None, None, "", "")
    (tmp_path / "m.toml").write_text('name = "M"\nlicence = "MIT"\ndescription = """\nTwo\nlines."""\n', "utf-8")
    assert card_of(path) == Card("M", None, "MIT", "Two lines.", "")
    (tmp_path / "m.toml").write_text('name = "M"\nlicense = "MIT"\n', "utf-8")
    with pytest.raises(Problem, match="`license`"):
        card_of(path)


def test_what_cannot_be_quantised_is_refused(
    model: Path, usual: onnx.ModelProto, pictures: list[np.ndarray], tmp_path: Path
) -> None:
    def refusal(path: Path, keep_float: tuple[str, ...] = ()) -> str:
        with pytest.raises(Problem) as raised:
            quantised(path, pictures[:1], keep_float)
        assert raised.value.try_this
        return f"{raised.value.what} {raised.value.why}"

    assert "missing.onnx" in refusal(tmp_path / "missing.onnx")
    (tmp_path / "text.onnx").write_text("no model")
    assert "text.onnx" in refusal(tmp_path / "text.onnx")
    assert "no operator or node" in refusal(model, ("Softmax",))
    assert "Sigmoid" in {node.op_type for node in onnx.load(model).graph.node}
    assert "float always" in refusal(model, ("Sigmoid",)), "it would be passed over as a node's name"
    write_model(usual, tmp_path / "once.onnx", card_of(model))
    assert "already" in refusal(tmp_path / "once.onnx")
