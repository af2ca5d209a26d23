"""The keyer on pictures whose alpha is known."""

import numpy as np
import pytest

from scrim_training.data.keyer import Keyed, Rejected, close_holes, key, quality

SIDE = 160
SCREENS = {"blue": (40, 60, 200), "green": (50, 190, 60), "cyan": (60, 200, 210)}


def person() -> np.ndarray:
    """Alpha of a head and shoulders, with edges three pixels wide."""
    y, x = np.mgrid[:SIDE, :SIDE] + 0.5
    head = 32 - np.hypot(x - SIDE / 2, y - 60)
    body = np.minimum(50 - abs(x - SIDE / 2), y - 80)
    return np.clip(np.maximum(head, body) / 3 + 0.5, 0, 1)


def shot(screen: str, colour=(180, 120, 90)) -> tuple[np.ndarray, np.ndarray]:
    """A picture of that person before a screen with a gradient of light; and the true alpha."""
    alpha = person()[..., None]
    light = np.linspace(0.85, 1.05, SIDE)[None, :, None]
    mixed = alpha * np.array(colour) + (1 - alpha) * np.array(SCREENS[screen]) * light
    return np.clip(mixed + 0.5, 0, 255).astype(np.uint8), alpha[..., 0]


@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("asked", ["own", "any"])
def test_alpha_and_colour_are_recovered(screen, asked):
    picture, truth = shot(screen)
    keyed = key(picture, screen if asked == "own" else "any")
    assert isinstance(keyed, Keyed)
    assert np.abs(keyed.alpha - truth).mean() < 0.01
    soft = (truth > 0.1) & (truth < 0.9)
    assert np.abs(keyed.alpha - truth)[soft].mean() < 0.12
    edge = (truth > 0.3) & (truth < 1)
    assert np.abs(keyed.foreground[edge] * 255 - np.array([180, 120, 90])).mean() < 20
    assert quality(keyed, truth.astype(np.float32)) is None


def test_colour_is_defined_where_nobody_is():
    keyed = key(shot("blue")[0], "blue")
    outside = keyed.foreground[:40, :20]
    assert np.isfinite(keyed.foreground).all()
    # The person's colour carried out, not the screen's blue.
    assert (outside[..., 2] < outside[..., 0]).all()


def test_a_grey_backdrop_is_rejected():
    picture = np.full((SIDE, SIDE, 3), 128, np.uint8)
    found = key(picture, "blue")
    assert isinstance(found, Rejected) and "not blue enough" in found.why


def test_an_empty_backdrop_is_rejected():
    picture = np.broadcast_to(np.array(SCREENS["blue"], np.uint8), (SIDE, SIDE, 3)).copy()
    assert isinstance(key(picture, "blue"), Rejected)


def test_clothes_of_the_screens_colour_do_not_pass():
    picture, truth = shot("blue")
    # A patch of the coat takes the screen's colour: the key sees through it, the segmenter does not.
    picture[110:150, 55:105] = SCREENS["blue"]
    keyed = key(picture, "blue")
    why = keyed.why if isinstance(keyed, Rejected) else quality(keyed, truth.astype(np.float32))
    assert why and ("see-through" in why or "another person" in why)


def test_a_head_cut_off_by_the_frame_does_not_pass():
    picture, _ = shot("blue")
    keyed = key(picture[50:], "blue")
    why = keyed.why if isinstance(keyed, Rejected) else quality(keyed, None)
    assert why and "head" in why


def test_a_tie_of_the_screens_colour_becomes_solid():
    picture, truth = shot("blue")
    picture[125:140, 77:84] = SCREENS["blue"]
    keyed = close_holes(key(picture, "blue"), picture, truth.astype(np.float32))
    assert quality(keyed, truth.astype(np.float32)) is None
    assert keyed.alpha[130, 80] == 1
    assert np.allclose(keyed.foreground[130, 80] * 255, SCREENS["blue"], atol=1)
