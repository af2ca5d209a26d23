"""The composite of a real clip, by the built-in model, as both browsers show it: pictures to look at."""

from __future__ import annotations

from pathlib import Path

from rigs.frames import Frame
from rigs.pipewire.stage import BROWSERS, Stage

FIRST_SECONDS = 30.0
PICTURE_SECONDS = 20.0
# A card or a plain colour is smaller.
LEAST_BYTES = 100_000


def is_clip(frame: Frame) -> bool:
    """Whether it is neither the still card nor the blank frame that a browser may show first."""
    return not frame.slate and not frame.is_blank


def play(stage: Stage, clip: Path, target: Path) -> None:
    """Plays the clip, and saves a picture from each browser in the folder `target`."""
    report = stage.report
    target.mkdir(parents=True, exist_ok=True)
    with stage.run("clip", ["--source", str(clip), "--background", "bundled:studio"]) as program:
        for browser in BROWSERS:
            stage.wait_ready(browser)
            opened = stage.open(browser, pattern=False)
            shown = stage.server.wait_frame(browser, is_clip, FIRST_SECONDS, opened["asked"])
            report.check(shown is not None, f"{browser}: the clip is shown")
            picture = stage.server.picture(browser, PICTURE_SECONDS)
            path = target / f"clip-{browser}.png"
            path.write_bytes(picture)
            report.check(len(picture) > LEAST_BYTES, f"{browser}: a picture to look at lies in {path}")
            stage.close(browser)
        program.terminate()
