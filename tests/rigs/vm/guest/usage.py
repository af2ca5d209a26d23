"""Which threads use the processor, noted every few seconds: for whoever reads why something took so long."""

import threading
import time
from pathlib import Path

EVERY_SECONDS = 10.0
# Of each note, the busiest.
KEPT = 8


def note_usage(target: Path) -> None:
    """Begins, and goes on for as long as this process lives."""
    threading.Thread(target=_note, args=(target,), name="usage", daemon=True).start()


def _note(target: Path) -> None:
    before = _ticks()
    while True:
        time.sleep(EVERY_SECONDS)
        now = _ticks()
        used = {thread: ticks - before.get(thread, 0) for thread, ticks in now.items()}
        busiest = sorted(used.items(), key=lambda item: -item[1])[:KEPT]
        with target.open("a") as file:
            words = ", ".join(f"{name} {ticks / EVERY_SECONDS:.0f} %" for (_, name), ticks in busiest if ticks)
            file.write(f"{time.strftime('%H:%M:%S', time.gmtime())} {words}\n")
        before = now


def _ticks() -> dict[tuple[str, str], int]:
    """Processor time of every thread, in hundredths of a second."""
    found = {}
    for path in Path("/proc").glob("[0-9]*/task/*/stat"):
        try:
            name, rest = path.read_text().split("(", 1)[1].rsplit(")", 1)
        except OSError:
            continue
        fields = rest.split()
        found[path.parent.name, name] = int(fields[11]) + int(fields[12])
    return found
