"""Figures of mattes against values worked out by hand."""

import math

import numpy as np
import pytest

from scrim_training.evaluation import metrics


def test_means_and_sums():
    truth = np.zeros((10, 20))
    alpha = truth.copy()
    alpha[0, :4] = 0.5
    found = metrics.figures(alpha, truth)
    assert found["mad"] == pytest.approx(4 * 0.5 / 200)
    assert found["mse"] == pytest.approx(4 * 0.25 / 200)
    assert found["sad"] == pytest.approx(0.002)
    assert found["mean_alpha"] == pytest.approx(0.01)
    assert found["edge_mad"] is None, "no edge in an empty room"
    assert found["false_background"] is None, "nobody to lose"
    assert found["false_foreground"] == 0.0, "0.5 is not above 0.5"


def test_a_perfect_matte_has_no_error():
    truth = np.tile(np.linspace(0.0, 1.0, 32), (32, 1))
    found = metrics.figures(truth, truth)
    assert all(found[name] == 0.0 for name in metrics.COMPARED)


def test_false_rates_count_sides_of_a_half():
    truth = np.array([[0.0, 0.0, 0.0, 0.04, 0.5, 0.96, 1.0, 1.0]])
    alpha = np.array([[0.6, 0.4, 0.0, 0.9, 0.0, 0.4, 0.6, 0.2]])
    found = metrics.figures(alpha, truth)
    assert found["false_foreground"] == pytest.approx(2 / 4)
    assert found["false_background"] == pytest.approx(2 / 3)


def test_grad_of_ramps():
    # A linear ramp of slope s has the same response at every inner pixel: s times the kernel's own to slope
    # 1.
    taps = np.arange(-4, 5)
    g = np.exp(-(taps**2) / (2 * 1.4**2))
    d = taps * g / 1.4**2
    response = g.sum() * (taps * d).sum() / math.sqrt((g**2).sum() * (d**2).sum())
    columns = np.arange(40) / 100.0
    ramp, steep = np.tile(columns, (30, 1)), np.tile(2.0 * columns, (30, 1))
    # The outer columns see the replicated edge.
    np.testing.assert_allclose(metrics._gradient(ramp)[:, 4:-4], 0.01 * response, rtol=1e-9)
    np.testing.assert_allclose(metrics._gradient(steep)[:, 4:-4], 0.02 * response, rtol=1e-9)
    np.testing.assert_allclose(metrics._gradient(ramp.T)[4:-4], 0.01 * response, rtol=1e-9)


def test_grad_of_one_pixel():
    # One pixel of 1 in zeros answers with the kernels themselves, whose squares sum to 1 along x and 1 along
    # y.
    alpha = np.zeros((21, 21))
    alpha[10, 10] = 1.0
    assert metrics.grad(alpha, np.zeros_like(alpha)) == pytest.approx(0.002)


def test_conn_of_a_piece_cut_off():
    truth = np.zeros((6, 10))
    truth[1:5, 1:5] = 1.0
    alpha = truth.copy()
    alpha[2, 8] = 0.6  # two columns away from the person
    # Its level is 0, so it counts with its whole alpha; everything else agrees.
    assert metrics.conn(alpha, truth) == pytest.approx(0.6 / 1000)
    alpha[2, 8] = 0.14  # under theta
    assert metrics.conn(alpha, truth) == 0.0


def test_conn_of_a_dent():
    truth = np.zeros((6, 10))
    truth[1:5, 1:5] = 1.0
    alpha = truth.copy()
    alpha[1, 1] = 0.55
    # Level .5: the model's excess .05 is under theta, the truth's is .5.
    assert metrics.conn(alpha, truth) == pytest.approx(0.5 / 1000)


def test_conn_takes_the_largest_part_by_edges_not_corners():
    both = np.zeros((6, 9))
    both[0:2, 0:2] = 1.0
    both[2:4, 2:5] = 1.0  # touches the first part by a corner
    alpha = both.copy()
    alpha[0, 0] = 0.0
    # The part of six is the largest; the one of four counts as cut off in both, so only its lost pixel
    # differs.
    assert metrics.conn(alpha, both) == pytest.approx(1.0 / 1000)


def test_conn_of_equal_parts_keeps_the_first_in_reading_order():
    truth = np.zeros((5, 5))
    truth[1:4, 0] = 1.0
    truth[0:3, 4] = 1.0  # its first pixel is in row 0
    alpha = truth.copy()
    alpha[1, 2] = 1.0
    part = metrics._largest_part((alpha >= 0.5) & (truth >= 0.5))
    assert part[0, 4] and not part[3, 0]


def test_edge_band_reaches_a_fiftieth_of_the_shorter_side():
    truth = np.zeros((100, 300))
    truth[:, 150:] = 1.0
    band = metrics.edge_band(truth)
    # Radius 2: columns 148, 149 see the person and are room, 150, 151 see the room.
    assert list(np.flatnonzero(band[50])) == [148, 149, 150, 151]
    truth[:, 149] = 0.5
    assert list(np.flatnonzero(metrics.edge_band(truth)[50])) == [147, 148, 149, 150, 151]
    assert metrics.edge_band(np.full((100, 300), 0.3)).all()


def test_edge_band_is_round():
    truth = np.zeros((150, 150))
    truth[75, 75] = 1.0
    # Radius 3: 29 whole-numbered points lie within 3 of the origin.
    assert metrics.edge_band(truth).sum() == 29


def test_edge_mad_looks_at_the_band_alone():
    truth = np.zeros((100, 100))
    truth[:, 50:] = 1.0
    alpha = truth.copy()
    alpha[:, 49] = 0.4
    alpha[:, 0] = 1.0
    assert metrics.figures(alpha, truth)["edge_mad"] == pytest.approx(0.4 / 4)


def test_dtssd_by_hand():
    truths = np.zeros((3, 2, 2))
    alphas = truths.copy()
    alphas[1, 0, 0] = 0.4  # comes and goes
    # Both steps have one pixel of four off by .4: root of .16 / 4 = .2.
    assert metrics.dtssd(alphas, truths) == pytest.approx(20.0)
    truths[1, 0, 0] = 0.4
    assert metrics.dtssd(alphas, truths) == 0.0, "a change that the truth has as well"
    assert metrics.dtssd(alphas + 0.1, truths) == pytest.approx(0.0, abs=1e-9), "a steady error is not a flicker"


def test_dtssd_still_leaves_out_what_moves():
    truths = np.zeros((2, 100, 100))
    truths[1, 50, 50] = 1.0
    alphas = np.zeros_like(truths)
    assert metrics.dtssd(alphas, truths) == pytest.approx(1.0)
    assert metrics.dtssd_still(alphas, truths) == 0.0
    alphas[1, 10, 10] = 1.0
    # 13 pixels lie within 2 of the moving one.
    assert metrics.dtssd_still(alphas, truths) == pytest.approx(100.0 / math.sqrt(10000 - 13))


def test_trail_is_what_stays_behind():
    truths, alphas = np.zeros((3, 4, 4)), np.zeros((3, 4, 4))
    truths[0, 0, 0] = truths[1, 0, 1] = truths[2, 0, 2] = 1.0
    alphas[1, 0, 0] = 0.3
    alphas[2, 0, 1] = 0.5
    alphas[2, 3, 3] = 1.0  # never was a person
    # Frame 1: (0,0) holds .3. Frame 2: (0,0) holds 0 and (0,1) holds .5.
    assert metrics.trail(alphas, truths) == pytest.approx(0.8 / 3)
    assert metrics.trail(alphas[:1].repeat(3, 0), truths[:1].repeat(3, 0)) is None


def test_lost_is_what_is_missing_where_somebody_came():
    truths, alphas = np.zeros((2, 4, 4)), np.zeros((2, 4, 4))
    truths[1, 0, :2] = 1.0
    alphas[1, 0, 0] = 0.7
    # One of the two pixels has .7, the other nothing.
    assert metrics.lost(alphas, truths) == pytest.approx((0.3 + 1.0) / 2)
    assert metrics.lost(alphas[:1].repeat(2, 0), truths[:1].repeat(2, 0)) is None


def test_flicker_counts_where_the_frame_stands_still():
    frames = np.full((2, 40, 40, 3), 100, np.uint8)
    frames[1, :, 20:] = 160
    alphas = np.zeros((2, 40, 40))
    alphas[1, :, :10] = 0.5
    alphas[1, :, 30:] = 1.0  # changes with the picture: no flicker
    # A window of five that holds one changed column differs by 12 codes: columns 0 to 17 stand still.
    assert metrics.flicker(alphas, frames) == pytest.approx(10 * 0.5 / 18)
    assert metrics.flicker(alphas, np.stack([frames[0], frames[0] + 50])) is None


def test_other_shapes_are_refused():
    with pytest.raises(ValueError, match="one shape"):
        metrics.figures(np.zeros((2, 3)), np.zeros((3, 2)))
    with pytest.raises(ValueError, match="two clips"):
        metrics.dtssd(np.zeros((1, 2, 2)), np.zeros((1, 2, 2)))
