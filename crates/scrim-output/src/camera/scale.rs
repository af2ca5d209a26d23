//! Scaling in linear light, for composites of another size than the camera has.

use scrim_frame::Size;

use super::yuv::Source;

/// Steps between linear black and white for which the encoded value is kept. sRGB is steepest at black, 12.92 codes for
/// each 1/255; at this many steps one is a fifth of a code there.
const STEPS: usize = 16384;

/// Scales pictures of one size to another with a triangle filter, as wide as one pixel of the smaller of the two.
#[derive(Debug)]
pub(crate) struct Scaler {
    to: Size,
    columns: Taps,
    rows: Taps,
    /// Linear light of the 256 codes.
    linear: Vec<f32>,
    encoded: Vec<u8>,
    /// One row of the source in linear light.
    row: Vec<f32>,
    /// All rows of the source at the width of the result.
    narrowed: Vec<f32>,
    /// One row of the result.
    sum: Vec<f32>,
}

/// The weights that make one line of pixels from another.
#[derive(Debug)]
struct Taps {
    /// For each pixel of the result: the first one of the source.
    starts: Vec<usize>,
    /// For each pixel of the result, `count` of them.
    weights: Vec<f32>,
    count: usize,
}

impl Taps {
    fn new(from: u32, to: u32) -> Self {
        let scale = f64::from(from) / f64::from(to);
        let reach = scale.max(1.0);
        let count = ((2.0 * reach).ceil() as usize + 1).min(from as usize);
        let mut taps = Self {
            starts: Vec::with_capacity(to as usize),
            weights: Vec::with_capacity(to as usize * count),
            count,
        };
        for pixel in 0..to {
            let middle = (f64::from(pixel) + 0.5) * scale;
            let first = (middle - reach - 0.5).ceil().max(0.0) as usize;
            let start = first.min(from as usize - count);
            let weight = |i: usize| (1.0 - ((i as f64 + 0.5) - middle).abs() / reach).max(0.0);
            let total: f64 = (start..start + count).map(weight).sum();
            taps.starts.push(start);
            taps.weights
                .extend((start..start + count).map(|i| (weight(i) / total) as f32));
        }
        taps
    }

    fn of(&self, pixel: usize) -> (usize, &[f32]) {
        (
            self.starts[pixel],
            &self.weights[pixel * self.count..][..self.count],
        )
    }
}

impl Scaler {
    /// Everything that scaling needs; no call of [`Self::scale`] allocates.
    pub(crate) fn new(from: Size, to: Size) -> Self {
        let (width, height) = (from.width() as usize, from.height() as usize);
        let wanted = to.width() as usize;
        Self {
            to,
            columns: Taps::new(from.width(), to.width()),
            rows: Taps::new(from.height(), to.height()),
            linear: (0..=255u8).map(linear_from_encoded).collect(),
            encoded: (0..=STEPS)
                .map(|step| encoded_from_linear(step as f32 / STEPS as f32))
                .collect(),
            row: vec![0.0; width * 3],
            narrowed: vec![0.0; height * wanted * 3],
            sum: vec![0.0; wanted * 3],
        }
    }

    /// Writes the scaled picture, opaque, into rows that stand `stride` bytes apart.
    pub(crate) fn scale(&mut self, source: Source<'_>, target: &mut [u8], stride: usize) {
        let wanted = self.to.width() as usize * 3;
        for (y, narrowed) in self.narrowed.chunks_exact_mut(wanted).enumerate() {
            let pixels = source.row(y, self.row.len() / 3 * 4).as_chunks::<4>().0;
            for (pixel, to) in pixels.iter().zip(self.row.as_chunks_mut::<3>().0) {
                *to = source.flatten(*pixel).map(|c| self.linear[usize::from(c)]);
            }
            let row = self.row.as_chunks::<3>().0;
            for (x, to) in narrowed.as_chunks_mut::<3>().0.iter_mut().enumerate() {
                let (start, weights) = self.columns.of(x);
                let mut sum = [0.0; 3];
                for (weight, pixel) in weights.iter().zip(&row[start..]) {
                    for (sum, value) in sum.iter_mut().zip(pixel) {
                        *sum += weight * value;
                    }
                }
                *to = sum;
            }
        }
        for (y, to) in target
            .chunks_mut(stride)
            .take(self.to.height() as usize)
            .enumerate()
        {
            let (start, weights) = self.rows.of(y);
            self.sum.fill(0.0);
            let rows = self.narrowed.chunks_exact(wanted).skip(start);
            for (weight, row) in weights.iter().zip(rows) {
                for (sum, value) in self.sum.iter_mut().zip(row) {
                    *sum += weight * value;
                }
            }
            let pixels = to.as_chunks_mut::<4>().0.iter_mut();
            for (to, sum) in pixels.zip(self.sum.as_chunks::<3>().0) {
                let [r, g, b] =
                    sum.map(|v| self.encoded[((v * STEPS as f32 + 0.5) as usize).min(STEPS)]);
                *to = [r, g, b, 255];
            }
        }
    }
}

/// IEC 61966-2-1.
fn linear_from_encoded(code: u8) -> f32 {
    let v = f64::from(code) / 255.0;
    if v <= 0.04045 {
        (v / 12.92) as f32
    } else {
        ((v + 0.055) / 1.055).powf(2.4) as f32
    }
}

/// IEC 61966-2-1.
fn encoded_from_linear(v: f32) -> u8 {
    let v = f64::from(v);
    let encoded = if v <= 0.0031308 {
        v * 12.92
    } else {
        1.055 * v.powf(1.0 / 2.4) - 0.055
    };
    (encoded * 255.0).round() as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(width: u32, height: u32) -> Size {
        Size::new(width, height).unwrap()
    }

    fn scaled(from: Size, to: Size, pixel: impl Fn(u32, u32) -> [u8; 4]) -> Vec<[u8; 4]> {
        let bytes: Vec<u8> = (0..from.height())
            .flat_map(|y| (0..from.width()).map(move |x| (x, y)))
            .flat_map(|(x, y)| pixel(x, y))
            .collect();
        let source = Source {
            bytes: &bytes,
            stride: from.width() as usize * 4,
            is_straight: false,
        };
        let mut out = vec![0; to.pixels() * 4];
        Scaler::new(from, to).scale(source, &mut out, to.width() as usize * 4);
        out.as_chunks::<4>().0.to_vec()
    }

    #[test]
    fn every_code_survives() {
        for code in 0..=255 {
            let pixels = scaled(size(3, 2), size(4, 5), |_, _| [code, 255 - code, 7, 255]);
            assert!(
                pixels.iter().all(|p| *p == [code, 255 - code, 7, 255]),
                "{code}"
            );
        }
    }

    #[test]
    fn black_and_white_mix_to_half_the_light() {
        let pixels = scaled(size(64, 64), size(8, 8), |x, _| {
            if x % 2 == 0 { [255; 4] } else { [0, 0, 0, 255] }
        });
        // Half the light is code 188; the mean of the codes would be 128. At the rim the filter reaches over more pixels of
        // one kind than of the other.
        for (i, pixel) in pixels.into_iter().enumerate() {
            let slack = if matches!(i % 8, 0 | 7) { 5 } else { 1 };
            assert!(pixel[0].abs_diff(188) <= slack, "{i}: {pixel:?}");
        }
    }

    #[test]
    fn edges_are_neither_moved_nor_doubled() {
        let pixels = scaled(size(2, 1), size(4, 1), |x, _| {
            if x == 0 { [255; 4] } else { [0, 0, 0, 255] }
        });
        // Worked by hand: a quarter and three quarters of the light between the two middles.
        let reds: Vec<u8> = pixels.iter().map(|p| p[0]).collect();
        assert_eq!(reds, [255, 225, 137, 0]);
    }

    #[test]
    fn the_weights_of_a_pixel_add_up_to_one() {
        for (from, to) in [(1, 1), (1, 9), (9, 1), (1920, 1280), (640, 960), (7, 5)] {
            let taps = Taps::new(from, to);
            for pixel in 0..to as usize {
                let (start, weights) = taps.of(pixel);
                assert!(start + weights.len() <= from as usize);
                assert!((weights.iter().sum::<f32>() - 1.0).abs() < 1e-5);
            }
        }
    }
}
