"""What the camera says it is: USB 2.0 and USB Video Class 1.0 descriptors of a camera with one bulk stream."""

import struct
from dataclasses import dataclass

# dwFrameInterval counts 100 ns.
UNITS_PER_SECOND = 10_000_000
# The kernel's UVC driver makes transfers of at most 32 packets (UVC_MAX_PACKETS) of 512 bytes: one payload in each.
PAYLOAD = 32 * 512
# The last twelve bytes of the GUID of every uncompressed format, after its four-letter code.
GUID_TAIL = bytes.fromhex("00001000800000AA00389B71")
CODES = {"yuyv": b"YUY2", "uyvy": b"UYVY", "nv12": b"NV12", "i420": b"I420"}
BITS = {"yuyv": 16, "uyvy": 16, "nv12": 12, "i420": 12, "mjpeg": 16}


@dataclass(frozen=True)
class Offer:
    """What the camera can send; formats and sizes are counted from 1 on the wire."""

    formats: list[str]
    sizes: list[tuple[int, int]]
    rates: list[int]

    def frame_bytes(self, form: int, frame: int) -> int:
        width, height = self.sizes[frame - 1]
        return width * height * BITS[self.formats[form - 1]] // 8


def device(vendor: int = 0x1D6B, product: int = 0x0102) -> bytes:
    """The device descriptor; the ids are the Linux Foundation's."""
    return struct.pack("<BBHBBBBHHHBBBB", 18, 1, 0x0200, 0xEF, 2, 1, 64, vendor, product, 0x0100, 1, 2, 3, 1)


def configuration(offer: Offer) -> bytes:
    """The configuration with its two interfaces, control and streaming."""
    association = bytes([8, 11, 0, 2, 0x0E, 3, 0, 2])
    terminals = _class(0x02, struct.pack("<BHBBHHHBBBB", 1, 0x0201, 0, 0, 0, 0, 0, 3, 0, 0, 0))
    terminals += _class(0x03, struct.pack("<BHBBB", 2, 0x0101, 0, 1, 0))
    header = _class(0x01, struct.pack("<HHIBB", 0x0100, 13 + len(terminals), 6_000_000, 1, 1))
    control = bytes([9, 4, 0, 0, 0, 0x0E, 1, 0, 2]) + header + terminals
    endpoint = struct.pack("<BBBBHB", 7, 5, 0x81, 2, 512, 0)
    streaming = bytes([9, 4, 1, 0, 1, 0x0E, 2, 0, 0]) + _streaming(offer) + endpoint
    body = association + control + streaming
    return struct.pack("<BBHBBBBB", 9, 2, 9 + len(body), 2, 1, 0, 0x80, 250) + body


def string(text: str) -> bytes:
    """A string descriptor."""
    content = text.encode("utf-16le")
    return bytes([2 + len(content), 3]) + content


def negotiation(offer: Offer, form: int, frame: int, interval: int) -> bytes:
    """The answer to a probe, UVC 1.0's 26 bytes."""
    size = offer.frame_bytes(form, frame)
    return struct.pack("<HBBIHHHHHII", 1, form, frame, interval, 0, 0, 0, 0, 0, size, PAYLOAD)


def _class(subtype: int, body: bytes) -> bytes:
    return bytes([len(body) + 3, 0x24, subtype]) + body


def _streaming(offer: Offer) -> bytes:
    formats = b"".join(_format(offer, index) for index in range(1, len(offer.formats) + 1))
    count = len(offer.formats)
    head = struct.pack("<BHBBBBBBB", count, 13 + count + len(formats), 0x81, 0, 2, 0, 0, 0, 1) + bytes(count)
    return _class(0x01, head) + formats


def _format(offer: Offer, index: int) -> bytes:
    name = offer.formats[index - 1]
    if name == "mjpeg":
        head = _class(0x06, struct.pack("<BBBBBBBB", index, len(offer.sizes), 1, 1, 0, 0, 0, 0))
        frame_type = 0x07
    else:
        guid = CODES[name] + GUID_TAIL
        head = _class(0x04, struct.pack("<BB16sBBBBBB", index, len(offer.sizes), guid, BITS[name], 1, 0, 0, 0, 0))
        frame_type = 0x05
    frames = b"".join(_frame(offer, index, number, frame_type) for number in range(1, len(offer.sizes) + 1))
    # Colours: BT.709's primaries and transfer, BT.601's matrix.
    return head + frames + _class(0x0D, bytes([1, 1, 4]))


def _frame(offer: Offer, form: int, number: int, subtype: int) -> bytes:
    width, height = offer.sizes[number - 1]
    size = offer.frame_bytes(form, number)
    intervals = [UNITS_PER_SECOND // rate for rate in offer.rates]
    slowest, fastest = size * 8 * min(offer.rates), size * 8 * max(offer.rates)
    head = struct.pack("<BBHHIIIIB", number, 0, width, height, slowest, fastest, size, intervals[0], len(intervals))
    return _class(subtype, head + b"".join(struct.pack("<I", interval) for interval in intervals))
