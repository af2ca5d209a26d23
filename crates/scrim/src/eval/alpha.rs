//! Alpha mattes in double precision, and how they are brought to a picture's sides.

use scrim_pipeline::frame::{Matte, Size};

/// An alpha matte, row by row, 0 (room) to 1 (person).
#[derive(Debug, Clone, PartialEq)]
pub struct Alpha {
    width: usize,
    samples: Vec<f64>,
}

impl Alpha {
    /// A matte of rows of `width` samples.
    ///
    /// # Panics
    /// The samples do not fill whole rows.
    pub fn new(width: usize, samples: Vec<f64>) -> Self {
        assert!(
            width > 0 && !samples.is_empty() && samples.len().is_multiple_of(width),
            "a matte is made of whole rows"
        );
        Self { width, samples }
    }

    /// What a model gave, at the sides of the picture that it was made from: scaled by a triangle filter, which is
    /// bilinear when enlarging and averages when shrinking, in double precision and not rounded.
    pub fn of_model(matte: &Matte, picture: Size) -> Self {
        let samples = matte.samples().iter().map(|v| f64::from(*v)).collect();
        Self::new(matte.size().width() as usize, samples)
            .resized(picture.width() as usize, picture.height() as usize)
    }

    /// Samples in a row.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Rows.
    pub fn height(&self) -> usize {
        self.samples.len() / self.width
    }

    /// The samples, row by row.
    pub fn samples(&self) -> &[f64] {
        &self.samples
    }

    fn resized(&self, width: usize, height: usize) -> Self {
        let mut wide = Vec::with_capacity(width * self.height());
        let across = taps(self.width, width);
        for row in self.samples.chunks_exact(self.width) {
            wide.extend(across.iter().map(|tap| tap.weighted(|x| row[x])));
        }
        let mut samples = Vec::with_capacity(width * height);
        for tap in taps(self.height(), height) {
            samples.extend((0..width).map(|x| tap.weighted(|y| wide[y * width + x])));
        }
        Self::new(width, samples)
    }
}

/// What one output sample is made of: neighbouring input samples from `start` on, with weights of sum 1.
struct Taps {
    start: usize,
    weights: Vec<f64>,
}

impl Taps {
    fn weighted(&self, sample: impl Fn(usize) -> f64) -> f64 {
        let values = self.weights.iter().enumerate();
        values
            .map(|(i, weight)| weight * sample(self.start + i))
            .sum()
    }
}

/// The triangle filter along one side. Centres of samples lie at halves; both sides cover the same length.
fn taps(inputs: usize, outputs: usize) -> Vec<Taps> {
    let scale = inputs as f64 / outputs as f64;
    let reach = scale.max(1.0);
    let of_output = |output: usize| {
        let centre = (output as f64 + 0.5) * scale;
        let start = (centre - reach).floor().max(0.0) as usize;
        let end = ((centre + reach).ceil() as usize).min(inputs);
        let weight = |i: usize| (1.0 - (i as f64 + 0.5 - centre).abs() / reach).max(0.0);
        let sum: f64 = (start..end).map(weight).sum();
        Taps {
            start,
            weights: (start..end).map(|i| weight(i) / sum).collect(),
        }
    };
    (0..outputs).map(of_output).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(have: &[f64], want: &[f64]) {
        assert_eq!(have.len(), want.len());
        for (h, w) in have.iter().zip(want) {
            assert!((h - w).abs() < 1e-12, "{have:?} is not {want:?}");
        }
    }

    #[test]
    fn enlarging_is_bilinear_between_centres() {
        let wide = Alpha::new(2, vec![0.0, 1.0]).resized(4, 1);
        near(wide.samples(), &[0.0, 0.25, 0.75, 1.0]);
        let high = Alpha::new(1, vec![0.0, 1.0]).resized(1, 4);
        near(high.samples(), &[0.0, 0.25, 0.75, 1.0]);
    }

    #[test]
    fn shrinking_skips_no_sample() {
        let spike = |at: usize| {
            let mut samples = vec![0.0; 9];
            samples[at] = 1.0;
            Alpha::new(9, samples)
                .resized(3, 1)
                .samples()
                .iter()
                .sum::<f64>()
        };
        assert!((0..9).all(|at| spike(at) > 0.1));
        // The middle output reaches three samples to either side: weights 1, 2, 3, 2, 1 of ninths.
        let mut samples = vec![0.0; 9];
        samples[2] = 1.0;
        let small = Alpha::new(9, samples).resized(3, 1);
        near(&small.samples()[1..2], &[1.0 / 9.0]);
    }

    #[test]
    fn the_same_sides_change_nothing() {
        let alpha = Alpha::new(3, vec![0.1, 0.9, 0.4, 0.0, 1.0, 0.6]);
        near(alpha.resized(3, 2).samples(), alpha.samples());
    }
}
