//! Plain pictures of floats.

use scrim_frame::Size;

/// Four channels a pixel, row by row without padding. What they mean is the pass's to say; colour is red, green, blue.
#[derive(Debug, Clone, PartialEq)]
pub struct Image {
    size: Size,
    pixels: Vec<[f32; 4]>,
}

impl Image {
    /// A picture from a function of column and row.
    pub fn from_fn(size: Size, mut pixel: impl FnMut(u32, u32) -> [f32; 4]) -> Self {
        let pixels = (0..size.height())
            .flat_map(|y| (0..size.width()).map(move |x| (x, y)))
            .map(|(x, y)| pixel(x, y))
            .collect();
        Self { size, pixels }
    }

    /// In pixels.
    #[must_use]
    pub fn size(&self) -> Size {
        self.size
    }

    /// The pixel at column `x` and row `y`; beyond the edges, the nearest one.
    #[must_use]
    pub fn at(&self, x: i64, y: i64) -> [f32; 4] {
        let x = x.clamp(0, i64::from(self.size.width()) - 1) as usize;
        let y = y.clamp(0, i64::from(self.size.height()) - 1) as usize;
        self.pixels[y * self.size.width() as usize + x]
    }

    /// Bilinear interpolation at a position in pixels, where the first pixel's middle is (0.5, 0.5).
    #[must_use]
    pub fn smooth_at(&self, x: f32, y: f32) -> [f32; 4] {
        let (x, y) = (x - 0.5, y - 0.5);
        let (left, top) = (x.floor(), y.floor());
        let (fx, fy) = (x - left, y - top);
        let (left, top) = (left as i64, top as i64);
        let upper = lerp(self.at(left, top), self.at(left + 1, top), fx);
        let lower = lerp(self.at(left, top + 1), self.at(left + 1, top + 1), fx);
        lerp(upper, lower, fy)
    }

    /// Every pixel changed.
    #[must_use]
    pub fn map(&self, change: impl FnMut([f32; 4]) -> [f32; 4]) -> Self {
        Self {
            size: self.size,
            pixels: self.pixels.iter().copied().map(change).collect(),
        }
    }

    /// Rounded to what eight bits a channel hold, as passes do that write such textures.
    #[must_use]
    pub fn eight_bit(&self) -> Self {
        self.map(|p| p.map(|c| (c.clamp(0.0, 1.0) * 255.0).round() / 255.0))
    }

    /// Eight-bit codes, four a pixel.
    #[must_use]
    pub fn codes(&self) -> Vec<u8> {
        self.pixels
            .iter()
            .flatten()
            .map(|c| (c.clamp(0.0, 1.0) * 255.0).round() as u8)
            .collect()
    }
}

/// From `a` at 0 to `b` at 1, exact at both.
#[must_use]
pub fn lerp<const N: usize>(a: [f32; N], b: [f32; N], t: f32) -> [f32; N] {
    std::array::from_fn(|i| a[i] * (1.0 - t) + b[i] * t)
}

/// Colour without the fourth channel.
#[must_use]
pub fn rgb([r, g, b, _]: [f32; 4]) -> [f32; 3] {
    [r, g, b]
}

/// Smooth step of `x` from 0 to `edge`.
#[must_use]
pub fn smooth_step(edge: f32, x: f32) -> f32 {
    let t = (x / edge).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}
