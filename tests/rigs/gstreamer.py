"""GStreamer as somebody who watches PipeWire's camera: reads the index of every picture."""

from __future__ import annotations

import subprocess
import threading
import time
from pathlib import Path

from rigs.frames import Frame

COLUMNS = 8
ROWS = 4
INDEX_BITS = 24


def read_index(luma: bytes, width: int, height: int) -> int:
    """The index in a picture of the source `pattern:` (crates/scrim-capture/src/pattern/code.rs), or −1.

    `luma`: the brightness of its pixels, row by row.
    """
    block = min(width // (2 * COLUMNS), height // (2 * ROWS), 16)
    bits = 0
    for cell in range(COLUMNS * ROWS):
        x = cell % COLUMNS * block + block // 2
        y = cell // COLUMNS * block + block // 2
        bits |= (luma[y * width + x] >= 128) << cell
    index = bits >> 2 & ((1 << INDEX_BITS) - 1)
    return index if bits == 0b01 | index << 2 | bin(index).count("1") << (2 + INDEX_BITS) else -1


class Watcher:
    """Watches until closed."""

    def __init__(self, node: str, width: int, height: int, folder: Path, environment: dict[str, str]) -> None:
        self._size = (width, height)
        self._frames: list[Frame] = []
        self.log = folder / "gstreamer.log"
        pipeline = f"pipewiresrc target-object={node} ! video/x-raw,format=I420,width={width},height={height} ! fdsink"
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                ["gst-launch-1.0", "-q", *pipeline.split()],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
            )
        self._thread = threading.Thread(target=self._read, name="rig-gstreamer", daemon=True)
        self._thread.start()

    def _read(self) -> None:
        width, height = self._size
        stream = self._process.stdout
        assert stream is not None
        while len(picture := stream.read(width * height * 3 // 2)) == width * height * 3 // 2:
            index = read_index(picture, width, height)
            self._frames.append(Frame(time.time() * 1e3, width, height, index))

    def frames(self, since: float = 0.0) -> list[Frame]:
        """What has come, from `since` on (Unix time in milliseconds). Only times, sizes and indexes are known."""
        return [frame for frame in list(self._frames) if frame.at >= since]

    def close(self) -> None:
        """Goes."""
        self._process.terminate()
        self._process.wait()
        self._thread.join()

    def __enter__(self) -> Watcher:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self.close()
