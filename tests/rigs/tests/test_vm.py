"""The parts of the machine rig that need no machine."""

from __future__ import annotations

import gzip
import struct
import tempfile
import unittest
from pathlib import Path

from rigs.vm.guest import loopbacks
from rigs.vm.guest.programs import Line, is_right
from rigs.vm.guest.usbcam.descriptors import Offer, configuration, negotiation
from rigs.vm.guest.usbcam.pictures import Pictures
from rigs.vm.host.initramfs import dependencies, write_initramfs


class Initramfs(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        modules = self.root / "usr/lib/modules/6.1"
        modules.mkdir(parents=True)
        (modules / "modules.dep").write_text(
            "a/9p.ko: a/9pnet.ko\na/9pnet.ko:\nb/9pnet-virtio.ko: a/9pnet.ko a/virtio.ko\na/virtio.ko:\n"
        )
        for name in ("a/9p.ko", "a/9pnet.ko", "b/9pnet-virtio.ko", "a/virtio.ko"):
            (modules / name).parent.mkdir(exist_ok=True)
            (modules / name).write_text(name)
        self.modules = modules

    def test_modules_come_after_what_they_need(self) -> None:
        found = [path.name for path in dependencies(self.modules, ["9pnet_virtio", "9p", "built_in"])]
        self.assertEqual(found, ["9pnet.ko", "virtio.ko", "9pnet-virtio.ko", "9p.ko"])

    def test_the_archive_is_aligned_and_ends(self) -> None:
        (self.root / "usr/bin").mkdir()
        (self.root / "usr/bin/busybox").write_bytes(b"busy!")
        init, target = self.root / "init", self.root / "out.gz"
        init.write_text("#!/bin/sh\n")
        write_initramfs(self.root, "6.1", ["9p"], init, target)
        content = gzip.decompress(target.read_bytes())
        names, at = [], 0
        while at < len(content):
            self.assertEqual(content[at : at + 6], b"070701")
            fields = [int(content[at + 6 + 8 * n : at + 14 + 8 * n], 16) for n in range(13)]
            name = content[at + 110 : at + 110 + fields[11] - 1].decode()
            names.append(name)
            at += -(-(110 + fields[11]) // 4) * 4
            at += -(-fields[6] // 4) * 4
        self.assertEqual(names[-1], "TRAILER!!!")
        self.assertIn("modules/9pnet.ko", names)


class UsbCamera(unittest.TestCase):
    offer = Offer(["yuyv", "mjpeg"], [(640, 360), (320, 180)], [15, 5])

    def test_descriptors_follow_each_other_to_the_end(self) -> None:
        content = configuration(self.offer)
        self.assertEqual(struct.unpack("<H", content[2:4])[0], len(content))
        at, kinds = 0, []
        while at < len(content):
            kinds.append(content[at + 1])
            at += content[at]
        self.assertEqual(at, len(content))
        self.assertEqual(kinds.count(4), 2, "interfaces")

    def test_a_negotiation_states_the_size_of_a_picture(self) -> None:
        answer = negotiation(self.offer, 1, 2, 666_666)
        self.assertEqual(len(answer), 26)
        self.assertEqual(struct.unpack("<I", answer[18:22])[0], 320 * 180 * 2)

    def test_jpegs_are_told_apart(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            first, second = b"\xff\xd8one\xff\xd9", b"\xff\xd8\xff\x00two\xff\xd9"
            (Path(folder) / "320x180.mjpeg").write_bytes(first + second)
            pictures = Pictures(folder)
            self.assertEqual(pictures.at(0, "mjpeg", (320, 180)), (0, first))
            self.assertEqual(pictures.at(3, "mjpeg", (320, 180)), (1, second))


class Lines(unittest.TestCase):
    def test_lines_of_the_camera_log_are_read(self) -> None:
        line = Line.of("12.500 failed kind=Busy retry_ms=2000 | in use (x, 7)")
        self.assertEqual(
            (line.time, line.kind, line.fields["kind"], line.words), (12.5, "failed", "Busy", "in use (x, 7)")
        )
        self.assertEqual(Line.of("1.0 skipped 3").words, "3")

    def test_a_picture_is_right_when_nearly_all_of_it_is(self) -> None:
        def frame(text: str) -> bool:
            return is_right(Line.of(f"1.0 frame rgb=1,2,3 {text}"))

        self.assertTrue(frame("index=3 wrong=1 of=280"))
        self.assertFalse(frame("index=3 wrong=20 of=280"))
        self.assertFalse(frame("index=none"))
        self.assertFalse(frame("index=3 wrong=0 of=0"))


class Loopback(unittest.TestCase):
    def picture(self, rgb: tuple[int, int, int]) -> bytes:
        y, u, v = loopbacks.yuv(rgb)
        return bytes([y, u, y, v]) * (loopbacks.PICTURE // 4)

    def test_pictures_are_told_apart(self) -> None:
        background = (200, 90, 30)
        for rgb, kind in ((background, "composite"), ((40, 40, 44), "card"), ((198, 204, 212), "other")):
            self.assertEqual(loopbacks.judged(self.picture(rgb), 1.0, background).kind, kind)

    def test_a_picture_without_a_code_has_no_index(self) -> None:
        self.assertIsNone(loopbacks.index(self.picture((255, 255, 255))))


if __name__ == "__main__":
    unittest.main()
