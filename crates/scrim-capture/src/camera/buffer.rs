//! From the bytes of a camera's buffer to a frame.

use scrim_frame::{LayoutError, PixelFormat, PixelLayout, Size, YuvEncoding};

use super::negotiate::Encoding;
use crate::jpeg::{self, TableFiller};

/// How a camera's bytes become pixels. Fixed when the camera is opened.
#[derive(Debug)]
pub(super) struct Unpacking {
    encoding: Encoding,
    layout: PixelLayout,
    tables: TableFiller,
}

impl Unpacking {
    /// `stride` is the driver's bytes per line of the first plane; 0 means no padding, as some drivers state.
    pub(super) fn new(
        encoding: Encoding,
        size: Size,
        stride: usize,
        colours: YuvEncoding,
    ) -> Result<Self, LayoutError> {
        let format = match encoding {
            Encoding::Nv12 => PixelFormat::Nv12(colours),
            Encoding::I420 => PixelFormat::I420(colours),
            Encoding::Yuyv | Encoding::Uyvy => PixelFormat::Yuyv(colours),
            Encoding::Rgb => PixelFormat::Rgb8,
            Encoding::Mjpeg => PixelFormat::Rgba8,
        };
        let layout = match encoding {
            Encoding::Mjpeg => PixelLayout::packed(format, size),
            _ if stride == 0 => PixelLayout::packed(format, size),
            Encoding::Nv12 => PixelLayout::with_strides(format, size, &[stride, stride])?,
            Encoding::I420 => {
                let half = stride / 2;
                PixelLayout::with_strides(format, size, &[stride, half, half])?
            }
            Encoding::Yuyv | Encoding::Uyvy | Encoding::Rgb => {
                PixelLayout::with_strides(format, size, &[stride])?
            }
        };
        Ok(Self {
            encoding,
            layout,
            tables: TableFiller::default(),
        })
    }

    /// The layout of the frames.
    pub(super) fn layout(&self) -> PixelLayout {
        self.layout
    }

    /// Whether a buffer holds a whole picture, as far as its length tells. MJPEG says more when it is decoded.
    pub(super) fn fits(&self, bytes: &[u8]) -> bool {
        match self.encoding {
            Encoding::Mjpeg => !bytes.is_empty(),
            _ => bytes.len() >= self.layout.total_bytes(),
        }
    }

    /// Writes the picture in `bytes` to `pixels`, which has the layout's length.
    ///
    /// # Errors
    /// The picture is damaged or too short.
    pub(super) fn unpack(&mut self, bytes: &[u8], pixels: &mut [u8]) -> Result<(), String> {
        if self.encoding == Encoding::Mjpeg {
            let bytes = self.tables.fill(bytes);
            return jpeg::decode_rgba(bytes, self.layout.size(), pixels).map_err(|e| e.to_string());
        }
        let total = self.layout.total_bytes();
        let Some(bytes) = bytes.get(..total) else {
            return Err(format!(
                "a picture of {} bytes where {total} were expected",
                bytes.len()
            ));
        };
        if self.encoding == Encoding::Uyvy {
            // U Y V Y to Y U Y V.
            for (to, from) in pixels.chunks_exact_mut(2).zip(bytes.chunks_exact(2)) {
                to.copy_from_slice(&[from[1], from[0]]);
            }
        } else {
            pixels.copy_from_slice(bytes);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jpeg::tests::{two_halves, without_tables};

    fn unpacking(encoding: Encoding, stride: usize) -> Unpacking {
        let size = Size::new(4, 2).unwrap();
        Unpacking::new(encoding, size, stride, YuvEncoding::BT601_LIMITED).unwrap()
    }

    #[test]
    fn padded_rows_keep_their_stride() {
        let mut nv12 = unpacking(Encoding::Nv12, 8);
        let bytes: Vec<u8> = (0..24).collect();
        let mut pixels = vec![0; nv12.layout().total_bytes()];
        nv12.unpack(&bytes, &mut pixels).unwrap();
        assert_eq!(nv12.layout().stride(1), 8);
        assert_eq!(
            pixels,
            bytes[..20],
            "the padding of the last row is not needed"
        );
        assert!(!nv12.fits(&bytes[..19]));
        assert!(nv12.unpack(&bytes[..19], &mut pixels).is_err());
    }

    #[test]
    fn uyvy_becomes_yuyv() {
        let mut uyvy = unpacking(Encoding::Uyvy, 0);
        let mut pixels = vec![0; 16];
        uyvy.unpack(&[1, 2, 3, 4].repeat(4), &mut pixels).unwrap();
        assert_eq!(pixels[..4], [2, 1, 4, 3]);
    }

    #[test]
    fn mjpeg_is_decoded_and_damage_is_an_error() {
        let mut mjpeg = unpacking(Encoding::Mjpeg, 99);
        let mut pixels = vec![0; 4 * 2 * 4];
        let jpeg = two_halves(4, 2);
        mjpeg.unpack(&jpeg, &mut pixels).unwrap();
        // Buffers are larger than the picture, and what follows it is left over from others.
        mjpeg
            .unpack(&[jpeg.clone(), vec![7; 100]].concat(), &mut pixels)
            .unwrap();
        let with_tables = pixels.clone();
        pixels.fill(0);
        mjpeg.unpack(&without_tables(&jpeg), &mut pixels).unwrap();
        assert_eq!(pixels, with_tables);
        assert!(mjpeg.unpack(&jpeg[..jpeg.len() / 2], &mut pixels).is_err());
        assert!(!mjpeg.fits(&[]));
    }

    #[test]
    fn a_stride_below_the_row_is_refused() {
        let size = Size::new(5, 2).unwrap();
        assert!(Unpacking::new(Encoding::Yuyv, size, 10, YuvEncoding::BT601_LIMITED).is_err());
    }
}
