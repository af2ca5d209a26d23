"""Held-out pictures and clips: from held-out items alone, the same each time, with a truth that fits the
picture."""

import json

import numpy as np
import pytest
from evaluation_help import drawn_person, write_model, write_pack

from scrim_training.evaluation import held_out, scenes, temporal
from scrim_training.evaluation.held_out import make_held_out, spread
from scrim_training.evaluation.moving import moving_clip
from scrim_training.evaluation.pairs import clips_of, read_clip, sets_of
from scrim_training.evaluation.predict import Predictor
from scrim_training.problem import Problem


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    root = tmp_path_factory.mktemp("held-out")
    write_pack(root / "pack.zip")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(held_out, "CLIP_FRAMES", 5)
        make_held_out(root / "pack.zip", root / "sets", 2, 2, 7)
    return root


def test_every_set_is_made_of_held_out_items_alone(made):
    about = json.loads((made / "sets" / "held_out.json").read_text())
    assert list(about["sets"]) == ["portraits", "studio", "avatars", "two_people", "empty", "chairs", "clips"]
    used = {path for pictures in about["sets"].values() for items in pictures.values() for path in items}
    assert not used & {"foreground/a/three.webp", "background/d/r2.webp"}
    assert {"foreground/a/one.webp", "foreground/a/two.webp"} <= used
    assert about["sets"]["chairs"]["chairs-000"][:2] == [
        "foreground/c/five.webp",
        "behind/c/five_behind.webp",
    ]
    found = {name: len(pairs) for name, pairs in sets_of(made / "sets")}
    assert found == {"avatars": 2, "chairs": 2, "empty": 2, "portraits": 2, "studio": 2, "two_people": 2}


def test_truths_are_of_somebody_or_nobody(made):
    means = {}
    for name, pairs in sets_of(made / "sets"):
        for pair in pairs:
            rgb, alpha = pair.read()
            assert rgb.shape == (*alpha.shape, 3)
            means.setdefault(name, []).append(alpha.mean())
    assert max(means.pop("empty")) == 0.0
    assert all(0.05 < mean < 0.8 for found in means.values() for mean in found)


def test_the_same_seed_makes_the_same_pictures(made, tmp_path):
    make_held_out(made / "pack.zip", tmp_path / "again", 2, 0, 7)
    make_held_out(made / "pack.zip", tmp_path / "other", 2, 0, 8)
    for (_, old), (_, again), (_, other) in zip(
        sets_of(made / "sets"), sets_of(tmp_path / "again"), sets_of(tmp_path / "other"), strict=True
    ):
        assert old[1].picture.read_bytes() == again[1].picture.read_bytes()
        assert old[1].picture.read_bytes() != other[1].picture.read_bytes()


def test_a_full_folder_is_not_mixed_with_old_pictures(made):
    with pytest.raises(Problem, match="not empty"):
        make_held_out(made / "pack.zip", made / "sets", 1, 0, 7)


def test_a_figure_stands_on_the_edge_with_its_head_inside():
    figure = scenes.as_figure(drawn_person(0))
    assert not figure.cut_left
    assert not figure.cut_right
    layer = scenes.placed(figure, (640, 360), 0.5, 0.25)
    rows, columns = np.nonzero(layer[..., 3] > 0.5)
    assert rows.max() == 359
    assert abs(np.ptp(rows) + 1 - 180) <= 2
    assert abs((columns.min() + columns.max()) / 2 - 160) <= 2
    assert scenes.placed(figure, (640, 360), 1.0, 0.5)[:8, :, 3].max() == 0.0


def test_cut_shoulders_go_on_and_leave_the_frame():
    rgba = np.zeros((200, 100, 4), np.uint8)
    rgba[20:200, 30:70] = rgba[140:, :] = 255
    figure = scenes.as_figure(rgba)
    assert not figure.cut_left
    alpha = figure.layer[..., 3]
    assert alpha.shape[1] > 96 + 2 * 30, "longer at both sides"
    heights = (alpha > 0.5).sum(axis=0)
    reach = (alpha.shape[1] - 96) // 2
    assert (np.diff(heights[: reach + 1]) >= 0).all(), "rising towards the body"
    assert heights[0] == 0
    assert heights[reach] == pytest.approx(60, abs=2)


def test_a_sliver_of_backdrop_is_no_shoulder():
    rgba = drawn_person(0)
    rgba[150:, :4] = 255
    figure = scenes.as_figure(rgba)
    assert figure.layer.shape[1] <= 156, "not carried on"


def test_an_arm_cut_off_is_cut_by_the_frame():
    rgba = drawn_person(0)
    rgba[90:110, 80:] = 255  # out at the right, well above the corner
    figure = scenes.as_figure(rgba)
    assert figure.cut_right
    layer = scenes.placed(figure, (640, 360), 0.6, 0.3)
    assert layer[:, 639, 3].max() > 0.9


def test_clips_have_exact_truths():
    rng = np.random.default_rng(3)
    plate = np.full((90, 160, 3), 0.25)
    figure = scenes.as_figure(drawn_person(0))
    frames = list(moving_clip(figure, plate, 4, "wave", rng))
    assert len(frames) == 4
    for picture, alpha in frames:
        assert picture.shape == (90, 160, 3)
        empty = alpha == 0.0
        # Room stays room up to noise and JPEG; a truth that did not fit would leave skin there.
        assert np.abs(picture[empty].astype(float) - 0.25 * 255).mean() < 6.0
    assert np.abs(frames[0][1] - frames[3][1]).max() > 0.9, "the hand moves"


def test_whoever_talks_moves_less_than_whoever_sways():
    figure, plate = scenes.as_figure(drawn_person(0)), np.full((90, 160, 3), 0.25)
    moved = {}
    for kind in ("talk", "sway"):
        alphas = [a for _, a in moving_clip(figure, plate, 6, kind, np.random.default_rng(1))]
        moved[kind] = np.abs(np.diff(alphas, axis=0)).mean()
    assert moved["talk"] < 0.3 * moved["sway"]


def test_every_item_comes_before_any_twice():
    for length in (1, 2, 3, 7, 10, 31):
        items = list(range(length))
        assert sorted(spread(items, n) for n in range(length)) == items


def test_filters_are_measured_on_clips(made, tmp_path):
    write_model(tmp_path / "red.onnx")
    _, frames = next(clips_of(made / "sets"))
    pictures, truths = read_clip(frames)
    found = temporal.compare(Predictor(tmp_path / "red.onnx", 64), pictures, truths, temporal.filters())
    assert list(found) == ["none", "ofd", "gate", "ofd+gate"]
    assert found["gate"]["flicker"] < 0.7 * found["none"]["flicker"], "noise in a still room is averaged away"
    rows = [{"clip": "talk-00", "model": "red", "filter": name, **figures} for name, figures in found.items()]
    text = temporal.table(rows)
    assert text.count("talk") == 4
    assert "1.000" in text.splitlines()[1]
