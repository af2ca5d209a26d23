"""Renders pictures of posed avatars with exact alpha: one WebP a picture and a `meta.jsonl`.

Some seated figures also get `*_behind.webp`, named by `behind` in their line: a chair or a microphone in the
same framing that belongs behind the person and has no alpha in the matte.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from ..data import progress
from ..problem import Problem
from .avatar import Avatar
from .figure import Picture, Studio
from .hair import read_styles
from .light import read_environments
from .renderer import Renderer

OUTFITS = ("Busi", "Casual", "Medi", "Util")
"""The outfits of the VALID avatars, the last word of their file names."""


def person_of(stem: str) -> tuple[str, str]:
    """Person (`avatar:` and the stem without outfit) and outfit of an avatar's file stem."""
    name, _, outfit = stem.rpartition("_")
    return (f"avatar:{name}", outfit) if outfit in OUTFITS else (f"avatar:{stem}", "")


def save(path: Path, rgba: np.ndarray) -> None:
    """Writes straight RGBA uint8 as WebP: lossy colour, kept under transparency, and lossless alpha."""
    Image.fromarray(rgba).save(path, quality=90, alpha_quality=100, exact=True, method=2)


def lines(name: str, person: str, outfit: str, picture: Picture) -> Iterator[tuple[dict, np.ndarray]]:
    """Each WebP of a picture: its line of `meta.jsonl`, as the packer reads it, and its RGBA pixels.

    Lines of kind `foreground` carry the picture's whole description; one of kind `behind`, for the layer
    `NAME_behind.webp`, only what the packer needs.
    """
    facts = picture.meta
    tags = [*facts["things"], *(["seated"] if facts["seated"] else []), facts["framing"]]
    common = {"source": "avatars", "person": person}
    layer = {} if picture.behind is None else {"behind": f"{name}_behind.webp"}
    figure = {"file": f"{name}.webp", "kind": "foreground", **common, "contains": tags, "outfit": outfit}
    yield figure | facts | layer, picture.rgba
    if picture.behind is not None:
        tags, cut = facts["behind_things"], facts["cut_bottom"]
        yield (
            {"file": layer["behind"], "kind": "behind", **common, "contains": tags, "cut_bottom": cut},
            picture.behind,
        )


def render(data: Path, out: Path, count: int, seed: int) -> None:
    """Renders `count` pictures spread evenly over the avatars of `data`; same seed, same pictures."""
    files = sorted((data / "avatars").glob("*.glb"))
    if not files:
        raise Problem(
            f"no avatars in {data / 'avatars'}",
            "there is no *.glb file",
            "point --data at a folder with avatars/*.glb and hdri/*.hdr",
        )
    out.mkdir(parents=True, exist_ok=True)
    studio = Studio(Renderer(), read_environments(data / "hdri"), read_styles(data / "hair"))
    with (
        open(out / "meta.jsonl", "w", encoding="utf-8") as log,
        progress.bar(total=count, desc="avatars", unit="picture") as bar,
    ):
        for a, file in enumerate(files):
            share = (count * (a + 1)) // len(files) - (count * a) // len(files)
            if not share:
                continue
            studio.invite(Avatar.read(file))
            person, outfit = person_of(file.stem)
            for k in range(share):
                picture = studio.picture(np.random.default_rng([seed, a, k]))
                for line, pixels in lines(f"{file.stem}_{seed}_{k:03d}", person, outfit, picture):
                    save(out / line["file"], pixels)
                    log.write(json.dumps(line) + "\n")
                log.flush()
                bar.update()
