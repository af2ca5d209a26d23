"""Writes a model beside its manifest, the TOML text in the format that models/README.md describes."""

import hashlib
import os
import textwrap
from dataclasses import dataclass
from pathlib import Path

import onnx

from scrim_training.export.graph import INPUT, OUTPUT
from scrim_training.problem import Problem

_WIDTH = 110


@dataclass(frozen=True)
class Card:
    """What a manifest says of a model besides its digest and its tensors."""

    name: str
    variant: str | None
    licence: str | None
    description: str
    source: str


def write_model(model: onnx.ModelProto, path: Path, card: Card) -> int:
    """Writes `path` and `PATH.toml` beside it, the model first; returns the model's size in bytes.

    Each file replaces an older one only when it is complete.

    # Errors
    Problem, when the folder cannot be written to.
    """
    content = model.SerializeToString()
    text = manifest(card, hashlib.sha256(content).hexdigest())
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _replace(path, content)
        _replace(path.with_suffix(".toml"), text.encode())
    except OSError as error:
        raise Problem(f"{path} cannot be written", str(error), "Give a folder of yours with --out.") from error
    return len(content)


def manifest(card: Card, digest: str) -> str:
    """The manifest's text: the model's card, SHA-256 in hexadecimal, MODNet's input and output."""
    lines = [f"name = {_quoted(card.name)}"]
    lines += [f"variant = {_quoted(card.variant)}"] if card.variant else []
    lines += [f"licence = {_quoted(card.licence)}"] if card.licence else []
    lines += [f"sha256 = {_quoted(digest)}"]
    lines += [f"description = {_block(card.description)}", f"source = {_block(card.source)}"]
    lines += ["", "[input]", f"tensor = {_quoted(INPUT)}"]
    lines += ["mean = [127.5, 127.5, 127.5]", "scale = [127.5, 127.5, 127.5]", "side_multiple = 32"]
    lines += ["", "[output]", f"tensor = {_quoted(OUTPUT)}"]
    return "\n".join(lines) + "\n"


def _replace(path: Path, content: bytes) -> None:
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_bytes(content)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def _escaped(text: str) -> str:
    """Text inside TOML's double quotes: backslashes, quotes and control characters escaped."""
    text = text.replace("\\", "\\\\").replace('"', '\\"')
    return "".join(c if ord(c) >= 0x20 and ord(c) != 0x7F else f"\\u{ord(c):04x}" for c in text)


def _quoted(text: str) -> str:
    return f'"{_escaped(text)}"'


def _block(text: str) -> str:
    lines = textwrap.wrap(text, _WIDTH, break_long_words=False, break_on_hyphens=False)
    return '"""\n' + "\n".join(_escaped(line) for line in lines) + '"""'
