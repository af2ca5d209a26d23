//! Resizing with a triangle filter that widens as the picture shrinks, so that no source pixel is skipped.
//!
//! The same filter as Pillow's `BILINEAR` and `fast_image_resize`'s `Convolution(Bilinear)`, in floating point and
//! without their rounding to eight bits between the two passes. Its own code because the weights are kept from frame
//! to frame and packed YUYV and strided rows are read in place; both libraries build their tables for every picture.

use scrim_frame::Plane;

/// The weights of one axis: which source samples make each output sample, and how much of each.
#[derive(Debug, Default)]
pub(crate) struct Axis {
    made_for: Option<AxisShape>,
    starts: Vec<u32>,
    weights: Vec<f32>,
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
}

impl Axis {
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
        self.starts.clear();
        self.weights.clear();
        for output in 0..shape.outputs {
            let centre = (f64::from(output) + 0.5) * scale;
            let first = (centre - reach).floor().max(0.0);
            let start = first.min(samples - self.taps as f64);
            let base = self.weights.len();
            let mut sum = 0.0;
            for tap in 0..self.taps {
                let distance = (start + tap as f64 + 0.5 - centre).abs() / reach;
                let weight = (1.0 - distance).max(0.0);
                sum += weight;
                self.weights.push(weight as f32);
            }
            for weight in &mut self.weights[base..] {
                *weight = (f64::from(*weight) / sum) as f32;
            }
            self.starts.push(start as u32);
        }
        self.made_for = Some(shape);
    }

    fn output(&self, index: usize) -> (usize, &[f32]) {
        let weights = &self.weights[index * self.taps..(index + 1) * self.taps];
        (self.starts[index] as usize, weights)
    }
}

/// Sums the source rows that make output row `output`; `row` gets every byte column of the plane.
pub(crate) fn blend_rows(plane: &Plane<'_>, axis: &Axis, output: usize, row: &mut [f32]) {
    const LANES: usize = 32;
    let (start, weights) = axis.output(output);
    let row_bytes = row.len();
    let mut column = 0;
    let (blocks, rest) = row.as_chunks_mut::<LANES>();
    for block in blocks {
        let mut sums = [0.0_f32; LANES];
        for (tap, &weight) in weights.iter().enumerate() {
            let from = (start + tap) * plane.stride + column;
            let source = &plane.bytes[from..from + LANES];
            for (sum, &byte) in sums.iter_mut().zip(source) {
                *sum += weight * f32::from(byte);
            }
        }
        *block = sums;
        column += LANES;
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

/// One component of a row of interleaved samples: every `STEP`th value, starting at `offset`, along the axis.
pub(crate) fn blend_columns<const STEP: usize>(
    row: &[f32],
    offset: usize,
    axis: &Axis,
    output: &mut [f32],
) {
    let component = &row[offset..];
    let weights = axis.weights.chunks_exact(axis.taps);
    for ((sample, &start), weights) in output.iter_mut().zip(&axis.starts).zip(weights) {
        let source = &component[start as usize * STEP..];
        *sample = source
            .iter()
            .step_by(STEP)
            .zip(weights)
            .map(|(value, weight)| value * weight)
            .sum();
    }
}
