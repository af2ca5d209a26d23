"""The TOML manifest beside an ONNX file, read by the program's rules: models/README.md has the fields."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from .digest import sha256_of
from .problem import Problem

_TEXTS = ("name", "variant", "licence", "description", "source", "sha256")
_FIELDS = {
    "": (*_TEXTS, "input", "output"),
    "input": ("tensor", "mean", "scale", "side_multiple"),
    "output": ("tensor",),
}
_HEXADECIMAL = set("0123456789abcdefABCDEF")
LARGEST_MULTIPLE = 256

Codes = tuple[float, float, float]


@dataclass(frozen=True)
class Manifest:
    """What a model is and how it is fed; the defaults are those of MODNet's contract."""

    name: str
    variant: str | None = None
    licence: str | None = None
    description: str | None = None
    source: str | None = None
    sha256: str | None = None
    input: str | None = None
    """The name of the tensor; None: the only one."""
    output: str | None = None
    mean: Codes = (127.5,) * 3
    scale: Codes = (127.5,) * 3
    side_multiple: int = 32


def manifest_of(model: Path) -> Manifest:
    """What stands beside an ONNX file, held against the file; MODNet's contract under the file's name if nothing does.

    # Errors
    Problem, when the manifest cannot be read or breaks a rule, or describes another file.
    """
    beside = model.with_suffix(".toml")
    try:
        # As the program does, a byte order mark is passed over.
        content = tomllib.loads(beside.read_text("utf-8-sig"))
        manifest = _checked(content)
    except FileNotFoundError:
        return Manifest(model.stem)
    except (OSError, ValueError) as error:
        raise Problem(
            f"{beside} is no model manifest", str(error), "Correct it as models/README.md describes, or remove it."
        ) from error
    if manifest.sha256 is not None:
        _check_digest(model, manifest.sha256)
    return manifest


def _check_digest(model: Path, expected: str) -> None:
    try:
        found = sha256_of(model)
    except OSError as error:
        raise Problem(f"{model} cannot be read", str(error), "Give an ONNX file.") from error
    if found != expected.lower():
        raise Problem(
            f"{model} is not the file that its manifest describes",
            f"its SHA-256 is {found}, expected {expected}",
            "Fetch the model again, or correct `sha256` in the manifest beside it.",
        )


def _checked(content: dict[str, Any]) -> Manifest:
    """The manifest of a TOML table. Raises `ValueError` with what breaks a rule."""
    tables = {"": content, **{part: content.get(part, {}) for part in ("input", "output")}}
    for part, table in tables.items():
        if not isinstance(table, dict):
            raise ValueError(f"`{part}` is {table!r}; it must be a table")
        if unknown := [field for field in table if field not in _FIELDS[part]]:
            raise ValueError(f"`{_place(part, unknown[0])}` is no field; there are {', '.join(_FIELDS[part])}")
    texts = {field: _text(content, "", field) for field in _TEXTS}
    if texts["name"] is None or not texts["name"].strip():
        raise ValueError("`name` is empty or missing")
    digest = texts["sha256"]
    if digest is not None and (len(digest) != 64 or not set(digest) <= _HEXADECIMAL):
        raise ValueError(f'`sha256` is "{digest}"; it must be 64 hexadecimal digits')
    source = tables["input"]
    multiple = source.get("side_multiple", Manifest.side_multiple)
    if type(multiple) is not int or not 1 <= multiple <= LARGEST_MULTIPLE:
        raise ValueError(f"`input.side_multiple` is {multiple!r}; it must be 1 to {LARGEST_MULTIPLE}")
    return Manifest(
        **texts,
        input=_text(source, "input", "tensor"),
        output=_text(tables["output"], "output", "tensor"),
        mean=_codes(source, "mean"),
        scale=_codes(source, "scale"),
        side_multiple=multiple,
    )


def _text(table: dict[str, Any], part: str, field: str) -> str | None:
    value = table.get(field)
    if value is not None and not isinstance(value, str):
        raise ValueError(f"`{_place(part, field)}` is {value!r}; it must be text")
    return value


def _codes(table: dict[str, Any], field: str) -> Codes:
    """Three numbers as `input.mean` and `input.scale` are. They are judged in float32, in which they are used."""
    value = table.get(field, getattr(Manifest, field))
    numbers = isinstance(value, list | tuple) and len(value) == 3 and all(type(v) in (int, float) for v in value)
    try:
        with np.errstate(over="ignore"):
            found = np.array(value if numbers else [np.nan] * 3, np.float32)
    except OverflowError:
        found = np.array([np.nan] * 3, np.float32)
    if not np.isfinite(found).all() or (field == "scale" and not found.all()):
        other = " other than 0" if field == "scale" else ""
        raise ValueError(f"`input.{field}` is {value!r}; it must be three numbers{other}")
    return tuple(float(v) for v in value)


def _place(part: str, field: str) -> str:
    return f"{part}.{field}" if part else field
