"""The server, with a page that is played."""

from __future__ import annotations

import json
import unittest
import urllib.error
import urllib.request
from dataclasses import asdict

from rigs.frames import Frame
from rigs.page_server import PageServer
from rigs.report import RigError


class Server(unittest.TestCase):
    def setUp(self) -> None:
        # `enterContext` came with Python 3.11.
        self.server = PageServer().__enter__()
        self.addCleanup(self.server.__exit__)
        self.root = self.server.url("p").split("?")[0]

    def post(self, **event: object) -> None:
        body = json.dumps({"page": "p", "at": 1.0, **event}).encode()
        urllib.request.urlopen(self.root + "event", body).read()

    def get(self, path: str) -> bytes:
        with urllib.request.urlopen(self.root + path) as answer:
            return answer.read()

    def test_the_page_is_there_and_nothing_else(self) -> None:
        self.assertIn(b"main.js", self.get("?page=p"))
        for path in ("../page_server.py", "..%2fpage_server.py", "none.js"):
            with self.assertRaises(urllib.error.HTTPError):
                self.get(path)

    def test_commands_are_given_once_and_in_order(self) -> None:
        self.server.tell("p", "open", width=640)
        self.server.tell("p", "close")
        commands = json.loads(self.get("commands?page=p&after=0"))["commands"]
        self.assertEqual([command["do"] for command in commands], ["open", "close"])
        self.assertEqual(json.loads(self.get("commands?page=p&after=1"))["commands"], [{"do": "close"}])

    def test_events_are_waited_for(self) -> None:
        self.post(kind="ready")
        self.assertEqual(self.server.wait("p", "ready", 1)["kind"], "ready")
        with self.assertRaisesRegex(RigError, "no event `opened`"):
            self.server.wait("p", "opened", 0.01)
        self.post(kind="failed", doing="open", name="NotFoundError", message="no camera")
        with self.assertRaisesRegex(RigError, "NotFoundError: no camera"):
            self.server.wait("p", "opened", 1)
        self.server.tell("p", "open")
        self.post(kind="opened")
        self.assertEqual(self.server.wait("p", "opened", 1)["kind"], "opened")

    def test_frames_are_kept(self) -> None:
        frame = Frame(at=5.0, width=4, height=2, index=3, background=9)
        self.post(kind="frames", frames=[asdict(frame)])
        self.assertEqual(self.server.frames("p"), [frame])
        self.assertEqual(self.server.frames("p", since=6), [])
        self.assertEqual(self.server.wait_frame("p", lambda frame: frame.index == 3, 1), frame)
        self.assertIsNone(self.server.wait_frame("p", lambda frame: frame.index == 4, 0.01))


if __name__ == "__main__":
    unittest.main()
