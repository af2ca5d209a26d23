"""A source that falls silent and goes on: the camera stays, with the still card for as long as it takes."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from rigs import checks
from rigs.pipewire.stage import CHROMIUM, Stage
from rigs.program import KNOWN_MATTE, ROOM, Program
from rigs.report import RigError

# The disc of the source `pattern:`, which the rigs' model takes for foreground.
PERSON = [224, 172, 140]
# Nothing moves in it, so that few frames do.
CLIP_RATE = 5
CLIP_SECONDS = 60

# The card replaces a picture that is two seconds old.
CARD_SECONDS = 5.0
BACK_SECONDS = 10.0
SILENT_SECONDS = 3.0
# It is repeated five times a second.
LEAST_CARDS = 6


def play(stage: Stage) -> None:
    """Plays it. What is wrong is in the report."""
    clip = stage.folder / "clip.mkv"
    make_clip(clip)
    with stage.run("silence", ["--source", str(clip), *KNOWN_MATTE]) as program:
        program.wait_line("source runs", 20)
        stage.open(CHROMIUM, pattern=False)
        since = time.time() * 1e3
        person = stage.server.wait_frame(CHROMIUM, lambda frame: frame.is_composite, 20, since)
        stage.report.check(person is not None, "a clip is shown")
        with stopped(reader(program)):
            falls_silent(stage)
        goes_on(stage)
        frames = stage.server.frames(CHROMIUM, since)
        checks.never_the_room(stage.report, "a source falls silent and goes on", frames)
        checks.card_or_composite(stage.report, "a source falls silent and goes on", frames)
        events = stage.track_events(CHROMIUM)
        stage.report.check(not events, "the track was neither muted nor ended", events)
        stage.close(CHROMIUM)
        program.terminate()


def make_clip(path: Path) -> None:
    """A box of the person's colour before a wall of the room's, without loss."""
    room, person = (bytes(colour).hex() for colour in (ROOM[0], PERSON))
    picture = f"color=c=0x{room}:size=640x360:rate={CLIP_RATE},drawbox=x=200:y=80:w=240:h=280:color=0x{person}:t=fill"
    command = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", picture, "-t", str(CLIP_SECONDS)]
    subprocess.run([*command, "-c:v", "ffv1", "-pix_fmt", "bgr0", str(path)], check=True)


def reader(program: Program) -> int:
    """The process that reads the clip."""
    children = program.children()
    names = {child: Path(f"/proc/{child}/comm").read_text().strip() for child in children}
    found = [child for child, name in names.items() if name == "ffmpeg"]
    if len(found) != 1:
        raise RigError(f"one ffmpeg was expected to read the clip, and there are {names}")
    return found[0]


@contextlib.contextmanager
def stopped(process: int) -> Iterator[None]:
    """A process that stands still, as a camera's driver that hangs."""
    os.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(process, signal.SIGCONT)


def falls_silent(stage: Stage) -> None:
    since = time.time() * 1e3
    card = stage.server.wait_frame(CHROMIUM, lambda frame: frame.slate, CARD_SECONDS, since)
    found = "none came" if card is None else f"{card.at - since:.0f} ms"
    stage.report.check(card is not None, f"silence: the still card comes within {CARD_SECONDS:.0f} s", found)
    since = time.time() * 1e3
    time.sleep(SILENT_SECONDS)
    cards = stage.server.frames(CHROMIUM, since)
    is_card = len(cards) >= LEAST_CARDS and all(frame.slate for frame in cards)
    stage.report.check(is_card, "silence: the still card is sent again and again", f"{len(cards)} times in 3 s")


def goes_on(stage: Stage) -> None:
    since = time.time() * 1e3
    back = stage.server.wait_frame(CHROMIUM, lambda frame: frame.is_composite, BACK_SECONDS, since)
    found = "none came" if back is None else f"{back.at - since:.0f} ms"
    stage.report.check(back is not None, "silence: the composite is back when the source is", found)
