"""The moving pattern, keyed by a model that knows it: who comes, who goes, and what they see."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from rigs import checks
from rigs.frames import Frame
from rigs.gstreamer import Watcher
from rigs.pipewire.stage import CHROMIUM, FIREFOX, OPEN_SECONDS, RATE, SIZE, Stage
from rigs.program import KNOWN_MATTE, Program
from rigs.report import median_and_95th

# How soon there must be a picture for whoever comes: the still card at once, which is what a browser needs to start
# playing, and the person within a second.
CARD_MS = 1000.0
COMPOSITE_MS = 1000.0
# Who comes while graphics pipelines are still being made waits for them; on a processor alone that takes seconds.
FIRST_COMPOSITE_MS = 20_000.0

# Nobody watches: the program waits for something to happen, and that is all.
RESTING_SHARE = 0.05
# It rests two seconds after the last has gone, of which a browser may tell it late.
REST_SECONDS = 10.0
REST_WINDOW = 1.5
# How often a time is measured before it counts as too long.
TRIES = 3

# A page that begins with a later picture than this was kept from looking at those before.
BEGINNING = 3

# How long the watchers are left alone with the picture.
TOGETHER_SECONDS = 6.0
# In some hundred runs, Firefox beside two others saw a picture before its time once, and GStreamer never did. Most
# likely it was kept from reading until the memory was used again, for which PipeWire does not wait for the slowest.
EARLY_AT_MOST = 1
# What the program's own rate looks back on.
RATE_SECONDS = 3.0
# Fewer pictures a second would show that something waits for something else: two slow cores make ten.
LEAST_RATE = 2.0
END_SECONDS = 3.0


def play(stage: Stage) -> None:
    """Plays it. What is wrong is in the report."""
    width, height = SIZE
    with stage.run("pattern", ["--source", f"pattern:{width}x{height}@{RATE}", *KNOWN_MATTE]) as program:
        rests_at_first(stage, program)
        chromium_comes(stage)
        all_together(stage, program)
        one_goes(stage, program)
        all_go(stage, program)
        one_comes_back(stage, program)
        ends_cleanly(stage, program)


def rests_at_first(stage: Stage, program: Program) -> None:
    report = stage.report
    report.check(program.wait_line("state=Resting", 20) is not None, "without a watcher, the source is closed")
    report.check(program.wait_line("model runs", 20) is not None, "the model is loaded")
    for browser in (CHROMIUM, FIREFOX):
        report.check(True, f"{browser} runs", stage.wait_ready(browser))
    report.check(not program.starts(), "no frame was taken so far")


def chromium_comes(stage: Stage) -> None:
    opened = stage.open(CHROMIUM)
    camera(stage, CHROMIUM, opened)
    come = arrival(stage, opened, FIRST_COMPOSITE_MS)
    welcome(stage, "the first watcher", come, FIRST_COMPOSITE_MS)


def camera(stage: Stage, browser: str, opened: dict[str, Any]) -> None:
    """What the browser says of the camera."""
    settings = opened["settings"]
    size = (settings["width"], settings["height"])
    report = stage.report
    report.check(opened["cameras"] == ["Scrim"], f"{browser}: lists the camera by its name", opened["cameras"])
    report.check(opened["label"] == "Scrim", f"{browser}: getUserMedia gives that camera", opened["label"])
    report.check(size == SIZE, f"{browser}: getUserMedia gives {SIZE[0]}×{SIZE[1]}", size)
    report.check(settings["frameRate"] == 30, f"{browser}: 30 frames a second are promised", settings["frameRate"])


@dataclass(frozen=True)
class Arrival:
    """What somebody who comes sees, and when, in milliseconds after getUserMedia's answer. None: nothing came."""

    first: Frame | None
    first_ms: float
    composite_ms: float | None

    @property
    def is_late(self) -> bool:
        """The page was too busy to see how it began."""
        return self.first is not None and not self.first.slate and self.first.presented > BEGINNING

    def is_prompt(self, limit: float) -> bool:
        """The page saw how it began, and the composite in time."""
        return not self.is_late and self.composite_ms is not None and self.composite_ms <= limit


def arrival(stage: Stage, opened: dict[str, Any], limit: float) -> Arrival:
    """Waits for the first frame of the camera's, and for the first composite, a little longer than it may take."""
    timeout = limit / 1e3 + 3
    answered = opened["opened"]
    first = stage.server.wait_frame(CHROMIUM, lambda frame: not frame.is_blank, timeout, opened["asked"])
    composite = stage.server.wait_frame(CHROMIUM, lambda frame: frame.is_composite, timeout, opened["asked"])
    return Arrival(first, first.at - answered if first else 0.0, composite.at - answered if composite else None)


def welcome(stage: Stage, who: str, come: Arrival, limit: float) -> None:
    """The still card at once, the composite soon."""
    report = stage.report
    if come.first is not None and come.is_late:
        report.note(f"{who}: the page was busy, and looked at picture {come.first.presented} first")
    else:
        is_card = come.first is not None and come.first.slate
        report.check(is_card, f"{who} sees the still card first", None if is_card else come.first)
        report.check(come.first_ms <= CARD_MS, f"{who} sees it within {CARD_MS:.0f} ms", f"{come.first_ms:.0f} ms")
    is_soon = come.composite_ms is not None and come.composite_ms <= limit
    found = "none came" if come.composite_ms is None else f"{come.composite_ms:.0f} ms"
    report.check(is_soon, f"{who} sees a composite within {limit:.0f} ms of getUserMedia's answer", found)
    report.figure(f"{who}: from getUserMedia's answer to the first composite", found)


def all_together(stage: Stage, program: Program) -> None:
    """Two browsers and GStreamer at the same time."""
    with watcher(stage, "together") as gstreamer:
        opened = stage.open(FIREFOX)
        camera(stage, FIREFOX, opened)
        first = stage.server.wait_frame(FIREFOX, lambda frame: not frame.is_blank, OPEN_SECONDS)
        is_composite = first is not None and first.is_composite
        stage.report.check(is_composite, f"{FIREFOX}: who comes later sees the composite at once", first)
        since = time.time() * 1e3
        time.sleep(TOGETHER_SECONDS)
        seen = {name: stage.server.frames(name, since) for name in (CHROMIUM, FIREFOX)}
        seen["GStreamer"] = gstreamer.frames(since)
    counts = {name: len(frames) for name, frames in seen.items()}
    is_all = all(count >= checks.LEAST_DISTINCT for count in counts.values())
    stage.report.check(is_all, "two browsers and GStreamer get pictures at once", counts)
    for name, frames in seen.items():
        checks.moving_pattern(stage.report, name, frames, SIZE, EARLY_AT_MOST if name != "GStreamer" else 0)
        if name != "GStreamer":
            checks.right_pixels(stage.report, name, frames)
            checks.never_the_room(stage.report, name, stage.server.frames(name))
            checks.card_or_composite(stage.report, name, stage.server.frames(name))
            latency(stage, f"{name}, beside two others", frames, program)


def watcher(stage: Stage, name: str) -> Watcher:
    folder = stage.folder / name
    folder.mkdir()
    return Watcher("scrim", *SIZE, folder, stage.session.environment)


def latency(stage: Stage, who: str, frames: list[Frame], program: Program) -> None:
    found = checks.latencies(frames, program.starts())
    stage.report.figure(f"from the source to the page, {who}", median_and_95th(found, "ms"))
    # Frames that are stamped in the future, or that are older than the gate lets pass, mean that stamps do not fit.
    is_possible = bool(found) and min(found) > 0 and max(found) < 5000
    stage.report.check(is_possible, f"{who}: frames are seen after they were taken", f"{len(found)} frames")


def one_goes(stage: Stage, program: Program) -> None:
    stage.close(FIREFOX)
    since = time.time() * 1e3
    share = program.cpu_share(RATE_SECONDS)
    frames = stage.server.frames(CHROMIUM, since)
    checks.moving_pattern(stage.report, f"{CHROMIUM}, after the others have gone", frames, SIZE)
    latency(stage, f"{CHROMIUM}, alone", frames, program)
    stage.report.figure("processor time with one watcher, test model", f"{share:.0%} of one core")


def all_go(stage: Stage, program: Program) -> None:
    report = stage.report
    events = stage.track_events(CHROMIUM)
    report.check(not events, f"{CHROMIUM}: the track was neither muted nor ended", events)
    stage.close(CHROMIUM)
    rests(stage, program, nth=2)
    # The best of some, because what ends takes time too.
    share = min(program.cpu_share(REST_WINDOW) for _ in range(TRIES))
    report.check(share <= RESTING_SHARE, "nothing is worked on while nobody watches", f"{share:.1%} of one core")
    report.figure("processor time without a watcher", f"{share:.1%} of one core")


def rests(stage: Stage, program: Program, nth: int) -> None:
    line = program.wait_line("state=Resting", REST_SECONDS, nth)
    what = f"the source is closed within {REST_SECONDS:.0f} s of the last watcher's going"
    stage.report.check(line is not None, what)


def one_comes_back(stage: Stage, program: Program) -> None:
    """Again if it took too long, because something else may have kept the computer busy just then."""
    for number in range(TRIES):
        opened = stage.open(CHROMIUM)
        come = arrival(stage, opened, COMPOSITE_MS)
        starts = len(program.starts())
        stage.report.check(
            starts == number + 2, "the source was opened again", f"{starts} times in all, {number + 2} expected"
        )
        if number == TRIES - 1 or come.is_prompt(COMPOSITE_MS):
            break
        stage.close(CHROMIUM)
        rests(stage, program, nth=number + 3)
        # For half a second more, the last composite stands in.
        time.sleep(1)
    welcome(stage, "who comes back", come, COMPOSITE_MS)


def ends_cleanly(stage: Stage, program: Program) -> None:
    """With two who watch, so that the rate that the program reports is the one of what they were given."""
    report = stage.report
    since = time.time() * 1e3
    with watcher(stage, "end") as gstreamer:
        for _ in range(TRIES):
            time.sleep(RATE_SECONDS + 1)
            if checks.rate(gstreamer.frames(), time.time() * 1e3, RATE_SECONDS) >= LEAST_RATE:
                break
        asked = time.time() * 1e3
        end = program.terminate()
        seen = {CHROMIUM: stage.server.frames(CHROMIUM, since), "GStreamer": gstreamer.frames()}
    report.check(end.code == 0, "SIGTERM ends the program", f"exit code {end.code}")
    report.check(end.seconds <= END_SECONDS, f"within {END_SECONDS:.0f} s", f"{end.seconds:.2f} s")
    report.check(end.figures.get("problems") == [], "without a problem", end.figures.get("problems"))
    whole = checks.latencies(seen[CHROMIUM], program.starts())
    report.figure(f"from the source to the page, {CHROMIUM} beside one other", median_and_95th(whole, "ms"))
    made = end.figures.get("rate", {}).get("composite", 0.0)
    for name, frames in seen.items():
        found = checks.rate(frames, asked, RATE_SECONDS)
        wanted = max(made * checks.REACH, LEAST_RATE)
        report.check(found >= wanted, f"{name} gets what is made", f"{found:.1f} of {made:.1f} frames a second")
    time.sleep(0.5)
    frames = stage.server.frames(CHROMIUM)
    checks.never_the_room(report, f"{CHROMIUM}, to the end", frames)
    # A browser goes on showing what came last.
    report.check(frames[-1].slate, f"{CHROMIUM} is left with the still card", frames[-1])
    stage.close(CHROMIUM)
