"""The host's side of the machine rig: makes the machine, boots it once for each suite, sums up.

`cargo xtask rig vm` calls this with the programs that it has built.
"""

import argparse
import sys
from pathlib import Path

from rigs.vm.host.archive import RigError
from rigs.vm.host.boot import Outcome, run_suite
from rigs.vm.host.machine import prepare
from rigs.vm.host.pictures import write_pictures

# In the order in which they run, with the seconds after which a machine is taken to hang.
SUITES = {"vivid": 600, "usb": 900, "loopback": 1200, "browser": 1500, "clip": 1200}


def main() -> int:
    """The exit code: 0 where everything passed."""
    options = _options()
    programs = dict(pair.split("=", 1) for pair in options.program)
    try:
        machine = prepare(options.cache)
        pictures = write_pictures(Path(programs["camera_log"]), options.logs / "pictures")
    except RigError as error:
        print(f"rig vm: {error}", file=sys.stderr)
        return 1
    request = {
        "programs": programs,
        "pictures": str(pictures),
        "repository": str(options.repository),
        "clip": str(options.clip) if options.clip else None,
        "only": options.only,
    }
    outcomes: dict[str, Outcome] = {}
    # Without a clip there is nothing to play.
    usual = [suite for suite in SUITES if suite != "clip" or options.clip]
    for suite in options.suite or usual:
        print(f"==> {suite}", flush=True)
        outcomes[suite] = run_suite(machine, suite, request, options.logs, SUITES[suite])
    return _sum_up(outcomes, options.logs)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cache", type=Path, required=True, help="where the machine is kept")
    parser.add_argument("--logs", type=Path, required=True, help="where logs and pictures go")
    parser.add_argument("--repository", type=Path, required=True)
    parser.add_argument("--program", action="append", default=[], metavar="NAME=PATH", help="a program of the build")
    parser.add_argument("--suite", action="append", choices=SUITES, help="only this one; may be given again")
    parser.add_argument("--only", help="only scenes with this in their names")
    parser.add_argument("--clip", type=Path, help="a video of a person, for a picture to look at")
    return parser.parse_args()


def _sum_up(outcomes: dict[str, Outcome], logs: Path) -> int:
    print("==> Summary")
    for suite, outcome in outcomes.items():
        word = "ok" if outcome.is_good else "FAILED"
        print(f"    {suite:10} {outcome.passed:3} checks {outcome.seconds:6.1f} s  {word}")
        for words in outcome.failed:
            print(f"        FAILED: {words}")
        for words in outcome.skipped:
            print(f"        skipped: {words}")
    print(f"    Logs: {logs}")
    return 0 if all(outcome.is_good for outcome in outcomes.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
