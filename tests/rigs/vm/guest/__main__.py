"""The guest's side of the machine rig: runs one suite, and prints what it finds."""

import importlib
import json
import os
import shutil
import sys
import traceback
from pathlib import Path

from rigs.report import RigError
from rigs.vm.guest.programs import Programs
from rigs.vm.guest.report import Report, Wrong
from rigs.vm.guest.rig import Rig
from rigs.vm.guest.usage import note_usage

SHADERS = Path(os.environ["MESA_SHADER_CACHE_DIR"])
KEPT = Path("/keep/shaders")


def main() -> None:
    """Every scene runs, whatever the one before it found."""
    request = json.loads(Path("/out/request.json").read_text())
    report = Report()
    rig = Rig(
        report,
        Programs(request["programs"], request["pictures"], sys.executable),
        request["loopbacks"],
        Path(request["repository"]),
        Path(request["clip"]) if request["clip"] else None,
    )
    note_usage(Path("/out/usage.log"))
    copy(KEPT, SHADERS)
    suite = importlib.import_module(f"rigs.vm.guest.suites.{request['suite']}")
    for scene in suite.SCENES:
        name = scene.__name__.replace("_", " ")
        if request["only"] and request["only"] not in name:
            continue
        report.scene = name
        try:
            suite.prepare(rig)
            scene(rig)
        except (Wrong, RigError) as wrong:
            report.failed(str(wrong))
        except Exception:
            report.failed("the scene broke off: " + traceback.format_exc().strip().replace("\n", " / "))
    print("suite ended")
    copy(SHADERS, KEPT)


def copy(source: Path, target: Path) -> None:
    """Copies a folder, if it is there. Shaders are not made where they are kept: the driver maps its files, which the
    shared folder cannot."""
    if source.is_dir():
        shutil.copytree(source, target, dirs_exist_ok=True)


if __name__ == "__main__":
    main()
