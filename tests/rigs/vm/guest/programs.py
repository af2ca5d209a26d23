"""Programs of the build that run beside the suite, and what they print."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from rigs.program import KNOWN_MATTE
from rigs.vm.guest.report import Wrong
from rigs.vm.guest.system import PATIENCE

# The model sees a small picture, and one thread computes: others would turn round in wait for work, at the cost of all.
EMULATED_MATTE = [*KNOWN_MATTE, "--size", "96", "--threads", "1"]


@dataclass(frozen=True)
class Line:
    """One line of a program that dates its lines."""

    time: float
    kind: str
    fields: dict[str, str]
    words: str

    @classmethod
    def of(cls, text: str) -> "Line":
        """Reads `TIME KIND key=value … | WORDS`."""
        head, _, words = text.partition(" | ")
        date, kind, *rest = head.split(" ")
        fields = dict(one.split("=", 1) for one in rest if "=" in one)
        return cls(float(date), kind, fields, words or " ".join(rest))


@dataclass
class Running:
    """A program with its lines, collected while it runs."""

    command: list[str]
    dated: bool = True
    environment: dict[str, str] = field(default_factory=dict)
    user: int | None = None
    lines: list[Line] = field(default_factory=list)
    other: list[str] = field(default_factory=list)

    def __enter__(self) -> "Running":
        self.process = subprocess.Popen(
            self.command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, **self.environment},
            user=self.user,
            group=self.user,
            extra_groups=[] if self.user is not None else None,
        )
        self.reader = threading.Thread(target=self._read, name="lines", daemon=True)
        self.reader.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.end(signal.SIGKILL)
        self.reader.join(5)

    def _read(self) -> None:
        assert self.process.stdout
        # A log of its own for each, to be read when something failed.
        name = "usbcam" if "-m" in self.command else Path(self.command[0]).name
        with Path(f"/out/{name}-{self.process.pid}.log").open("w") as log:
            for text in self.process.stdout:
                log.write(text)
                log.flush()
                self._keep(text.rstrip("\n"))

    def _keep(self, text: str) -> None:
        try:
            if not self.dated:
                raise ValueError
            self.lines.append(Line.of(text))
        except ValueError:
            self.other.append(text)

    def tell(self, command: str) -> float:
        """Writes a line to it; the time at which this was done."""
        assert self.process.stdin
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        return time.time()

    def end(self, how: int = signal.SIGTERM, limit: float = PATIENCE) -> int:
        """Ends it; its exit code. Raises Wrong where it does not end."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        return self.ended(limit)

    def ended(self, limit: float = PATIENCE) -> int:
        """Waits for its end; its exit code."""
        try:
            code = self.process.wait(limit)
        except subprocess.TimeoutExpired as error:
            raise Wrong(f"{self.command[0]} did not end within {limit:g} s") from error
        # What it said last is still on its way.
        self.reader.join(limit)
        return code

    def found(self, kind: str, since: float = 0.0, which: Callable[[Line], bool] = lambda _: True) -> list[Line]:
        """Its lines of a kind."""
        return [line for line in list(self.lines) if line.kind == kind and line.time >= since and which(line)]

    def wait(
        self, kind: str, since: float = 0.0, which: Callable[[Line], bool] = lambda _: True, limit: float = PATIENCE
    ) -> Line:
        """The first line of a kind. Raises Wrong where none comes in time."""
        end = time.monotonic() + limit
        while True:
            if found := self.found(kind, since, which):
                return found[0]
            if time.monotonic() > end or self.process.poll() is not None:
                raise Wrong(f'no line "{kind}" within {limit:g} s; last: {self.last()}')
            time.sleep(0.03)

    def last(self, count: int = 4) -> str:
        """Its last lines, for a message."""
        told = [f"{line.kind} {line.fields} {line.words}" for line in list(self.lines)[-count:]]
        return " / ".join([*told, *self.other[-count:]]) or "nothing"


@dataclass(frozen=True)
class Programs:
    """The programs of the build and the rig's own."""

    paths: dict[str, str]
    pictures: str
    python: str

    def camera_log(self, source: str, seconds: float = 300) -> Running:
        """Follows a source through its failures, and compares its pictures with those of the rig's cameras."""
        return Running([self.paths["camera_log"], source, str(seconds), self.pictures])

    def usb_camera(self, *options: str) -> Running:
        """The camera on the USB; leaving it kills it, which pulls the plug."""
        return Running([self.python, "-m", "rigs.vm.guest.usbcam", "--pictures", self.pictures, *options])

    def scrim(self, *arguments: str, user: int | None = None) -> Running:
        """The program itself."""
        return Running([self.paths["scrim"], *arguments], dated=False, user=user)


def is_right(line: Line) -> bool:
    """A picture that shows what the camera sent: an index, and hardly a point that is off."""
    if line.fields.get("index", "none") == "none":
        return False
    return int(line.fields["of"]) > 50 and int(line.fields["wrong"]) * 50 <= int(line.fields["of"])
