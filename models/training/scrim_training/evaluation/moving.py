"""Short synthetic clips with exact truth: a person who moves before a room that stands still.

Three kinds. `talk`: somebody who sits and talks, moving by a pixel or two; most of a call is like this.
`wave`: the same, with a hand waving in front. `sway`: the whole person keeps moving.

The camera does not move, so that everything a matte does in the room from frame to frame is its own doing.
Motion is blurred over half of each frame's time, in the picture and in the truth alike.
"""

from collections.abc import Iterator

import cv2
import numpy as np

from scrim_training.evaluation import scenes

KINDS = ("talk", "wave", "sway")
CLIP_FRAMES = 24
FRAMES_PER_SECOND = 30.0
# The usual shutter of cameras that see enough light: open for half of the frame's time.
SHUTTER = 0.5
SUBFRAMES = 6
# People wave about one and a half times a second, some 25 degrees to either side.
WAVE_HERTZ, WAVE_ANGLE = 1.5, 0.44
_SUPERSAMPLING = 4


def moving_clip(
    figure: scenes.Figure, plate: np.ndarray, count: int, kind: str, rng: np.random.Generator
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Frames uint8 HxWx3 RGB and truths float HxW of a person before a plate float HxWx3 (0..1, encoded).

    `kind` is one of `KINDS`. The person shifts, leans and comes nearer, in `sway` by up to 3 % of the width,
    3 degrees and 4 %, otherwise by a tenth of that; in `wave`, a forearm and hand of the same skin swing in
    front. Noise and JPEG are drawn anew for each frame, as a webcam's MJPEG has them.
    """
    size = (plate.shape[1], plate.shape[0])
    across = float(rng.uniform(0.42, 0.58))
    body = scenes.relit(scenes.placed(figure, size, float(rng.uniform(0.78, 0.9)), across), rng)
    camera = scenes.Webcam.drawn(rng)
    phase = rng.uniform(0.0, 2.0 * np.pi, 4)
    side = 1.0 if rng.random() < 0.5 else -1.0
    arm = _arm(body, size[1]) if kind == "wave" else None
    shoulder = np.array([(across + side * 0.27) * size[0], 1.04 * size[1]])
    for frame in range(count):
        total = np.zeros_like(body)
        for sub in range(SUBFRAMES):
            seconds = (frame + SHUTTER * sub / SUBFRAMES) / FRAMES_PER_SECOND
            layer = _swayed(body, across, 1.0 if kind == "sway" else 0.1, seconds, phase)
            if arm is not None:
                swing = WAVE_ANGLE * np.sin(2.0 * np.pi * WAVE_HERTZ * seconds + phase[3])
                layer = scenes.over(_turned(arm, side * 0.12 + swing, shoulder, size), layer)
            total += layer / SUBFRAMES
        yield camera.shot(scenes.over(total, plate), rng), np.clip(total[..., 3], 0.0, 1.0)


def _swayed(body: np.ndarray, across: float, extent: float, seconds: float, phase: np.ndarray) -> np.ndarray:
    """The body at a moment: shifted, leaning and nearer by slow waves of their own, `extent` of all they can
    be."""
    height, width = body.shape[:2]
    lean = np.degrees(0.052 * extent * np.sin(2.0 * np.pi * 0.7 * seconds + phase[0]))
    nearness = 1.02 + 0.02 * extent * np.sin(2.0 * np.pi * 0.5 * seconds + phase[1])
    matrix = cv2.getRotationMatrix2D((across * width, float(height)), lean, nearness)
    matrix[0, 2] += 0.03 * extent * width * np.sin(2.0 * np.pi * 0.8 * seconds + phase[2])
    # Whom the frame cuts off goes on behind its edge.
    return cv2.warpAffine(body, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def _turned(arm: np.ndarray, angle: float, elbow: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """The arm, drawn upright, turned about its lower middle, which comes to lie at `elbow` (x, y in
    pixels)."""
    height, width = arm.shape[:2]
    cosine, sine = np.cos(angle), np.sin(angle)
    turn = np.array([[cosine, -sine], [sine, cosine]])
    shift = elbow - turn @ np.array([width / 2.0, float(height)])
    return cv2.warpAffine(arm, np.column_stack([turn, shift]), size, flags=cv2.INTER_LINEAR)


def _arm(body: np.ndarray, frame_height: int) -> np.ndarray:
    """A sleeve, a forearm and an open hand in a body's colours, upright, a layer somewhat over half a frame
    high."""
    unit = 0.62 * frame_height * _SUPERSAMPLING
    height, width = round(unit), round(0.42 * unit)
    skin, cloth = _colour_of(body, 0.15, 0.45), _colour_of(body, 0.75, 1.0)
    arm = np.zeros((height, width, 4), np.float32)

    def stroke(points: list[tuple[float, float]], thickness: float, colour: np.ndarray) -> None:
        # Coordinates in arm lengths: x from the middle, y from the fingertips down.
        corners = np.array([(width / 2 + x * unit, y * unit) for x, y in points], np.int32)
        cv2.polylines(arm, [corners], False, (*colour.tolist(), 1.0), max(1, round(thickness * unit)), cv2.LINE_8)

    for x, tip in ((-0.075, 0.10), (-0.027, 0.05), (0.023, 0.06), (0.07, 0.11)):
        stroke([(x * 1.25, tip), (x * 0.9, 0.26)], 0.036, skin * 0.97)
    stroke([(0.15, 0.24), (0.07, 0.34)], 0.042, skin * 0.93)
    cv2.ellipse(
        arm,
        (round(width / 2), round(0.3 * unit)),
        (round(0.098 * unit), round(0.105 * unit)),
        0,
        0,
        360,
        (*skin.tolist(), 1.0),
        -1,
    )
    stroke([(0.0, 0.36), (0.0, 0.7)], 0.12, skin * 0.95)
    stroke([(0.0, 0.64), (0.0, 1.1)], 0.17, cloth)
    shade = 1.0 - 0.25 * np.abs(np.linspace(-1.0, 1.0, width, dtype=np.float32) + 0.25)[None, :, None]
    arm[..., :3] *= shade
    return scenes.scaled(arm, 1.0 / _SUPERSAMPLING)


def _colour_of(body: np.ndarray, top: float, bottom: float) -> np.ndarray:
    """The median colour of the opaque pixels between two heights of the body, 0 its top, 1 the frame's lower
    edge."""
    rows = np.flatnonzero((body[..., 3] > 0.5).any(axis=1))
    if not rows.size:
        return np.array([0.6, 0.45, 0.4], np.float32)
    first, span = rows[0], body.shape[0] - rows[0]
    part = body[first + int(top * span) : first + max(int(bottom * span), int(top * span) + 1)]
    middle = part[:, part.shape[1] // 4 : -(part.shape[1] // 4) or None]
    opaque = middle[middle[..., 3] > 0.95]
    return np.median(opaque[:, :3], axis=0) if opaque.size else np.array([0.6, 0.45, 0.4], np.float32)
