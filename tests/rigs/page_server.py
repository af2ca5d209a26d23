"""Serves the page that watches a camera, tells it what to do, and keeps what it reports.

    with PageServer() as server:
        ...start a browser at server.url("chromium")...
        server.wait("chromium", "ready", timeout=30)
        server.tell("chromium", "open", device="Scrim", width=1280, height=720, judge={...})
        opened = server.wait("chromium", "opened", timeout=20)
        ...
        frames = server.frames("chromium")

Commands, in the order in which they are told (`tell`):

* `open`: takes a camera. `device`: its name; `width`, `height`, `rate`: what is asked for; `judge`: how pictures are
  judged:
  * `pattern`: whether they show the source `pattern:` (default: yes), so that they have an index and known pixels;
  * `background`: the colour behind, [red, green, blue];
  * `tolerance`: how far a channel of a known pixel may be off (default 14 of 255, for YUV with less chroma);
  * `room`, `roomTolerance`: the room's own colours, none of which may be seen, and how near counts (default 12);
  * `step`: every how manyth column and row is looked at (default 4).
* `picture`: sends the next frame as a PNG, `name`d; with `person`, the next that is neither the still card nor of one
  colour.
* `close`: lets go of the camera.

Events, each with `page`, `kind` and `at` (Unix time in milliseconds, by the browser's clock):

* `ready`: the page runs; `browser`.
* `opened`: `asked` and `opened` (times of the call of getUserMedia and its answer), `label`, `settings` of the track,
  `cameras`.
* `frames`: see frames.py; they are kept apart, in `frames()`.
* `track`: `event` is mute, unmute or ended.
* `picture`: kept in `pictures`, by name.
* `closed`.
* `failed`: `doing` (the command), `name`, `message`.
"""

from __future__ import annotations

import base64
import contextlib
import json
import threading
import time
from collections import defaultdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from rigs.frames import Frame
from rigs.report import RigError

PAGE = Path(__file__).parent / "page"
TYPES = {".html": "text/html", ".js": "text/javascript"}

# How long a browser's question for commands stays open before it is answered with none.
POLL_SECONDS = 10.0


class PageServer:
    """The server, on a free port of this machine alone."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._events: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self._frames: dict[str, list[Frame]] = defaultdict(list)
        self._commands: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self.pictures: dict[str, bytes] = {}
        self._ends = False
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._http.daemon_threads = True
        self._thread = threading.Thread(target=self._http.serve_forever, name="rig-page", daemon=True)

    def __enter__(self) -> PageServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with self._changed:
            self._ends = True
            self._changed.notify_all()
        self._http.shutdown()
        self._http.server_close()

    def url(self, page: str) -> str:
        """Where the browser called `page` is to go. `localhost`: browsers give cameras to secure origins alone."""
        return f"http://localhost:{self._http.server_port}/?page={page}"

    def tell(self, page: str, do: str, **arguments: object) -> None:
        """Puts a command behind those that the page has not fetched yet. What failed before is forgotten."""
        with self._changed:
            self._events[page] = [event for event in self._events[page] if event["kind"] != "failed"]
            self._commands[page].append({"do": do, **arguments})
            self._changed.notify_all()

    def forget_commands(self, page: str) -> None:
        """For a page that is loaded anew: it asks for all there are."""
        with self._changed:
            self._commands[page].clear()

    def events(self, page: str, kind: str) -> list[dict[str, Any]]:
        """All of one kind, the oldest first."""
        with self._changed:
            return [event for event in self._events[page] if event["kind"] == kind]

    def wait(self, page: str, kind: str, timeout: float, nth: int = 1) -> dict[str, Any]:
        """The `nth` event of a kind. Raises RigError when it does not come within `timeout` seconds, or one failed."""

        def found() -> bool:
            kinds = [event["kind"] for event in self._events[page]]
            return kinds.count(kind) >= nth or "failed" in kinds

        with self._changed:
            self._changed.wait_for(found, timeout)
            failures = [event for event in self._events[page] if event["kind"] == "failed"]
            matches = [event for event in self._events[page] if event["kind"] == kind]
        if len(matches) >= nth:
            return matches[nth - 1]
        if failures:
            raise RigError(f"{page}: {failures[0]['doing']}: {failures[0]['name']}: {failures[0]['message']}")
        raise RigError(f"{page}: no event `{kind}` within {timeout:.0f} s; see the browser's log")

    def frames(self, page: str, since: float = 0.0) -> list[Frame]:
        """What the page has seen, from `since` on (Unix time in milliseconds)."""
        with self._changed:
            return [frame for frame in self._frames[page] if frame.at >= since]

    def wait_frame(self, page: str, is_it: Any, timeout: float, since: float = 0.0) -> Frame | None:
        """The first frame for which `is_it` says so, or None after `timeout` seconds."""
        deadline = time.monotonic() + timeout
        with self._changed:
            while True:
                for frame in self._frames[page]:
                    if frame.at >= since and is_it(frame):
                        return frame
                if not self._changed.wait(max(deadline - time.monotonic(), 0)):
                    return None

    def picture(self, page: str, timeout: float = 10.0, person: bool = False) -> bytes:
        """The next frame as a PNG; with `person`, the next that is neither the still card nor of one colour."""
        name = f"{page}-{time.monotonic_ns()}"
        self.tell(page, "picture", name=name, person=person)
        with self._changed:
            self._changed.wait_for(lambda: name in self.pictures, timeout)
            if name not in self.pictures:
                raise RigError(f"{page}: no picture within {timeout:.0f} s; the last frames: {self._frames[page][-2:]}")
            return self.pictures[name]

    def _take(self, event: dict[str, Any]) -> None:
        page = event["page"]
        with self._changed:
            if event["kind"] == "frames":
                self._frames[page] += [Frame(**frame) for frame in event["frames"]]
            elif event["kind"] == "picture":
                self.pictures[event["name"]] = base64.b64decode(event["png"].split(",", 1)[1])
            else:
                self._events[page].append(event)
            self._changed.notify_all()

    def _commands_after(self, page: str, after: int) -> list[dict[str, Any]]:
        with self._changed:
            self._changed.wait_for(lambda: self._ends or len(self._commands[page]) > after, POLL_SECONDS)
            return self._commands[page][after:]


def _handler(server: PageServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            url = urlsplit(self.path)
            if url.path == "/commands":
                query = parse_qs(url.query)
                commands = server._commands_after(query["page"][0], int(query["after"][0]))
                self._answer(200, "application/json", json.dumps({"commands": commands}).encode())
                return
            file = PAGE / (url.path.lstrip("/") or "index.html")
            if file.parent != PAGE or not file.is_file():
                self._answer(404, "text/plain", b"there is no such file")
                return
            self._answer(200, TYPES[file.suffix], file.read_bytes())

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            server._take(json.loads(body))
            self._answer(200, "text/plain", b"")

        def _answer(self, status: int, kind: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing is printed for each request."""

        def handle(self) -> None:
            # A browser that is ended leaves its questions open.
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                super().handle()

    return Handler
