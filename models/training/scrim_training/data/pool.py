"""The packed file in memory: decoded once, then drawn from by the compositor of training pictures."""

import io
import random
import zipfile
from collections import defaultdict
from pathlib import Path

import numpy as np
from PIL import Image

from ..problem import Problem
from .pack import Item, figure_of, not_packed, read_index

# How often each source is drawn as the person of a picture. Avatars carry poses, portraits carry hair and skin.
WEIGHTS = {"portraits": 0.3, "portraits-small": 0.22, "avatars": 0.36, "talkers": 0.04, "webcam": 0.1}


def check_pack(pack: Path, split: str = "train") -> list[Item]:
    """What a packed file has on one side of the split, before any picture is decoded.

    # Errors
    Problem, when the file is none, or that side lacks people with a matte, or rooms.
    """
    try:
        items = [Item(**entry) for entry in read_index(pack)["items"]]
    except TypeError as error:
        raise not_packed(pack, f"an item in its index is incomplete: {error}") from error
    items = [item for item in items if item.split == split]
    # Of weak labels alone nobody can stand in a room.
    if not {"background", "foreground"} <= {item.kind for item in items}:
        raise Problem(
            f"{pack} cannot be trained from", f"its {split} side lacks people or rooms to compose", "Build it again"
        )
    return items


class Pool:
    """Pictures of one side of the split: uint8 arrays, RGBA straight for people, RGB for rooms."""

    def __init__(self, pack: Path, split: str = "train") -> None:
        self.foregrounds: dict[str, list[tuple[Item, np.ndarray]]] = defaultdict(list)
        self.behind: dict[str, np.ndarray] = {}
        self.backgrounds: list[tuple[Item, np.ndarray]] = []
        items = check_pack(pack, split)
        with zipfile.ZipFile(pack) as file:
            for item in items:
                # WebP forgets the alpha of a picture that is opaque everywhere.
                mode = "RGB" if item.kind == "background" else "RGBA"
                picture = Image.open(io.BytesIO(file.read(item.path))).convert(mode)
                self._place(item, np.asarray(picture))
        self._sources = sorted(self.foregrounds)
        self._weights = [WEIGHTS.get(source, 0.05) for source in self._sources]

    def _place(self, item: Item, picture: np.ndarray) -> None:
        match item.kind:
            case "background":
                self.backgrounds.append((item, picture))
            case "behind":
                self.behind[figure_of(item.path)] = picture
            case _:
                self.foregrounds[item.source].append((item, picture))

    def person(self, draw: random.Random, *, matted: bool = False) -> tuple[Item, np.ndarray]:
        """Somebody, by source; `matted` leaves out those with a coarse label only."""
        sources, weights = self._sources, self._weights
        if matted:
            pairs = [(s, w) for s, w in zip(sources, weights, strict=True) if self.foregrounds[s][0][0].kind != "weak"]
            sources, weights = [s for s, _ in pairs], [w for _, w in pairs]
        return draw.choice(self.foregrounds[draw.choices(sources, weights)[0]])

    def room(self, draw: random.Random) -> np.ndarray:
        return draw.choice(self.backgrounds)[1]

    def furniture(self, item: Item) -> np.ndarray | None:
        """The layer that stands behind this foreground (RGBA, the same framing), if it has one."""
        return self.behind.get(figure_of(item.path))
