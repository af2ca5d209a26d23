"""Manifests are read by the program's rules, and held against the file that they stand beside."""

import hashlib
from pathlib import Path

import pytest

from scrim_training.manifest import Manifest, manifest_of
from scrim_training.problem import Problem

CONTENT = b"some model"


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "m.onnx"
    path.write_bytes(CONTENT)
    return path


def write(model: Path, text: str) -> Path:
    model.with_suffix(".toml").write_text(text, "utf-8")
    return model


def test_without_a_manifest_a_model_is_modnet_by_its_own_name(model: Path) -> None:
    found = manifest_of(model)
    assert found == Manifest("m")
    assert (found.mean, found.scale, found.side_multiple) == ((127.5,) * 3, (127.5,) * 3, 32)


def test_every_field_is_read(model: Path) -> None:
    digest = hashlib.sha256(CONTENT).hexdigest().upper()
    text = f"""name = "N"\nvariant = "webcam"\nlicence = "MIT"\ndescription = "d"\nsource = "s"\nsha256 = "{digest}"
[input]\ntensor = "in"\nmean = [123.7, 116, 103.5]\nscale = [58.4, 57.1, 57.4]\nside_multiple = 16
[output]\ntensor = "out"\n"""
    expected = Manifest(
        "N", "webcam", "MIT", "d", "s", digest, "in", "out", (123.7, 116.0, 103.5), (58.4, 57.1, 57.4), 16
    )
    assert manifest_of(write(model, text)) == expected
    assert manifest_of(write(model, "\ufeff" + text)) == expected


@pytest.mark.parametrize(
    ("text", "word"),
    [  # the first nine are the program's own table
        ("", "name"),
        ('name = ""', "`name`"),
        ('name = "X"\nnmae = 1', "`nmae`"),
        ('name = "X"\n[input]\nscale = [1.0, 0.0, 1.0]', "`input.scale`"),
        ('name = "X"\n[input]\nmean = [nan, 0.0, 1.0]', "`input.mean`"),
        ('name = "X"\n[input]\nmean = [1.0]', "`input.mean`"),
        ('name = "X"\n[input]\nside_multiple = 0', "`input.side_multiple`"),
        ('name = "X"\nsha256 = "abc"', "64 hexadecimal"),
        ("name = ", "end of document"),
        ("name = 3", "`name`"),
        ('name = "X"\ninput = 3', "`input`"),
        ('name = "X"\noutput = []', "`output`"),
        ('name = "X"\n[output]\ntensors = "a"', "`output.tensors`"),
        ('name = "X"\n[input]\ntensor = 1', "`input.tensor`"),
        ('name = "X"\n[input]\nmean = 127.5', "`input.mean`"),
        ('name = "X"\n[input]\nmean = [true, 1.0, 1.0]', "`input.mean`"),
        ('name = "X"\n[input]\nmean = ["1", 1.0, 1.0]', "`input.mean`"),
        ('name = "X"\n[input]\nmean = [1e40, 1.0, 1.0]', "`input.mean`"),
        (f'name = "X"\n[input]\nmean = [1{"0" * 400}, 1.0, 1.0]', "`input.mean`"),
        ('name = "X"\n[input]\nscale = [1e-50, 1.0, 1.0]', "`input.scale`"),
        ('name = "X"\n[input]\nside_multiple = 257', "`input.side_multiple`"),
        ('name = "X"\n[input]\nside_multiple = 32.0', "`input.side_multiple`"),
        ('name = "X"\n[input]\nside_multiple = true', "`input.side_multiple`"),
        (f'name = "X"\nsha256 = "{"٠" * 64}"', "64 hexadecimal"),
    ],
)
def test_faults_are_named(model: Path, text: str, word: str) -> None:
    with pytest.raises(Problem) as raised:
        manifest_of(write(model, text))
    assert "m.toml is no model manifest" in raised.value.what
    assert word in raised.value.why and raised.value.try_this


def test_what_is_no_text_is_refused(model: Path) -> None:
    beside = model.with_suffix(".toml")
    beside.write_bytes(b'name = "\xff"')
    with pytest.raises(Problem, match="utf-8"):
        manifest_of(model)
    beside.unlink()
    beside.mkdir()
    with pytest.raises(Problem, match="no model manifest"):
        manifest_of(model)


def test_another_file_than_the_one_described_is_refused(model: Path) -> None:
    write(model, f'name = "X"\nsha256 = "{"0" * 64}"')
    with pytest.raises(Problem, match="not the file that its manifest describes") as raised:
        manifest_of(model)
    assert hashlib.sha256(CONTENT).hexdigest() in raised.value.why
    model.unlink()
    with pytest.raises(Problem, match=r"m\.onnx cannot be read"):
        manifest_of(model)
