"""The composite of a real clip's first picture, by the built-in model, as Chromium shows it: something to look at.

It stands still: an emulated processor takes minutes to mat it and seconds to draw it,
and a moving picture that takes two seconds to be drawn is not shown.
"""

from rigs.vm.guest.loopbacks import DEVICE
from rigs.vm.guest.report import Wrong
from rigs.vm.guest.rig import Rig
from rigs.vm.guest.suites.browser import FIRST_COMPOSITE_SECONDS, OPEN_SECONDS, PAGE, watched
from rigs.vm.guest.system import call

# The clip's own colours are anything; only the background's place is asked for.
BACKGROUND = "bundled:studio"
PICTURE_WIDTH = 640
SIZE = (640, 360)
OUTPUT = f"v4l2:{DEVICE}?size={SIZE[0]}x{SIZE[1]}"
# The page looks at no more, to leave the processor to the program.
PAGE_RATE = 2
# As a PNG of this size; the card takes a fifth of it.
LEAST_BYTES = 100_000
MATTE_SECONDS = 2 * FIRST_COMPOSITE_SECONDS


def prepare(_: Rig) -> None:
    """Nothing but what the scene loads."""


def a_clip_reaches_the_page(rig: Rig) -> None:
    if not rig.clip:
        rig.report.skipped("no clip was named: cargo xtask rig vm --clip FILE saves a picture to look at")
        return
    source = rig.out / "source.png"
    size = f"scale={PICTURE_WIDTH}:-2"
    call("ffmpeg", "-v", "error", "-i", rig.clip, "-vf", size, "-frames:v", "1", source, limit=300.0)
    if not source.exists():
        raise Wrong(f"ffmpeg finds no picture in {rig.clip}")
    version = list(rig.loopbacks)[-1]
    arguments = ["--source", str(source), "--background", BACKGROUND]
    with watched(rig, rig.loopbacks[version], version, arguments, OUTPUT) as scene:
        scene.server.tell(
            PAGE, "open", device="Scrim", width=SIZE[0], height=SIZE[1], rate=PAGE_RATE, judge={"pattern": False}
        )
        scene.server.wait(PAGE, "opened", OPEN_SECONDS)
        picture = scene.server.picture(PAGE, MATTE_SECONDS, person=True)
        target = rig.out / "clip.png"
        target.write_bytes(picture)
        words = f"a picture that is not the card came, and was saved as {target.name}"
        scene.check(len(picture) > LEAST_BYTES, words, len(picture))
        scene.program.terminate(30)


SCENES = [a_clip_reaches_the_page]
