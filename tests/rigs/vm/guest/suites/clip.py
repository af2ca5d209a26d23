"""The composite of a real clip, by the built-in model, as Chromium shows it: a picture to look at."""

from rigs.vm.guest.loopbacks import SIZE
from rigs.vm.guest.rig import Rig
from rigs.vm.guest.suites.browser import FIRST_COMPOSITE_SECONDS, OPEN_SECONDS, PAGE, watched

# The clip's own colours are anything; only the background's place is asked for.
BACKGROUND = "bundled:studio"


def prepare(_: Rig) -> None:
    """Nothing but what the scene loads."""


def a_clip_reaches_the_page(rig: Rig) -> None:
    if not rig.clip:
        rig.report.skipped("no clip was named: cargo xtask rig vm --clip FILE saves a picture to look at")
        return
    version = list(rig.loopbacks)[-1]
    arguments = ["--source", str(rig.clip), "--background", BACKGROUND]
    with watched(rig, rig.loopbacks[version], version, arguments) as scene:
        scene.server.tell(PAGE, "open", device="Scrim", width=SIZE[0], height=SIZE[1], judge={"pattern": False})
        scene.server.wait(PAGE, "opened", OPEN_SECONDS)
        frame = scene.server.wait_frame(
            PAGE, lambda frame: not frame.slate and frame.presented > 3, FIRST_COMPOSITE_SECONDS
        )
        scene.check(frame is not None, "pictures that are not the card come", scene.server.frames(PAGE)[-2:])
        picture = scene.server.picture(PAGE, 60)
        target = rig.out / "clip.png"
        target.write_bytes(picture)
        scene.check(len(picture) > 20_000, f"one was saved as {target.name}", len(picture))
        scene.program.terminate(30)


SCENES = [a_clip_reaches_the_page]
