"""The temporal filters against values worked out by hand."""

import numpy as np
import pytest

from scrim_training.motion_gate import GateSettings, MotionGate, motion_gated
from scrim_training.ofd import one_frame_delay


def clip(*values: float) -> np.ndarray:
    return np.array(values, np.float64)[:, None, None]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ((0.9, 0.2, 0.86), (0.9, 0.88, 0.86)),  # a drop of one frame
        ((0.0, 1.0, 0.0), (0.0, 0.0, 0.0)),  # a flash
        ((0.0, 0.5, 1.0), (0.0, 0.5, 1.0)),  # motion: the neighbours do not agree
        ((0.5, 0.58, 0.5), (0.5, 0.58, 0.5)),  # within the tolerance
        ((0.5, 0.7, 0.65), (0.5, 0.7, 0.65)),  # near one of them
        ((0.0, 1.0, 1.0, 0.0), (0.0, 1.0, 1.0, 0.0)),  # two frames are no flicker of one
        # Neighbours count unfiltered: in the third frame the 1 before it, though that was replaced.
        ((0.0, 1.0, 0.0, 1.0), (0.0, 0.0, 1.0, 1.0)),
        ((0.3, 0.9), (0.3, 0.9)),
    ],
)
def test_one_frame_delay(values, expected):
    np.testing.assert_allclose(one_frame_delay(clip(*values)), clip(*expected), atol=1e-12)


def test_one_frame_delay_works_pixel_by_pixel_and_leaves_its_input():
    alphas = np.zeros((3, 2, 2))
    alphas[1, 0, 1] = 1.0
    alphas[:, 1, 0] = (0.0, 0.5, 1.0)
    before = alphas.copy()
    filtered = one_frame_delay(alphas)
    assert filtered[1, 0, 1] == 0.0
    assert filtered[1, 1, 0] == 0.5
    np.testing.assert_array_equal(alphas, before)


def test_one_frame_delay_obeys_its_tolerance():
    assert one_frame_delay(clip(0.5, 0.58, 0.5), xi=0.05)[1] == pytest.approx(0.5)
    with pytest.raises(ValueError, match="NxHxW"):
        one_frame_delay(np.zeros((2, 2)))


def picture(code: float, size: int = 9) -> np.ndarray:
    return np.full((size, size, 3), code, np.float32)


def test_a_still_picture_is_averaged():
    gate = MotionGate()
    one, none = np.ones((9, 9)), np.zeros((9, 9))
    np.testing.assert_allclose(gate.step(one, picture(100)), 1.0)
    np.testing.assert_allclose(gate.step(none, picture(100)), 0.8, atol=1e-6)
    np.testing.assert_allclose(gate.step(none, picture(102)), 0.64, atol=1e-6)  # two codes are noise


def test_a_changed_picture_is_forgotten():
    gate = MotionGate()
    gate.step(np.ones((9, 9)), picture(100))
    np.testing.assert_array_equal(gate.step(np.zeros((9, 9)), picture(106)), 0.0)


def test_half_a_change_is_half_forgotten():
    gate = MotionGate()
    gate.step(np.ones((9, 9)), picture(100))
    # Four codes lie half-way from 2 to 6: memory .4.
    np.testing.assert_allclose(gate.step(np.zeros((9, 9)), picture(104)), 0.4, atol=1e-6)


def test_slow_motion_opens_the_gate_in_the_end():
    gate = MotionGate()
    gate.step(np.ones((9, 9)), picture(100))
    # Two codes a frame; the held colour follows by a fifth: 2, then 3.6 behind, so the memory is .8, then
    # .48.
    gate.step(np.zeros((9, 9)), picture(102))
    np.testing.assert_allclose(gate.step(np.zeros((9, 9)), picture(104)), 0.8 * 0.48, atol=1e-5)


def test_the_gate_opens_around_what_moves_alone():
    size = 21
    before, after = picture(100, size), picture(100, size)
    after[10, 10, 2] = 200  # one channel of one pixel: 11 codes over 3 x 3
    gate = MotionGate()
    gate.step(np.ones((size, size)), before)
    filtered = gate.step(np.zeros((size, size)), after)
    # Averaged over 3 x 3 it reaches one pixel, the largest over 5 x 5 two more.
    assert (filtered[7:14, 7:14] == 0.0).all()
    outside = np.ones((size, size), bool)
    outside[7:14, 7:14] = False
    np.testing.assert_allclose(filtered[outside], 0.8, atol=1e-6)


def test_another_size_starts_anew():
    gate = MotionGate()
    gate.step(np.ones((9, 9)), picture(100))
    np.testing.assert_array_equal(gate.step(np.zeros((5, 5)), picture(100, 5)), 0.0)
    with pytest.raises(ValueError, match="a picture"):
        gate.step(np.zeros((5, 5)), picture(100, 9))


def test_a_clip_goes_through_one_gate():
    alphas = np.stack([np.ones((5, 5)), np.zeros((5, 5))])
    pictures = np.stack([picture(9, 5), picture(9, 5)])
    np.testing.assert_allclose(motion_gated(alphas, pictures, GateSettings(memory=0.5))[1], 0.5)
