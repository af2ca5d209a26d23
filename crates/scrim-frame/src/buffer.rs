//! Bytes with a layout: what frames and composites are made of.

use crate::{PixelFormat, Size};

/// One plane of a picture, borrowed.
#[derive(Debug, Clone, Copy)]
pub struct Plane<'a> {
    /// The samples; the last row may end right after its pixels.
    pub bytes: &'a [u8],
    /// Bytes from the start of a row to the start of the next; at least the bytes that carry pixels.
    pub stride: usize,
    /// Rows.
    pub rows: u32,
}

impl<'a> Plane<'a> {
    /// The rows, each `row_bytes` long, without padding.
    pub fn rows(&self, row_bytes: usize) -> impl Iterator<Item = &'a [u8]> {
        let Self {
            bytes,
            stride,
            rows,
        } = *self;
        (0..rows as usize).map(move |y| &bytes[y * stride..y * stride + row_bytes])
    }
}

/// Why bytes and a layout do not make a picture.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LayoutError {
    /// A stride is smaller than the pixels of its row.
    #[error("plane {plane} has a stride of {stride} bytes, but its rows carry {row_bytes}")]
    StrideTooSmall {
        /// The plane, from 0.
        plane: usize,
        /// The stride given.
        stride: usize,
        /// What a row needs.
        row_bytes: usize,
    },
    /// The buffer ends before the picture does.
    #[error("the buffer holds {have} bytes, but a picture of this size and format needs {need}")]
    TooShort {
        /// Bytes in the buffer.
        have: usize,
        /// Bytes needed.
        need: usize,
    },
    /// Another number of planes than the format has.
    #[error("{have} planes given, but the format has {need}")]
    PlaneCount {
        /// Planes given.
        have: usize,
        /// Planes needed.
        need: usize,
    },
}

/// Where the planes of a picture lie in one run of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PixelLayout {
    format: PixelFormat,
    size: Size,
    offsets: [usize; 3],
    strides: [usize; 3],
    total_bytes: usize,
}

impl PixelLayout {
    /// Planes one after the other, rows without padding.
    #[must_use]
    pub fn packed(format: PixelFormat, size: Size) -> Self {
        let mut strides = [0; 3];
        for (plane, stride) in strides.iter_mut().enumerate().take(format.plane_count()) {
            *stride = format.row_bytes(plane, size.width());
        }
        Self::from_strides(format, size, strides)
    }

    /// Planes one after the other, with the strides in bytes that a driver or decoder states.
    ///
    /// # Errors
    /// Too few or too many strides, or one that is smaller than its row.
    pub fn with_strides(
        format: PixelFormat,
        size: Size,
        strides: &[usize],
    ) -> Result<Self, LayoutError> {
        let need = format.plane_count();
        if strides.len() != need {
            return Err(LayoutError::PlaneCount {
                have: strides.len(),
                need,
            });
        }
        let mut kept = [0; 3];
        for (plane, &stride) in strides.iter().enumerate() {
            let row_bytes = format.row_bytes(plane, size.width());
            if stride < row_bytes {
                return Err(LayoutError::StrideTooSmall {
                    plane,
                    stride,
                    row_bytes,
                });
            }
            kept[plane] = stride;
        }
        Ok(Self::from_strides(format, size, kept))
    }

    fn from_strides(format: PixelFormat, size: Size, strides: [usize; 3]) -> Self {
        let mut offsets = [0; 3];
        let mut end = 0;
        let mut total_bytes = 0;
        for plane in 0..format.plane_count() {
            let rows = format.plane_rows(plane, size.height()) as usize;
            offsets[plane] = end;
            // Drivers may leave out the padding of the very last row, so it is not asked for.
            total_bytes = end + (rows - 1) * strides[plane] + format.row_bytes(plane, size.width());
            end += rows * strides[plane];
        }
        Self {
            format,
            size,
            offsets,
            strides,
            total_bytes,
        }
    }

    /// The pixel format.
    #[must_use]
    pub const fn format(&self) -> PixelFormat {
        self.format
    }

    /// The size in pixels.
    #[must_use]
    pub const fn size(&self) -> Size {
        self.size
    }

    /// Bytes that a buffer must hold at least.
    #[must_use]
    pub const fn total_bytes(&self) -> usize {
        self.total_bytes
    }

    /// Bytes between the starts of two rows of `plane`.
    #[must_use]
    pub const fn stride(&self, plane: usize) -> usize {
        self.strides[plane]
    }

    fn range(&self, plane: usize) -> std::ops::Range<usize> {
        let rows = self.format.plane_rows(plane, self.size.height()) as usize;
        let start = self.offsets[plane];
        start
            ..start
                + (rows - 1) * self.strides[plane]
                + self.format.row_bytes(plane, self.size.width())
    }
}

/// Owned bytes with the layout that says where the planes lie.
#[derive(Debug, Clone)]
pub struct PixelBuffer {
    layout: PixelLayout,
    bytes: Vec<u8>,
}

impl PixelBuffer {
    /// Takes bytes that are already laid out.
    ///
    /// # Errors
    /// The bytes end before the picture does.
    pub fn new(layout: PixelLayout, bytes: Vec<u8>) -> Result<Self, LayoutError> {
        if bytes.len() < layout.total_bytes() {
            return Err(LayoutError::TooShort {
                have: bytes.len(),
                need: layout.total_bytes(),
            });
        }
        Ok(Self { layout, bytes })
    }

    /// A buffer of zero bytes (black in RGB with alpha 0; green in YUV).
    #[must_use]
    pub fn zeroed(layout: PixelLayout) -> Self {
        Self {
            layout,
            bytes: vec![0; layout.total_bytes()],
        }
    }

    /// Gives the buffer another layout, keeping its memory when it is large enough. Old bytes may remain.
    pub(crate) fn relayout(&mut self, layout: PixelLayout) {
        self.bytes.resize(layout.total_bytes(), 0);
        self.layout = layout;
    }

    /// The layout.
    #[must_use]
    pub const fn layout(&self) -> &PixelLayout {
        &self.layout
    }

    /// All bytes, padding included.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// All bytes, padding included, to write.
    pub fn bytes_mut(&mut self) -> &mut [u8] {
        &mut self.bytes
    }

    /// One plane, from 0 to [`PixelFormat::plane_count`] − 1.
    ///
    /// # Panics
    /// The format has no such plane.
    #[must_use]
    pub fn plane(&self, plane: usize) -> Plane<'_> {
        assert!(
            plane < self.layout.format.plane_count(),
            "{} has no plane {plane}",
            self.layout.format
        );
        Plane {
            bytes: &self.bytes[self.layout.range(plane)],
            stride: self.layout.strides[plane],
            rows: self
                .layout
                .format
                .plane_rows(plane, self.layout.size.height()),
        }
    }

    /// The bytes of one plane, to write; rows lie [`PixelLayout::stride`] apart.
    ///
    /// # Panics
    /// The format has no such plane.
    pub fn plane_mut(&mut self, plane: usize) -> &mut [u8] {
        assert!(
            plane < self.layout.format.plane_count(),
            "{} has no plane {plane}",
            self.layout.format
        );
        let range = self.layout.range(plane);
        &mut self.bytes[range]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::YuvEncoding;

    fn size(w: u32, h: u32) -> Size {
        Size::new(w, h).unwrap()
    }

    #[test]
    fn packed_planes_follow_each_other() {
        let layout = PixelLayout::packed(PixelFormat::I420(YuvEncoding::BT601_LIMITED), size(5, 3));
        assert_eq!(layout.total_bytes(), 15 + 6 + 6);
        let mut buffer = PixelBuffer::zeroed(layout);
        buffer.plane_mut(2)[0] = 9;
        assert_eq!(buffer.bytes()[21], 9);
        assert_eq!(buffer.plane(1).rows(3).count(), 2);
    }

    #[test]
    fn padding_is_skipped_and_the_last_row_needs_none() {
        let layout = PixelLayout::with_strides(PixelFormat::Rgb8, size(2, 2), &[8]).unwrap();
        assert_eq!(layout.total_bytes(), 14);
        let buffer = PixelBuffer::new(layout, (0..14).collect()).unwrap();
        let rows: Vec<_> = buffer.plane(0).rows(6).map(<[u8]>::to_vec).collect();
        assert_eq!(rows, [vec![0, 1, 2, 3, 4, 5], vec![8, 9, 10, 11, 12, 13]]);
    }

    #[test]
    fn wrong_layouts_are_refused_with_numbers() {
        let error = PixelLayout::with_strides(PixelFormat::Rgba8, size(4, 4), &[15]).unwrap_err();
        assert_eq!(
            error,
            LayoutError::StrideTooSmall {
                plane: 0,
                stride: 15,
                row_bytes: 16
            }
        );
        assert!(PixelLayout::with_strides(PixelFormat::Rgba8, size(4, 4), &[16, 16]).is_err());
        let layout = PixelLayout::packed(PixelFormat::Rgba8, size(4, 4));
        assert_eq!(
            PixelBuffer::new(layout, vec![0; 63]).unwrap_err(),
            LayoutError::TooShort { have: 63, need: 64 }
        );
    }
}
