"""What all scenes share: the session, the page, the browsers, and where the program is."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rigs.browsers import chromium, firefox
from rigs.page_server import PageServer
from rigs.pipewire.session import Session
from rigs.program import BACKGROUND, ROOM, Program
from rigs.report import Report

SIZE = (1280, 720)
RATE = 10

CHROMIUM = "chromium"
FIREFOX = "firefox"

# How long a browser may take to start, and to give the camera: more than on a computer that is busy with other things.
BROWSER_SECONDS = 40.0
OPEN_SECONDS = 20.0

JUDGE: dict[str, Any] = {"background": BACKGROUND, "room": ROOM}


@dataclass
class Stage:
    """Where scenes play."""

    report: Report
    folder: Path
    program: Path
    session: Session
    server: PageServer
    opened: dict[str, int] = field(default_factory=dict)

    def run(self, name: str, arguments: list[str]) -> Program:
        """Starts the program with a camera in PipeWire."""
        folder = self.folder / name
        folder.mkdir()
        arguments = [*arguments, "--output", "pipewire"]
        return Program(self.program, arguments, folder, self.session.environment)

    def open(self, browser: str, **judge: object) -> dict[str, Any]:
        """Lets a browser take the camera; what it says of it. Always the one that is called Scrim, if there is one."""
        width, height = SIZE
        self.server.tell(browser, "open", device="Scrim", width=width, height=height, judge={**JUDGE, **judge})
        self.opened[browser] = self.opened.get(browser, 0) + 1
        return self.server.wait(browser, "opened", OPEN_SECONDS, nth=self.opened[browser])

    def close(self, browser: str) -> None:
        """Lets a browser let go of the camera."""
        self.server.tell(browser, "close")
        self.server.wait(browser, "closed", OPEN_SECONDS, nth=self.opened[browser])

    def track_events(self, browser: str) -> list[str]:
        """What happened to the camera's track: mute, unmute, ended."""
        return [event["event"] for event in self.server.events(browser, "track")]


@contextlib.contextmanager
def set_up(report: Report, folder: Path, program: Path) -> Iterator[Stage]:
    """Starts a session and both browsers, which take some seconds: `wait("…", "ready")` before the first command."""
    with contextlib.ExitStack() as stack:
        session = stack.enter_context(Session(folder))
        server = stack.enter_context(PageServer())
        for name, browser in ((CHROMIUM, chromium), (FIREFOX, firefox)):
            stack.enter_context(browser(server.url(name), folder, session.environment, pipewire=True))
        yield Stage(report, folder, program, session, server)
