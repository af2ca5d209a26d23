"""What every scene gets."""

from dataclasses import dataclass
from pathlib import Path

from rigs.vm.guest.programs import Programs
from rigs.vm.guest.report import Report


@dataclass(frozen=True)
class Rig:
    """The report to write, the programs to run, what the host's side has said."""

    report: Report
    programs: Programs
    # v4l2loopback's versions and the files of the modules.
    loopbacks: dict[str, str]
    repository: Path
    clip: Path | None
    out: Path = Path("/out")
