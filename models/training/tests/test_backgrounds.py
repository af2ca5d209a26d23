"""Rooms: what a camera sees of an environment, and which of them are one room."""

import cv2
import numpy as np
import pytest

from scrim_training.data import backgrounds
from scrim_training.data.backgrounds import build_environments, perspective, room_of
from scrim_training.data.pack import split_of
from scrim_training.data.parts import PartWriter, read_parts


@pytest.mark.parametrize(
    ("stem", "room"),
    [
        ("gkjohnson-brown_photostudio_01_1k", "room:brown_photostudio"),
        ("gkjohnson-brown_photostudio_02_1k", "room:brown_photostudio"),
        ("gkjohnson-studio_small_05_1k", "room:studio_small"),
        ("pmndrs-studio_small_03_1k", "room:studio_small"),
        ("studio_small_09", "room:studio_small"),
        ("gkjohnson-modern_buildings_2_1k", "room:modern_buildings"),
        ("gkjohnson-vestibule_1k", "room:vestibule_1k"),
        ("pmndrs-workshop", "room:workshop"),
        ("gkjohnson-aerodynamics_workshop_1k", "room:aerodynamics_workshop_1k"),
        ("hall", "room:hall"),
    ],
)
def test_a_series_is_one_room(stem, room):
    assert room_of(stem) == room


def test_a_series_stands_on_one_side_of_the_split(tmp_path, monkeypatch):
    monkeypatch.setattr(backgrounds, "CROPS_EACH", 2)
    (tmp_path / "hdri").mkdir()
    for stem in ("a-den_01_1k", "a-den_02_1k", "b-den_3", "a-loft_1k"):
        cv2.imwrite(str(tmp_path / "hdri" / f"{stem}.hdr"), np.full((16, 32, 3), 0.5, np.float32))
    (tmp_path / "hdri" / "broken.hdr").write_text("no picture")
    out, log = PartWriter(tmp_path / "parts"), []
    build_environments(tmp_path, 7, out, log.append)
    out.close()
    parts = list(read_parts(tmp_path / "parts"))
    assert len({part.file for part in parts}) == len(parts) == 4 * 2
    assert {part.person for part in parts} == {"room:den", "room:loft_1k"}
    sides = {split_of(part.person, 7) for part in parts if "den" in part.file}
    assert len(sides) == 1
    assert log == ["broken.hdr: unreadable"]


def test_the_middle_of_a_crop_is_where_the_camera_looks():
    # Columns of an equirectangular picture are longitudes: its middle is straight ahead, a quarter is 90 degrees.
    environment = np.zeros((64, 128, 3), np.float32)
    environment[:, 90:102] = 1.0
    ahead = perspective(environment, 0, 0, 60, (33, 33))
    right = perspective(environment, 90, 0, 60, (33, 33))
    assert ahead[16, 16].max() == 0 and right[16, 16].min() == 1
    assert right[16, 0].max() == 0, "30 degrees to the left of it"
