"""Training: the loss falls, and a run in slices is the run in one go."""

import argparse
import os
import signal

import pytest
import torch
from tiny_pack import make_pack

from scrim_training import norms, schedule, train
from scrim_training.checkpoint import CHECKPOINT, load_checkpoint, write_weights
from scrim_training.problem import Problem


@pytest.fixture(scope="module")
def pack(tmp_path_factory):
    return make_pack(tmp_path_factory.mktemp("pack"))


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(train, "NORM_BATCHES", 3)
    monkeypatch.setattr(schedule, "SMALL", [(4, 64, 64), (3, 64, 96)])
    monkeypatch.setattr(schedule, "MEDIUM", [(4, 64, 64)])
    monkeypatch.setattr(schedule, "LARGE", [(2, 64, 64)])


def arguments(pack, folder, **changes) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    train.add_arguments(parser)
    args = parser.parse_args(["--pack", str(pack), "--run", str(folder), "--size", "light", "--threads", "1"])
    return argparse.Namespace(**{**vars(args), "device": "cpu", "minutes": 0.0, "pictures": 12, **changes})


def test_a_run_in_slices_is_the_run_in_one_go(pack, tmp_path):
    """Also on from within the decay, and whatever statistics were measured at the ends of the slices before."""
    total, seen = 24, [0]
    train.run(arguments(pack, tmp_path / "whole", pictures=total))
    # A slice of no time ends after its first step: the checkpoint is read and written again at each.
    while seen[-1] < total:
        train.run(arguments(pack, tmp_path / "slices", pictures=total, minutes=1e-9))
        sliced = load_checkpoint(tmp_path / "slices" / CHECKPOINT)
        seen.append(sliced["seen"])
    assert sum(schedule.DECAY_FROM <= each / total < 1 for each in seen) >= 2, "slices that begin within the decay"
    whole = load_checkpoint(tmp_path / "whole" / CHECKPOINT)
    for fact in ("seen", "steps", "measured"):
        assert whole[fact] == sliced[fact], fact
    for part in ("average", "network"):
        for name, value in whole[part].items():
            assert torch.equal(value, sliced[part][name]), f"{name} of {part}"


def test_the_rate_warms_up_holds_and_decays():
    total = 1000
    rates = [schedule.learning_rate(seen, total, step=10_000) for seen in (0, 500, 619, 700, 999, 1000)]
    assert rates[0] == rates[1] == rates[2] == pytest.approx(schedule.LEARNING_RATE)
    assert rates[2] > rates[3] > rates[4] > rates[5] > 0
    assert schedule.learning_rate(0, total, step=0) == pytest.approx(schedule.LEARNING_RATE / schedule.WARM_UP_STEPS)


def test_a_taken_encoder_keeps_its_first_features_and_a_random_one_learns_them(pack, tmp_path):
    train.run(arguments(pack, tmp_path / "random", pictures=1_000_000, minutes=1e-9))
    torch.manual_seed(1)
    fresh = train.MODNet(train.SIZES["light"]).state_dict()
    first = tmp_path / "random" / CHECKPOINT
    assert moved(fresh, load_checkpoint(first)["network"], 0)
    train.run(arguments(pack, tmp_path / "taken", pictures=1_000_000, minutes=1e-9, start_from=first))
    before, after = (load_checkpoint(path) for path in (first, tmp_path / "taken" / CHECKPOINT))
    assert [index for index in range(6) if moved(before["average"], after["network"], index)] == [4, 5]
    # It stays so when the run goes on.
    train.run(arguments(pack, tmp_path / "taken", pictures=1_000_000, minutes=1e-9, start_from=first))
    again = load_checkpoint(tmp_path / "taken" / CHECKPOINT)
    assert [index for index in range(6) if moved(after["network"], again["network"], index)] == [4, 5]


def test_a_new_run_starts_from_weights_of_its_size(pack, tmp_path):
    torch.manual_seed(8)
    given = train.MODNet(train.SIZES["light"])
    write_weights(given, tmp_path / "given.pt")
    begun = []

    def interrupted(self, batch, total):
        begun.append(self)
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(train.Run, "step", interrupted)
        with pytest.raises(KeyboardInterrupt):
            train.run(arguments(pack, tmp_path / "run", start_from=tmp_path / "given.pt"))
    (training,) = begun
    assert training.seen == 0 and training.frozen == schedule.FROZEN_FEATURES
    for network in (training.network, training.average):
        for name, value in given.state_dict().items():
            torch.testing.assert_close(network.state_dict()[name], value, rtol=1e-3, atol=1e-6, msg=name)


def moved(before: dict, after: dict, feature: int) -> bool:
    """Whether any weight of this feature of the encoder is another one."""
    names = [name for name in before if name.startswith(f"encoder.features.{feature}.")]
    assert names
    return any(not torch.equal(before[name], after[name]) for name in names)


def test_the_average_has_statistics_of_its_own_when_a_slice_ends(pack, tmp_path):
    """Those of the batches before are of other weights: not even close, while the rate is high."""
    args = arguments(pack, tmp_path / "run", pictures=100, minutes=1e-9)
    train.run(args)
    state = load_checkpoint(tmp_path / "run" / CHECKPOINT)
    network = train.MODNet(train.SIZES["light"])
    network.load_state_dict(state["average"])
    batches = train.islice(train.Batches(pack, 1, 1_000_000_000, 99, 100), train.NORM_BATCHES)
    norms.measure(network, ((batch[0].permute(0, 3, 1, 2) - 127.5) / 127.5 for batch in batches))
    for name, value in network.named_buffers():
        torch.testing.assert_close(state["average"][name], value, rtol=1e-4, atol=1e-5, msg=name)
    changed = [name for name in state["network"] if "running_mean" in name]
    assert any(not torch.allclose(state["network"][name], state["average"][name], atol=1e-3) for name in changed)


def test_a_run_that_was_killed_before_its_statistics_were_measured_gets_them(pack, tmp_path, monkeypatch):
    def killed(self, batches):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(train.Run, "measure_norms", killed)
        with pytest.raises(KeyboardInterrupt):
            train.run(arguments(pack, tmp_path / "run"))
    path = tmp_path / "run" / CHECKPOINT
    before = load_checkpoint(path)
    assert before["seen"] >= 12 and not before["measured"]
    train.run(arguments(pack, tmp_path / "run"))
    after = load_checkpoint(path)
    assert after["measured"] and after["steps"] == before["steps"]


def test_another_size_or_a_foreign_file_is_refused(pack, tmp_path):
    train.run(arguments(pack, tmp_path / "run", minutes=1e-9))
    with pytest.raises(Problem, match="another run"):
        train.run(arguments(pack, tmp_path / "run", size="modnet"))
    (tmp_path / "run" / CHECKPOINT).write_bytes(b"not a checkpoint")
    with pytest.raises(Problem, match="checkpoint"):
        train.run(arguments(pack, tmp_path / "run"))


def test_being_stopped_loses_nothing(pack, tmp_path, monkeypatch):
    step = train.Run.step

    def stopped_at_the_third(self, batch, total):
        found = step(self, batch, total)
        if self.steps == 3:
            os.kill(os.getpid(), signal.SIGTERM)
        return found

    monkeypatch.setattr(train.Run, "step", stopped_at_the_third)
    train.run(arguments(pack, tmp_path / "run", pictures=1000))
    assert load_checkpoint(tmp_path / "run" / CHECKPOINT)["steps"] == 3


def test_another_pack_or_another_schedule_in_the_decay_is_refused(pack, tmp_path):
    train.run(arguments(pack, tmp_path / "run", pictures=4, minutes=1e-9))
    other = tmp_path / "other.zip"
    other.write_bytes(pack.read_bytes() + b" ")
    with pytest.raises(Problem, match="another packed file"):
        train.run(arguments(other, tmp_path / "run", pictures=4))
    state = load_checkpoint(tmp_path / "run" / CHECKPOINT)
    assert 4 * schedule.DECAY_FROM <= state["seen"] < 4, "in the decay"
    with pytest.raises(Problem, match="in the decay"):
        train.run(arguments(pack, tmp_path / "run", pictures=1000))


def test_a_schedule_may_be_shortened_only_before_its_decay(pack, tmp_path):
    train.run(arguments(pack, tmp_path / "run", pictures=1000, minutes=1e-9))
    seen = load_checkpoint(tmp_path / "run" / CHECKPOINT)["seen"]
    for pictures in (seen, seen + 1, int(seen / schedule.DECAY_FROM)):
        with pytest.raises(Problem, match="too short"):
            train.run(arguments(pack, tmp_path / "run", pictures=pictures))
    train.run(arguments(pack, tmp_path / "run", pictures=int(seen / schedule.DECAY_FROM) + 1))
    assert load_checkpoint(tmp_path / "run" / CHECKPOINT)["measured"]


def test_nonsense_is_not_saved(pack, tmp_path, monkeypatch):
    train.run(arguments(pack, tmp_path / "run", pictures=100, minutes=1e-9))
    before = (tmp_path / "run" / CHECKPOINT).read_bytes()
    found = train.losses

    def broken(*args):
        made = found(*args)
        made.total = made.total * float("nan")
        return made

    monkeypatch.setattr(train, "losses", broken)
    with pytest.raises(Problem, match="nan"):
        train.run(arguments(pack, tmp_path / "run", pictures=100))
    assert (tmp_path / "run" / CHECKPOINT).read_bytes() == before
