"""Steps of a build: what is done stays, what broke starts anew, and those side by side keep out of each other's way."""

import json
import time
from dataclasses import asdict

import pytest

from scrim_training.data import progress
from scrim_training.data.build import DONE, REJECTED, build_step, build_steps
from scrim_training.data.parts import FACTS, Part, PartWriter, read_parts

PART = Part("a.webp", "background", "hdri", "room:a", [])


def note(text: str, out, log) -> None:
    """A step that leaves one note more each time it runs."""
    log(f"{text} {len(list(out.folder.glob('*.note')))}")
    (out.folder / "1.note").write_text(text)


def fail(text: str, out, log) -> None:
    note(text, out, log)
    raise RuntimeError(text)


def meet(other: str, out, log) -> None:
    """Says on which line its bar stands once the `other` step has a bar as well."""
    bar = progress.bar(total=1, desc=out.folder.name)
    (out.folder / "line").write_text(str(-bar.pos))
    end = time.monotonic() + 60
    while not (out.folder.parent / other / "line").exists():
        assert time.monotonic() < end, f"{other} does not run at the same time"
        time.sleep(0.05)
    bar.close()


def test_a_step_is_done_once_and_anew_with_other_arguments(tmp_path):
    folder = tmp_path / "step"
    build_step(folder, note, ("first",))
    assert (folder / REJECTED).read_text() == "first 0\n" and (folder / DONE).exists()
    (folder / "left").write_text("")
    build_step(folder, note, ("first",))
    assert (folder / "left").exists(), "it did not run again"
    build_step(folder, note, ("second",))
    assert not (folder / "left").exists() and (folder / REJECTED).read_text() == "second 0\n"


def test_what_a_broken_step_left_is_cleared(tmp_path):
    with pytest.raises(RuntimeError):
        build_step(tmp_path / "step", fail, ("it",))
    assert not (tmp_path / "step" / DONE).exists()
    build_step(tmp_path / "step", note, ("it",))
    assert (tmp_path / "step" / REJECTED).read_text() == "it 0\n"


def test_steps_side_by_side_have_lines_of_their_own(tmp_path, monkeypatch):
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    build_steps(tmp_path, {"one": (meet, ("two",)), "two": (meet, ("one",)), "three": (note, ("after",))})
    assert sorted((tmp_path / name / "line").read_text() for name in ("one", "two")) == ["0", "1"]
    assert (tmp_path / "three" / DONE).exists(), "a line is free again"


def test_a_step_may_write_its_facts_itself(tmp_path):
    """As that of the avatars does, whose facts are more than a part's."""

    def draw(out: PartWriter, log) -> None:
        (out.folder / FACTS).write_text(json.dumps(asdict(PART) | {"more": 1}) + "\n")

    build_step(tmp_path / "step", draw, ())
    assert list(read_parts(tmp_path / "step")) == [PART]
