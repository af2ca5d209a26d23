"""What the held-out sets are made from: the items of a pack file, by kind, split and person."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from scrim_training.data.pack import read_index
from scrim_training.problem import Problem


class PackItems:
    """A pack file open for reading. Raises `Problem` where it is none."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.items: list[dict] = sorted(read_index(path)["items"], key=lambda item: item["path"])
        self._zip = zipfile.ZipFile(path)

    def held_out(self, kind: str, wanted: Callable[[dict], bool] = lambda item: True) -> list[dict]:
        """The held-out items of a kind that are wanted, in order of path."""
        return [i for i in self.items if i["kind"] == kind and i["split"] == "held_out" and wanted(i)]

    def picture(self, item: dict, mode: str) -> np.ndarray:
        """An item's picture, uint8 HxWxC in Pillow's `mode` (`RGB` or `RGBA`, straight). Raises `Problem`."""
        try:
            with Image.open(io.BytesIO(self._zip.read(item["path"]))) as image:
                return np.array(image.convert(mode))
        except (OSError, KeyError) as error:
            raise Problem(f"{item['path']} in {self.path} cannot be read", str(error), "Make the pack anew.") from error


def is_avatar(item: dict) -> bool:
    """Whether a foreground is a rendered person."""
    return str(item["person"]).startswith("avatar:")


def is_studio(item: dict) -> bool:
    """Whether a foreground was lifted off a photographer's grey backdrop, with a less exact matte than a
    key's."""
    return item["source"] == "portraits-small"
