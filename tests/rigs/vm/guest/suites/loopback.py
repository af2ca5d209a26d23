"""The virtual camera on real v4l2loopback, each version that Debian has: life cycle, watchers, faults."""

import json
import os
import tempfile
from pathlib import Path

from rigs.checks import latencies
from rigs.frames import Frame
from rigs.program import BACKGROUND, Program
from rigs.report import RigError, median_and_95th
from rigs.vm.guest.loopbacks import DEVICE, OLDEST, OUTPUT, SIZE, Reader, loaded, modules_with, writer_without_streaming
from rigs.vm.guest.programs import EMULATED_MATTE
from rigs.vm.guest.report import Wrong
from rigs.vm.guest.rig import Rig
from rigs.vm.guest.system import call, load, unload

NOBODY = 65534
SOURCE = f"pattern:{SIZE[0]}x{SIZE[1]}@5"
RESTS = "state=Resting"
# One picture may take seconds to draw here, and the graphics device may be made anew.
LINE_WITHIN = 180.0
# A watcher sees the card at once and the person within a second on a computer; this machine is emulated and slow.
CARD_WITHIN = 2.0
COMPOSITE_WITHIN = 10.0
# The first time, the graphics driver builds its pipelines.
FIRST_COMPOSITE_WITHIN = 400.0


def prepare(_: Rig) -> None:
    """Each scene loads the version that it needs."""


def versions_are_what_they_should_be(rig: Rig) -> None:
    versions = list(rig.loopbacks)
    rig.report.check(versions[0] == OLDEST, f"the oldest is {OLDEST}", versions)
    newest = [int(number) for number in versions[-1].split(".")[:2]]
    rig.report.check(newest >= [0, 15], f"the newest is {versions[-1]}", versions)


def a_device_lives_through_everything(rig: Rig) -> None:
    for version, module in rig.loopbacks.items():
        with loaded(module):
            test = ["env", f"TEST_LOOPBACK={DEVICE}", rig.programs.paths["loopback"], "--nocapture"]
            told = call(*test, fails=True, limit=240)
            passed = "test result: ok. 1 passed" in told and "SKIPPED" not in told
            kept = [line for line in told.splitlines() if line.startswith("kept")]
            words = "50 starts and stops, busy, watched, fitted, kept under a reader, again"
            rig.report.check(passed, f"{version}: {words}", told[-600:])
            print(f"{version}: {kept}")


def watchers_come_and_go(rig: Rig) -> None:
    for version, module in rig.loopbacks.items():
        with loaded(module), _running(rig) as program:
            # Whoever opens a device before its writer fixes its format.
            _expect_line(rig, program, "virtual camera opened", f"{version}: the device is written to")
            _expect_line(rig, program, RESTS, f"{version}: without a watcher the source is closed")
            for number in (1, 2):
                _one_watcher(rig, program, version, number)
            end = program.terminate()
            rig.report.check(end.code == 0, f"{version}: SIGTERM ends the program", end.code)


def _running(rig: Rig, *extra: str) -> Program:
    arguments = ["--source", SOURCE, *EMULATED_MATTE, "--output", OUTPUT, *extra]
    folder = Path(tempfile.mkdtemp(dir=rig.out, prefix="scrim-"))
    return Program(Path(rig.programs.paths["scrim"]), arguments, folder, dict(os.environ))


def _expect_line(rig: Rig, program: Program, pattern: str, words: str, nth: int = 1) -> None:
    try:
        line = program.wait_line(pattern, LINE_WITHIN, nth)
    except RigError as error:
        raise Wrong(str(error)) from error
    rig.report.check(line is not None, words, program.lines("")[-3:])


def _one_watcher(rig: Rig, program: Program, version: str, number: int) -> None:
    words = f"{version}: watcher {number}"
    with Reader((BACKGROUND[0], BACKGROUND[1], BACKGROUND[2])) as reader:
        composite = reader.first("composite", FIRST_COMPOSITE_WITHIN)
        first = reader.pictures[0]
        rig.report.check(first.kind == "card", f"{words} sees the card first", first)
        waited = first.at - reader.opened
        rig.report.check(waited < CARD_WITHIN, f"{words} sees it at once", f"{waited:.2f} s")
        waited = composite.at - reader.opened
        if number > 1:
            rig.report.check(waited < COMPOSITE_WITHIN, f"{words} sees the composite soon", f"{waited:.2f} s")
        rig.report.figure(f"{words}: {waited:.2f} s to the first composite")
        share = program.cpu_share(5)
        pictures = list(reader.pictures)
        _latency(rig, program, pictures, words)
    others = [picture for picture in pictures if picture.kind == "other"]
    rig.report.check(not others, f"{words}: {len(pictures)} pictures, each the card or a composite", others[:2])
    indexes = [picture.index for picture in pictures if picture.kind == "composite"]
    rig.report.check(None not in indexes and indexes == sorted(indexes), f"{words}: in order", indexes)  # type: ignore
    _expect_line(rig, program, RESTS, f"{words} goes, and the source is closed", number + 1)
    rest = min(program.cpu_share(2) for _ in range(3))
    rig.report.check(rest < share / 2, f"{words} gone: less is worked on", f"{rest:.0%} of {share:.0%}")
    rig.report.figure(f"{words}: {share:.0%} of a core while it watches, {rest:.1%} after")


def _latency(rig: Rig, program: Program, pictures: list, words: str) -> None:
    frames = [
        Frame(at=picture.at * 1e3, width=SIZE[0], height=SIZE[1], index=-1 if picture.index is None else picture.index)
        for picture in pictures
        if picture.kind == "composite"
    ]
    found = latencies(frames, program.starts())
    rig.report.check(bool(found) and min(found) > 0, f"{words}: pictures are seen after they were taken", found[:3])
    rig.report.figure(f"{words}: from the source to the reader, {median_and_95th(found, 'ms')}")


def a_device_that_another_program_writes_to_is_busy(rig: Rig) -> None:
    for version, module in rig.loopbacks.items():
        with loaded(module), _running(rig) as program:
            _expect_line(rig, program, "virtual camera opened", f"{version}: the first program has the device")
            problem = _problem(rig)
            holder = f"scrim (process {program._process.pid})"
            rig.report.check("is in use" in problem, f"{version}: the second is told that it is in use", problem)
            rig.report.check(holder in problem, f"{version}: and by whom", problem)
            with rig.programs.scrim("run", "--headless", "--source", SOURCE, "--output", OUTPUT) as second:
                code = second.ended(120)
            rig.report.check(code == 6, f"{version}: and ends with the exit code of outputs", (code, second.last()))
            program.terminate()


def _devices(rig: Rig, user: int | None = None) -> dict:
    """What `scrim devices` says of virtual cameras."""
    with rig.programs.scrim("devices", "--json", user=user) as program:
        program.ended(180)
    text = "\n".join(program.other)
    try:
        return json.loads(text[text.index("{") :])["virtual_cameras"]
    except ValueError as error:
        raise Wrong(f"scrim devices --json gave no JSON: {text[-300:]}") from error


def _problem(rig: Rig, user: int | None = None) -> str:
    found = _devices(rig, user)
    devices = found.get("devices") or [found]
    return str(devices[0]["problem"])


def a_wedged_device_is_called_stuck(rig: Rig) -> None:
    for version, module in rig.loopbacks.items():
        with loaded(module):
            writer_without_streaming()
            problem = _problem(rig)
            if version == OLDEST:
                rig.report.check(
                    "is stuck" in problem, f"{version}: a writer without STREAMON wedges it: told", problem
                )
                continue
            rig.report.check(problem == "None", f"{version}: nothing wedges it", problem)


def what_stands_in_the_way_is_told_with_the_line_that_mends_it(rig: Rig) -> None:
    found = _devices(rig)
    rig.report.check("not installed" in found["problem"], "no module: not installed", found)
    rig.report.check("apt install" in found["try"], "with the line that installs it", found)
    for version, module in rig.loopbacks.items():
        with loaded(module, exclusive=False):
            problem = _problem(rig)
            rig.report.check("without exclusive_caps=1" in problem, f"{version}: exclusive_caps missing: told", problem)
        with loaded(module):
            DEVICE.chmod(0o600)
            problem = _problem(rig, NOBODY)
            rig.report.check("may not be opened" in problem, f"{version}: no permission: told", problem)
            problem = _problem(rig)
            rig.report.check(problem == "None", f"{version}: as it should be: no problem", problem)
        _installed(rig, version, module)


def _installed(rig: Rig, version: str, module: str) -> None:
    """The module where a package would put it, not loaded; then the line that Scrim prints."""
    with modules_with(Path(module)):
        found = _devices(rig)
        rig.report.check("is not loaded" in found["problem"], f"{version}: installed, not loaded: told", found)
        call(*found["try"].removeprefix("sudo ").split())
        try:
            problem = _problem(rig)
            rig.report.check(problem == "None", f"{version}: the line that is printed mends it", problem)
        finally:
            unload("v4l2loopback")


def a_loaded_module_without_a_device_is_told(rig: Rig) -> None:
    for version, module in rig.loopbacks.items():
        load(module, "devices=0")
        try:
            found = _devices(rig)
            if found.get("devices"):
                rig.report.skipped(f"{version} always makes a device")
                continue
            rig.report.check("has no device" in found["problem"], f"{version}: told", found)
        finally:
            unload("v4l2loopback")


def the_log_of_the_kernel_is_clean(rig: Rig) -> None:
    found = [line for line in call("dmesg").splitlines() if "BUG:" in line or "Oops" in line]
    rig.report.check(not found, "no driver crashed", found)


SCENES = [
    versions_are_what_they_should_be,
    what_stands_in_the_way_is_told_with_the_line_that_mends_it,
    a_device_lives_through_everything,
    a_wedged_device_is_called_stuck,
    a_loaded_module_without_a_device_is_told,
    a_device_that_another_program_writes_to_is_busy,
    watchers_come_and_go,
    the_log_of_the_kernel_is_clean,
]
