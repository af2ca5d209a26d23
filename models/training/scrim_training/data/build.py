"""Makes the packed file from raw material: keyed people, matted portraits, rooms, avatars; each step once.

    scrim-training build --data DATA --work work --out work/pack.zip

The parts stay in `--work`; a step that is done is not repeated, one that was cut off starts anew. What was rejected,
and why, stands in `rejected.txt` of each step's folder. The folders that `--data` holds, and their terms, are in
models/README.md.
"""

import argparse
import multiprocessing
import os
import shutil
import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import cv2

from ..arguments import make_folder, number, seed_number, whole_number
from ..problem import Problem
from . import backgrounds, people, progress
from .pack import MIB, write_pack
from .parts import PartWriter

# Under whose terms each source is learned from; they go into the packed file, and from there into the model card.
TERMS = {
    "portraits": "public domain (work of the US Government)",
    "portraits-small": "public domain (work of the US Government)",
    "talkers": "CC-BY-4.0 (GRID corpus); CC0-1.0 (one clip)",
    "webcam": "CC-BY-4.0",
    "hdri": "CC0-1.0",
    "avatars": "MIT (bodies); CC0-1.0 (hair, light)",
}
NEEDED = ("portraits", "portraits-small", "talkers", "webcam", "hdri", "avatars", "hair", "peers")
DONE = "done"
REJECTED = "rejected.txt"
# Of the three quarters that are not plain, some wear hats or have strand hair, and a fifth sit on chairs.
AVATAR_PICTURES = 2000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, required=True, help="folder of raw material")
    parser.add_argument("--work", type=Path, required=True, help="folder for the parts")
    parser.add_argument("--out", type=Path, required=True, help="the packed file to write")
    parser.add_argument(
        "--avatars",
        type=whole_number("--avatars", 0),
        default=AVATAR_PICTURES,
        help=f"pictures of avatars to render (default: {AVATAR_PICTURES})",
    )
    parser.add_argument(
        "--limit-mib", type=number("--limit-mib", 0.1), default=45, help="largest size of the packed file (default: 45)"
    )
    parser.add_argument(
        "--seed", type=seed_number("--seed"), default=7, help="of the split, the crops and the avatars (default: 7)"
    )
    parser.add_argument(
        "--hold-out",
        nargs="+",
        default=[],
        metavar="KIND:NAME",
        help="whom to measure on, such as room:hall or avatar:NAME (a packed file's index.json has the names), "
        "instead of those of their kind that the seed would draw",
    )


def run(args: argparse.Namespace) -> int:
    if missing := [name for name in NEEDED if not (args.data / name).is_dir()]:
        raise Problem(
            f"{args.data} is not the raw material",
            f"it has no {', '.join(missing)}",
            "models/README.md lists the folders",
        )
    steps = _steps(args.data, args.seed, args.avatars)
    make_folder(args.work, "--work")
    make_folder(args.out.parent, "--out")
    build_steps(args.work, steps)
    index = write_pack(
        [args.work / name for name in steps],
        args.out,
        seed=args.seed,
        limit_mib=args.limit_mib,
        terms=TERMS,
        held_out=frozenset(args.hold_out),
    )
    for source, facts in index["sources"].items():
        print(f"{facts['count']:5} pictures of {source}")
    print(f"{args.out}: {args.out.stat().st_size / MIB:.1f} MiB")
    return 0


def _steps(data: Path, seed: int, avatars: int) -> dict[str, tuple[Callable, tuple]]:
    known = {path.stem for path in (data / "portraits").glob("*.jpg")}
    return {
        "avatars": (build_avatars, (data, avatars, seed)),
        "portraits": (people.build_portraits, (data,)),
        "studio-0": (people.build_studio, (data, known, (0, 2))),
        "studio-1": (people.build_studio, (data, known, (1, 2))),
        "talkers": (people.build_talkers, (data,)),
        "webcams": (people.build_webcams, (data,)),
        "rooms": (backgrounds.build_environments, (data, seed)),
        "empty": (backgrounds.build_empty_clip, (data,)),
    }


def build_steps(work: Path, steps: dict[str, tuple[Callable, tuple]]) -> None:
    """Runs the steps that are not done yet, two at a time, each into a folder of its name in `work`."""
    # A process for each step: OpenGL's and numba's LLVM do not go together, and a fresh one shares no state.
    context = multiprocessing.get_context("spawn")
    side_by_side = min(2, os.cpu_count() or 1)
    lines = context.SimpleQueue()
    for line in range(side_by_side):
        lines.put(line)
    theirs, ours = context.Pipe(duplex=False)
    shared = (context.RLock(), lines, theirs)
    with ProcessPoolExecutor(side_by_side, context, _begin, shared, max_tasks_per_child=1) as workers:
        jobs = [workers.submit(build_step, work / name, *step) for name, step in steps.items()]
        try:
            for job in as_completed(jobs):
                job.result()
        except BaseException:
            # The others would be waited for, half an hour long, before anybody hears of it.
            for job in jobs:
                job.cancel()
            ours.close()
            raise


def _begin(lock: Any, lines: Any, build: Connection) -> None:
    """Of a step's process: its line of the terminal, and its end when `build` gives up or is killed.

    A pool's process learns of that only when it asks for the next step, and would go on drawing for half an hour into a
    folder that the next `build` has begun anew.
    """
    progress.share(lock, lines)

    def end_with_it() -> None:
        # Nothing is ever sent: this ends when the other end is closed, by whatever.
        build.poll(None)
        os._exit(1)

    threading.Thread(target=end_with_it, name="build", daemon=True).start()


def build_step(folder: Path, step: Callable, arguments: tuple) -> None:
    """Runs one step into `folder`, unless it was done with the same arguments; what a broken one left is cleared."""
    asked = repr([str(each) for each in arguments if not isinstance(each, set)])
    if (folder / DONE).is_file() and (folder / DONE).read_text(encoding="utf-8") == asked:
        return
    cv2.setNumThreads(1)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    out = PartWriter(folder)
    with (folder / REJECTED).open("w", encoding="utf-8") as rejected, progress.own_line():
        step(*arguments, out=out, log=lambda line: print(line, file=rejected, flush=True))
    out.close()
    (folder / DONE).write_text(asked, encoding="utf-8")


def build_avatars(data: Path, count: int, seed: int, out: PartWriter, log: Callable[[str], None]) -> None:
    """Pictures of avatars; none is ever rejected."""
    # OpenGL is loaded in this step's process alone.
    from ..avatars.render import render

    render(data, out.folder, count, seed)
