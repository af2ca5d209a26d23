"""Progress bars of processes that run side by side: each on a line of its own, never two writing at once."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from tqdm import tqdm

# What `share` gives to a process: the lines that are free, a queue of numbers from the top. None: it runs alone.
_free: Any = None
_line = 0


def share(lock: Any, free: Any) -> None:
    """For each process at its start: `lock` orders the writing, from `free` lines are taken."""
    global _free
    _free = free
    tqdm.set_lock(lock)


@contextmanager
def own_line() -> Iterator[int]:
    """Bars that are made inside stand on this line of the terminal, counted from the top."""
    global _line
    if _free is not None:
        _line = _free.get()
    try:
        yield _line
    finally:
        if _free is not None:
            _free.put(_line)


def bar(items: Iterable | None = None, **about: Any) -> tqdm:
    """A bar as tqdm's, on this process's line; it goes when it is done, as the next step takes the line."""
    return tqdm(items, position=_line, leave=False, **about)
