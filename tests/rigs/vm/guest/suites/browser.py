"""Chromium watches Scrim's v4l2loopback camera while the real one is damaged, silent, unplugged and back."""

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rigs import checks
from rigs.browsers import Browser, chromium
from rigs.page_server import PageServer
from rigs.program import BACKGROUND, ROOM, Program
from rigs.report import Report as Counting
from rigs.report import median_and_95th
from rigs.vm.guest.loopbacks import OUTPUT, SIZE, loaded
from rigs.vm.guest.programs import EMULATED_MATTE, Running
from rigs.vm.guest.report import Wrong
from rigs.vm.guest.rig import Rig
from rigs.vm.guest.suites import usb
from rigs.vm.guest.system import wait_for

PAGE = "chromium"
# A browser in an emulated machine takes its time.
BROWSER_SECONDS = 500.0
READY_SECONDS = 300.0
OPEN_SECONDS = 400.0
# The first time, graphics pipelines are made, which takes minutes where others use the processor too.
FIRST_COMPOSITE_SECONDS = 400.0
COMPOSITE_SECONDS = 180.0
# The card replaces a picture that is two seconds old.
CARD_SECONDS = 15.0
SOURCE = f"camera:{usb.FIRST}?size={SIZE[0]}x{SIZE[1]}&rate=5"
# MJPEG and YUYV on the way smear a little more than the page's usual tolerance allows; the room's colours are far away.
JUDGE = {"background": BACKGROUND, "room": ROOM, "tolerance": 24, "step": 2}


# Of these small pictures.
LEAST_KNOWN = 0.6


def prepare(rig: Rig) -> None:
    """The camera's drivers."""
    usb.prepare(rig)


@dataclass(frozen=True)
class Scene:
    """A camera, the program, a browser."""

    rig: Rig
    program: Program
    server: PageServer
    words: str

    def check(self, holds: object, words: str, found: object = "") -> bool:
        """A check of this version's."""
        return self.rig.report.check(holds, f"{self.words}: {words}", found)


class Checks(Counting):
    """What the rigs share is told in this one's lines."""

    def __init__(self, scene: Scene) -> None:
        super().__init__()
        self.scene = scene

    def check(self, is_so: bool, what: str, found: object = None) -> bool:
        """One check."""
        told = what if found is None else f"{what} ({found})"
        return self.scene.check(is_so, told)


@contextmanager
def watched(rig: Rig, module: str, words: str, arguments: list[str], output: str = OUTPUT) -> Iterator[Scene]:
    """The program writes to a device of this module, and Chromium has its page open."""
    folder = Path(tempfile.mkdtemp(dir="/tmp", prefix="browser-"))
    environment = dict(os.environ)
    logs = rig.out / f"scrim-{words}"
    logs.mkdir()
    begun = time.monotonic()
    # Kept however this ends.
    (folder / "chromium.log").symlink_to(rig.out / f"chromium-{words}.log")
    # One after the other: two that start at once hinder each other here, and the browser gives up on its own parts.
    with loaded(module), PageServer() as server, _browser(server, folder, environment):
        server.wait(PAGE, "ready", BROWSER_SECONDS)
        rig.report.figure(f"{words}: {time.monotonic() - begun:.0f} s until the browser shows its page")
        program = Path(rig.programs.paths["scrim"])
        with Program(program, [*arguments, "--output", output], logs, environment) as running:
            _is_rested(running)
            yield Scene(rig, running, server, words)


def _browser(server: PageServer, folder: Path, environment: dict[str, str]) -> Browser:
    return chromium(server.url(PAGE), folder, environment, pipewire=False, patient=True)


def _is_rested(program: Program) -> None:
    """Waits until the program has got everything ready that it gets ready while nobody watches."""
    for pattern in ("virtual camera opened", "model runs", "drawing was rehearsed"):
        if program.wait_line(pattern, READY_SECONDS) is None:
            raise Wrong(f'the log of the program has no line "{pattern}" after {READY_SECONDS:g} s')


def the_page_never_sees_the_room_nor_an_end(rig: Rig) -> None:
    versions = list(rig.loopbacks)
    for version in dict.fromkeys((versions[-1], versions[0])):
        camera = _camera(rig)
        with watched(rig, rig.loopbacks[version], version, ["--source", SOURCE, *EMULATED_MATTE]) as scene:
            _opens(scene)
            since = time.time() * 1e3
            _is_damaged(scene, camera)
            camera = _goes_and_comes(scene, camera)
            _stalls(scene, camera)
            _nothing_else_was_seen(scene, since)
            scene.server.tell(PAGE, "close")
            scene.server.wait(PAGE, "closed", OPEN_SECONDS)
            end = scene.program.terminate(30)
            scene.check(end.code == 0, "SIGTERM ends the program", end.code)
        _leave(camera)


def _camera(rig: Rig) -> Running:
    camera = rig.programs.usb_camera(
        "--formats", "mjpeg", "--sizes", f"{SIZE[0]}x{SIZE[1]}", "--rates", "15,5"
    ).__enter__()
    wait_for((usb.BY_ID / usb.FIRST).exists, "the camera")
    return camera


def _leave(camera: Running) -> None:
    camera.tell("unplug")
    camera.process.wait(10)
    wait_for(lambda: not (usb.BY_ID / usb.FIRST).exists(), "the camera's end")


def _opens(scene: Scene) -> None:
    scene.server.tell(PAGE, "open", device="Scrim", width=SIZE[0], height=SIZE[1], judge=JUDGE)
    opened = scene.server.wait(PAGE, "opened", OPEN_SECONDS)
    scene.check("Scrim" in opened["label"], "Chromium lists the camera by its name", opened["cameras"])
    settings = opened["settings"]
    size = (settings["width"], settings["height"])
    scene.check(size == SIZE, f"getUserMedia gives {SIZE[0]}×{SIZE[1]}", size)
    composite = scene.server.wait_frame(PAGE, lambda frame: frame.is_composite, FIRST_COMPOSITE_SECONDS)
    scene.check(composite is not None, "and the composite comes", scene.server.frames(PAGE)[-2:])
    first = next((frame for frame in scene.server.frames(PAGE) if not frame.is_blank), None)
    # How soon Chromium shows what it is given hangs on the machine: it may miss the card that it was given first.
    is_known = first is not None and (first.slate or first.is_composite)
    scene.check(is_known, "and nothing before it but the card", first)


def _composite_again(scene: Scene, words: str, limit: float = COMPOSITE_SECONDS) -> None:
    since = time.time() * 1e3
    frame = scene.server.wait_frame(PAGE, lambda frame: frame.is_composite, limit, since)
    scene.check(frame is not None, f"{words}: the composite is back", scene.server.frames(PAGE)[-2:])
    if frame:
        scene.rig.report.figure(f"{scene.words}: {words}: the page has it back after {frame.at - since:.0f} ms")


def _card(scene: Scene, words: str) -> None:
    since = time.time() * 1e3
    frame = scene.server.wait_frame(PAGE, lambda frame: frame.slate, CARD_SECONDS, since)
    scene.check(frame is not None, f"{words}: the still card is shown", scene.server.frames(PAGE)[-2:])


def _is_damaged(scene: Scene, camera: Running) -> None:
    for fault in ("garbage", "truncated"):
        camera.tell(fault)
        time.sleep(2)
        camera.tell("none")
        _composite_again(scene, fault)


def _goes_and_comes(scene: Scene, camera: Running) -> Running:
    camera.tell("unplug")
    _card(scene, "unplugged")
    camera.process.wait(10)
    wait_for(lambda: not (usb.BY_ID / usb.FIRST).exists(), "the camera's end")
    time.sleep(2)
    back = _camera(scene.rig)
    _composite_again(scene, "plugged in again")
    back.process.kill()
    _card(scene, "killed")
    back.process.wait(10)
    wait_for(lambda: not (usb.BY_ID / usb.FIRST).exists(), "the camera's end")
    back = _camera(scene.rig)
    _composite_again(scene, "plugged in once more")
    return back


def _stalls(scene: Scene, camera: Running) -> None:
    camera.tell("stall")
    _card(scene, "silent")
    camera.tell("none")
    _composite_again(scene, "sending again")


def _nothing_else_was_seen(scene: Scene, since: float) -> None:
    frames = scene.server.frames(PAGE)
    later = [frame for frame in frames if frame.at >= since]
    report = Checks(scene)
    checks.never_the_room(report, "Chromium", frames)
    checks.card_or_composite(report, "Chromium", frames)
    checks.right_pixels(report, "Chromium", checks.sorted_out(later).composites, LEAST_KNOWN)
    events = [event["event"] for event in scene.server.events(PAGE, "track")]
    scene.check(not events, "the track was neither muted nor ended", events)
    gaps = sorted(b.at - a.at for a, b in zip(later, later[1:], strict=False))
    if not gaps:
        raise Wrong("the page saw no frames")
    scene.check(gaps[-1] < 5000, "the picture never stood still for five seconds", f"{gaps[-1]:.0f} ms")
    scene.rig.report.figure(f"{scene.words}: from one frame to the next in the page: {median_and_95th(gaps, 'ms')}")


SCENES = [the_page_never_sees_the_room_nor_an_end]
