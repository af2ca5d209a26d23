//! Frame to input tensor: scale, convert colour at the small size, normalise, planes of float32.

use ndarray::{ArrayViewMut4, Axis};
use scrim_frame::{Frame, PixelFormat, Size, YuvEncoding, YuvRange};

use crate::manifest::InputSpec;
use crate::resample::{AxisShape, AxisWeights, LANES, blend_pixels, blend_rows, blend_samples};

/// Makes input tensors, keeping all its memory from frame to frame.
///
/// Colour stays encoded (sRGB-like), as in the pictures that models are trained on. Alpha in RGBA and BGRA is not
/// looked at. Chroma is taken as centred between its luma samples; siting it left would move it by less than a
/// quarter of an input pixel.
#[derive(Debug)]
pub struct Preprocessor {
    /// `tensor = code * gain + bias`, for red, green and blue.
    gain: [f32; 3],
    bias: [f32; 3],
    luma: Axes,
    chroma: Axes,
    row: Vec<f32>,
    components: [Vec<f32>; 3],
}

/// MODNet's own normalisation, for a model that comes without a manifest.
impl Default for Preprocessor {
    fn default() -> Self {
        Self::new(&InputSpec::default())
    }
}

#[derive(Debug, Default)]
struct Axes {
    horizontal: AxisWeights,
    vertical: AxisWeights,
}

impl Axes {
    /// `shrink` is how many pixels of the picture one sample of the plane covers, horizontally and vertically.
    fn prepare(&mut self, picture: Size, shrink: (u32, u32), spread: usize, input: Size) {
        let shape = |side: u32, shrink: u32, outputs, spread| AxisShape {
            samples: side.div_ceil(shrink),
            span: side as f32 / shrink as f32,
            outputs,
            spread,
        };
        self.horizontal
            .prepare(shape(picture.width(), shrink.0, input.width(), spread));
        self.vertical
            .prepare(shape(picture.height(), shrink.1, input.height(), 1));
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

    /// Writes the tensor `[1, 3, height, width]` from a frame of any format and size: red, green and blue, normalised.
    /// The whole frame is squeezed into the tensor's sides.
    ///
    /// # Panics
    /// The tensor has no such shape, or no pixels.
    pub fn fill(&mut self, frame: &Frame, mut tensor: ArrayViewMut4<'_, f32>) {
        let (batch, planes, height, width) = tensor.dim();
        assert_eq!((batch, planes), (1, 3), "one picture of three planes");
        let input = Size::new(width as u32, height as u32).expect("a tensor with pixels");
        self.prepare(frame, input);
        let colours = frame.format().yuv_encoding().map(YuvToRgb::new);
        let mut picture = tensor.index_axis_mut(Axis(0), 0);
        for y in 0..height {
            self.gather(frame, y);
            if let Some(colours) = &colours {
                colours.convert(&mut self.components);
            }
            let mut rows = picture.index_axis_mut(Axis(1), y);
            for (c, mut row) in rows.outer_iter_mut().enumerate() {
                let (gain, bias) = (self.gain[c], self.bias[c]);
                for (out, code) in row.iter_mut().zip(&self.components[c]) {
                    *out = code * gain + bias;
                }
            }
        }
    }

    fn prepare(&mut self, frame: &Frame, input: Size) {
        let picture = frame.size();
        let spread = match frame.format() {
            PixelFormat::Yuyv(_) => 2,
            _ => 1,
        };
        self.luma.prepare(picture, (1, 1), spread, input);
        match frame.format() {
            PixelFormat::Nv12(_) | PixelFormat::I420(_) => {
                self.chroma.prepare(picture, (2, 2), 1, input);
            }
            PixelFormat::Yuyv(_) => self.chroma.prepare(picture, (2, 1), 1, input),
            PixelFormat::Rgba8 | PixelFormat::Bgra8 | PixelFormat::Rgb8 => {}
        }
        for component in &mut self.components {
            component.resize(input.width() as usize, 0.0);
        }
    }

    /// Fills the three components of input row `y`: red, green, blue, or luma and two of chroma.
    fn gather(&mut self, frame: &Frame, y: usize) {
        self.blend(frame, 0, y);
        let [first, second, third] = &mut self.components;
        let (luma, chroma) = (&self.luma.horizontal, &self.chroma.horizontal);
        match frame.format() {
            PixelFormat::Rgb8 => blend_pixels::<3>(&self.row, luma, |x, [red, green, blue, _]| {
                (first[x], second[x], third[x]) = (red, green, blue);
            }),
            PixelFormat::Rgba8 => blend_pixels::<4>(&self.row, luma, |x, [red, green, blue, _]| {
                (first[x], second[x], third[x]) = (red, green, blue);
            }),
            PixelFormat::Bgra8 => blend_pixels::<4>(&self.row, luma, |x, [blue, green, red, _]| {
                (first[x], second[x], third[x]) = (red, green, blue);
            }),
            PixelFormat::Yuyv(_) => {
                blend_samples(&self.row, luma, first);
                blend_pixels::<4>(&self.row, chroma, |x, [_, u, _, v]| {
                    (second[x], third[x]) = (u, v);
                });
            }
            PixelFormat::Nv12(_) => {
                blend_samples(&self.row, luma, first);
                self.blend(frame, 1, y);
                let [_, second, third] = &mut self.components;
                blend_pixels::<2>(&self.row, &self.chroma.horizontal, |x, [u, v, _, _]| {
                    (second[x], third[x]) = (u, v);
                });
            }
            PixelFormat::I420(_) => {
                blend_samples(&self.row, luma, first);
                for plane in [1, 2] {
                    self.blend(frame, plane, y);
                    let output = &mut self.components[plane];
                    blend_samples(&self.row, &self.chroma.horizontal, output);
                }
            }
        }
    }

    fn blend(&mut self, frame: &Frame, plane: usize, y: usize) {
        let row_bytes = frame.format().row_bytes(plane, frame.size().width());
        self.row.resize(row_bytes + LANES, 0.0);
        let axes = if plane == 0 { &self.luma } else { &self.chroma };
        let row = &mut self.row[..row_bytes];
        blend_rows(&frame.plane(plane), &axes.vertical, y, row);
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
