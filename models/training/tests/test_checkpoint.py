"""Checkpoints: what is written is read, and what is none of ours, or lacks something, is refused with the reason."""

from pathlib import Path

import pytest
import torch

from scrim_training.checkpoint import CHECKPOINT, load_checkpoint, take_weights, write_checkpoint
from scrim_training.problem import Problem

WEIGHTS = {"weight": torch.eye(2), "bias": torch.zeros(2)}
STATE = {"size": "light", "seen": 7, "average": WEIGHTS}


def refusal(path: Path, *needed: str) -> str:
    with pytest.raises(Problem) as raised:
        load_checkpoint(path, *needed)
    assert str(path) in raised.value.what and raised.value.try_this
    return raised.value.why


def test_what_is_written_is_read(tmp_path):
    write_checkpoint(STATE | {"seen": 6}, tmp_path)
    write_checkpoint(STATE, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [CHECKPOINT]
    state = load_checkpoint(tmp_path / CHECKPOINT, "seen", "average")
    assert state["seen"] == 7 and torch.equal(state["average"]["weight"], torch.eye(2))
    layer = torch.nn.Linear(2, 2)
    take_weights(layer, state["average"], tmp_path / CHECKPOINT, "a layer")
    assert torch.equal(layer.weight, torch.eye(2))


def test_what_is_none_is_refused_with_the_reason(tmp_path):
    path = tmp_path / CHECKPOINT
    assert "No such file" in refusal(path)
    assert "directory" in refusal(tmp_path)
    path.write_bytes(b"")
    assert "PyTorch" in refusal(path)
    torch.save(STATE, path)
    path.write_bytes(path.read_bytes()[:-100])
    assert "PyTorch" in refusal(path)
    for foreign, why in (
        ([1, 2], "no dictionary"),
        (WEIGHTS, "sizes"),
        (STATE | {"size": "huge"}, "sizes"),
        (STATE | {"size": ["light"]}, "sizes"),
        ({"size": "light", "average": WEIGHTS}, "has no seen"),
        (STATE | {"average": 3}, "average is no dictionary"),
    ):
        torch.save(foreign, path)
        assert why in refusal(path, "seen", "average")


@pytest.mark.parametrize(
    "weights", [{"weight": torch.eye(2)}, WEIGHTS | {"weight": torch.eye(3)}, WEIGHTS | {"bias": "zero"}]
)
def test_weights_that_do_not_fit_are_refused(weights, tmp_path):
    with pytest.raises(Problem, match="do not fit a layer"):
        take_weights(torch.nn.Linear(2, 2), weights, tmp_path / CHECKPOINT, "a layer")


def test_a_folder_that_cannot_be_written_to_is_said(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(Problem, match="cannot be written"):
        write_checkpoint(STATE, tmp_path / "file")
