//! The matte at the frame's resolution.

use scrim_frame::{Matte, Size};

use super::color::luma;
use super::image::{Image, rgb};
use crate::Upsampling;

/// How closely alpha follows the frame's luma.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Guided {
    /// Matte samples to each side of a window's middle.
    pub radius: u32,
    /// Added to the variance of luma (0..=1) in a window: areas flatter than its root, 8 codes of 255, get little slope.
    pub epsilon: f32,
    /// Luma is looked at on a grid of this many positions a side in each sample's area.
    pub taps: u32,
}

impl Guided {
    /// The parameters for a matte over a frame.
    ///
    /// A radius of two samples reaches as far as the model's edges are off. An epsilon of 0.001 was chosen by looking at
    /// webcam frames: at 0.0001 sensor noise shows in the edges, at 0.01 they are those of plain upsampling.
    #[must_use]
    pub fn for_sizes(matte: Size, frame: Size) -> Self {
        Self {
            radius: 2,
            epsilon: 1e-3,
            taps: (frame.width() / matte.width()).clamp(1, 4),
        }
    }
}

/// Alpha this close to 0 or 1 is taken for 0 or 1: half a code of eight bits, which could not be shown. Models come close
/// to 0 and 1 without reaching them, and what is exactly flat needs no filtering.
pub const SURE: f32 = 0.5 / 255.0;

fn snapped(alpha: f32) -> f32 {
    match alpha {
        _ if alpha <= SURE => 0.0,
        _ if alpha >= 1.0 - SURE => 1.0,
        _ => alpha,
    }
}

/// Alpha for each pixel of a frame in encoded colour, in all three colour channels.
#[must_use]
pub fn upsample(matte: &Matte, frame: &Image, upsampling: Upsampling) -> Image {
    let fits = fit(matte, frame, upsampling);
    let size = frame.size();
    let scale_x = matte.size().width() as f32 / size.width() as f32;
    let scale_y = matte.size().height() as f32 / size.height() as f32;
    Image::from_fn(size, |x, y| {
        let fit = fits.smooth_at((x as f32 + 0.5) * scale_x, (y as f32 + 0.5) * scale_y);
        let alpha = alpha_from_fit(fit, luma(rgb(frame.at(x.into(), y.into()))));
        [alpha, alpha, alpha, 1.0]
    })
}

/// Alpha of one pixel from slope, the model's alpha, and the luma that this was given for.
///
/// Only soft alpha follows luma: what the model calls wholly person or wholly room stays so, whatever its texture.
#[must_use]
pub fn alpha_from_fit([slope, alpha, middle, _]: [f32; 4], pixel_luma: f32) -> f32 {
    let softness = (8.0 * alpha * (1.0 - alpha)).min(1.0);
    (alpha + softness * slope * (pixel_luma - middle)).clamp(0.0, 1.0)
}

/// The fits at the matte's size: slope of alpha over luma, alpha, mean luma.
///
/// The slope is that of the fast guided filter (He and Sun, "Fast Guided Filter", 2015). Its offset is not used: where
/// luma does not explain the edge, the model's alpha stays as it is instead of being blurred over the window.
#[must_use]
pub fn fit(matte: &Matte, frame: &Image, upsampling: Upsampling) -> Image {
    let size = matte.size();
    let alpha_at = |x: u32, y: u32| snapped(matte.samples()[(y * size.width() + x) as usize]);
    if upsampling == Upsampling::Bilinear {
        return Image::from_fn(size, |x, y| [0.0, alpha_at(x, y), 0.0, 0.0]);
    }
    let guided = Guided::for_sizes(size, frame.size());
    let guide = Image::from_fn(size, |x, y| {
        let mean = mean_luma(frame, size, guided.taps, (x, y));
        let alpha = alpha_at(x, y);
        [mean, alpha, mean * mean, mean * alpha]
    });
    let slopes = window_mean(&guide, guided.radius).map(|[i, p, ii, ip]| {
        let variance = (ii - i * i).max(0.0);
        [(ip - i * p) / (variance + guided.epsilon), 0.0, 0.0, 0.0]
    });
    let slopes = window_mean(&slopes, guided.radius);
    Image::from_fn(size, |x, y| {
        let (x, y) = (i64::from(x), i64::from(y));
        let [mean, alpha, ..] = guide.at(x, y);
        [slopes.at(x, y)[0], alpha, mean, 0.0]
    })
}

/// The frame's mean luma over the area of one matte sample.
fn mean_luma(frame: &Image, matte: Size, taps: u32, (x, y): (u32, u32)) -> f32 {
    let position = |sample: u32, tap: u32, frame: u32, matte: u32| {
        i64::from(((2 * (taps * sample + tap) + 1) * frame) / (2 * taps * matte))
    };
    let mut sum = 0.0;
    for j in 0..taps {
        let fy = position(y, j, frame.size().height(), matte.height());
        for i in 0..taps {
            let fx = position(x, i, frame.size().width(), matte.width());
            sum += luma(rgb(frame.at(fx, fy)));
        }
    }
    sum / (taps * taps) as f32
}

/// The mean over a square window; edges repeated.
fn window_mean(image: &Image, radius: u32) -> Image {
    let radius = i64::from(radius);
    let count = (2 * radius + 1) as f32;
    let along = |image: &Image, dx: i64, dy: i64| {
        Image::from_fn(image.size(), |x, y| {
            let mut sum = [0.0; 4];
            for k in -radius..=radius {
                let p = image.at(i64::from(x) + k * dx, i64::from(y) + k * dy);
                sum = std::array::from_fn(|i| sum[i] + p[i]);
            }
            sum.map(|s| s / count)
        })
    };
    along(&along(image, 1, 0), 0, 1)
}

#[cfg(test)]
mod tests {
    use scrim_frame::FrameId;

    use super::*;

    fn size(w: u32, h: u32) -> Size {
        Size::new(w, h).unwrap()
    }

    fn matte(w: u32, h: u32, alpha: impl Fn(u32, u32) -> f32) -> Matte {
        let samples = (0..w * h).map(|i| alpha(i % w, i / w)).collect();
        Matte::new(FrameId::next(), size(w, h), samples).unwrap()
    }

    #[test]
    fn bilinear_between_two_samples() {
        let frame = Image::from_fn(size(4, 1), |_, _| [0.5; 4]);
        let alpha = upsample(&matte(2, 1, |x, _| x as f32), &frame, Upsampling::Bilinear);
        let row: Vec<f32> = (0..4).map(|x| alpha.at(x, 0)[0]).collect();
        assert_eq!(row, [0.0, 0.25, 0.75, 1.0]);
    }

    /// A bright disc on a dark ground with its true alpha; the matte is the mean of the true alpha over each sample.
    #[test]
    fn guided_edges_are_closer_to_the_truth_than_bilinear_ones() {
        const SCALE: u32 = 4;
        let truth = |x: u32, y: u32| {
            let r = (x as f32 - 63.5).hypot(y as f32 - 63.5);
            (40.0 - r + 0.5).clamp(0.0, 1.0)
        };
        let frame = Image::from_fn(size(128, 128), |x, y| [0.2 + 0.6 * truth(x, y); 4]);
        let coarse = matte(32, 32, |x, y| {
            let sum: f32 = (0..SCALE * SCALE)
                .map(|i| truth(x * SCALE + i % SCALE, y * SCALE + i / SCALE))
                .sum();
            (sum / (SCALE * SCALE) as f32).min(1.0)
        });
        let error = |upsampling| -> f32 {
            let alpha = upsample(&coarse, &frame, upsampling);
            (0..128 * 128)
                .map(|i| {
                    (alpha.at(i % 128, i / 128)[0] - truth(i as u32 % 128, i as u32 / 128)).abs()
                })
                .sum()
        };
        let (guided, bilinear) = (error(Upsampling::Guided), error(Upsampling::Bilinear));
        assert!(guided < 0.5 * bilinear, "{guided} against {bilinear}");
    }

    #[test]
    fn texture_changes_nothing_where_the_model_is_sure() {
        let frame = Image::from_fn(size(64, 8), |x, y| {
            [((x * 7 + y * 13) % 11) as f32 / 10.0; 4]
        });
        let alpha = upsample(
            &matte(16, 2, |x, _| if x < 8 { 0.0 } else { 1.0 }),
            &frame,
            Upsampling::Guided,
        );
        for x in 0..64 {
            // Between the middles of samples 7 and 8 alpha is soft.
            let expected = match x {
                0..=29 => 0.0,
                34.. => 1.0,
                _ => continue,
            };
            assert_eq!(alpha.at(x, 4)[0].to_bits(), f32::to_bits(expected), "{x}");
        }
    }
}
