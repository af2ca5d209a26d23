"""The published layout: its size, and that checkpoints in it are read, or refused with a reason."""

from pathlib import Path

import pytest
import torch

from scrim_training.network.official import OfficialMODNet, load_official
from scrim_training.problem import Problem


def randomised(seed: int = 5) -> OfficialMODNet:
    """The network with every tensor random, running statistics too, so that one left unloaded shows."""
    torch.manual_seed(seed)
    network = OfficialMODNet()
    with torch.no_grad():
        for name, tensor in network.state_dict().items():
            if name.endswith("running_var"):
                tensor.uniform_(0.5, 2.0)
            elif name.endswith(("running_mean", "bias")):
                tensor.normal_(std=0.1)
    return network.eval()


def published(network: OfficialMODNet) -> dict[str, torch.Tensor]:
    """The state dict as the authors' training saves it: parallel names, the encoder in two places."""
    state = dict(network.state_dict())
    state |= {f"lr_branch.{name}": tensor for name, tensor in state.items() if name.startswith("backbone.")}
    return {f"module.{name}": tensor for name, tensor in state.items()}


def test_it_has_the_published_number_of_parameters() -> None:
    count = sum(parameter.numel() for parameter in OfficialMODNet().parameters())
    assert count == pytest.approx(6.49e6, abs=5e3)


def test_names_and_shapes_are_those_of_a_published_file() -> None:
    shapes = {name: list(tensor.shape) for name, tensor in OfficialMODNet().state_dict().items()}
    # Worked out from the paper's table and the published sizes of each layer.
    expected = {
        "backbone.model.features.0.0.weight": [32, 3, 3, 3],
        "backbone.model.features.1.conv.3.weight": [16, 32, 1, 1],
        "backbone.model.features.2.conv.0.weight": [96, 16, 1, 1],
        "backbone.model.features.17.conv.7.running_var": [320],
        "backbone.model.features.18.0.weight": [1280, 320, 1, 1],
        "lr_branch.se_block.fc.0.weight": [320, 1280],
        "lr_branch.se_block.fc.2.weight": [1280, 320],
        "lr_branch.conv_lr16x.layers.0.weight": [96, 1280, 5, 5],
        "lr_branch.conv_lr16x.layers.1.bnorm.weight": [48],
        "lr_branch.conv_lr8x.layers.0.weight": [32, 96, 5, 5],
        "lr_branch.conv_lr.layers.0.weight": [1, 32, 3, 3],
        "hr_branch.tohr_enc2x.layers.0.weight": [32, 16, 1, 1],
        "hr_branch.conv_enc2x.layers.0.weight": [32, 35, 3, 3],
        "hr_branch.conv_enc4x.layers.0.weight": [64, 64, 3, 3],
        "hr_branch.conv_hr4x.0.layers.0.weight": [64, 99, 3, 3],
        "hr_branch.conv_hr2x.3.layers.0.weight": [32, 32, 3, 3],
        "hr_branch.conv_hr.1.layers.0.weight": [1, 32, 1, 1],
        "f_branch.conv_lr4x.layers.0.weight": [32, 32, 5, 5],
        "f_branch.conv_f2x.layers.0.weight": [32, 64, 3, 3],
        "f_branch.conv_f.0.layers.0.weight": [16, 35, 3, 3],
        "f_branch.conv_f.1.layers.0.bias": [1],
    }
    assert {name: shapes.get(name) for name in expected} == expected


@pytest.mark.parametrize("parallel", [True, False])
def test_a_checkpoint_round_trips(tmp_path: Path, parallel: bool) -> None:
    network = randomised()
    torch.save(published(network) if parallel else network.state_dict(), tmp_path / "a.ckpt")
    loaded = load_official(tmp_path / "a.ckpt")
    picture = torch.rand(1, 3, 64, 96) * 2 - 1
    with torch.no_grad():
        alpha = loaded(picture)
        assert torch.equal(alpha, network(picture))
    assert alpha.shape == (1, 1, 64, 96)
    assert 0.0 <= alpha.min() and alpha.max() <= 1.0
    # A matte that ignores its weights would pass the lines above.
    assert not torch.allclose(alpha, OfficialMODNet().eval()(picture), atol=1e-3)


def test_only_the_first_half_is_batch_normed() -> None:
    network = randomised()
    norm = network.f_branch.conv_f2x.layers[1]
    x = torch.rand(1, 32, 8, 8)
    y = norm(x)
    assert torch.allclose(y[:, 16:].mean((2, 3)), torch.zeros(1, 16), atol=1e-5)
    by_hand = (x[:, 3] - norm.bnorm.running_mean[3]) / (norm.bnorm.running_var[3] + 1e-5).sqrt()
    assert torch.allclose(y[:, 3], by_hand * norm.bnorm.weight[3] + norm.bnorm.bias[3], atol=1e-5)


def test_foreign_files_are_refused_with_the_reason(tmp_path: Path) -> None:
    path = tmp_path / "a.ckpt"
    state = published(randomised())

    def refusal() -> str:
        with pytest.raises(Problem) as raised:
            load_official(path)
        assert str(path) in raised.value.what and raised.value.try_this
        return raised.value.why

    assert "No such file" in refusal()
    path.write_bytes(b"\x08\x07not a checkpoint")
    assert "PyTorch" in refusal()
    torch.save({"size": "modnet", "average": state}, path)
    assert "dictionary of named tensors" in refusal()
    torch.save({k: v for k, v in state.items() if "f_branch.conv_f2x" not in k}, path)
    assert "f_branch.conv_f2x.layers.0.bias is missing" in refusal()
    torch.save(state | {"module.extra": torch.zeros(1)}, path)
    assert "extra is not one of its tensors" in refusal()
    torch.save(state | {"module.f_branch.conv_f.1.layers.0.bias": torch.zeros(2)}, path)
    assert "is [2], expected [1]" in refusal()
    torch.save(state | {"module.lr_branch.backbone.model.features.0.0.weight": torch.zeros(32, 3, 3, 3)}, path)
    assert "twice" in refusal()
