//! The figures of one matte against its truth.

use serde::Serialize;

use super::Alpha;
use super::connectivity::connectivity_error;

/// What sums are divided by, as the matting literature does.
const THOUSAND: f64 = 1000.0;
/// The standard deviation in pixels of the Gaussian whose derivatives `grad` compares (Rhemann et al. 2009).
const GRAD_SIGMA: f64 = 1.4;
/// Past four pixels, the derivative of that Gaussian is below the benchmark's 0.01.
const GRAD_HALF_WIDTH: usize = 4;
/// The reach of the edge's band, in shorter sides.
const EDGE_SHARE: f64 = 1.0 / 50.0;
/// The truth is room below the first and person above the second.
const ROOM: f64 = 0.05;
const PERSON: f64 = 0.95;

/// The figures, by the names of the report.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Figures {
    /// Mean absolute difference.
    pub mad: f64,
    /// Mean squared difference.
    pub mse: f64,
    /// Sum of absolute differences, in thousands.
    pub sad: f64,
    /// Gradient error, in thousands.
    pub grad: f64,
    /// Connectivity error, in thousands.
    pub conn: f64,
    /// Mean absolute difference near the edge; none where there is no edge.
    pub edge_mad: Option<f64>,
    /// The share of the room that is taken for person; none where there is no room.
    pub false_foreground: Option<f64>,
    /// The share of the person that is taken for room; none where there is no person.
    pub false_background: Option<f64>,
    /// Mean alpha.
    pub mean_alpha: f64,
}

impl Figures {
    /// Judges a matte.
    ///
    /// # Panics
    /// The two have different sides.
    pub fn of(alpha: &Alpha, truth: &Alpha) -> Self {
        assert_eq!(
            (alpha.width(), alpha.height()),
            (truth.width(), truth.height()),
            "a matte has the sides of its truth"
        );
        let (a, t) = (alpha.samples(), truth.samples());
        let pixels = a.len() as f64;
        let difference = || a.iter().zip(t).map(|(a, t)| (a - t).abs());
        let sum: f64 = difference().sum();
        let band = edge_band(truth);
        let share = |of: fn(f64) -> bool, wrong: fn(f64) -> bool| {
            let there = a.iter().zip(t).filter(|(_, t)| of(**t));
            mean(there.map(|(a, _)| f64::from(u8::from(wrong(*a)))))
        };
        Self {
            mad: sum / pixels,
            mse: difference().map(|d| d * d).sum::<f64>() / pixels,
            sad: sum / THOUSAND,
            grad: gradient_error(alpha, truth) / THOUSAND,
            conn: connectivity_error(alpha, truth) / THOUSAND,
            edge_mad: mean(
                difference()
                    .zip(band)
                    .filter_map(|(d, near)| near.then_some(d)),
            ),
            false_foreground: share(|t| t < ROOM, |a| a > 0.5),
            false_background: share(|t| t > PERSON, |a| a < 0.5),
            mean_alpha: a.iter().sum::<f64>() / pixels,
        }
    }

    /// Each figure with its name.
    pub fn named(&self) -> [(&'static str, Option<f64>); 9] {
        [
            ("mad", Some(self.mad)),
            ("mse", Some(self.mse)),
            ("sad", Some(self.sad)),
            ("grad", Some(self.grad)),
            ("conn", Some(self.conn)),
            ("edge_mad", self.edge_mad),
            ("false_foreground", self.false_foreground),
            ("false_background", self.false_background),
            ("mean_alpha", Some(self.mean_alpha)),
        ]
    }
}

/// The mean of some numbers; none of none.
pub fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (mut sum, mut count) = (0.0, 0_u64);
    for value in values {
        sum += value;
        count += 1;
    }
    (count > 0).then(|| sum / count as f64)
}

fn gradient_error(alpha: &Alpha, truth: &Alpha) -> f64 {
    let (a, t) = (gradient(alpha), gradient(truth));
    a.iter().zip(t).map(|(a, t)| (a - t) * (a - t)).sum()
}

/// The length of the gradient at each pixel, by first derivatives of a Gaussian.
fn gradient(matte: &Alpha) -> Vec<f64> {
    let offset = |i: usize| i as f64 - GRAD_HALF_WIDTH as f64;
    let smooth: [f64; 2 * GRAD_HALF_WIDTH + 1] =
        std::array::from_fn(|i| (-offset(i).powi(2) / (2.0 * GRAD_SIGMA.powi(2))).exp());
    let slope = std::array::from_fn(|i| -offset(i) * smooth[i] / GRAD_SIGMA.powi(2));
    // The kernels are the outer products; the squares of one sum to this product.
    let square = |taps: &[f64]| taps.iter().map(|v| v * v).sum::<f64>();
    let norm = (square(&smooth) * square(&slope)).sqrt();
    let along_x = filtered(matte, &slope, &smooth);
    let along_y = filtered(matte, &smooth, &slope);
    along_x
        .iter()
        .zip(along_y)
        .map(|(x, y)| x.hypot(y) / norm)
        .collect()
}

/// A separable filter, first along rows and then along columns; edges are repeated.
fn filtered<const TAPS: usize>(
    matte: &Alpha,
    along_x: &[f64; TAPS],
    along_y: &[f64; TAPS],
) -> Vec<f64> {
    let (width, height) = (matte.width(), matte.height());
    let within = |position: usize, tap: usize, side: usize| {
        (position + tap).saturating_sub(TAPS / 2).min(side - 1)
    };
    let mut rows = Vec::with_capacity(width * height);
    for row in matte.samples().chunks_exact(width) {
        for x in 0..width {
            let taps = along_x.iter().enumerate();
            rows.push(
                taps.map(|(i, tap)| tap * row[within(x, i, width)])
                    .sum::<f64>(),
            );
        }
    }
    let mut out = Vec::with_capacity(width * height);
    for y in 0..height {
        for x in 0..width {
            let taps = along_y.iter().enumerate();
            out.push(
                taps.map(|(i, tap)| tap * rows[within(y, i, height) * width + x])
                    .sum(),
            );
        }
    }
    out
}

/// Where both some person and some room are near.
fn edge_band(truth: &Alpha) -> Vec<bool> {
    let shorter = truth.width().min(truth.height()) as f64;
    let radius = ((shorter * EDGE_SHARE + 0.5) as usize).max(1);
    let person = near(truth, radius, |t| t > 0.0);
    let room = near(truth, radius, |t| t < 1.0);
    person.into_iter().zip(room).map(|(p, r)| p && r).collect()
}

/// Which pixels have one of a kind within `radius` pixels, themselves included.
fn near(matte: &Alpha, radius: usize, is_kind: impl Fn(f64) -> bool) -> Vec<bool> {
    let (width, height) = (matte.width(), matte.height());
    // In `counts`, row y has width + 1 entries: how many of the kind stand before each column.
    let mut counts = Vec::with_capacity((width + 1) * height);
    for row in matte.samples().chunks_exact(width) {
        let mut count = 0_usize;
        counts.push(count);
        for &value in row {
            count += usize::from(is_kind(value));
            counts.push(count);
        }
    }
    let any = |y: usize, from: usize, to: usize| {
        let row = &counts[y * (width + 1)..][..=width];
        row[to.min(width)] > row[from]
    };
    let mut found = Vec::with_capacity(width * height);
    for y in 0..height {
        let rows = y.saturating_sub(radius)..(y + radius + 1).min(height);
        for x in 0..width {
            found.push(rows.clone().any(|row| {
                let away = row.abs_diff(y);
                let reach = (radius * radius - away * away).isqrt();
                any(row, x.saturating_sub(reach), x + reach + 1)
            }));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near_to(have: f64, want: f64) {
        assert!((have - want).abs() < 1e-9, "{have} is not {want}");
    }

    #[test]
    fn figures_of_a_row_worked_out_by_hand() {
        let truth = Alpha::new(4, vec![0.0, 0.0, 1.0, 1.0]);
        let alpha = Alpha::new(4, vec![0.6, 0.0, 0.4, 0.8]);
        let figures = Figures::of(&alpha, &truth);
        near_to(figures.mad, (0.6 + 0.6 + 0.2) / 4.0);
        near_to(figures.mse, (0.36 + 0.36 + 0.04) / 4.0);
        near_to(figures.sad, 1.4e-3);
        near_to(figures.mean_alpha, 0.45);
        // The shorter side is 1, so the band reaches one pixel: the two in the middle.
        near_to(figures.edge_mad.unwrap(), 0.3);
        near_to(figures.false_foreground.unwrap(), 0.5);
        near_to(figures.false_background.unwrap(), 0.5);
    }

    #[test]
    fn a_perfect_matte_has_no_error_and_an_empty_room_no_edge() {
        let truth = Alpha::new(3, vec![0.0; 6]);
        let figures = Figures::of(&truth, &truth);
        let sum = figures.mad + figures.mse + figures.sad + figures.grad + figures.conn;
        near_to(sum, 0.0);
        assert_eq!((figures.edge_mad, figures.false_background), (None, None));
        assert_eq!(figures.false_foreground, Some(0.0));
    }

    #[test]
    fn the_band_is_round() {
        // 150 samples to a side: three pixels of reach around the one soft pixel, corners not.
        let mut samples = vec![0.0; 150 * 150];
        samples[75 * 150 + 75] = 0.5;
        let band = edge_band(&Alpha::new(150, samples));
        let at = |dx: usize, dy: usize| band[(75 + dy) * 150 + 75 + dx];
        assert!(at(0, 0) && at(3, 0) && at(0, 3) && at(2, 2));
        assert!(!at(4, 0) && !at(3, 1) && !at(3, 3));
        // Whole points of a disc of radius 3.
        assert_eq!(band.iter().filter(|b| **b).count(), 29);
    }

    #[test]
    fn the_gradient_is_a_slope_s_whatever_its_direction() {
        let ramp = |along_x: bool| {
            let value = |i: usize| if along_x { i % 20 } else { i / 20 } as f64 / 20.0;
            gradient(&Alpha::new(20, (0..400).map(value).collect()))[10 * 20 + 10]
        };
        near_to(ramp(true), ramp(false));
        // Of a ramp, each tap gives slope · i · −i·g / σ²: by hand, with the kernel's norm, from the taps' sums.
        let taps = (-4..=4_i32).map(|i| (f64::from(i), (-f64::from(i * i) / 3.92).exp()));
        let (mut plain, mut second, mut squares, mut slopes) = (0.0, 0.0, 0.0, 0.0);
        for (i, g) in taps {
            plain += g;
            second += i * i * g / 1.96;
            squares += g * g;
            slopes += (i * g / 1.96).powi(2);
        }
        near_to(
            ramp(true),
            plain * second / 20.0 / (squares * slopes).sqrt(),
        );
    }
}
