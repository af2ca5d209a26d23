//! The figures of a clip: whether the matte changes as the truth does, and only where the picture does.

use image::RgbImage;

use super::Alpha;

/// Luma of pixels from RGB codes (ITU-R BT.601).
const LUMA: [f64; 3] = [0.299, 0.587, 0.114];
/// Frames are still at a pixel where the mean luma of the window of pixels around it differs by less than so many codes:
/// more than a webcam's noise moves that mean.
const STILL_WINDOW: usize = 5;
const STILL_CODES: f64 = 3.0;

/// Gathers a clip's figures frame by frame.
#[derive(Debug, Default)]
pub struct Motion {
    last: Option<Last>,
    errors: Vec<f64>,
    change: f64,
    still: u64,
}

#[derive(Debug)]
struct Last {
    alpha: Alpha,
    truth: Alpha,
    luma: Vec<f64>,
}

impl Motion {
    /// Takes the next frame with its matte and truth, all of the sides of the frame before.
    pub fn add(&mut self, frame: &RgbImage, alpha: Alpha, truth: Alpha) {
        let luma = still_luma(frame);
        if let Some(last) = &self.last {
            let changes = |now: &Alpha, before: &Alpha| -> Vec<f64> {
                let pairs = now.samples().iter().zip(before.samples());
                pairs.map(|(now, before)| now - before).collect()
            };
            let (own, true_one) = (changes(&alpha, &last.alpha), changes(&truth, &last.truth));
            let squares = own.iter().zip(true_one).map(|(a, t)| (a - t) * (a - t));
            self.errors
                .push(100.0 * (squares.sum::<f64>() / own.len() as f64).sqrt());
            for ((now, before), change) in luma.iter().zip(&last.luma).zip(own) {
                if (now - before).abs() < STILL_CODES {
                    self.change += change.abs();
                    self.still += 1;
                }
            }
        }
        self.last = Some(Last { alpha, truth, luma });
    }

    /// The root mean square of the difference between the matte's change and the truth's, in hundredths of alpha, as a
    /// mean over frames (Erofeev et al., BMVC 2015); none before the second frame.
    pub fn dtssd(&self) -> Option<f64> {
        super::figures::mean(self.errors.iter().copied())
    }

    /// The mean change of alpha where the frames themselves did not change; none where all did.
    pub fn flicker(&self) -> Option<f64> {
        (self.still > 0).then(|| self.change / self.still as f64)
    }
}

/// Luma as a mean over a small window, edges repeated: what noise hardly moves.
fn still_luma(frame: &RgbImage) -> Vec<f64> {
    let (width, height) = (frame.width() as usize, frame.height() as usize);
    let luma: Vec<f64> = frame
        .pixels()
        .map(|pixel| {
            pixel
                .0
                .iter()
                .zip(LUMA)
                .map(|(c, w)| f64::from(*c) * w)
                .sum()
        })
        .collect();
    let within = |position: usize, tap: usize, side: usize| {
        (position + tap)
            .saturating_sub(STILL_WINDOW / 2)
            .min(side - 1)
    };
    let mut rows = Vec::with_capacity(luma.len());
    for row in luma.chunks_exact(width) {
        for x in 0..width {
            rows.push(
                (0..STILL_WINDOW)
                    .map(|i| row[within(x, i, width)])
                    .sum::<f64>(),
            );
        }
    }
    let mut means = Vec::with_capacity(luma.len());
    for y in 0..height {
        for x in 0..width {
            let sum: f64 = (0..STILL_WINDOW)
                .map(|i| rows[within(y, i, height) * width + x])
                .sum();
            means.push(sum / (STILL_WINDOW * STILL_WINDOW) as f64);
        }
    }
    means
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grey(code: u8) -> RgbImage {
        RgbImage::from_pixel(2, 1, image::Rgb([code; 3]))
    }

    #[test]
    fn a_matte_that_changes_with_the_truth_has_no_error() {
        let mut motion = Motion::default();
        for (code, alpha) in [(10, 0.0), (90, 0.5), (170, 1.0)] {
            let matte = Alpha::new(2, vec![alpha; 2]);
            motion.add(&grey(code), matte.clone(), matte);
        }
        assert_eq!(motion.dtssd(), Some(0.0));
        assert_eq!(motion.flicker(), None, "every pixel changed");
    }

    #[test]
    fn changes_of_its_own_count() {
        let mut motion = Motion::default();
        let truth = Alpha::new(2, vec![1.0, 0.0]);
        motion.add(&grey(10), truth.clone(), truth.clone());
        motion.add(&grey(12), Alpha::new(2, vec![0.6, 0.3]), truth.clone());
        // Changes −.4 and .3 where the truth stands still: root of (.16 + .09) / 2.
        let dtssd = motion.dtssd().unwrap();
        assert!((dtssd - 100.0 * 0.125_f64.sqrt()).abs() < 1e-9, "{dtssd}");
        let flicker = motion.flicker().unwrap();
        assert!((flicker - 0.35).abs() < 1e-12, "{flicker}");
        // A difference of 3 codes is no stillness any more.
        motion.add(&grey(15), truth.clone(), truth);
        assert_eq!(motion.flicker(), Some(flicker));
    }

    #[test]
    fn before_the_second_frame_nothing_is_known() {
        let motion = Motion::default();
        assert_eq!((motion.dtssd(), motion.flicker()), (None, None));
    }
}
