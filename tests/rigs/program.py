"""The program `scrim`, run without a window."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rigs.report import RigError

# What the rigs read in the log: states, watchers, and when the pattern started.
LOG_FILTER = "info,wgpu=warn,naga=warn,scrim_capture=debug,scrim_pipeline::live=debug"

MODEL = Path(__file__).parent / "model/known_matte.onnx"

# The checkerboard of the source `pattern:`, which plays the room.
ROOM = [[198, 204, 212], [58, 92, 70]]
# Far from the room's colours, and from all mixtures of it with the foreground's.
BACKGROUND = [200, 90, 30]

# The rigs' model knows the pattern's foreground exactly, and the code in its corner is as small as an island.
KNOWN_MATTE = ["--model", str(MODEL), "--islands", "keep", "--background", "color:#" + bytes(BACKGROUND).hex()]


@dataclass(frozen=True)
class Start:
    """When a pattern began."""

    at: float
    """Frame 0 was due then: Unix time in milliseconds."""
    interval: float
    """From one frame to the next, in milliseconds."""


@dataclass(frozen=True)
class End:
    """How the program ended."""

    code: int
    seconds: float
    """From the signal to the end."""
    figures: dict[str, Any]
    """What it printed for `--json`; empty where that is no JSON."""


class Program:
    """A running `scrim run --headless --json`; its log is the file `log`."""

    def __init__(self, path: Path, arguments: list[str], folder: Path, environment: dict[str, str]) -> None:
        self.log = folder / "scrim.log"
        self._out = folder / "scrim.json"
        command = [str(path), "run", "--headless", "--json", *arguments]
        with self.log.open("wb") as log, self._out.open("wb") as out:
            self._process = subprocess.Popen(
                command,
                env={**environment, "SCRIM_LOG": LOG_FILTER, "NO_COLOR": "1"},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=log,
            )

    def __enter__(self) -> Program:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    def lines(self, pattern: str) -> list[str]:
        """The log's lines in which a regular expression is found."""
        expression = re.compile(pattern)
        return [line for line in self.log.read_text(errors="replace").splitlines() if expression.search(line)]

    def wait_line(self, pattern: str, timeout: float, nth: int = 1) -> str | None:
        """The `nth` line with this expression, or None when it does not come in time. Raises RigError when the program
        ends meanwhile."""
        deadline = time.monotonic() + timeout
        while True:
            found = self.lines(pattern)
            if len(found) >= nth:
                return found[nth - 1]
            if self._process.poll() is not None:
                raise RigError(f"scrim ended with {self._process.returncode}:\n{self.log.read_text(errors='replace')}")
            if time.monotonic() > deadline:
                return None
            time.sleep(0.02)

    def starts(self) -> list[Start]:
        """When the pattern began, each time."""
        found = self.lines("the pattern starts")
        numbers = [re.findall(r"(?:start_ms|interval_ms)=([\d.]+)", line) for line in found]
        return [Start(float(at), float(interval)) for at, interval in numbers]

    def cpu_seconds(self) -> float:
        """Processor time so far, its children's that have ended included."""
        # The name, in parentheses, may hold anything; what follows it is numbers. See proc(5).
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")

    def cpu_share(self, seconds: float) -> float:
        """How much of one core it uses, over this time."""
        used, since = self.cpu_seconds(), time.monotonic()
        time.sleep(seconds)
        return (self.cpu_seconds() - used) / (time.monotonic() - since)

    def children(self) -> list[int]:
        """Processes that it has started and that still run."""
        tasks = Path(f"/proc/{self._process.pid}/task").glob("*/children")
        return [int(child) for task in tasks for child in task.read_text().split()]

    def is_running(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    def terminate(self, timeout: float = 10.0) -> End:
        """Asks it to end, and waits. Raises RigError when it does not end."""
        asked = time.monotonic()
        self._process.send_signal(signal.SIGTERM)
        try:
            code = self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise RigError(f"scrim does not end within {timeout:.0f} s of SIGTERM: see {self.log}") from None
        seconds = time.monotonic() - asked
        try:
            figures = json.loads(self._out.read_text())
        except json.JSONDecodeError:
            figures = {}
        return End(code, seconds, figures)
