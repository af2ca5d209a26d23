"""A USB camera without hardware, for the kernel's real UVC driver: shows the test pattern, and fails when told to.

Runs as a process of its own, as root, with the modules vhci_hcd and uvcvideo loaded. It reads commands on its standard
input, a line each:

* `none`, `garbage`, `truncated`, `empty`, `error-bit`, `stall`: what is wrong with the pictures from now on
* `unplug`: pulls the plug and ends

and prints what it does, each line with the time in seconds since 1970: `frame INDEX` when it begins to send one,
`commit FORMAT WxH RATE` when the host has decided, `unplugged` at the end.
"""

import argparse
import contextlib
import os
import select
import struct
import sys
import time

from rigs.vm.guest.usbcam.descriptors import (
    PAYLOAD,
    UNITS_PER_SECOND,
    Offer,
    configuration,
    device,
    negotiation,
    string,
)
from rigs.vm.guest.usbcam.pictures import Pictures
from rigs.vm.guest.usbcam.usbip import Port, Unplugged

FAULTS = ("none", "garbage", "truncated", "empty", "error-bit", "stall")
GET_DESCRIPTOR, GET_STATUS = 6, 0
SET_CUR, GET_CUR, GET_MIN, GET_MAX, GET_LEN, GET_INFO, GET_DEF = 0x01, 0x81, 0x82, 0x83, 0x85, 0x86, 0x87
# Bits of a payload's header (UVC 1.0, 2.4.3.3).
TOGGLE, END_OF_FRAME, ERROR, END_OF_HEADER = 0x01, 0x02, 0x40, 0x80


def say(words: str) -> None:
    """One line for whoever watches."""
    print(f"{time.time():.3f} {words}", flush=True)


class Camera:
    """The camera's state: what was negotiated, which picture comes next."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.offer = Offer(options.formats, options.sizes, options.rates)
        self.insists: tuple[int, int] | None = options.insists
        self.names = ["Rig", options.name, options.serial]
        self.pictures = Pictures(options.pictures)
        self.fault = "none"
        self.toggle = 0
        self.shown = 0
        self.next_at = 0.0
        self.current = b""
        self._negotiate(1, 1, 0)

    def _negotiate(self, form: int, frame: int, interval: int) -> None:
        """Takes the nearest of what was asked for; with `insists`, its own size and rate instead."""
        form = form if 1 <= form <= len(self.offer.formats) else 1
        frame = frame if 1 <= frame <= len(self.offer.sizes) else 1
        intervals = [UNITS_PER_SECOND // rate for rate in self.offer.rates]
        interval = min(intervals, key=lambda have: abs(have - interval)) if interval else intervals[0]
        if self.insists:
            frame, rate = self.insists
            interval = UNITS_PER_SECOND // rate
        self.form, self.frame, self.interval = form, frame, interval
        self.current = negotiation(self.offer, form, frame, interval)

    def control(self, setup: bytes, data: bytes) -> bytes | None:
        """What a control transfer returns; None: it is not known."""
        kind, request, value, index, length = struct.unpack("<BBHHH", setup)
        if kind & 0x60 == 0:
            answer = self._descriptor(value >> 8, value & 255) if request == GET_DESCRIPTOR else b"\0\0"
            return answer if answer is None else answer[:length]
        is_negotiation = kind & 0x60 == 0x20 and index & 255 == 1 and value >> 8 in (1, 2)
        if not is_negotiation:
            return None
        if request == SET_CUR:
            _, form, frame, interval = struct.unpack("<HBBI", data[:8])
            self._negotiate(form, frame, interval)
            if value >> 8 == 2:
                width, height = self.offer.sizes[self.frame - 1]
                name = self.offer.formats[self.form - 1]
                say(f"commit {name} {width}x{height} {UNITS_PER_SECOND / self.interval:g}")
            return b""
        answers = {GET_LEN: struct.pack("<H", len(self.current)), GET_INFO: b"\3"}
        known = (GET_CUR, GET_MIN, GET_MAX, GET_DEF)
        answer = self.current if request in known else answers.get(request)
        return answer if answer is None else answer[:length]

    def _descriptor(self, kind: int, index: int) -> bytes | None:
        if kind == 1:
            return device()
        if kind == 2:
            return configuration(self.offer)
        if kind == 3:
            return bytes([4, 3, 9, 4]) if index == 0 else string(self.names[min(index, 3) - 1])
        return None

    def payloads(self) -> list[bytes]:
        """The next picture, cut and with headers; empty while the camera is stalled."""
        if self.fault == "stall":
            return []
        name = self.offer.formats[self.form - 1]
        index, picture = self.pictures.at(self.shown, name, self.offer.sizes[self.frame - 1])
        say(f"frame {index}")
        if self.fault == "garbage":
            picture = os.urandom(4000)
        elif self.fault == "truncated":
            picture = picture[: len(picture) // 3]
        elif self.fault == "empty":
            picture = b""
        room = PAYLOAD - 2
        parts = [picture[at : at + room] for at in range(0, len(picture), room)] or [b""]
        flags = END_OF_HEADER | self.toggle | (ERROR if self.fault == "error-bit" else 0)
        heads = [bytes([2, flags])] * (len(parts) - 1) + [bytes([2, flags | END_OF_FRAME])]
        self.toggle ^= TOGGLE
        return [head + part for head, part in zip(heads, parts, strict=True)]

    def advance(self, now: float) -> None:
        """Sets the time of the next picture; a camera that was kept waiting leaves pictures out."""
        period = self.interval / UNITS_PER_SECOND
        behind = max(0.0, now - self.next_at)
        steps = 1 + int(behind / period) if self.next_at else 1
        self.shown += steps
        self.next_at = (self.next_at + steps * period) if self.next_at else now + period


def serve(camera: Camera, port: Port) -> None:
    """Answers the host until the plug is pulled."""
    waiting: list[int] = []
    payloads: list[bytes] = []
    commands = True
    while True:
        now = time.monotonic()
        if waiting and not payloads and now >= camera.next_at:
            payloads = camera.payloads()
            camera.advance(now)
        while waiting and payloads:
            port.answer(waiting.pop(0), payloads.pop(0))
        pause = max(0.0, min(0.5, camera.next_at - time.monotonic())) if waiting else 0.5
        ready, _, _ = select.select([port.socket, *([sys.stdin] if commands else [])], [], [], pause)
        if sys.stdin in ready:
            command = sys.stdin.readline().strip()
            commands = bool(command)
            if command == "unplug":
                port.detach()
                return
            if command in FAULTS:
                camera.fault = command
        if port.socket in ready:
            _one_request(camera, port, waiting)
            if not waiting:
                payloads = []


def _one_request(camera: Camera, port: Port, waiting: list[int]) -> None:
    request = port.request()
    if request.unlinks is not None:
        was_pending = request.unlinks in waiting
        if was_pending:
            waiting.remove(request.unlinks)
        port.unlinked(request.sequence, was_pending)
    elif request.endpoint:
        waiting.append(request.sequence)
    else:
        answer = camera.control(request.setup, request.data)
        if answer is None:
            port.refuse(request.sequence)
        elif request.is_input:
            port.answer(request.sequence, answer)
        else:
            port.answer(request.sequence, taken=len(request.data))


def _size(text: str) -> tuple[int, int]:
    width, height = text.split("x")
    return int(width), int(height)


def main() -> None:
    """Plugs the camera in."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", required=True)
    parser.add_argument("--formats", default="mjpeg", type=lambda text: text.split(","))
    parser.add_argument("--sizes", default="640x360,320x180", type=lambda text: [_size(s) for s in text.split(",")])
    parser.add_argument("--rates", default="15,5", type=lambda text: [int(rate) for rate in text.split(",")])
    parser.add_argument("--insists", type=lambda text: tuple(int(n) for n in text.split("@")), help="SIZE-NUMBER@RATE")
    parser.add_argument("--name", default="Rig Camera")
    parser.add_argument("--serial", default="0001")
    parser.add_argument("--port", type=int, default=0)
    options = parser.parse_args()
    camera = Camera(options)
    with contextlib.suppress(Unplugged):
        serve(camera, Port(options.port))
    say("unplugged")


if __name__ == "__main__":
    main()
