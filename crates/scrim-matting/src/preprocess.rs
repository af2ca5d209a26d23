//! Frame to input tensor: scale, convert colour at the small size, normalise, planes of float32.

use scrim_frame::{Frame, PixelFormat, Plane, Size, YuvEncoding, YuvRange};

use crate::manifest::InputSpec;
use crate::resample::{Axis, AxisShape, blend_columns, blend_rows};

/// Makes input tensors, keeping all its memory from frame to frame.
///
/// Colour stays encoded (sRGB-like), as in the pictures that models are trained on. Alpha in RGBA and BGRA is not
/// looked at. Chroma is taken as centred between its luma samples; siting it left would move it by less than a
/// quarter of an input pixel.
#[derive(Debug)]
pub(crate) struct Preprocessor {
    /// `tensor = code * gain + bias`, for red, green and blue.
    gain: [f32; 3],
    bias: [f32; 3],
    luma: Axes,
    chroma: Axes,
    row: Vec<f32>,
    components: [Vec<f32>; 3],
}

#[derive(Debug, Default)]
struct Axes {
    horizontal: Axis,
    vertical: Axis,
}

impl Axes {
    /// `shrink` is how many pixels of the picture one sample of the plane covers, horizontally and vertically.
    fn prepare(&mut self, picture: Size, shrink: (u32, u32), input: Size) {
        let shape = |side: u32, shrink: u32, outputs| AxisShape {
            samples: side.div_ceil(shrink),
            span: side as f32 / shrink as f32,
            outputs,
        };
        self.horizontal
            .prepare(shape(picture.width(), shrink.0, input.width()));
        self.vertical
            .prepare(shape(picture.height(), shrink.1, input.height()));
    }
}

impl Preprocessor {
    pub(crate) fn new(spec: &InputSpec) -> Self {
        let gain = spec.scale.map(|scale| 1.0 / scale);
        let bias = std::array::from_fn(|c| -spec.mean[c] / spec.scale[c]);
        Self {
            gain,
            bias,
            luma: Axes::default(),
            chroma: Axes::default(),
            row: Vec::new(),
            components: Default::default(),
        }
    }

    /// Writes `tensor`, `[3, height, width]` of `input`, from a frame of any format and size.
    ///
    /// # Panics
    /// The tensor is not 3 × width × height long.
    pub(crate) fn fill(&mut self, frame: &Frame, input: Size, tensor: &mut [f32]) {
        assert_eq!(tensor.len(), input.pixels() * 3, "a tensor of {input}");
        self.prepare(frame, input);
        let width = input.width() as usize;
        let colours = frame.format().yuv_encoding().map(YuvToRgb::new);
        let (red, rest) = tensor.split_at_mut(input.pixels());
        let (green, blue) = rest.split_at_mut(input.pixels());
        let rows = red
            .chunks_exact_mut(width)
            .zip(green.chunks_exact_mut(width))
            .zip(blue.chunks_exact_mut(width));
        for (y, ((red, green), blue)) in rows.enumerate() {
            self.gather(frame, y);
            if let Some(colours) = &colours {
                colours.convert(&mut self.components);
            }
            for (c, plane) in [red, green, blue].into_iter().enumerate() {
                let (gain, bias) = (self.gain[c], self.bias[c]);
                for (out, code) in plane.iter_mut().zip(&self.components[c]) {
                    *out = code * gain + bias;
                }
            }
        }
    }

    fn prepare(&mut self, frame: &Frame, input: Size) {
        self.luma.prepare(frame.size(), (1, 1), input);
        match frame.format() {
            PixelFormat::Nv12(_) | PixelFormat::I420(_) => {
                self.chroma.prepare(frame.size(), (2, 2), input);
            }
            PixelFormat::Yuyv(_) => self.chroma.prepare(frame.size(), (2, 1), input),
            PixelFormat::Rgba8 | PixelFormat::Bgra8 | PixelFormat::Rgb8 => {}
        }
        for component in &mut self.components {
            component.resize(input.width() as usize, 0.0);
        }
    }

    /// Fills the three components of input row `y`: red, green, blue, or luma and two of chroma.
    fn gather(&mut self, frame: &Frame, y: usize) {
        match frame.format() {
            PixelFormat::Rgb8 => self.interleaved::<3>(frame, y, [0, 1, 2]),
            PixelFormat::Rgba8 => self.interleaved::<4>(frame, y, [0, 1, 2]),
            PixelFormat::Bgra8 => self.interleaved::<4>(frame, y, [2, 1, 0]),
            PixelFormat::Yuyv(_) => {
                self.blend(frame, 0, y, false);
                self.component::<2>(0, 0, false);
                self.component::<4>(1, 1, true);
                self.component::<4>(2, 3, true);
            }
            PixelFormat::Nv12(_) => {
                self.blend(frame, 0, y, false);
                self.component::<1>(0, 0, false);
                self.blend(frame, 1, y, true);
                self.component::<2>(1, 0, true);
                self.component::<2>(2, 1, true);
            }
            PixelFormat::I420(_) => {
                for plane in 0..3 {
                    self.blend(frame, plane, y, plane > 0);
                    self.component::<1>(plane, 0, plane > 0);
                }
            }
        }
    }

    fn interleaved<const STEP: usize>(&mut self, frame: &Frame, y: usize, offsets: [usize; 3]) {
        self.blend(frame, 0, y, false);
        for (component, offset) in offsets.into_iter().enumerate() {
            self.component::<STEP>(component, offset, false);
        }
    }

    fn blend(&mut self, frame: &Frame, plane: usize, y: usize, is_chroma: bool) {
        let row_bytes = frame.format().row_bytes(plane, frame.size().width());
        self.row.resize(row_bytes, 0.0);
        let axes = if is_chroma { &self.chroma } else { &self.luma };
        let plane: Plane<'_> = frame.plane(plane);
        blend_rows(&plane, &axes.vertical, y, &mut self.row);
    }

    fn component<const STEP: usize>(&mut self, component: usize, offset: usize, is_chroma: bool) {
        let axes = if is_chroma { &self.chroma } else { &self.luma };
        let output = &mut self.components[component];
        blend_columns::<STEP>(&self.row, offset, &axes.horizontal, output);
    }
}

/// Codes of luma and colour difference to codes of red, green and blue.
struct YuvToRgb {
    luma_zero: f32,
    luma_gain: f32,
    red_v: f32,
    green_u: f32,
    green_v: f32,
    blue_u: f32,
}

impl YuvToRgb {
    /// The equations of ITU-R BT.601 and BT.709, which differ only in their weights.
    fn new(encoding: YuvEncoding) -> Self {
        let (kr, kb) = encoding.matrix.weights();
        let kg = 1.0 - kr - kb;
        let (luma_zero, luma_gain, chroma_gain) = match encoding.range {
            YuvRange::Limited => (16.0, 255.0 / 219.0, 255.0 / 224.0),
            YuvRange::Full => (0.0, 1.0, 1.0),
        };
        Self {
            luma_zero,
            luma_gain,
            red_v: chroma_gain * 2.0 * (1.0 - kr),
            green_u: -chroma_gain * 2.0 * (1.0 - kb) * kb / kg,
            green_v: -chroma_gain * 2.0 * (1.0 - kr) * kr / kg,
            blue_u: chroma_gain * 2.0 * (1.0 - kb),
        }
    }

    /// In place, clamped to 0..=255 as an eight-bit picture would be.
    fn convert(&self, components: &mut [Vec<f32>; 3]) {
        let [first, second, third] = components;
        for ((a, b), c) in first.iter_mut().zip(second).zip(third) {
            let (y, u, v) = (
                (*a - self.luma_zero) * self.luma_gain,
                *b - 128.0,
                *c - 128.0,
            );
            *a = (y + self.red_v * v).clamp(0.0, 255.0);
            *b = (y + self.green_u * u + self.green_v * v).clamp(0.0, 255.0);
            *c = (y + self.blue_u * u).clamp(0.0, 255.0);
        }
    }
}
