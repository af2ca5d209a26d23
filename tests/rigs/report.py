"""Says line by line what was checked, and keeps count of what was not as it must be."""

from __future__ import annotations

import statistics
from collections.abc import Sequence


class RigError(Exception):
    """The rig itself does not work, or what it waits for does not happen: what, and what to look at."""


class Report:
    """Lines: `ok:` and `FAILED:` for checks, `figure:` for what was measured, `note:`."""

    def __init__(self) -> None:
        self.checks = 0
        self.failures = 0

    def check(self, is_so: bool, what: str, found: object = None) -> bool:
        """Notes whether something is as it must be; `found` says what there was."""
        self.checks += 1
        self.failures += not is_so
        tail = "" if found is None else f" ({found})"
        print(f"{'ok' if is_so else 'FAILED'}: {what}{tail}", flush=True)
        return is_so

    def note(self, what: str) -> None:
        """Tells something that is neither right nor wrong, and that somebody may look for."""
        print(f"note: {what}", flush=True)

    def figure(self, what: str, value: str) -> None:
        """Notes something that was measured."""
        print(f"figure: {what}: {value}", flush=True)


def median_and_95th(values: Sequence[float], unit: str) -> str:
    """Two percentiles, nearest rank, in words."""
    if not values:
        return "nothing was measured"
    ordered = sorted(values)
    high = ordered[max(-(-len(ordered) * 95 // 100) - 1, 0)]
    return f"median {statistics.median(ordered):.0f} {unit}, 95th percentile {high:.0f} {unit} ({len(ordered)} frames)"
