"""Exports: the same alpha as PyTorch at every size, nothing written otherwise, manifests of the format."""

import argparse
import hashlib
import tomllib
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from torch import nn

from scrim_training.export import command, files, graph, timing
from scrim_training.export.fold import folded
from scrim_training.export.sources import from_checkpoint
from scrim_training.network.modnet import LIGHT, MODNet
from scrim_training.network.official import OfficialMODNet
from scrim_training.problem import Problem


def stirred(network: nn.Module) -> nn.Module:
    """Random statistics and weights, so that a batch norm folded wrongly shows; alpha spread over 0..1."""
    torch.manual_seed(3)
    with torch.no_grad():
        for name, tensor in network.state_dict().items():
            if name.endswith("running_var"):
                tensor.uniform_(0.5, 2.0)
            elif name.endswith("running_mean"):
                tensor.normal_(std=0.2)
            elif name.endswith("bias"):
                tensor.normal_(std=0.1)
            elif name.endswith("head.logits.weight"):
                tensor.normal_(std=0.3)
    return network.eval()


@pytest.fixture(scope="module")
def light() -> MODNet:
    torch.set_num_threads(1)
    return stirred(MODNet(LIGHT))


@pytest.fixture(scope="module")
def exported(light: MODNet) -> onnx.ModelProto:
    return graph.to_onnx(light)


def arguments(*given: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    return parser.parse_args([*given])


def save(network: MODNet, path: Path) -> Path:
    torch.save({"size": "light", "average": network.state_dict()}, path)
    return path


def test_the_graph_keeps_the_contract(exported: onnx.ModelProto) -> None:
    assert [(o.domain, o.version) for o in exported.opset_import] == [("", 17)]
    assert [i.name for i in exported.graph.input] == ["input"]
    assert [o.name for o in exported.graph.output] == ["output"]
    kinds = {node.op_type for node in exported.graph.node}
    assert "BatchNormalization" not in kinds and "Shape" not in kinds


def test_it_gives_pytorch_s_alpha_at_every_size(light: MODNet, exported: onnx.ModelProto) -> None:
    picture = graph.trial_pictures([(64, 96)])[0]
    with torch.no_grad():
        alpha = light(torch.from_numpy(picture))
    assert alpha.min() < 0.2 and alpha.max() > 0.8, "a flat matte would hide errors"
    assert graph.check_against(light, exported, [(64, 96), (160, 64), (32, 32)]) < 1e-4


def test_the_check_fails_on_other_weights(light: MODNet, exported: onnx.ModelProto) -> None:
    other = MODNet(LIGHT)
    other.load_state_dict(light.state_dict())
    with torch.no_grad():
        other.head.logits.bias += 0.01
    # Alpha's slope is at most 1/4, so the difference is at most 2.5e-3 and more than the tolerance.
    with pytest.raises(Problem, match="differs from PyTorch"):
        graph.check_against(other, exported, [(64, 96)])


def test_folding_leaves_the_network_alone(light: MODNet) -> None:
    before = {name: tensor.clone() for name, tensor in light.state_dict().items()}
    copied = folded(light)
    assert not any(isinstance(module, nn.BatchNorm2d) for module in copied.modules())
    assert all(torch.equal(before[name], tensor) for name, tensor in light.state_dict().items())


def test_half_weights_halve_the_file_and_hardly_move_alpha(exported: onnx.ModelProto) -> None:
    halved = graph.with_half_weights(exported)
    assert halved.ByteSize() < 0.55 * exported.ByteSize()
    mean, largest = graph.half_difference(exported, halved)
    assert 0 < mean < 1e-3 and largest < 0.05


def test_a_preset_runs_at_its_sides_only(exported: onnx.ModelProto) -> None:
    fixed = graph.session(graph.with_sides(exported, (64, 96)))
    assert fixed.get_inputs()[0].shape == [1, 3, 64, 96]
    assert fixed.get_outputs()[0].shape == [1, 1, 64, 96]
    assert graph.run(fixed, np.zeros((1, 3, 64, 96), np.float32)).shape == (1, 1, 64, 96)
    with pytest.raises(Exception, match="Got: 128"):
        graph.run(fixed, np.zeros((1, 3, 64, 128), np.float32))
    assert graph.session(exported).get_inputs()[0].shape == [1, 3, "height", "width"]


def test_a_run_is_exported_beside_its_checkpoint(light: MODNet, tmp_path: Path) -> None:
    save(light, tmp_path / "checkpoint.pt")
    words = 'Says "hands" \\ and\nmore'
    assert command.run(arguments("--run", str(tmp_path), "--preset", "64x96", "--description", words)) == 0
    names = {path.name for path in tmp_path.iterdir()} - {"checkpoint.pt"}
    assert names == {f"scrim-modnet-light{end}" for end in (".onnx", ".toml", "-64x96.onnx", "-64x96.toml")}
    manifest = tomllib.loads((tmp_path / "scrim-modnet-light.toml").read_text("utf-8"))
    content = (tmp_path / "scrim-modnet-light.onnx").read_bytes()
    assert manifest["sha256"] == hashlib.sha256(content).hexdigest()
    assert (manifest["name"], manifest["variant"]) == ("MODNet", "light")
    assert "licence" not in manifest, "that is for those to say who trained it"
    assert manifest["description"] == 'Says "hands" \\ and more'
    assert manifest["input"] == {
        "tensor": "input",
        "mean": [127.5] * 3,
        "scale": [127.5] * 3,
        "side_multiple": 32,
    }
    assert manifest["output"] == {"tensor": "output"}


def test_weights_for_training_come_with_the_model(light: MODNet, tmp_path: Path) -> None:
    """They are read as a checkpoint, and give the matte that the file with half weights gives."""
    run = save(light, tmp_path / "run.pt")
    options = ("--out", str(tmp_path / "a.onnx"), "--torch", str(tmp_path / "new" / "a.pt"))
    command.run(arguments("--checkpoint", str(run), *options))
    again = from_checkpoint(tmp_path / "new" / "a.pt")
    assert (tmp_path / "new" / "a.pt").stat().st_size < 0.6 * run.stat().st_size
    picture = torch.rand(1, 3, 64, 96) * 2 - 1
    with torch.no_grad():
        alpha = again.network(picture).numpy()
    exported = graph.run(graph.session((tmp_path / "a.onnx").read_bytes()), picture.numpy())
    assert np.abs(alpha - exported).max() < 1e-3


def test_weights_for_training_are_of_our_networks_alone(tmp_path: Path) -> None:
    official = tmp_path / "official.ckpt"
    torch.save({f"module.{name}": value for name, value in OfficialMODNet().state_dict().items()}, official)
    with pytest.raises(Problem, match="cannot be written"):
        command.run(arguments("--official", str(official), "--torch", str(tmp_path / "a.pt")))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["official.ckpt"]


def test_an_official_checkpoint_is_exported(tmp_path: Path) -> None:
    network = stirred(OfficialMODNet())
    state = {f"module.{name}": tensor for name, tensor in network.state_dict().items()}
    torch.save(state, tmp_path / "portrait.ckpt")
    assert command.run(arguments("--official", str(tmp_path / "portrait.ckpt"), "--weights", "float")) == 0
    running = graph.session(str(tmp_path / "portrait.onnx"))
    picture = graph.trial_pictures([(96, 64)])[0]
    with torch.no_grad():
        assert np.abs(graph.run(running, picture) - network(torch.from_numpy(picture)).numpy()).max() < 1e-4
    manifest = tomllib.loads((tmp_path / "portrait.toml").read_text("utf-8"))
    assert manifest["variant"] == "portrait" and "licence" not in manifest


def test_what_fails_leaves_no_file(light: MODNet, tmp_path: Path) -> None:
    broken = MODNet(LIGHT)
    broken.load_state_dict(light.state_dict())
    with torch.no_grad():
        broken.head.logits.bias[0] = float("nan")
    path = save(broken, tmp_path / "broken.pt")
    with pytest.raises(Problem, match="nan"):
        command.run(arguments("--checkpoint", str(path), "--out", str(tmp_path / "out" / "x.onnx")))
    assert not (tmp_path / "out").exists()


def test_foreign_checkpoints_are_refused_with_the_reason(light: MODNet, tmp_path: Path) -> None:
    def refusal(*given: str) -> str:
        with pytest.raises(Problem) as raised:
            command.run(arguments(*given))
        assert raised.value.try_this
        return raised.value.why

    path = tmp_path / "a.pt"
    assert "No such file" in refusal("--checkpoint", str(path))
    assert "No such file" in refusal("--run", str(tmp_path))
    path.write_text("not weights")
    assert "PyTorch" in refusal("--checkpoint", str(path))
    torch.save(light.state_dict(), path)
    assert "sizes modnet, light" in refusal("--checkpoint", str(path))
    torch.save({"size": "modnet", "average": light.state_dict()}, path)
    assert "do not fit scrim-modnet" in refusal("--checkpoint", str(path))
    assert "does not end in .onnx" in refusal("--untrained", "light", "--out", str(tmp_path / "x"))


def test_random_weights_are_written_only_where_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    timed = []
    monkeypatch.setattr(command, "_time", lambda model, name: timed.append(name))
    assert command.run(arguments("--untrained", "light", "--time")) == 0
    assert timed == ["scrim-modnet-light"] and not list(tmp_path.iterdir())
    for given in ((), ("--time", "--preset", "64x96")):
        with pytest.raises(Problem, match="no --out"):
            command.run(arguments("--untrained", "light", *given))
    assert command.run(arguments("--untrained", "light", "--out", "new/x.onnx")) == 0
    assert {path.name for path in (tmp_path / "new").iterdir()} == {"x.onnx", "x.toml"}


@pytest.mark.parametrize("text", ["288", "288x500", "0x32", "32x4096", "axb"])
def test_impossible_presets_are_usage_errors(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="multiples of 32"):
        command.sides(text)


def test_a_manifest_without_variant_or_licence_has_no_such_lines() -> None:
    card = files.Card("A", None, None, "b", "c")
    parsed = tomllib.loads(files.manifest(card, "0" * 64))
    assert set(parsed) == {"name", "sha256", "description", "source", "input", "output"}


def test_two_models_are_timed_in_turns(exported: onnx.ModelProto) -> None:
    rounds = []
    same, larger = timing.compare(exported, exported, [(32, 32), (128, 128)], lambda: rounds.append(1), rounds=5)
    assert len(rounds) == 2 * (timing.WARM_UP + 5)
    # Sixteen times the pixels, and the same model twice.
    assert larger.own > 3 * same.own and 0.5 < larger.ratio < 2.0
