//! What composites are laid out as when they leave the GPU.

use scrim_frame::{PixelFormat, PixelLayout, Size, YuvEncoding};

/// A YUV layout at a fixed size, as a camera has it. Composites of another size stand in the middle of black bars, scaled
/// in linear light; what is transparent lies over black.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Encoding {
    format: PixelFormat,
    yuv: YuvEncoding,
    size: Size,
}

impl Encoding {
    /// An encoding in this format and size; `None` where there is none: the format has no luma, or a side is odd, so that
    /// its last pixels would share chroma with pixels that do not exist.
    #[must_use]
    pub const fn new(format: PixelFormat, size: Size) -> Option<Self> {
        let is_even = size.width().is_multiple_of(2) && size.height().is_multiple_of(2);
        match format.yuv_encoding() {
            Some(yuv) if is_even => Some(Self { format, yuv, size }),
            _ => None,
        }
    }

    /// The pixel format of its composites.
    #[must_use]
    pub const fn format(self) -> PixelFormat {
        self.format
    }

    /// The size of its composites in pixels.
    #[must_use]
    pub const fn size(self) -> Size {
        self.size
    }

    /// How luma and colour difference are made.
    pub(crate) const fn yuv(self) -> YuvEncoding {
        self.yuv
    }

    /// The layout of its composites, without padding.
    pub(crate) fn layout(self) -> PixelLayout {
        PixelLayout::packed(self.format, self.size)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_yuv_with_even_sides_can_be_encoded() {
        let size = |w, h| Size::new(w, h).unwrap();
        let nv12 = PixelFormat::Nv12(YuvEncoding::BT601_LIMITED);
        assert!(Encoding::new(nv12, size(4, 2)).is_some());
        assert!(Encoding::new(nv12, size(3, 2)).is_none());
        assert!(Encoding::new(nv12, size(4, 1)).is_none());
        assert!(Encoding::new(PixelFormat::Rgba8, size(4, 2)).is_none());
    }
}
