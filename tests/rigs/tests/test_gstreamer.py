"""The index code, as the program draws it."""

from __future__ import annotations

import unittest

from rigs.gstreamer import read_index


def drawn(index: int, width: int, height: int) -> bytes:
    """The code as in crates/scrim-capture/src/pattern/code.rs, on grey."""
    luma = bytearray([120]) * (width * height)
    bits = 0b01 | index << 2 | bin(index).count("1") << 26
    block = 16
    for cell in range(32):
        left, top = cell % 8 * block, cell // 8 * block
        for y in range(top, top + block):
            luma[y * width + left : y * width + left + block] = bytes([235 if bits >> cell & 1 else 16]) * block
    return bytes(luma)


class Index(unittest.TestCase):
    def test_it_is_read_back(self) -> None:
        for index in (0, 1, 0xABCDEF, (1 << 24) - 1):
            self.assertEqual(read_index(drawn(index, 640, 360), 640, 360), index)

    def test_without_a_code_there_is_none(self) -> None:
        for grey in (0, 120, 255):
            self.assertEqual(read_index(bytes([grey]) * (640 * 360), 640, 360), -1)


if __name__ == "__main__":
    unittest.main()
