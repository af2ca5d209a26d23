"""`pairs`: makes the held-out pictures and clips with truth from a pack file, the same for the same pack
and seed.

Sets: `portraits` (keyed people), `studio` (people off grey backdrops, with less exact mattes), `avatars`,
`two_people` (one beside and behind the other, both are foreground), `empty` (nobody: alpha 0 everywhere),
`chairs` (a person before furniture, a layer of kind `behind`, which is room); clips of `moving`. Persons and
backgrounds are those of the split `held_out` alone. `held_out.json` says what is in each picture.
"""

import argparse
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import cv2
import numpy as np
from tqdm import tqdm

from scrim_training.arguments import make_folder, seed_number, whole_number
from scrim_training.data.pack import figure_of
from scrim_training.digest import sha256_of
from scrim_training.evaluation import scenes
from scrim_training.evaluation.moving import CLIP_FRAMES, KINDS, moving_clip
from scrim_training.evaluation.pack_items import PackItems, is_avatar, is_studio
from scrim_training.evaluation.pairs import CLIPS, write_pair
from scrim_training.problem import Problem

# What webcams deliver most, at a third to a half of their sides: above every input size that is judged by
# default.
SIZES = ((640, 360), (640, 480), (640, 360), (480, 480))
CLIP_SIZE = (640, 360)
_SET_NUMBERS = {"portraits": 1, "avatars": 2, "two_people": 3, "empty": 4, "chairs": 5, CLIPS: 6, "studio": 7}


@dataclass(frozen=True)
class Stock:
    """The held-out items of a pack, by what they serve as."""

    pack: PackItems
    portraits: list[dict]
    studio: list[dict]
    avatars: list[dict]
    backgrounds: list[dict]
    behind: list[dict]

    @classmethod
    def of(cls, pack: PackItems) -> "Stock":
        """Sorts a pack's held-out items. Raises `Problem` where no background is held out."""
        stock = cls(
            pack,
            pack.held_out("foreground", lambda item: not is_avatar(item) and not is_studio(item)),
            pack.held_out("foreground", is_studio),
            pack.held_out("foreground", is_avatar),
            pack.held_out("background"),
            pack.held_out("behind"),
        )
        if not stock.backgrounds:
            raise Problem(
                f"no held-out set can be made from {pack.path}",
                "no background in it is held out",
                "Pack with backgrounds of more than one environment.",
            )
        return stock

    @property
    def people(self) -> list[dict]:
        """Everybody."""
        return self.portraits + self.studio + self.avatars

    @property
    def seated(self) -> list[tuple[dict, dict]]:
        """Foregrounds with the layer behind each."""
        people = {figure_of(item["path"]): item for item in self.people}
        behind = ((figure_of(item["path"]), item) for item in self.behind)
        return [(people[figure], item) for figure, item in behind if figure in people]

    def figure(self, item: dict, behind: dict | None = None) -> scenes.Figure:
        """A foreground, ready to be placed, with the layer behind it, if any."""
        layers = [self.pack.picture(i, "RGBA") for i in (item, behind) if i is not None]
        return scenes.as_figure(*layers)

    def room(self, item: dict, size: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
        """A background that fills a frame, float32 HxWx3 in 0..1."""
        return scenes.background(self.pack.picture(item, "RGB"), size, rng)


@dataclass(frozen=True)
class Scene:
    """A picture before the camera: colour float HxWx3 and alpha float HxW in 0..1, and the items it is made
    of."""

    colour: np.ndarray
    alpha: np.ndarray
    items: list[str]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `pairs`."""
    parser.add_argument("--pack", type=Path, required=True, metavar="ZIP", help="the pack file")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where the sets go")
    parser.add_argument(
        "--count", type=whole_number("--count", 1), default=24, metavar="N", help="pictures of each set (default: 24)"
    )
    parser.add_argument("--clips", type=whole_number("--clips", 0), default=6, metavar="N", help="clips (default: 6)")
    parser.add_argument(
        "--seed", type=seed_number("--seed"), default=1, metavar="N", help="another seed, other pictures (default: 1)"
    )


def run(args: argparse.Namespace) -> int:
    """Writes the sets, the clips and `held_out.json`."""
    cv2.setNumThreads(1)
    made = make_held_out(args.pack, args.out, args.count, args.clips, args.seed)
    print(", ".join(f"{name}: {len(pictures)}" for name, pictures in made.items()), f"in {args.out}")
    return 0


def make_held_out(pack: Path, out: Path, count: int, clips: int, seed: int) -> dict[str, dict[str, list[str]]]:
    """Makes everything; for each set the items of each picture. A set for which the pack has nothing is left
    out.

    Raises `Problem` where `out` holds anything already, or the pack cannot serve.
    """
    make_folder(out, "--out")
    if any(out.iterdir()):
        raise Problem(
            f"{out} cannot be filled",
            "it is not empty, and old pictures would count among the new",
            "Remove it or name another folder.",
        )
    stock = Stock.of(PackItems(pack))
    made: dict[str, dict[str, list[str]]] = {}
    makers = list(_makers(stock))
    with tqdm(total=count * len(makers) + clips * bool(stock.people), unit="picture", desc="held-out") as bar:
        for name, maker in makers:
            made[name] = {}
            for n in range(count):
                rng = np.random.default_rng([seed, _SET_NUMBERS[name], n])
                scene = maker(n, SIZES[n % len(SIZES)], rng)
                picture = scenes.Webcam.drawn(rng).shot(scene.colour, rng)
                write_pair(out / name, f"{name}-{n:03}", picture, scene.alpha)
                made[name][f"{name}-{n:03}"] = scene.items
                bar.update()
        for n in range(clips if stock.people else 0):
            name, items = _write_clip(stock, out / CLIPS, n, np.random.default_rng([seed, _SET_NUMBERS[CLIPS], n]))
            made.setdefault(CLIPS, {})[name] = items
            bar.update()
    about = {"seed": seed, "pack_sha256": sha256_of(stock.pack.path), "sets": made}
    (out / "held_out.json").write_text(json.dumps(about, indent=1) + "\n", "utf-8")
    return made


T = TypeVar("T")
Maker = Callable[[int, tuple[int, int], np.random.Generator], Scene]


def _makers(stock: Stock) -> Iterator[tuple[str, Maker]]:
    for name, people in (
        ("portraits", stock.portraits),
        ("studio", stock.studio),
        ("avatars", stock.avatars),
    ):
        if people:
            yield name, lambda n, size, rng, people=people: _person(stock, people, n, size, rng)
    if len({item["person"] for item in stock.people}) > 1:
        yield "two_people", lambda n, size, rng: _two_people(stock, n, size, rng)
    yield "empty", lambda n, size, rng: _empty(stock, n, size, rng)
    if stock.seated:
        yield "chairs", lambda n, size, rng: _chair(stock, n, size, rng)


def _person(stock: Stock, people: list[dict], n: int, size: tuple[int, int], rng: np.random.Generator) -> Scene:
    person, room = spread(people, n), spread(stock.backgrounds, n)
    layer = scenes.placed(stock.figure(person), size, rng.uniform(0.7, 1.0), rng.uniform(0.3, 0.7))
    layer = scenes.relit(layer, rng)
    return Scene(scenes.over(layer, stock.room(room, size, rng)), layer[..., 3], [person["path"], room["path"]])


def _two_people(stock: Stock, n: int, size: tuple[int, int], rng: np.random.Generator) -> Scene:
    first, room = spread(stock.people, n), spread(stock.backgrounds, n)
    others = [item for item in stock.people if item["person"] != first["person"]]
    second = others[int(rng.integers(len(others)))]
    side = 1.0 if rng.random() < 0.5 else -1.0
    near = scenes.placed(stock.figure(first), size, rng.uniform(0.75, 0.95), 0.5 - side * rng.uniform(0.1, 0.22))
    far = scenes.placed(stock.figure(second), size, rng.uniform(0.55, 0.8), 0.5 + side * rng.uniform(0.15, 0.3))
    both = scenes.over(scenes.relit(near, rng), scenes.relit(far, rng))
    items = [first["path"], second["path"], room["path"]]
    return Scene(scenes.over(both, stock.room(room, size, rng)), both[..., 3], items)


def _empty(stock: Stock, n: int, size: tuple[int, int], rng: np.random.Generator) -> Scene:
    room = spread(stock.backgrounds, n)
    return Scene(stock.room(room, size, rng), np.zeros(size[::-1]), [room["path"]])


def _chair(stock: Stock, n: int, size: tuple[int, int], rng: np.random.Generator) -> Scene:
    (person, chair), room = spread(stock.seated, n), spread(stock.backgrounds, n)
    figure, share, across = stock.figure(person, chair), rng.uniform(0.75, 1.0), rng.uniform(0.35, 0.65)
    back = scenes.relit(scenes.placed(scenes.behind_of(figure), size, share, across), rng)
    layer = scenes.relit(scenes.placed(figure, size, share, across), rng)
    colour = scenes.over(layer, scenes.over(back, stock.room(room, size, rng)))
    return Scene(colour, layer[..., 3], [person["path"], chair["path"], room["path"]])


def _write_clip(stock: Stock, folder: Path, n: int, rng: np.random.Generator) -> tuple[str, list[str]]:
    person, room = spread(stock.people, n), spread(stock.backgrounds, n)
    kind = KINDS[n % len(KINDS)]
    name = f"{kind}-{n:02}"
    figure, plate = stock.figure(person), stock.room(room, CLIP_SIZE, rng)
    for number, (picture, alpha) in enumerate(moving_clip(figure, plate, CLIP_FRAMES, kind, rng)):
        write_pair(folder / name, f"{number:04}", picture, alpha)
    return name, [person["path"], room["path"]]


def spread(items: Sequence[T], n: int) -> T:
    """The nth of a list, taken in strides so that the first few already come from all over it."""
    # A stride near the golden section, without a factor of the length, reaches every item before any twice.
    stride = max(1, round(len(items) * 0.618))
    while np.gcd(stride, len(items)) != 1:
        stride += 1
    return items[n * stride % len(items)]
