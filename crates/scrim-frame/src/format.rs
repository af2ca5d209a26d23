//! Pixel formats and picture sizes.

use std::fmt;

/// Which weights turn luma and colour difference into red, green and blue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum YuvMatrix {
    /// ITU-R BT.601: Kr = 0.299, Kb = 0.114. What webcams and JPEG use.
    Bt601,
    /// ITU-R BT.709: Kr = 0.2126, Kb = 0.0722. What HD video files use.
    Bt709,
}

impl YuvMatrix {
    /// The weights `(Kr, Kb)` of red and blue in luma; green's is `1 − Kr − Kb`.
    #[must_use]
    pub const fn weights(self) -> (f32, f32) {
        match self {
            Self::Bt601 => (0.299, 0.114),
            Self::Bt709 => (0.2126, 0.0722),
        }
    }
}

/// Which part of the eight-bit codes carries the picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum YuvRange {
    /// Luma 16..=235, colour difference 16..=240 about 128 (video).
    Limited,
    /// 0..=255 for all, colour difference about 128 (JPEG).
    Full,
}

/// How luma and colour difference are encoded; without it, a YUV picture has no defined colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct YuvEncoding {
    /// The weights.
    pub matrix: YuvMatrix,
    /// The range.
    pub range: YuvRange,
}

impl YuvEncoding {
    /// BT.601 with limited range: what V4L2 drivers mean when they state nothing for standard-definition YUYV and NV12.
    pub const BT601_LIMITED: Self = Self {
        matrix: YuvMatrix::Bt601,
        range: YuvRange::Limited,
    };
    /// BT.601 with full range: JPEG, hence MJPEG.
    pub const BT601_FULL: Self = Self {
        matrix: YuvMatrix::Bt601,
        range: YuvRange::Full,
    };
    /// BT.709 with limited range: HD video files.
    pub const BT709_LIMITED: Self = Self {
        matrix: YuvMatrix::Bt709,
        range: YuvRange::Limited,
    };
}

/// The layout of the samples of a picture, eight bits each, encoded (gamma) sRGB or YUV over the same transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PixelFormat {
    /// Red, green, blue, straight alpha; four bytes a pixel.
    Rgba8,
    /// Blue, green, red, straight alpha; four bytes a pixel.
    Bgra8,
    /// Red, green, blue; three bytes a pixel.
    Rgb8,
    /// A plane of luma, then a plane of interleaved U V at half width and height (4:2:0).
    Nv12(YuvEncoding),
    /// One plane of Y0 U Y1 V, two pixels in four bytes (4:2:2).
    Yuyv(YuvEncoding),
    /// A plane of luma, one of U and one of V, the last two at half width and height (4:2:0).
    I420(YuvEncoding),
}

impl PixelFormat {
    /// How many planes a picture in this format has: 1 to 3.
    #[must_use]
    pub const fn plane_count(self) -> usize {
        match self {
            Self::Rgba8 | Self::Bgra8 | Self::Rgb8 | Self::Yuyv(_) => 1,
            Self::Nv12(_) => 2,
            Self::I420(_) => 3,
        }
    }

    /// Bytes that carry pixels in one row of `plane`; the stride may be larger. Odd widths round chroma up.
    #[must_use]
    pub const fn row_bytes(self, plane: usize, width: u32) -> usize {
        let width = width as usize;
        match self {
            Self::Rgba8 | Self::Bgra8 => width * 4,
            Self::Rgb8 => width * 3,
            Self::Yuyv(_) => width.div_ceil(2) * 4,
            Self::Nv12(_) | Self::I420(_) if plane == 0 => width,
            Self::Nv12(_) => width.div_ceil(2) * 2,
            Self::I420(_) => width.div_ceil(2),
        }
    }

    /// Rows in `plane`. Odd heights round chroma up.
    #[must_use]
    pub const fn plane_rows(self, plane: usize, height: u32) -> u32 {
        match self {
            Self::Nv12(_) | Self::I420(_) if plane > 0 => height.div_ceil(2),
            _ => height,
        }
    }

    /// The encoding of luma and colour difference, for the YUV formats.
    #[must_use]
    pub const fn yuv_encoding(self) -> Option<YuvEncoding> {
        match self {
            Self::Nv12(e) | Self::Yuyv(e) | Self::I420(e) => Some(e),
            _ => None,
        }
    }

    /// The name users know it by.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rgba8 => "RGBA",
            Self::Bgra8 => "BGRA",
            Self::Rgb8 => "RGB",
            Self::Nv12(_) => "NV12",
            Self::Yuyv(_) => "YUYV",
            Self::I420(_) => "I420",
        }
    }
}

impl fmt::Display for PixelFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The sides of a picture in pixels, each 1 to [`Size::MAX_SIDE`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Size {
    width: u32,
    height: u32,
}

/// Why two numbers are not the sides of a picture.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a picture of {width}×{height} pixels: each side must be 1 to {max}", max = Size::MAX_SIDE)]
pub struct SizeError {
    /// The width that was asked for.
    pub width: u32,
    /// The height that was asked for.
    pub height: u32,
}

impl Size {
    /// The largest side. 16384 is the largest texture side that current desktop GPUs share, and it keeps a picture's
    /// byte count (at most 1 GiB in RGBA) within `u32`.
    pub const MAX_SIDE: u32 = 16384;

    /// A size.
    ///
    /// # Errors
    /// A side is zero or above [`Self::MAX_SIDE`].
    pub const fn new(width: u32, height: u32) -> Result<Self, SizeError> {
        if width == 0 || height == 0 || width > Self::MAX_SIDE || height > Self::MAX_SIDE {
            return Err(SizeError { width, height });
        }
        Ok(Self { width, height })
    }

    /// Pixels in a row.
    #[must_use]
    pub const fn width(self) -> u32 {
        self.width
    }

    /// Rows.
    #[must_use]
    pub const fn height(self) -> u32 {
        self.height
    }

    /// Width times height.
    #[must_use]
    pub const fn pixels(self) -> usize {
        self.width as usize * self.height as usize
    }

    /// Width divided by height.
    #[must_use]
    pub fn aspect(self) -> f32 {
        self.width as f32 / self.height as f32
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}×{}", self.width, self.height)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_sides_round_chroma_up() {
        let nv12 = PixelFormat::Nv12(YuvEncoding::BT601_LIMITED);
        assert_eq!(
            (
                nv12.row_bytes(0, 5),
                nv12.row_bytes(1, 5),
                nv12.plane_rows(1, 3)
            ),
            (5, 6, 2)
        );
        let i420 = PixelFormat::I420(YuvEncoding::BT601_LIMITED);
        assert_eq!((i420.row_bytes(1, 5), i420.plane_rows(2, 3)), (3, 2));
        assert_eq!(
            PixelFormat::Yuyv(YuvEncoding::BT601_FULL).row_bytes(0, 5),
            12
        );
    }

    #[test]
    fn sizes_are_bounded() {
        assert!(Size::new(0, 4).is_err());
        assert!(Size::new(4, Size::MAX_SIDE + 1).is_err());
        assert_eq!(Size::new(1366, 768).unwrap().pixels(), 1_049_088);
        assert!(Size::new(0, 4).unwrap_err().to_string().contains("0×4"));
    }
}
