"""The device's end of USB/IP (Documentation/usb/usbip_protocol.rst of the kernel), plugged into the same computer.

The other end is vhci_hcd, a host controller without hardware: what is plugged in here meets the kernel's own drivers.
"""

import socket
import struct
from dataclasses import dataclass
from pathlib import Path

CONTROLLER = Path("/sys/devices/platform/vhci_hcd.0")
SUBMIT, UNLINK, RET_SUBMIT, RET_UNLINK = 1, 2, 3, 4
HIGH_SPEED = 3
EPIPE, ECONNRESET = 32, 104


@dataclass(frozen=True)
class Request:
    """A transfer that the host wants, or the end of one that it does not want any more."""

    sequence: int
    endpoint: int
    is_input: bool
    setup: bytes
    data: bytes
    # The transfer that is unlinked; None: this is a transfer.
    unlinks: int | None


class Unplugged(Exception):
    """The host has let go."""


class Port:
    """A port of the controller with our device in it."""

    def __init__(self, number: int) -> None:
        self.number = number
        kernel, self.socket = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        device_id = 1 << 16 | number + 1
        (CONTROLLER / "attach").write_text(f"{number} {kernel.fileno()} {device_id} {HIGH_SPEED}")
        kernel.close()

    def detach(self) -> None:
        """Pulls the plug."""
        (CONTROLLER / "detach").write_text(str(self.number))

    def request(self) -> Request:
        """The next one. Raises Unplugged."""
        command, sequence, _, direction, endpoint = struct.unpack(">IIIII", self._receive(20))
        rest = self._receive(28)
        if command == UNLINK:
            return Request(sequence, endpoint, False, b"", b"", struct.unpack(">I", rest[:4])[0])
        length = struct.unpack(">ii", rest[:8])[1]
        data = self._receive(length) if direction == 0 and length else b""
        return Request(sequence, endpoint, direction == 1, rest[20:28], data, None)

    def answer(self, sequence: int, data: bytes = b"", taken: int | None = None, status: int = 0) -> None:
        """Ends a transfer with data for the host, or with how many of its bytes were taken."""
        length = len(data) if taken is None else taken
        head = struct.pack(">IIIII", RET_SUBMIT, sequence, 0, 0, 0)
        self._send(head + struct.pack(">iiiii", status, length, 0, 0, 0) + bytes(8) + data)

    def refuse(self, sequence: int) -> None:
        """Stalls a control transfer: this is not known here."""
        self.answer(sequence, status=-EPIPE)

    def unlinked(self, sequence: int, was_pending: bool) -> None:
        """Answers an unlink."""
        head = struct.pack(">IIIII", RET_UNLINK, sequence, 0, 0, 0)
        self._send(head + struct.pack(">i", -ECONNRESET if was_pending else 0) + bytes(24))

    def _send(self, content: bytes) -> None:
        try:
            self.socket.sendall(content)
        except OSError as error:
            raise Unplugged from error

    def _receive(self, count: int) -> bytes:
        content = bytearray()
        while len(content) < count:
            try:
                part = self.socket.recv(count - len(content))
            except OSError as error:
                raise Unplugged from error
            if not part:
                raise Unplugged
            content += part
        return bytes(content)
