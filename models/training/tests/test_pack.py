"""The packed file: split, size, digests, and what is read back."""

import hashlib
import json
import zipfile

import numpy as np
import pytest
from PIL import Image
from tiny_pack import TERMS, disc, make_pack, make_parts

from scrim_training.data.pack import MIB, read_index, split_of, write_pack
from scrim_training.data.parts import Part, PartWriter, read_parts
from scrim_training.data.pool import Pool
from scrim_training.problem import Problem


def test_the_same_parts_give_the_same_bytes(tmp_path):
    parts = make_parts(tmp_path / "parts")
    digests = set()
    for name in ("a.zip", "b.zip"):
        write_pack([parts], tmp_path / name, seed=5, limit_mib=2, terms=TERMS)
        digests.add(hashlib.sha256((tmp_path / name).read_bytes()).hexdigest())
    assert len(digests) == 1


def test_nobody_stands_on_both_sides(tmp_path):
    index = read_index(make_pack(tmp_path))
    sides = {}
    for item in index["items"]:
        sides.setdefault(item["person"], set()).add(item["split"])
    assert all(len(split) == 1 for split in sides.values())


def test_the_split_depends_on_name_and_seed_alone():
    names = [f"portrait:{number}" for number in range(2000)]
    first = [split_of(name, 7) for name in names]
    assert first == [split_of(name, 7) for name in names]
    assert first != [split_of(name, 8) for name in names]
    # 9 % of 2000 is 180; five standard deviations of a binomial are 64.
    assert abs(first.count("held_out") - 180) < 64


def test_who_is_named_is_held_out_and_nobody_else_of_that_kind(tmp_path):
    parts = make_parts(tmp_path / "parts")
    named = {"avatar:1", "avatar:2"}
    index = write_pack([parts], tmp_path / "a.zip", seed=5, limit_mib=2, terms=TERMS, held_out=frozenset(named))
    held_out = {item["person"] for item in index["items"] if item["split"] == "held_out"}
    assert {name for name in held_out if name.startswith("avatar:")} == named
    drawn = write_pack([parts], tmp_path / "b.zip", seed=5, limit_mib=2, terms=TERMS)
    rooms = [{i["person"] for i in each["items"] if i["kind"] == "background" and i["split"] == "held_out"}
             for each in (index, drawn)]  # fmt: skip
    assert rooms[0] == rooms[1], "another kind is drawn as before"
    with pytest.raises(Problem, match="Nobody to hold out"):
        write_pack([parts], tmp_path / "c.zip", seed=5, limit_mib=2, terms=TERMS, held_out=frozenset({"avatar:x"}))
    assert not (tmp_path / "c.zip").exists()


def test_the_file_keeps_its_limit_and_takes_everybody_first(tmp_path):
    noise = np.random.default_rng(1)
    out = PartWriter(tmp_path / "parts")
    for person in range(10):
        for shot in range(8):
            picture = noise.integers(0, 255, (96, 96, 4), np.uint8)
            out.add(Part(f"p{person}-{shot}.webp", "foreground", "discs", f"avatar:{person}", []), picture)
    out.add(Part("room.webp", "background", "stripes", "room:1", []), noise.integers(0, 255, (96, 96, 3), np.uint8))
    out.close()
    index = write_pack([tmp_path / "parts"], tmp_path / "small.zip", seed=1, limit_mib=0.25, terms=TERMS)
    assert (tmp_path / "small.zip").stat().st_size <= 0.25 * MIB
    people = [item["person"] for item in index["items"] if item["kind"] == "foreground"]
    assert len(set(people)) == 10 and 10 < len(people) < 80


def test_the_limit_counts_names_and_the_index(tmp_path):
    """Many small files with long names, of which most of the packed file is headers and index."""
    tiny = disc(8, (200, 20, 20))
    out = PartWriter(tmp_path / "parts")
    for number in range(400):
        name = f"{number:04}-{'long' * 30}.webp"
        out.add(Part(name, "foreground", "discs", f"avatar:{number}-{'é' * 40}", ["hat"]), tiny)
    out.close()
    limit_mib = 0.1
    index = write_pack([tmp_path / "parts"], tmp_path / "a.zip", seed=1, limit_mib=limit_mib, terms=TERMS)
    assert 0.9 * limit_mib * MIB < (tmp_path / "a.zip").stat().st_size <= limit_mib * MIB
    assert 0 < len(index["items"]) < 400
    with pytest.raises(Problem, match="Nothing can be packed"):
        write_pack([tmp_path / "parts"], tmp_path / "b.zip", seed=1, limit_mib=0.0001, terms=TERMS)


def test_a_person_who_is_opaque_everywhere_keeps_an_alpha(tmp_path):
    out = PartWriter(make_parts(tmp_path / "parts"))
    out.add(Part("full.webp", "foreground", "discs", "avatar:full", []), np.full((64, 64, 4), 255, np.uint8))
    out.close()
    write_pack([tmp_path / "parts"], tmp_path / "p.zip", seed=1, limit_mib=1, terms=TERMS)
    pools = [Pool(tmp_path / "p.zip", split) for split in ("train", "held_out")]
    layers = [layer for pool in pools for people in pool.foregrounds.values() for _, layer in people]
    assert {layer.shape[2] for layer in layers} == {4} and any(layer[..., 3].min() == 255 for layer in layers)


def test_a_layer_behind_travels_with_its_figure(tmp_path):
    out = PartWriter(tmp_path / "parts")
    for number in range(12):
        out.add(Part(f"f{number}.webp", "foreground", "discs", f"avatar:{number}", []), disc(64, (200, 20, 20)))
        out.add(Part(f"f{number}_behind.webp", "behind", "discs", f"avatar:{number}", []), disc(64, (9, 9, 9)))
    out.add(Part("room.webp", "background", "stripes", "webcam:room", []), disc(64, (0, 0, 0))[..., :3])
    out.close()
    write_pack([tmp_path / "parts"], tmp_path / "p.zip", seed=1, limit_mib=1, terms=TERMS)
    pool = Pool(tmp_path / "p.zip")
    pairs = [(item, pool.furniture(item)) for item, _ in pool.foregrounds["discs"]]
    assert pairs and all(behind is not None and behind.shape == (64, 64, 4) for _, behind in pairs)


def test_colour_under_transparency_survives(tmp_path):
    out = PartWriter(tmp_path)
    out.add(Part("d.webp", "foreground", "discs", "avatar:1", []), disc(64, (220, 60, 50)))
    out.close()
    stored = np.asarray(Image.open(tmp_path / "d.webp"))
    truth = disc(64, (220, 60, 50))
    assert np.array_equal(stored[..., 3], truth[..., 3]), "alpha is lossless"
    clear = truth[..., 3] == 0
    assert np.abs(stored[clear][:, :3].astype(int) - truth[clear][:, :3]).mean() < 12


def test_facts_outlive_a_round_trip(tmp_path):
    out = PartWriter(tmp_path)
    part = Part("d.webp", "foreground", "discs", "avatar:1", ["hat"], cut_bottom=False)
    out.add(part, disc(64, (1, 2, 3)))
    out.close()
    assert list(read_parts(tmp_path)) == [part]


def test_weak_labels_alone_are_nobody_to_stand_in_a_room(tmp_path):
    out = PartWriter(tmp_path / "parts")
    out.add(Part("label.webp", "weak", "labels", "webcam:a", []), disc(64, (120, 90, 60)))
    out.add(Part("room.webp", "background", "stripes", "webcam:room", []), disc(64, (0, 0, 0))[..., :3])
    out.close()
    write_pack([tmp_path / "parts"], tmp_path / "p.zip", seed=1, limit_mib=1, terms=TERMS)
    with pytest.raises(Problem, match="lacks people or rooms"):
        Pool(tmp_path / "p.zip")


def test_what_is_wrong_is_said(tmp_path):
    with pytest.raises(Problem, match="no parts"):
        write_pack([tmp_path], tmp_path / "x.zip", seed=1, limit_mib=1, terms=TERMS)
    with pytest.raises(Problem, match="discs"):
        write_pack([make_parts(tmp_path / "p")], tmp_path / "x.zip", seed=1, limit_mib=1, terms={})
    (tmp_path / "text.zip").write_text("not a zip")
    with pytest.raises(Problem, match="not packed data"):
        read_index(tmp_path / "text.zip")
    with zipfile.ZipFile(tmp_path / "old.zip", "w") as old:
        old.writestr("index.json", json.dumps({"version": 0}))
    with pytest.raises(Problem, match="another version"):
        read_index(tmp_path / "old.zip")
