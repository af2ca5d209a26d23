"""The pictures that the camera shows, read from the files that the host's side has made."""

from pathlib import Path

BYTES_PER_PIXEL = {"yuyv": (2, 1), "uyvy": (2, 1), "nv12": (3, 2), "i420": (3, 2)}
START_OF_IMAGE, END_OF_IMAGE = b"\xff\xd8", b"\xff\xd9"


class Pictures:
    """The pictures of a folder, by format and size."""

    def __init__(self, folder: str) -> None:
        self.folder = Path(folder)
        self.read: dict[tuple[str, tuple[int, int]], list[bytes]] = {}

    def at(self, number: int, name: str, size: tuple[int, int]) -> tuple[int, bytes]:
        """The picture for the number-th one that is shown, and its index; from the first again after the last."""
        if (name, size) not in self.read:
            content = (self.folder / f"{size[0]}x{size[1]}.{name}").read_bytes()
            self.read[name, size] = _jpegs(content) if name == "mjpeg" else _raws(content, name, size)
        pictures = self.read[name, size]
        index = number % len(pictures)
        return index, pictures[index]


def _jpegs(content: bytes) -> list[bytes]:
    # Inside a JPEG's data 0xff is followed by zero, so that the markers stand for themselves.
    parts = content.split(END_OF_IMAGE + START_OF_IMAGE)
    last = len(parts) - 1
    return [
        (START_OF_IMAGE if at else b"") + part + (END_OF_IMAGE if at < last else b"") for at, part in enumerate(parts)
    ]


def _raws(content: bytes, name: str, size: tuple[int, int]) -> list[bytes]:
    numerator, denominator = BYTES_PER_PIXEL[name]
    length = size[0] * size[1] * numerator // denominator
    return [content[at : at + length] for at in range(0, len(content), length)]
