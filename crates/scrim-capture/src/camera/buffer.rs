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
        let layout = layout_of(encoding, format, size, stride)?;
        Ok(Self {
            encoding,
            layout,
            tables: TableFiller::default(),
        })
    }

    /// Takes the stride from the length of a buffer whose driver states none.
    ///
    /// # Errors
    /// The length is that of no picture of this size.
    pub(super) fn fit_to(&mut self, length: usize) -> Result<(), String> {
        if self.encoding == Encoding::Mjpeg {
            return Ok(());
        }
        let (size, format) = (self.layout.size(), self.layout.format());
        let stride = stride_of(self.encoding, PixelLayout::packed(format, size), length)?;
        self.layout = layout_of(self.encoding, format, size, stride).map_err(|e| e.to_string())?;
        Ok(())
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

/// The layout with this many bytes from line to line of the first plane; 0 means no padding.
fn layout_of(
    encoding: Encoding,
    format: PixelFormat,
    size: Size,
    stride: usize,
) -> Result<PixelLayout, LayoutError> {
    match encoding {
        Encoding::Mjpeg => Ok(PixelLayout::packed(format, size)),
        _ if stride == 0 => Ok(PixelLayout::packed(format, size)),
        Encoding::Nv12 => PixelLayout::with_strides(format, size, &[stride, stride]),
        Encoding::I420 => {
            let half = stride / 2;
            PixelLayout::with_strides(format, size, &[stride, half, half])
        }
        Encoding::Yuyv | Encoding::Uyvy | Encoding::Rgb => {
            PixelLayout::with_strides(format, size, &[stride])
        }
    }
}

/// Bytes per line of the first plane in a raw buffer of `length` bytes that says only this of itself; 0 where it has
/// no padding. `packed` is the picture without padding.
fn stride_of(encoding: Encoding, packed: PixelLayout, length: usize) -> Result<usize, String> {
    /// The coarsest alignment of rows that graphics hardware asks for (D3D12's texture pitch).
    const MAX_ALIGNMENT: usize = 256;
    /// The finest, of Windows bitmaps.
    const MIN_ALIGNMENT: usize = 4;
    if length == packed.total_bytes() {
        return Ok(0);
    }
    let height = packed.size().height() as usize;
    let rows = match encoding {
        // The chroma has half as many rows; I420's two planes lie side by side, as it were.
        Encoding::Nv12 | Encoding::I420 => height + height.div_ceil(2),
        Encoding::Yuyv | Encoding::Uyvy | Encoding::Rgb | Encoding::Mjpeg => height,
    };
    let stride = length / rows;
    let row = packed.stride(0);
    // A buffer of another size may divide evenly as well, but not into rows that are a little longer.
    let is_padded = length.is_multiple_of(rows)
        && stride.is_multiple_of(MIN_ALIGNMENT)
        && (row + 1..row + MAX_ALIGNMENT).contains(&stride);
    if is_padded {
        Ok(stride)
    } else {
        Err(format!(
            "a picture of {length} bytes, where {} has {} or a little more in every row",
            packed.size(),
            packed.total_bytes()
        ))
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
    fn the_length_of_a_raw_buffer_tells_its_stride() {
        let stride = |encoding, (w, h), length| {
            let size = Size::new(w, h).unwrap();
            let unpacking = Unpacking::new(encoding, size, 0, YuvEncoding::BT601_LIMITED).unwrap();
            stride_of(encoding, unpacking.layout(), length).ok()
        };
        let (hd, odd) = ((1280, 720), (642, 481));
        for (encoding, size, length, want) in [
            (Encoding::Yuyv, hd, 1280 * 2 * 720, Some(0)),
            (Encoding::Yuyv, odd, 1284 * 481, Some(0)),
            (Encoding::Yuyv, odd, 1344 * 481, Some(1344)),
            (Encoding::Rgb, odd, 1926 * 481, Some(0)),
            (Encoding::Rgb, odd, 1928 * 481, Some(1928)),
            (Encoding::Nv12, hd, 1280 * 1080, Some(0)),
            (Encoding::Nv12, odd, 768 * (481 + 241), Some(768)),
            (Encoding::I420, odd, 704 * (481 + 241), Some(704)),
            // Too short, too long by some bytes, of another size, of rows that nothing aligns like that.
            (Encoding::Yuyv, hd, 1280 * 2 * 719, None),
            (Encoding::Yuyv, hd, 1280 * 2 * 720 + 100, None),
            (Encoding::Yuyv, hd, 1920 * 2 * 1080, None),
            (Encoding::Yuyv, hd, 640 * 2 * 480, None),
            (Encoding::Nv12, hd, 1920 * 1080 * 3 / 2, None),
            (Encoding::Rgb, odd, 1927 * 481, None),
            (Encoding::Rgb, hd, 0, None),
        ] {
            assert_eq!(
                stride(encoding, size, length),
                want,
                "{encoding:?} {length}"
            );
        }
    }

    #[test]
    fn a_buffer_that_says_nothing_is_read_with_its_padding() {
        let mut rgb = unpacking(Encoding::Rgb, 0);
        assert_eq!(rgb.layout().stride(0), 12);
        let bytes: Vec<u8> = (0..32).collect();
        rgb.fit_to(bytes.len()).unwrap();
        let mut pixels = vec![0; rgb.layout().total_bytes()];
        rgb.unpack(&bytes, &mut pixels).unwrap();
        assert_eq!(rgb.layout().stride(0), 16);
        assert_eq!(pixels[16..28], bytes[16..28]);
        assert!(rgb.fit_to(31).unwrap_err().contains("31 bytes"));
        rgb.fit_to(24).unwrap();
        assert_eq!(rgb.layout().stride(0), 12);
        unpacking(Encoding::Mjpeg, 0).fit_to(31).unwrap();
    }

    #[test]
    fn a_stride_below_the_row_is_refused() {
        let size = Size::new(5, 2).unwrap();
        assert!(Unpacking::new(Encoding::Yuyv, size, 10, YuvEncoding::BT601_LIMITED).is_err());
    }
}
