//! The colours of a frame, whatever its layout.

use scrim_frame::{Frame, PixelFormat, Plane, Size, YuvEncoding, YuvRange};

/// A frame that can be asked for single pixels.
pub struct Pixels<'a> {
    size: Size,
    format: PixelFormat,
    planes: Vec<Plane<'a>>,
}

impl<'a> Pixels<'a> {
    pub fn of(frame: &'a Frame) -> Self {
        Self {
            size: frame.size(),
            format: frame.format(),
            planes: (0..frame.format().plane_count())
                .map(|plane| frame.plane(plane))
                .collect(),
        }
    }

    pub fn size(&self) -> Size {
        self.size
    }

    /// Encoded RGB, by the matrix and range that the frame states.
    pub fn rgb(&self, x: u32, y: u32) -> [u8; 3] {
        let (x, y) = (x as usize, y as usize);
        let byte = |plane: usize, row: usize, column: usize| {
            self.planes[plane].bytes[row * self.planes[plane].stride + column]
        };
        let packed = |order: [usize; 3], width: usize| order.map(|at| byte(0, y, x * width + at));
        match self.format {
            PixelFormat::Rgba8 => packed([0, 1, 2], 4),
            PixelFormat::Bgra8 => packed([2, 1, 0], 4),
            PixelFormat::Rgb8 => packed([0, 1, 2], 3),
            PixelFormat::Yuyv(encoding) => {
                let pair = x / 2 * 4;
                let yuv = [
                    byte(0, y, x * 2),
                    byte(0, y, pair + 1),
                    byte(0, y, pair + 3),
                ];
                from_yuv(yuv, encoding)
            }
            PixelFormat::Nv12(encoding) => {
                let (row, pair) = (y / 2, x / 2 * 2);
                let yuv = [byte(0, y, x), byte(1, row, pair), byte(1, row, pair + 1)];
                from_yuv(yuv, encoding)
            }
            PixelFormat::I420(encoding) => {
                let (row, column) = (y / 2, x / 2);
                let yuv = [byte(0, y, x), byte(1, row, column), byte(2, row, column)];
                from_yuv(yuv, encoding)
            }
        }
    }

    /// The mean colour of the middle quarter, by some hundred points.
    pub fn mean_of_the_middle(&self) -> [u32; 3] {
        let (width, height) = (self.size.width(), self.size.height());
        let mut sums = [0; 3];
        let mut points = 0;
        for row in 0..12 {
            for column in 0..12 {
                let x = width / 4 + width * column / 24;
                let y = height / 4 + height * row / 24;
                for (sum, value) in sums.iter_mut().zip(self.rgb(x, y)) {
                    *sum += u32::from(value);
                }
                points += 1;
            }
        }
        sums.map(|sum| sum / points)
    }
}

fn from_yuv([y, u, v]: [u8; 3], encoding: YuvEncoding) -> [u8; 3] {
    let (luma, chroma) = match encoding.range {
        YuvRange::Limited => ((f32::from(y) - 16.0) / 219.0, 224.0),
        YuvRange::Full => (f32::from(y) / 255.0, 255.0),
    };
    let [cb, cr] = [u, v].map(|value| (f32::from(value) - 128.0) / chroma);
    let (kr, kb) = encoding.matrix.weights();
    let r = luma + 2.0 * (1.0 - kr) * cr;
    let b = luma + 2.0 * (1.0 - kb) * cb;
    let g = (luma - kr * r - kb * b) / (1.0 - kr - kb);
    [r, g, b].map(|value| (value * 255.0).round().clamp(0.0, 255.0) as u8)
}
