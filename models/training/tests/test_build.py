"""Steps of a build: what is done stays, what broke starts anew, and those side by side keep out of each other's way."""

import json
import os
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path

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


def stay(file: str, out, log) -> None:
    """A step that says who it is and goes on for longer than any test."""
    Path(file).write_text(str(os.getpid()))
    time.sleep(600)


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are looked at as Linux shows them")
def test_a_step_ends_with_the_build_that_was_killed(tmp_path):
    file = tmp_path / "pid"
    code = (
        "import sys; from pathlib import Path; import test_build; from scrim_training.data.build import build_steps\n"
        "if __name__ == '__main__': build_steps(Path(sys.argv[1]), {'a': (test_build.stay, (sys.argv[2],))})"
    )
    script = tmp_path / "main.py"
    script.write_text(code)
    paths = os.pathsep.join([str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")])
    build = subprocess.Popen(
        [sys.executable, str(script), str(tmp_path / "work"), str(file)], env={**os.environ, "PYTHONPATH": paths}
    )
    until(lambda: file.exists() and file.read_text(), "the step did not begin")
    step = int(file.read_text())
    build.kill()
    build.wait()
    until(lambda: not is_running(step), "the step went on")


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are looked at as Linux shows them")
def test_a_step_that_fails_is_told_at_once_and_ends_the_others(tmp_path, monkeypatch):
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    file = tmp_path / "pid"
    with pytest.raises(RuntimeError, match="early"):
        build_steps(tmp_path, {"long": (stay, (str(file),)), "short": (fail_beside, (str(file), "early"))})
    until(lambda: not is_running(int(file.read_text())), "the other went on")
    assert not (tmp_path / "long" / DONE).exists()


def fail_beside(file: str, text: str, out, log) -> None:
    """Fails once the other step is under way."""
    until(lambda: Path(file).exists() and Path(file).read_text(), "the other step did not begin")
    raise RuntimeError(text)


def until(holds, otherwise: str) -> None:
    end = time.monotonic() + 120
    while not holds():
        assert time.monotonic() < end, otherwise
        time.sleep(0.05)


def is_running(process: int) -> bool:
    """Whether it is there and no zombie, which nobody may have waited for."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_step_may_write_its_facts_itself(tmp_path):
    """As that of the avatars does, whose facts are more than a part's."""

    def draw(out: PartWriter, log) -> None:
        (out.folder / FACTS).write_text(json.dumps(asdict(PART) | {"more": 1}) + "\n")

    build_step(tmp_path / "step", draw, ())
    assert list(read_parts(tmp_path / "step")) == [PART]
