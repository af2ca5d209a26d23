"""Cameras of the kernel's test driver vivid: pictures of known colours, and every fault that the driver can inject."""

import json
import re
import time
from pathlib import Path

from rigs.vm.guest.programs import Running
from rigs.vm.guest.report import Wrong
from rigs.vm.guest.rig import Rig
from rigs.vm.guest.system import call, control, load, video_nodes

# Items of the driver's menu "Test Pattern", and what they are in RGB.
COLOURS = {"black": (5, (0, 0, 0)), "white": (6, (255, 255, 255)), "red": (7, (255, 0, 0))}
COLOURS |= {"green": (8, (0, 255, 0)), "blue": (9, (0, 0, 255))}
NO_TEXT = 2
SOURCE = "camera:{}?size=320x180&rate=25"
# The error's own schedule is half a second; then the camera has to be opened and to send.
BACK_WITHIN = 2.0


def prepare(_: Rig) -> None:
    """Loads the driver; once is enough."""
    if not Path("/sys/module/vivid").exists():
        # A camera, an output, and metadata's capture: bits of the driver's parameter.
        load("vivid", "n_devs=2", "node_types=0x20101,0x1")


def cameras_are_listed_and_other_nodes_are_not(rig: Rig) -> None:
    with rig.programs.scrim("devices", "--json") as program:
        program.ended(180)
    listed = json.loads("\n".join(program.other))["cameras"]
    names = [camera["name"] for camera in listed]
    rig.report.check(names == ["vivid"] * 2, f"{len(video_nodes())} video nodes, listed the two cameras", names)
    codes = {form["code"] for camera in listed for form in camera["formats"]}
    rig.report.check({"YUYV", "NV12"} <= codes, "with the formats that they have", sorted(codes))


def _cameras() -> list[str]:
    nodes = [node for node, name in video_nodes().items() if "vid-cap" in name]
    if not nodes:
        raise Wrong(f"vivid gave no camera: {video_nodes()}")
    return nodes


def _watch(rig: Rig, seconds: float = 300) -> tuple[str, Running]:
    camera = _cameras()[0]
    return camera, rig.programs.camera_log(SOURCE.format(camera), seconds)


def _is_colour(fields: dict[str, str], want: tuple[int, int, int]) -> bool:
    return all(abs(int(have) - value) <= 10 for have, value in zip(fields["rgb"].split(","), want, strict=True))


def controls_are_listed_set_and_obeyed(rig: Rig) -> None:
    test = rig.programs.paths["vivid"]
    # One test after the other: they set the same camera's controls.
    told = call("env", "REQUIRE_VIVID=1", test, "--test-threads=1", fails=True, limit=240)
    passed = re.search(r"test result: ok\. ([1-9]\d*) passed; 0 failed; 0 ignored", told)
    words = "each kind of control, those that a mode rules, one that is set beside the stream"
    rig.report.check(passed, words, told[-1500:])


def pictures_are_right(rig: Rig) -> None:
    camera, log = _watch(rig)
    control(camera, "osd_text_mode", NO_TEXT)
    with log:
        opened = log.wait("opened")
        rig.report.check(opened.fields["size"] == "320x180", "the size that was asked for", opened.fields)
        rig.report.check(opened.fields["interval_ms"] == "40.0", "the rate that was asked for", opened.fields)
        for name, (item, rgb) in COLOURS.items():
            control(camera, "test_pattern", item)
            # Buffers that were filled before are still on their way.
            log.wait("frame", time.time(), lambda line, rgb=rgb: _is_colour(line.fields, rgb), 10)
            rig.report.ok(f"{name} comes out as {name}, in {opened.fields['pixels']}")
        first = log.found("frame")
        log.wait("frame", time.time() + 3)
    rate = (len(first) - 1) / max(first[-1].time - first[0].time, 0.1)
    rig.report.figure(f"{rate:.1f} pictures a second where 25 were set")


def lost_pictures_are_no_fault(rig: Rig) -> None:
    camera, log = _watch(rig)
    control(camera, "percentage_of_dropped_buffers", 50)
    try:
        with log:
            begun = log.wait("frame").time
            log.wait("frame", begun + 4)
            frames = len(log.found("frame"))
            rig.report.check(frames > 10, "half of the pictures lost, the others come", frames)
            rig.report.check(not log.found("failed"), "and nothing is taken for a fault", log.last())
    finally:
        control(camera, "percentage_of_dropped_buffers", 0)


def a_picture_with_the_error_flag_is_skipped(rig: Rig) -> None:
    camera, log = _watch(rig)
    with log:
        begun = log.wait("frame").time
        for _ in range(3):
            control(camera, "inject_v4l2_buf_flag_error", 1)
        skipped = log.wait("skipped", begun)
        rig.report.check(int(skipped.words) >= 1, "it is counted and not shown", skipped.words)
        log.wait("frame", skipped.time)
        rig.report.check(not log.found("failed"), "and the camera goes on", log.last())


def silence_is_noticed_and_ends(rig: Rig) -> None:
    camera, log = _watch(rig)
    with log:
        log.wait("frame")
        control(camera, "percentage_of_dropped_buffers", 100)
        silent_from = time.time()
        try:
            failed = log.wait("failed", silent_from)
        finally:
            control(camera, "percentage_of_dropped_buffers", 0)
        after = failed.time - silent_from
        rig.report.check(failed.fields["kind"] == "Silent", "a silent camera is called silent", failed.words)
        rig.report.check(2.5 < after < 6, "after three seconds", f"{after:.1f} s")
        back = log.wait("frame", time.time())
        rig.report.check(
            back.time - failed.time < 5 + BACK_WITHIN, "and its pictures are back", back.time - failed.time
        )


def a_fatal_error_is_survived(rig: Rig) -> None:
    camera, log = _watch(rig)
    with log:
        log.wait("frame")
        at = time.time()
        control(camera, "inject_fatal_streaming_error", 1)
        time.sleep(1)
        back = log.wait("frame", at + 1)
        # Without an error the stream was begun anew in place; either way pictures must come.
        rig.report.check(back.time - at < 1 + BACK_WITHIN, "pictures are back within two seconds", back.time - at)


def a_refusal_is_told_and_tried_again(rig: Rig) -> None:
    camera = _cameras()[0]
    for name, words in (("reqbufs", "memory"), ("streamon", "start")):
        control(camera, f"inject_vidioc_{name}_error", 1)
        with _watch(rig)[1] as log:
            failed = log.wait("failed")
            rig.report.check(failed.fields["kind"] == "Camera", f"no {words}: told", failed.words)
            log.wait("frame", failed.time)
            rig.report.ok("and tried again")


def a_busy_camera_names_its_holder(rig: Rig) -> None:
    camera, first = _watch(rig)
    with first:
        first.wait("frame")
        with rig.programs.camera_log(f"camera:{camera}?size=640x360") as second:
            failed = second.wait("failed")
            rig.report.check(failed.fields["kind"] == "Busy", "it is called busy", failed.words)
            holder = f"(camera_log, {first.process.pid})"
            rig.report.check(holder in failed.words, "with the holder's name and process", failed.words)
            first.end()
            freed = time.time()
            taken = second.wait("opened", freed)
            # Busy is tried again every two seconds.
            rig.report.check(taken.time - freed < 2 + BACK_WITHIN, "and taken when it is free", taken.time - freed)
            second.wait("frame", taken.time)


def a_computer_that_stood_still_goes_on(rig: Rig) -> None:
    """The part of a suspend that this machine survives: its own file systems are devices that no kernel suspends."""
    state = Path("/sys/power/pm_test")
    if not state.exists():
        rig.report.skipped("this kernel has no /sys/power/pm_test")
        return
    _, log = _watch(rig)
    with log:
        log.wait("frame")
        # All programs are frozen, and thawed after five seconds.
        state.write_text("freezer")
        before = time.time()
        Path("/sys/power/state").write_text("freeze")
        after = time.time()
        state.write_text("none")
        rig.report.check(after - before > 4, "all programs stood still", f"{after - before:.1f} s")
        frame = log.wait("frame", after)
        rig.report.check(frame.time - after < BACK_WITHIN, "pictures are back within two seconds", frame.time - after)
        log.wait("frame", after + 3)
        rig.report.check(len(log.found("frame", after)) > 20, "and go on", log.last())


def an_unplugged_camera_is_noticed_and_found_again(rig: Rig) -> None:
    camera, log = _watch(rig)
    with log:
        log.wait("frame")
        at = time.time()
        control(camera, "disconnect", 1)
        failed = log.wait("failed", at)
        rig.report.check(failed.fields["kind"] == "Unplugged", "it is called unplugged", failed.words)
        rig.report.check(failed.time - at < 1.5, "at once", failed.time - at)
        # The driver plugs its camera in again as soon as nobody holds the old one.
        frame = log.wait("frame", failed.time)
        rig.report.check(frame.time - failed.time < BACK_WITHIN, "and back in time", frame.time - failed.time)


def the_log_of_the_kernel_is_clean(rig: Rig) -> None:
    found = [line for line in call("dmesg").splitlines() if "BUG:" in line or "Oops" in line]
    rig.report.check(not found, "no driver crashed", found)


SCENES = [
    cameras_are_listed_and_other_nodes_are_not,
    controls_are_listed_set_and_obeyed,
    pictures_are_right,
    lost_pictures_are_no_fault,
    a_picture_with_the_error_flag_is_skipped,
    silence_is_noticed_and_ends,
    a_fatal_error_is_survived,
    a_refusal_is_told_and_tried_again,
    a_busy_camera_names_its_holder,
    a_computer_that_stood_still_goes_on,
    an_unplugged_camera_is_noticed_and_found_again,
    the_log_of_the_kernel_is_clean,
]
