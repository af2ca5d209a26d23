"""Raw parts: WebP pictures and one line of facts each, in a folder; the packed file is made from such folders."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from PIL import Image

FACTS = "meta.jsonl"


@dataclass
class Part:
    """One picture and what is known of it.

    kind: `foreground` (RGBA, straight encoded colour), `behind` (RGBA, furniture that goes behind the foreground of the
    same stem), `weak` (RGBA, A is a coarse label) or `background` (RGB). `person` names whom the split keeps together;
    of a background, the environment. `cut_bottom`: the picture's lower edge cuts the person, so it must stay at the
    frame's edge or below it.
    """

    file: str
    kind: str
    source: str
    person: str
    contains: list[str]
    cut_bottom: bool = True


class PartWriter:
    """Appends parts to a folder; what is there already stays."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._facts = (folder / FACTS).open("a", encoding="utf-8")

    def add(self, part: Part, picture: np.ndarray, quality: int = 82) -> None:
        """Stores uint8 [H, W, 3 or 4], encoded sRGB, straight alpha."""
        # `exact` keeps the colour under transparency, which enlarging and blurring at the edge read.
        Image.fromarray(picture).save(
            self.folder / part.file, "WEBP", quality=quality, alpha_quality=100, method=4, exact=True
        )
        self._facts.write(json.dumps(asdict(part)) + "\n")
        self._facts.flush()

    def close(self) -> None:
        self._facts.close()


def read_parts(folder: Path) -> Iterator[Part]:
    """The parts of a folder, in the order they were written; a file without facts is not a part."""
    facts = folder / FACTS
    if not facts.is_file():
        return
    known = set(Part.__dataclass_fields__)
    for line in facts.read_text(encoding="utf-8").splitlines():
        yield Part(**{key: value for key, value in json.loads(line).items() if key in known})
