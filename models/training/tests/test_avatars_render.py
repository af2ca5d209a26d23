"""Avatars: alpha of what is drawn against analytic coverage, and whole pictures from a seed. Needs EGL."""

import json
import os

import cv2
import numpy as np
import pytest
from PIL import Image
from tiny_avatar import figure

from scrim_training.avatars import render as command
from scrim_training.avatars.camera import window
from scrim_training.avatars.light import Light
from scrim_training.avatars.pixels import reduce
from scrim_training.avatars.renderer import Renderer
from scrim_training.problem import Problem

SIZE = (100, 80)
PIXEL = 0.01
"""The window below is 1.0 by 0.8 m at distance 1: a pixel is 1 cm."""
LIGHT = Light(np.ones((9, 3)), np.array([0.0, 0, 1]), np.zeros(3))


@pytest.fixture(scope="module")
def renderer() -> Renderer:
    """One renderer for all tests."""
    try:
        return Renderer()
    except Problem as problem:
        if os.environ.get("REQUIRE_GPU") == "1":
            raise
        pytest.skip(f"{problem.what}: {problem.why}")


def start(r: Renderer, factor: int) -> None:
    """A camera at the origin that looks along -z on a window of SIZE pixels of PIXEL metres at distance 1."""
    r.begin(SIZE, factor)
    r.scene(window(-0.5, 0.5, -0.4, 0.4), np.zeros(3), LIGHT)


def surface(r: Renderer, outline: np.ndarray) -> None:
    """Draws a convex polygon (n, 2) at distance 1."""
    p = np.hstack([outline, np.full((len(outline), 1), -1.0)])
    faces = np.array([[0, i, i + 1] for i in range(1, len(p) - 1)])
    mesh = r.mesh(p, np.tile([0.0, 0, 1], (len(p), 1)), p[:, :2], p, faces)
    mesh.draw()
    mesh.release()


@pytest.mark.parametrize("factor", [3, 4])
def test_alpha_of_a_rectangle_is_its_coverage(renderer: Renderer, factor: int):
    # From x = 10 1/3 to 60.5 px and from the top y = 20 to 30.75 px.
    left, right, top, bottom = 10 + 1 / 3, 60.5, 20, 30.75
    start(renderer, factor)
    x, y = np.array([left, right]) * PIXEL - 0.5, 0.4 - np.array([top, bottom]) * PIXEL
    surface(renderer, np.array([[x[0], y[1]], [x[1], y[1]], [x[1], y[0]], [x[0], y[0]]]))
    alpha = reduce(renderer.end(), factor)[..., 3]
    along = np.clip(np.minimum(right, np.arange(100) + 1) - np.maximum(left, np.arange(100)), 0, 1)
    down = np.clip(np.minimum(bottom, np.arange(80) + 1) - np.maximum(top, np.arange(80)), 0, 1)
    # An edge may miss by half a sample of 1 / factor px in each direction.
    assert np.abs(alpha - down[:, None] * along[None]).max() <= 1 / factor
    assert alpha[21:30, 11:60].min() == 1 and alpha[:20].max() == 0


def test_alpha_of_a_disc_sums_to_its_area(renderer: Renderer):
    start(renderer, 4)
    a = np.linspace(0, 2 * np.pi, 361)[:-1]
    surface(renderer, 0.253 * np.stack([np.cos(a), np.sin(a)], 1))
    alpha = reduce(renderer.end(), 4)[..., 3]
    assert alpha.sum() == pytest.approx(np.pi * 25.3**2, rel=2e-3)
    assert ((alpha > 0.02) & (alpha < 0.98)).sum() > 100


def test_a_single_thin_strand_is_as_opaque_as_it_is_wide(renderer: Renderer):
    # A strand of 0.1 px, 40 px long, that narrows as 1 - .75 t^2: mean width 0.075 px, so 3 px of coverage.
    start(renderer, 4)
    line = np.linspace([0.003, 0.2, -1], [0.003, -0.2, -1], 41)[None]
    mesh = renderer.strands(line, np.tile([0.0, 0, 1], (1, 41, 1)), np.ones(1))
    renderer.blended(True)
    renderer.set(width=0.1 * PIXEL, least=1.0, hair=(0.5, 0.5, 0.5))
    mesh.draw()
    mesh.release()
    renderer.blended(False)
    alpha = reduce(renderer.end(), 4)[..., 3]
    assert alpha.sum() == pytest.approx(3.0, rel=0.1)
    assert alpha.max() < 0.15


def test_what_is_behind_does_not_show(renderer: Renderer):
    start(renderer, 3)
    for colour, z in (((1, 0, 0, 1), -1.0), ((0, 1, 0, 1), -2.0)):
        renderer.set(flat_colour=colour)
        p = np.array([[-3.0, -3, z], [3, -3, z], [0, 4, z]])
        mesh = renderer.mesh(p, np.tile([0.0, 0, 1], (3, 1)), p[:, :2], p, np.array([[0, 1, 2]]))
        mesh.draw()
        mesh.release()
    middle = reduce(renderer.end(), 3)[40, 50]
    assert middle[0] > 0.5 and middle[1] < 0.1 and middle[3] == 1


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory):
    """A data folder with one figure of balls and one grey environment, and no hair."""
    folder = tmp_path_factory.mktemp("data")
    (folder / "avatars").mkdir()
    (folder / "hdri").mkdir()
    (folder / "avatars" / "Ball_F_1_Casual.glb").write_bytes(figure())
    cv2.imwrite(str(folder / "hdri" / "grey.hdr"), np.full((16, 32, 3), 0.5, np.float32))
    return folder


def test_pictures_from_a_seed(renderer: Renderer, data, tmp_path):
    for name, seed in (("a", 4), ("b", 4), ("c", 5)):
        command.render(data, tmp_path / name, 8, seed)
    every = [json.loads(x) for x in (tmp_path / "a" / "meta.jsonl").read_text().splitlines()]
    assert {x["person"] for x in every} == {"avatar:Ball_F_1"} and {x["source"] for x in every} == {"avatars"}
    lines = [x for x in every if x["kind"] == "foreground"]
    assert len(lines) == 8
    behind = {x["file"] for x in every if x["kind"] == "behind"}
    assert behind == {x["behind"] for x in lines if "behind" in x} and behind
    same, other = 0, 0
    for line in lines:
        first = (tmp_path / "a" / line["file"]).read_bytes()
        same += first == (tmp_path / "b" / line["file"]).read_bytes()
        other += first == (tmp_path / "c" / line["file"].replace("_4_", "_5_")).read_bytes()
        rgba = np.array(Image.open(tmp_path / "a" / line["file"]))
        assert rgba.shape[2] == 4 and rgba[..., 3].max() == 255
        # The head is in the frame: nothing touches the top; the sides are free, too.
        assert rgba[0, :, 3].max() == 0 and rgba[:, 0, 3].max() == 0 and rgba[:, -1, 3].max() == 0
        assert (rgba[-1, :, 3].max() > 0) == line["cut_bottom"]
        if "behind" in line:
            assert Image.open(tmp_path / "a" / line["behind"]).size == rgba.shape[1::-1]
    assert (same, other) == (8, 0)


def test_an_empty_folder_is_named(tmp_path):
    with pytest.raises(Problem, match="no avatars"):
        command.render(tmp_path, tmp_path / "out", 1, 1)
