"""Real people as parts: keyed portraits and talkers, studio portraits matted in closed form, labelled webcam frames."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from ..clips import frames_at
from ..problem import Problem
from .keyer import Keyed, Rejected, close_holes, key, quality
from .parts import Part, PartWriter
from .progress import bar
from .segmenter import Segmenter
from .studio import matte

# Twice the height at which training sees most people: more would only fill the packed file.
PORTRAIT_HEIGHT_PX = 384
TALKER_FRAMES, WEBCAM_FRAMES = 8, 12
WEBCAM_WIDTH_PX = 384
# Who is in which clip, told apart by looking.
WEBCAM_PEOPLE = {
    **dict.fromkeys(("again", "brother", "help", "no", "student", "yes"), "1"),
    **dict.fromkeys(("bird", "milk", "please", "sorry", "thanks"), "2"),
    **dict.fromkeys(("book", "learn", "school", "walk"), "3"),
    **dict.fromkeys(("eat", "night", "sister"), "4"),
}


def rgba(keyed: Keyed, height: int | None = None) -> np.ndarray:
    """uint8 [h, w, 4], straight; shrunk to at most `height` rows, as it is: the colour is defined everywhere."""
    alpha, colour = keyed.alpha, keyed.foreground
    if height and alpha.shape[0] > height:
        size = (round(alpha.shape[1] * height / alpha.shape[0]), height)
        alpha = cv2.resize(alpha, size, interpolation=cv2.INTER_AREA)
        colour = cv2.resize(colour, size, interpolation=cv2.INTER_AREA)
    joined = np.concatenate([colour, alpha[..., None]], -1)
    return (np.clip(joined, 0, 1) * 255 + 0.5).astype(np.uint8)


def read_rgb(path: Path) -> np.ndarray | None:
    picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
    return None if picture is None else np.ascontiguousarray(picture[..., ::-1])


def frames(path: Path, count: int) -> list[np.ndarray]:
    """`count` RGB frames spread evenly over a clip; none of one that cannot be read."""
    try:
        return [frame for _, frame in frames_at(path, lambda length: evenly(length, count))]
    except Problem:
        return []


def evenly(length: int, count: int) -> list[int]:
    """The numbers of `count` frames spread over a clip of `length`, fractions cut off."""
    return np.linspace(0, length - 1, min(count, length)).astype(int).tolist()


def build_portraits(data: Path, out: PartWriter, log: Callable[[str], None]) -> None:
    """Portraits on the blue backdrop, keyed; rejected ones are logged with the reason."""
    segmenter = Segmenter(data / "peers/selfie_segmentation.onnx")
    for path in bar(sorted((data / "portraits").glob("*.jpg")), desc="portraits", unit="picture"):
        picture = read_rgb(path)
        if picture is None:
            log(f"{path.name}: unreadable")
            continue
        keyed, coarse = key(picture, "blue"), segmenter.coarse(picture)
        why = keyed.why if isinstance(keyed, Rejected) else quality(keyed, coarse)
        if why:
            log(f"{path.name}: {why}")
            continue
        keyed = close_holes(keyed, picture, coarse)
        part = Part(f"portrait-{path.stem}.webp", "foreground", "portraits", f"portrait:{path.stem}", [])
        out.add(part, rgba(keyed, PORTRAIT_HEIGHT_PX))


def build_studio(
    data: Path, known: set[str], share: tuple[int, int], out: PartWriter, log: Callable[[str], None]
) -> None:
    """Studio portraits of people who are not in `known` already. `share` = (k, n): every n-th, from the k-th."""
    segmenter = Segmenter(data / "peers/selfie_segmentation.onnx")
    paths = [path for path in sorted((data / "portraits-small").glob("*.jpg")) if path.stem not in known]
    for path in bar(paths[share[0] :: share[1]], desc="studio portraits", unit="picture"):
        picture = read_rgb(path)
        if picture is None:
            log(f"{path.name}: unreadable")
            continue
        keyed = matte(picture, segmenter.coarse(picture))
        if isinstance(keyed, Rejected):
            log(f"{path.name}: {keyed.why}")
            continue
        part = Part(f"studio-{path.stem}.webp", "foreground", "portraits-small", f"portrait:{path.stem}", [])
        out.add(part, rgba(keyed), quality=85)


def build_talkers(data: Path, out: PartWriter, log: Callable[[str], None]) -> None:
    """Talking people before blue and green screens, a few frames each."""
    segmenter = Segmenter(data / "peers/selfie_segmentation.onnx")
    paths = sorted([*(data / "talkers").glob("*.mpg"), *(data / "talkers").glob("*.mp4")])
    for path in bar(paths, desc="talkers", unit="clip"):
        shots = frames(path, TALKER_FRAMES)
        if not shots:
            log(f"{path.name}: unreadable")
        for number, picture in enumerate(shots):
            keyed = key(picture, "any")
            why = keyed.why if isinstance(keyed, Rejected) else quality(keyed, segmenter.coarse(picture))
            if why:
                log(f"{path.name} frame {number}: {why}")
                continue
            name = f"talker-{path.stem}-{number}.webp"
            out.add(Part(name, "foreground", "talkers", f"talker:{path.stem}", []), rgba(keyed, PORTRAIT_HEIGHT_PX))


def build_webcams(data: Path, out: PartWriter, log: Callable[[str], None]) -> None:
    """Unlabelled webcam clips: whole frames with a segmenter's coarse label, for the semantic branch."""
    segmenter = Segmenter(data / "peers/selfie_segmentation.onnx")
    for path in bar(sorted((data / "webcam").glob("*.mkv")), desc="webcam clips", unit="clip"):
        shots = frames(path, WEBCAM_FRAMES)
        if not shots:
            log(f"{path.name}: unreadable")
        for number, picture in enumerate(shots):
            size = (WEBCAM_WIDTH_PX, round(picture.shape[0] * WEBCAM_WIDTH_PX / picture.shape[1]))
            small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
            label = (segmenter.coarse(picture) * 255 + 0.5).astype(np.uint8)
            label = cv2.resize(label, size, interpolation=cv2.INTER_AREA)
            name = f"webcam-{path.stem}-{number}.webp"
            part = Part(name, "weak", "webcam", f"webcam:{WEBCAM_PEOPLE.get(path.stem, path.stem)}", [])
            out.add(part, np.concatenate([small, label[..., None]], -1))
