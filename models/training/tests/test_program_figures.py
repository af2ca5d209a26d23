"""The figures that the program's own evaluation is tested against are still those of this package."""

import importlib.util
import json

import pytest
from evaluation_help import REPOSITORY

RECORDED = REPOSITORY / "crates/scrim/tests/data"
# A tenth of what the program may differ by, and far above rounding.
TOLERANCE = 1e-4


def agree(found: object, recorded: object, place: str) -> None:
    """The same names, texts and nulls everywhere, and numbers within the tolerance."""
    if isinstance(recorded, dict):
        assert list(found) == list(recorded), place
        for name, value in recorded.items():
            agree(found[name], value, f"{place}.{name}")
    elif isinstance(recorded, list):
        assert len(found) == len(recorded), place
        for index, value in enumerate(recorded):
            agree(found[index], value, f"{place}[{index}]")
    elif isinstance(recorded, float):
        assert found == pytest.approx(recorded, abs=TOLERANCE), place
    else:
        assert found == recorded, place


def test_recorded_figures_are_this_package_s():
    if not RECORDED.is_dir():
        pytest.skip(f"{RECORDED} is not there: this package stands outside its repository")
    specification = importlib.util.spec_from_file_location("make_eval", RECORDED / "make_eval.py")
    make_eval = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(make_eval)
    agree(make_eval.figures(), json.loads((RECORDED / "eval.json").read_text("utf-8")), "eval.json")
