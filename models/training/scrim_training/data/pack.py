"""The packed file: a stored zip of WebP pictures and `index.json`, split by person, of at most 45 MiB.

What goes in when not everything fits is decided per source, by the shares below, evenly over the persons.
"""

import hashlib
import json
import os
import zipfile
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from ..problem import Problem
from .parts import Part, read_parts

VERSION = 1
# What is first guessed that a file takes besides its content; packs made with the guess keep their bytes.
OVERHEAD_BYTES = 480
MIB = 1 << 20
INDEX = "index.json"
# A stored zip has two headers for each file, each with its name, and an end.
ZIP_HEADERS_BYTES, ZIP_END_BYTES = 30 + 46, 22
# Of 100 names, how many are held out, by kind of name.
HELD_OUT_PERCENT = {"portrait": 9, "avatar": 12, "talker": 15, "webcam": 0, "room": 18}
# Four people are too few to draw from: the one with long hair is kept for looking at.
ALWAYS_HELD_OUT = {"webcam:3"}
# Share of the file's bytes that a source may take, where it wants more.
SHARES = {
    "portraits": 0.16,
    "portraits-small": 0.16,
    "talkers": 0.03,
    "avatars": 0.36,
    "webcam": 0.08,
    "hdri": 0.21,
}

# Parts and their files, by source.
Found = dict[str, list[tuple[Part, Path]]]


@dataclass
class Item:
    """A part in the packed file: its path there, and on which side of the split it stands."""

    path: str
    kind: str
    source: str
    person: str
    contains: list[str]
    cut_bottom: bool
    split: str


def split_of(person: str, seed: int, held_out: frozenset[str] = frozenset()) -> str:
    """`train` or `held_out`: of the name and the seed alone, so that more data does not move anybody.

    Of the kinds of name that are in `held_out`, exactly those stand there, and none is drawn.
    """
    if person in ALWAYS_HELD_OUT or person in held_out:
        return "held_out"
    kind = person.split(":")[0]
    if any(name.split(":")[0] == kind for name in held_out):
        return "train"
    draw = int.from_bytes(hashlib.sha256(f"{seed}/{person}".encode()).digest()[:4], "big") % 100
    return "held_out" if draw < HELD_OUT_PERCENT.get(kind, 10) else "train"


def write_pack(
    folders: Sequence[Path],
    out: Path,
    *,
    seed: int,
    limit_mib: float,
    terms: dict[str, str],
    held_out: frozenset[str] = frozenset(),
) -> dict:
    """Packs the parts of `folders` into `out` and returns what `index.json` says. The same parts give the same bytes.

    # Errors
    Problem, when there are no parts, a source is not in `terms`, nobody has a name in `held_out`, or nothing fits.
    """
    found: Found = defaultdict(list)
    for folder in folders:
        for part in read_parts(folder):
            if (folder / part.file).is_file():
                found[part.source].append((part, folder / part.file))
    if not found:
        raise Problem("Nothing to pack", f"no parts in {', '.join(map(str, folders))}", "Run the build steps first")
    if unknown := set(found) - set(terms):
        raise Problem("A source has no terms", f"{', '.join(sorted(unknown))}", "State its licence in build.py")
    if strangers := held_out - {part.person for parts in found.values() for part, _ in parts}:
        raise Problem(
            "Nobody to hold out",
            f"no part is of {', '.join(sorted(strangers))}",
            "Names are as in a packed file's index.json, such as room:hall or avatar:NAME",
        )
    chosen, index = _fitting(found, int(limit_mib * MIB), seed, terms, held_out)
    out.parent.mkdir(parents=True, exist_ok=True)
    unfinished = out.with_name(out.name + ".new")
    with zipfile.ZipFile(unfinished, "w", zipfile.ZIP_STORED) as pack:
        for source in sorted(chosen):
            digest = hashlib.sha256()
            for part, path in chosen[source]:
                data = path.read_bytes()
                digest.update(data)
                _store(pack, _path_of(part, path), data)
            index["sources"][source]["sha256"] = digest.hexdigest()
        _store(pack, INDEX, _text_of(index))
    os.replace(unfinished, out)
    return index


def _fitting(
    found: Found, limit: int, seed: int, terms: dict[str, str], held_out: frozenset[str]
) -> tuple[Found, dict]:
    """What goes into a file of at most `limit` bytes, and its index, in which the digests are still blank."""
    budget = limit
    while budget > 0:
        chosen = _choose(found, budget, seed)
        items, sources = [], {}
        for source in sorted(chosen):
            for part, path in chosen[source]:
                item = Item(
                    _path_of(part, path), part.kind, source, part.person, part.contains, part.cut_bottom,
                    split_of(part.person, seed, held_out),
                )  # fmt: skip
                items.append(asdict(item))
            blank = "0" * hashlib.sha256().digest_size * 2
            sources[source] = {"licence": terms[source], "count": len(chosen[source]), "sha256": blank}
        index = {"version": VERSION, "seed": seed, "sources": sources, "items": items}
        size = _packed_bytes(chosen, index)
        if size <= limit:
            return chosen, index
        budget = min(budget - 1, budget * limit // size)
    raise Problem("Nothing can be packed", f"{limit} bytes do not hold as much as an index", "Raise --limit-mib")


def _packed_bytes(chosen: Found, index: dict) -> int:
    """What the file will take."""
    files = [(_path_of(part, path), path.stat().st_size) for parts in chosen.values() for part, path in parts]
    files.append((INDEX, len(_text_of(index))))
    return sum(size + ZIP_HEADERS_BYTES + 2 * len(name.encode()) for name, size in files) + ZIP_END_BYTES


def _path_of(part: Part, path: Path) -> str:
    return f"{part.kind}/{path.parent.name}/{part.file}"


def _text_of(index: dict) -> bytes:
    return json.dumps(index, indent=1).encode()


def _store(pack: zipfile.ZipFile, name: str, data: bytes) -> None:
    # A fixed date: the file's digest must depend on the content alone.
    pack.writestr(zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0)), data)


def _choose(found: Found, budget: int, seed: int) -> Found:
    """What fits: each source up to its share, and what the modest ones leave goes to the others."""
    sizes = {source: sum(path.stat().st_size for _, path in parts) for source, parts in found.items()}
    left, open_ = budget, sorted(found, key=lambda source: sizes[source] / SHARES.get(source, 0.05))
    chosen = {}
    for position, source in enumerate(open_):
        rest = sum(SHARES.get(name, 0.05) for name in open_[position:])
        allowed = left * SHARES.get(source, 0.05) / rest
        chosen[source] = _fill(found[source], allowed, seed)
        left -= sum(path.stat().st_size + OVERHEAD_BYTES for _, path in chosen[source])
    return chosen


def _fill(parts: list[tuple[Part, Path]], allowed: float, seed: int) -> list[tuple[Part, Path]]:
    """Takes one picture of each person in turn until `allowed` bytes are used; a layer behind goes with its figure."""
    turns: dict[str, list[list[tuple[Part, Path]]]] = defaultdict(list)
    figures: dict[str, list[tuple[Part, Path]]] = defaultdict(list)
    for part, path in parts:
        figures[_without_layer(part.file)].append((part, path))
    for stem in sorted(figures):
        group = sorted(figures[stem], key=lambda pair: pair[0].kind != "foreground")
        turns[group[0][0].person].append(group)
    random = np.random.default_rng(seed)
    for groups in turns.values():
        random.shuffle(groups)
    taken, used = [], 0.0
    for turn in range(max(map(len, turns.values()))):
        for person in sorted(turns):
            if turn < len(turns[person]):
                size = sum(path.stat().st_size + OVERHEAD_BYTES for _, path in turns[person][turn])
                if used + size <= allowed:
                    taken += turns[person][turn]
                    used += size
    return taken


def figure_of(path: str) -> str:
    """What the paths of a foreground and of the layer behind it have in common, in a packed file."""
    return _without_layer(path.split("/", 1)[1])


def _without_layer(file: str) -> str:
    return file.replace("_behind", "")


def read_index(pack: Path) -> dict:
    """`index.json` of a packed file.

    # Errors
    Problem, when the file is none, or of another version.
    """
    try:
        with zipfile.ZipFile(pack) as file:
            index = json.loads(file.read(INDEX))
    except (OSError, zipfile.BadZipFile, KeyError, ValueError) as error:
        raise not_packed(pack, str(error)) from error
    if not isinstance(index, dict):
        raise not_packed(pack, "its index is no dictionary")
    if index.get("version") != VERSION:
        raise Problem(f"{pack} is of another version", f"{index.get('version')}, expected {VERSION}", "Build it again")
    if not isinstance(index.get("items"), list):
        raise not_packed(pack, "its index lists no items")
    return index


def not_packed(pack: Path, why: str) -> Problem:
    """The error for a file that is no packed file."""
    return Problem(f"{pack} is not packed data", why, "Make one with `scrim-training build`")
