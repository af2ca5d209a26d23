//! Resizing with a triangle filter that widens as the picture shrinks, so that no source pixel is skipped.
//!
//! The same filter as Pillow's `BILINEAR` and `fast_image_resize`'s `Convolution(Bilinear)`, in floating point and
//! without their rounding to eight bits between the two passes. Its own code because the weights are kept from frame
//! to frame and packed YUYV and strided rows are read in place; both libraries build their tables for every picture.

use scrim_frame::Plane;

/// Values that one step of the horizontal pass reads at once; rows are this much longer than their pixels.
pub(crate) const LANES: usize = 4;

/// The weights of one axis: which source samples make each output sample, and how much of each.
#[derive(Debug, Default)]
pub(crate) struct AxisWeights {
    made_for: Option<AxisShape>,
    starts: Vec<u32>,
    /// `chunk` for each output; those past its taps are zero.
    weights: Vec<f32>,
    chunk: usize,
    taps: usize,
}

/// What an axis's weights follow from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct AxisShape {
    /// Source samples that exist.
    pub(crate) samples: u32,
    /// Source samples that the picture covers; half a sample less than exist where a chroma plane rounds up.
    pub(crate) span: f32,
    /// Output samples.
    pub(crate) outputs: u32,
    /// Values from one sample to the next, for [`blend_samples`]; 2 for the luma of YUYV.
    pub(crate) spread: usize,
}

impl AxisWeights {
    /// Computes the weights, unless they are those of this shape already.
    pub(crate) fn prepare(&mut self, shape: AxisShape) {
        if self.made_for == Some(shape) {
            return;
        }
        let samples = f64::from(shape.samples);
        let scale = f64::from(shape.span) / f64::from(shape.outputs);
        // A triangle reaches one output sample to either side, but at least one source sample.
        let reach = scale.max(1.0);
        self.taps = ((2.0 * reach).ceil() as usize + 1).min(shape.samples as usize);
        self.chunk = (self.taps * shape.spread).next_multiple_of(LANES);
        self.starts.clear();
        self.weights.clear();
        self.weights
            .resize(self.chunk * shape.outputs as usize, 0.0);
        for (output, weights) in self.weights.chunks_exact_mut(self.chunk).enumerate() {
            let centre = (output as f64 + 0.5) * scale;
            let first = (centre - reach).floor().max(0.0);
            let start = first.min(samples - self.taps as f64);
            let weight = |tap: usize| {
                let distance = (start + tap as f64 + 0.5 - centre).abs() / reach;
                (1.0 - distance).max(0.0)
            };
            let sum: f64 = (0..self.taps).map(weight).sum();
            for tap in 0..self.taps {
                weights[tap * shape.spread] = (weight(tap) / sum) as f32;
            }
            self.starts.push(start as u32 * shape.spread as u32);
        }
        self.made_for = Some(shape);
    }

    /// The first source sample of each output, and its weights.
    fn outputs(&self) -> impl Iterator<Item = (usize, &[f32])> {
        let starts = self.starts.iter().map(|start| *start as usize);
        starts.zip(self.weights.chunks_exact(self.chunk))
    }
}

/// Sums the source rows that make output row `output`; `row` gets every byte column of the plane. The axis has a
/// spread of 1.
pub(crate) fn blend_rows(plane: &Plane<'_>, axis: &AxisWeights, output: usize, row: &mut [f32]) {
    let start = axis.starts[output] as usize;
    let weights = &axis.weights[output * axis.chunk..][..axis.taps];
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has AVX2.
        unsafe { sum_rows_avx2(plane, start, weights, row) };
        return;
    }
    sum_rows(plane, start, weights, row);
}

/// The same code with eight lanes instead of four: half the time of this pass, which is the longest.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn sum_rows_avx2(plane: &Plane<'_>, start: usize, weights: &[f32], row: &mut [f32]) {
    sum_rows(plane, start, weights, row);
}

// Inlined into the AVX2 version, it is compiled for AVX2.
#[inline(always)]
fn sum_rows(plane: &Plane<'_>, start: usize, weights: &[f32], row: &mut [f32]) {
    const BLOCK: usize = 32;
    let row_bytes = row.len();
    let mut column = 0;
    let (blocks, rest) = row.as_chunks_mut::<BLOCK>();
    for block in blocks {
        let mut sums = [0.0_f32; BLOCK];
        for (tap, &weight) in weights.iter().enumerate() {
            let from = (start + tap) * plane.stride + column;
            let source = &plane.bytes[from..from + BLOCK];
            for (sum, &byte) in sums.iter_mut().zip(source) {
                *sum += weight * f32::from(byte);
            }
        }
        *block = sums;
        column += BLOCK;
    }
    rest.fill(0.0);
    for (tap, &weight) in weights.iter().enumerate() {
        let from = (start + tap) * plane.stride;
        let source = &plane.bytes[from + column..from + row_bytes];
        for (sum, &byte) in rest.iter_mut().zip(source) {
            *sum += weight * f32::from(byte);
        }
    }
}

/// One row of samples that lie the axis's spread apart, along the axis. `row` is [`LANES`] longer than its samples.
pub(crate) fn blend_samples(row: &[f32], axis: &AxisWeights, output: &mut [f32]) {
    for (sample, (start, weights)) in output.iter_mut().zip(axis.outputs()) {
        let mut sums = [0.0_f32; LANES];
        let (weights, _) = weights.as_chunks::<LANES>();
        let (source, _) = row[start..].as_chunks::<LANES>();
        for (values, weights) in source.iter().zip(weights) {
            for lane in 0..LANES {
                sums[lane] += values[lane] * weights[lane];
            }
        }
        *sample = (sums[0] + sums[1]) + (sums[2] + sums[3]);
    }
}

/// One row of pixels of `STEP` interleaved values, along the axis, whose spread is 1. `emit` gets each output's index
/// and its first [`LANES`] values; those past `STEP` mean nothing. `row` is [`LANES`] longer than its pixels.
pub(crate) fn blend_pixels<const STEP: usize>(
    row: &[f32],
    axis: &AxisWeights,
    mut emit: impl FnMut(usize, [f32; LANES]),
) {
    for (output, (start, weights)) in axis.outputs().enumerate() {
        let source = &row[start * STEP..];
        let mut sums = [0.0_f32; LANES];
        for (tap, &weight) in weights[..axis.taps].iter().enumerate() {
            let values = &source[tap * STEP..tap * STEP + LANES];
            for lane in 0..LANES {
                sums[lane] += values[lane] * weight;
            }
        }
        emit(output, sums);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prepared(samples: u32, span: f32, outputs: u32, spread: usize) -> AxisWeights {
        let mut axis = AxisWeights::default();
        axis.prepare(AxisShape {
            samples,
            span,
            outputs,
            spread,
        });
        axis
    }

    #[test]
    fn weights_sum_to_one_and_stay_inside() {
        for samples in [1, 2, 3, 5, 31, 720, 1280, 16384] {
            for outputs in [32, 160, 448, 1024] {
                for spread in [1, 2] {
                    let axis = prepared(samples, samples as f32 - 0.5, outputs, spread);
                    assert_eq!(axis.outputs().count(), outputs as usize);
                    for (start, weights) in axis.outputs() {
                        assert!(start + axis.taps * spread <= samples as usize * spread);
                        let sum: f32 = weights.iter().sum();
                        assert!((sum - 1.0).abs() < 1e-5, "{samples} to {outputs}: {sum}");
                    }
                }
            }
        }
    }

    #[test]
    fn halving_weighs_four_samples_as_a_triangle() {
        let axis = prepared(8, 8.0, 4, 1);
        let (start, weights) = axis.outputs().nth(1).unwrap();
        let expected = [1.0, 3.0, 3.0, 1.0].map(|w| w / 8.0);
        assert_eq!((start, &weights[..4]), (1, &expected[..]));
    }

    #[test]
    #[expect(clippy::float_cmp, reason = "nothing means nothing")]
    fn the_same_size_changes_nothing() {
        let axis = prepared(5, 5.0, 5, 1);
        let row = [3.0, 1.0, 4.0, 1.0, 5.0, 0.0, 0.0, 0.0, 0.0];
        let mut output = [0.0; 5];
        blend_samples(&row, &axis, &mut output);
        assert_eq!(output, row[..5]);
    }

    #[test]
    fn rows_are_summed_past_padding_and_whatever_the_width() {
        let axis = prepared(2, 2.0, 1, 1);
        for width in [1_usize, 31, 32, 33, 100] {
            let stride = width + 3;
            let bytes: Vec<u8> = (0..stride + width)
                .map(|i| if i < stride { 10 } else { 30 })
                .collect();
            let plane = Plane {
                bytes: &bytes,
                stride,
                rows: 2,
            };
            let mut row = vec![f32::NAN; width];
            blend_rows(&plane, &axis, 0, &mut row);
            assert!(row.iter().all(|v| (v - 20.0).abs() < 1e-4), "{row:?}");
        }
    }
}
