"""The PipeWire rig: `python3 -m rigs.pipewire --program PATH`, in the folder `tests`.

Prints what was checked, one line each, and what was measured. Exit codes: 0 all is as it must be, 1 something is not,
2 the rig does not work.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from rigs.pipewire import clip_scene, figures_scene, pattern_scene, silence_scene
from rigs.pipewire.stage import Stage, set_up
from rigs.report import Report, RigError

SCENES = {"pattern": pattern_scene.play, "silence": silence_scene.play, "figures": figures_scene.play}


def play(name: str, stage: Stage, scene: Callable[[Stage], None]) -> None:
    """Plays a scene. One that cannot go on has failed, and the next may yet play."""
    try:
        scene(stage)
    except RigError as error:
        stage.report.check(False, f"the scene `{name}` plays to its end", error)


def main() -> int:
    parser = argparse.ArgumentParser(prog="rigs.pipewire", description="The camera in PipeWire, watched by browsers.")
    parser.add_argument("--program", type=Path, required=True, help="the program scrim")
    parser.add_argument("--scene", action="append", choices=SCENES, help="only this one; may be given several times")
    parser.add_argument("--clip", type=Path, help="only a video of a person, for pictures to look at")
    parser.add_argument("--pictures", type=Path, default=Path(), help="the folder for these")
    options = parser.parse_args()
    started = time.monotonic()
    report = Report()
    folder = Path(tempfile.mkdtemp(prefix="scrim-rig-"))
    try:
        with set_up(report, folder, options.program.resolve()) as stage:
            if options.clip:
                play("clip", stage, lambda stage: clip_scene.play(stage, options.clip, options.pictures))
            else:
                for name in options.scene or SCENES:
                    play(name, stage, SCENES[name])
    except RigError as error:
        print(f"The rig does not work: {error}\nLogs lie in {folder}", file=sys.stderr)
        return 2
    print(f"{report.checks} checks, {report.failures} failed, in {time.monotonic() - started:.0f} s", flush=True)
    if report.failures:
        print(f"Logs lie in {folder}", file=sys.stderr)
        return 1
    # What a browser still writes while it ends is no reason to fail.
    shutil.rmtree(folder, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
