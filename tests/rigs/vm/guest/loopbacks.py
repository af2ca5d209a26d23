"""v4l2loopback in the guest: loading a version, reading what its device gives."""

import errno
import fcntl
import os
import select
import shutil
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from rigs.vm.guest.report import Wrong
from rigs.vm.guest.system import call, load, start_udev, unload, wait_for

# Of linux/videodev2.h, for a v4l2_format of 208 bytes.
VIDIOC_S_FMT = 0xC0D05605
DEVICE = Path("/dev/video10")
MODULE = "v4l2loopback"
# It tells nothing of who watches: Scrim counts who has the device open.
OLDEST = "0.12.7"
OPTIONS = ("video_nr=10", "card_label=Scrim")
# Small, because graphics are drawn by a program on a processor that is itself one.
SIZE = (160, 90)
# Bytes of a picture in YUYV.
PICTURE = SIZE[0] * SIZE[1] * 2
OUTPUT = f"v4l2:{DEVICE}?size={SIZE[0]}x{SIZE[1]}"


@contextmanager
def loaded(module: str, exclusive: bool = True) -> Iterator[None]:
    """Loads a version of the module, and removes it in the end."""
    load(module, *OPTIONS, f"exclusive_caps={int(exclusive)}")
    start_udev()
    wait_for(DEVICE.exists, str(DEVICE))
    try:
        yield
    finally:
        unload(MODULE)
        wait_for(lambda: not DEVICE.exists(), f"the end of {DEVICE}")


@contextmanager
def modules_with(module: Path) -> Iterator[None]:
    """A folder of modules in which this one is installed, alone: what it needs is loaded, and depmod takes minutes here
    for all that a kernel has."""
    release = Path("/lib/modules") / os.uname().release
    call("modprobe", "videodev")
    call("mount", "-t", "tmpfs", "modules", release.parent)
    try:
        (release / "updates").mkdir(parents=True)
        shutil.copy(module, release / "updates")
        call("depmod")
        yield
    finally:
        call("umount", release.parent)


@dataclass(frozen=True)
class Seen:
    """One picture that a reader got."""

    at: float
    """Unix time in seconds."""
    kind: str
    """card, composite, or other."""
    index: int | None


@dataclass
class Reader:
    """Somebody who watches the device, by read(): what it saw, while it is entered."""

    background: tuple[int, int, int]
    pictures: list[Seen] = field(default_factory=list)

    def __enter__(self) -> "Reader":
        self.opened = time.time()
        self.file = os.open(DEVICE, os.O_RDONLY | os.O_NONBLOCK)
        self.ends = False
        self.thread = threading.Thread(target=self._read, name="reader", daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.ends = True
        self.thread.join(5)
        os.close(self.file)

    def _read(self) -> None:
        while not self.ends:
            try:
                content = os.read(self.file, PICTURE)
            except OSError as error:
                if error.errno in (errno.EIO, errno.EBUSY):
                    # Before the writer's first picture 0.15 answers EIO, and EBUSY from then on to whoever asked.
                    os.close(self.file)
                    self.file = os.open(DEVICE, os.O_RDONLY | os.O_NONBLOCK)
                elif error.errno != errno.EAGAIN:
                    raise
                select.select([self.file], [], [], 0.1)
                time.sleep(0.005)
                continue
            if len(content) == PICTURE:
                self.pictures.append(judged(content, time.time(), self.background))

    def first(self, kind: str, limit: float = 30.0) -> Seen:
        """The first picture of a kind. Raises Wrong where none comes."""
        try:
            return wait_for(lambda: next((one for one in self.pictures if one.kind == kind), None), kind, limit)
        except Wrong as wrong:
            raise Wrong(f"{wrong}; of {len(self.pictures)} pictures the last: {self.pictures[-2:]}") from wrong


def judged(yuyv: bytes, at: float, background: tuple[int, int, int]) -> Seen:
    """What a picture of the rig's model shows, by a grid of samples."""
    wanted = yuv(background)
    samples = [pixel(yuyv, x, y) for y in range(2, SIZE[1], 6) for x in range(0, SIZE[0], 6)]
    behind = sum(all(abs(have - want) <= 10 for have, want in zip(one, wanted, strict=True)) for one in samples)
    # The card is dark cloth without a colour.
    dark = sum(one[0] < 75 and abs(one[1] - 128) < 24 and abs(one[2] - 128) < 24 for one in samples)
    kind = "composite" if behind > len(samples) / 4 else "card" if dark > len(samples) * 0.7 else "other"
    return Seen(at, kind, index(yuyv))


def pixel(yuyv: bytes, x: int, y: int) -> tuple[int, int, int]:
    """Luma and the colour differences of a pixel."""
    at = (y * SIZE[0] + x) * 2
    pair = (y * SIZE[0] + x // 2 * 2) * 2
    return yuyv[at], yuyv[pair + 1], yuyv[pair + 3]


def index(yuyv: bytes) -> int | None:
    """The frame index that stands in the corner (crates/scrim-capture/src/pattern/code.rs)."""
    block = min(SIZE[0] // 16, SIZE[1] // 8, 16)
    bits = 0
    for cell in range(32):
        x, y = (cell % 8) * block + block // 2, (cell // 8) * block + block // 2
        bits |= (pixel(yuyv, x, y)[0] >= 126) << cell
    value = bits >> 2 & 0xFFFFFF
    return value if bits & 3 == 1 and bits >> 26 == value.bit_count() else None


def yuv(rgb: tuple[int, int, int]) -> tuple[int, int, int]:
    """BT.601 in limited range."""
    r, g, b = (value / 255 for value in rgb)
    luma = 0.299 * r + 0.587 * g + 0.114 * b
    blue, red = (b - luma) / 1.772, (r - luma) / 1.402
    return round(16 + 219 * luma), round(128 + 224 * blue), round(128 + 224 * red)


def writer_without_streaming() -> None:
    """Sets a format and writes one picture without VIDIOC_STREAMON, and goes: what wedges 0.12.7."""
    # v4l2_format: the buffer type V4L2_BUF_TYPE_VIDEO_OUTPUT, then a v4l2_pix_format with V4L2_FIELD_NONE.
    pixels = struct.pack("<II4sIII", *SIZE, b"YUYV", 1, SIZE[0] * 2, PICTURE)
    form = struct.pack("<II", 2, 0) + pixels.ljust(200, b"\0")
    file = os.open(DEVICE, os.O_RDWR)
    try:
        fcntl.ioctl(file, VIDIOC_S_FMT, form)
        os.write(file, bytes(PICTURE))
    finally:
        os.close(file)
