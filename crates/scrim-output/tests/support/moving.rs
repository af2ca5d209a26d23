//! A picture that moves, says its own number, and is known in every pixel.

/// Its sides.
pub const WIDTH: u32 = 320;
pub const HEIGHT: u32 = 240;

/// The side of the squares along the upper edge, one for each bit of the number: white is one.
const SQUARE: u32 = 16;
const BITS: u32 = 16;

/// The colour of a pixel of picture `n`.
pub fn colour(n: u32, x: u32, y: u32) -> [u8; 4] {
    let (r, g, b) = if y < SQUARE && x < SQUARE * BITS {
        let level = if n >> (x / SQUARE) & 1 == 1 { 255 } else { 0 };
        (level, level, level)
    } else {
        (
            (x + 4 * n) as u8,
            (y + 2 * n) as u8,
            (u32::midpoint(x, y) + n) as u8,
        )
    };
    [r, g, b, 255]
}

/// How a picture lies in memory, by GStreamer's names.
#[derive(Debug, Clone, Copy)]
pub enum Layout {
    Yuy2,
    I420,
    Nv12,
}

impl Layout {
    pub const ALL: [Self; 3] = [Self::Yuy2, Self::I420, Self::Nv12];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Yuy2 => "YUY2",
            Self::I420 => "I420",
            Self::Nv12 => "NV12",
        }
    }

    pub const fn bytes(self) -> usize {
        let pixels = (WIDTH * HEIGHT) as usize;
        match self {
            Self::Yuy2 => pixels * 2,
            Self::I420 | Self::Nv12 => pixels * 3 / 2,
        }
    }

    fn luma_at(self, x: u32, y: u32) -> usize {
        let at = (y * WIDTH + x) as usize;
        match self {
            Self::Yuy2 => at * 2,
            Self::I420 | Self::Nv12 => at,
        }
    }

    /// Where U and V of the pixels that share them lie, and how many rows share them.
    fn chroma_at(self, x: u32, y: u32) -> ([usize; 2], u32) {
        let pixels = (WIDTH * HEIGHT) as usize;
        match self {
            Self::Yuy2 => {
                let at = self.luma_at(x, y);
                ([at + 1, at + 3], 1)
            }
            Self::I420 => {
                let at = pixels + (y / 2 * WIDTH / 2 + x / 2) as usize;
                ([at, at + pixels / 4], 2)
            }
            Self::Nv12 => {
                let at = pixels + (y / 2 * WIDTH + x) as usize;
                ([at, at + 1], 2)
            }
        }
    }

    /// The number of a picture.
    fn number(self, picture: &[u8]) -> u32 {
        let bit = |i: u32| {
            let luma = picture[self.luma_at(i * SQUARE + SQUARE / 2, SQUARE / 2)];
            u32::from(luma > 128) << i
        };
        (0..BITS).map(bit).sum()
    }

    /// The numbers of these pictures, every one of which is right in every pixel.
    pub fn check(self, pictures: &[u8]) -> Vec<u32> {
        let pictures = pictures.chunks_exact(self.bytes());
        pictures.map(|picture| self.check_one(picture)).collect()
    }

    fn check_one(self, picture: &[u8]) -> u32 {
        let n = self.number(picture);
        let near = |at: usize, exact: f64, what: &str, x, y| {
            let is = f64::from(picture[at]);
            // Half a code is rounding; the rest leaves room for another way to count.
            assert!(
                (is - exact).abs() <= 1.0,
                "{self:?} {n}: {what} at {x}, {y} is {is}, not {exact:.1}"
            );
        };
        for y in 0..HEIGHT {
            for x in 0..WIDTH {
                near(self.luma_at(x, y), yuv(&[colour(n, x, y)])[0], "Y", x, y);
                let ([u, v], rows) = self.chroma_at(x, y);
                if x % 2 == 0 && y % rows == 0 {
                    let mut block = [[0; 4]; 4];
                    let count = 2 * rows as usize;
                    for (i, pixel) in block.iter_mut().take(count).enumerate() {
                        *pixel = colour(n, x + i as u32 % 2, y + i as u32 / 2);
                    }
                    let [_, exact_u, exact_v] = yuv(&block[..count]);
                    near(u, exact_u, "U", x, y);
                    near(v, exact_v, "V", x, y);
                }
            }
        }
        n
    }
}

/// Y, U and V of the mean of these pixels by BT.601-7 in limited range (2.5.1 to 2.5.3).
fn yuv(pixels: &[[u8; 4]]) -> [f64; 3] {
    let mean = |i: usize| {
        let sum: f64 = pixels.iter().map(|p| f64::from(p[i])).sum();
        sum / pixels.len() as f64 / 255.0
    };
    let [r, g, b] = [mean(0), mean(1), mean(2)];
    let y = 0.299 * r + 0.587 * g + 0.114 * b;
    [
        16.0 + 219.0 * y,
        128.0 + 224.0 * (b - y) / 1.772,
        128.0 + 224.0 * (r - y) / 1.402,
    ]
}
