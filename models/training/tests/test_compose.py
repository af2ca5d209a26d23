"""Training pictures: repeatable, true to their alpha, and empty when nobody is there."""

import random

import numpy as np
import pytest
from tiny_pack import make_pack

from scrim_training.data import compose
from scrim_training.data.augment import webcam
from scrim_training.data.pool import Pool


def plain(_draw, picture: np.ndarray, alpha: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """No webcam at all."""
    return (picture * 255 + 0.5).astype(np.uint8), alpha


@pytest.fixture(scope="module")
def pool(tmp_path_factory) -> Pool:
    return Pool(make_pack(tmp_path_factory.mktemp("pack")))


def test_a_picture_is_a_function_of_its_seed(pool):
    first, again, other = (compose.sample(pool, random.Random(seed), 64, 96) for seed in (1, 1, 2))
    for name in ("picture", "alpha", "boundary", "valid"):
        assert np.array_equal(getattr(first, name), getattr(again, name))
    assert not np.array_equal(first.picture, other.picture)


def test_shapes_and_ranges(pool):
    draw = random.Random(4)
    for _ in range(40):
        made = compose.sample(pool, draw, 64, 96)
        assert made.picture.shape == (64, 96, 3) and made.picture.dtype == np.uint8
        for map_ in (made.alpha, made.boundary, made.valid):
            assert map_.shape == (64, 96) and map_.dtype == np.uint8
        assert made.boundary.max() <= 1 and made.valid.max() <= 1


def test_some_rooms_are_empty_and_most_are_not(pool):
    draw = random.Random(9)
    alphas = [compose.sample(pool, draw, 64, 64).alpha for _ in range(200)]
    empty = sum(alpha.max() == 0 for alpha in alphas)
    assert 4 <= empty <= 50, "about 7 in 100, and a few people who left the frame"


def test_the_person_is_where_alpha_says(pool, monkeypatch):
    monkeypatch.setattr(compose, "SHARE_EMPTY", 0)
    monkeypatch.setattr(compose, "SHARE_SECOND_PERSON", 0)
    monkeypatch.setattr(compose, "SHARE_OCCLUDED", 0)
    monkeypatch.setattr(compose, "_room", lambda _pool, _draw, height, width: np.zeros((height, width, 3), np.float32))
    monkeypatch.setattr(compose, "webcam", plain)
    draw = random.Random(2)
    for _ in range(30):
        made = compose.sample(pool, draw, 96, 96)
        if made.valid.min() == 0:
            continue  # A weakly labelled frame brings its own room.
        assert made.picture[made.alpha == 0].max(initial=0) <= 1, "before a black room, only the person is bright"


def test_a_coarse_label_teaches_neither_alpha_nor_edges(pool, monkeypatch):
    monkeypatch.setattr(compose, "SHARE_EMPTY", 0)
    draw = random.Random(3)
    weak = [made for made in (compose.sample(pool, draw, 96, 96) for _ in range(150)) if made.valid.min() == 0]
    assert weak, "some frames are weakly labelled"
    for made in weak:
        assert made.boundary.max() == 0 and made.valid.max() == 0
        assert made.alpha.max() > 200, "the semantic branch has something to learn"


@pytest.mark.parametrize(("height", "width"), [(160, 160), (192, 160), (256, 192), (352, 288), (288, 512), (128, 224)])
def test_a_coarsely_labelled_frame_is_hardly_squeezed(height, width, monkeypatch):
    """Red and green tell where each pixel comes from."""
    monkeypatch.setattr(compose, "webcam", plain)
    monkeypatch.setattr(compose, "jitter", lambda _draw, picture, _strength: picture)
    y, x = np.mgrid[:288, :384]
    labelled = np.stack([x * 255 / 383, y * 255 / 287, 0 * x, 0 * x], -1).astype(np.float32)
    draw = random.Random(6)
    for _ in range(40):
        picture = compose._weak(draw, labelled, height, width).picture.astype(float)
        columns = abs(picture[0, -1, 0] - picture[0, 0, 0]) * 383 / 255 / (width - 1)
        rows = abs(picture[-1, 0, 1] - picture[0, 0, 1]) * 287 / 255 / (height - 1)
        # 15 % either way on purpose, and rounding to codes and pixels.
        assert 0.81 < columns / rows < 1.24


def test_a_chair_before_the_second_person_is_room(pool, monkeypatch):
    """Two people, the first on a chair that covers everything: only the first may count."""
    for name in ("SHARE_EMPTY", "SHARE_OCCLUDED"):
        monkeypatch.setattr(compose, name, 0)
    monkeypatch.setattr(compose, "SHARE_SECOND_PERSON", 1)
    monkeypatch.setattr(compose, "webcam", plain)
    chair = np.full((300, 300, 4), (9, 9, 9, 255), np.uint8)
    stand, alphas = compose._stand, []

    def recorded(*args, **options):
        seat = chair if len(alphas) == 1 else None
        monkeypatch.setattr(pool, "furniture", lambda _item: seat)
        made = stand(*args, **options)
        alphas.append(made)
        return made

    monkeypatch.setattr(compose, "_stand", recorded)
    for seed in range(40):
        alphas.clear()
        made = compose.sample(pool, random.Random(seed), 96, 96)
        if len(alphas) < 2:
            continue
        _, first, cover = alphas[1]
        hidden = cover[..., 0] == 1
        assert np.abs(made.alpha[hidden] / 255 - first[..., 0][hidden]).max(initial=0) < 0.01


def test_blur_softens_the_truth_as_it_softens_the_picture():
    step = np.zeros((64, 64), np.float32)
    step[:, 32:] = 1
    picture = np.repeat(step[..., None], 3, 2)
    soft = 0
    for seed in range(200):
        _, alpha = webcam(random.Random(seed), picture, step)
        if ((alpha[32] > 0.05) & (alpha[32] < 0.95)).any():
            soft += 1
    assert 20 < soft < 120, "defocus, motion and scaling soften about a third of the edges"


def test_the_boundary_surrounds_the_outline():
    alpha = np.zeros((40, 40), np.float32)
    alpha[:, 20:] = 1
    boundary = compose.boundary_of(alpha, 3)
    assert boundary[20].nonzero()[0].tolist() == [17, 18, 19, 20, 21, 22]
