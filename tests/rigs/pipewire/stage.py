"""What all scenes share: the session, the page, the browsers, and where the program is."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rigs.browsers import Browser, chromium, firefox
from rigs.page_server import PageServer
from rigs.pipewire.session import Session
from rigs.program import BACKGROUND, ROOM, Program
from rigs.report import Report, RigError

SIZE = (1280, 720)
RATE = 10

CHROMIUM = "chromium"
FIREFOX = "firefox"

BROWSERS = {CHROMIUM: chromium, FIREFOX: firefox}

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
    browsers: dict[str, Browser] = field(default_factory=dict)

    def start(self, browser: str) -> None:
        """Starts a browser, which takes some seconds: `wait_ready` before the first command."""
        self.server.forget_commands(browser)
        begin = BROWSERS[browser]
        self.browsers[browser] = begin(self.server.url(browser), self.folder, self.session.environment, pipewire=True)

    def wait_ready(self, browser: str, nth: int = 1) -> str:
        """Waits until the page runs; what the browser calls itself."""
        return str(self.server.wait(browser, "ready", BROWSER_SECONDS, nth)["browser"])

    def run(self, name: str, arguments: list[str]) -> Program:
        """Starts the program with a camera in PipeWire."""
        folder = self.folder / name
        folder.mkdir()
        arguments = [*arguments, "--output", "pipewire"]
        return Program(self.program, arguments, folder, self.session.environment)

    def open(self, browser: str, **judge: object) -> dict[str, Any]:
        """Lets a browser take the camera; what it says of it. Always the one that is called Scrim, if there is one.

        A browser that gets no camera is started once more, and a note says how the node stood: in some ninety starts on
        a busy computer, Chromium once knew of no camera any more. Whose fault it was is not known.
        """
        try:
            return self._open(browser, judge)
        except RigError as error:
            self.report.note(f"{browser} is started anew: {error} ({self.session.states()})")
        self.browsers[browser].close()
        times = len(self.server.events(browser, "ready"))
        self.start(browser)
        self.wait_ready(browser, times + 1)
        return self._open(browser, judge)

    def _open(self, browser: str, judge: dict[str, object]) -> dict[str, Any]:
        width, height = SIZE
        times = len(self.server.events(browser, "opened"))
        self.server.tell(browser, "open", device="Scrim", width=width, height=height, judge={**JUDGE, **judge})
        return self.server.wait(browser, "opened", OPEN_SECONDS, times + 1)

    def close(self, browser: str) -> None:
        """Lets a browser let go of the camera."""
        times = len(self.server.events(browser, "closed"))
        self.server.tell(browser, "close")
        self.server.wait(browser, "closed", OPEN_SECONDS, times + 1)

    def track_events(self, browser: str) -> list[str]:
        """What happened to the camera's track: mute, unmute, ended."""
        return [event["event"] for event in self.server.events(browser, "track")]


@contextlib.contextmanager
def set_up(report: Report, folder: Path, program: Path) -> Iterator[Stage]:
    """Starts a session and both browsers."""
    with contextlib.ExitStack() as stack:
        session = stack.enter_context(Session(folder))
        server = stack.enter_context(PageServer())
        stage = Stage(report, folder, program, session, server)
        for name in BROWSERS:
            stage.start(name)
            stack.callback(lambda name=name: stage.browsers[name].close())
        yield stage
