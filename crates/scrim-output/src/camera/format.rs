//! How a virtual camera's pictures are laid out.

use std::fmt;
use std::str::FromStr;

use scrim_frame::{PixelFormat, Size, YuvEncoding};

/// The size of a virtual camera where none is asked for: what most cameras have, whichever is the source. It is fixed from
/// the start, because those who watch are told of no other.
pub const CAMERA_SIZE: Size = match Size::new(1280, 720) {
    Ok(size) => size,
    Err(_) => unreachable!(),
};

/// The layout of a virtual camera's pictures, without padding. All carry BT.601 in limited range:
/// that is what call programs take a camera for, whatever it says (Chromium 156 and Firefox 153, measured through PipeWire).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CameraFormat {
    /// Y0 U Y1 V, two pixels in four bytes: every program that reads cameras takes it.
    #[default]
    Yuyv,
    /// A plane of luma, then one of U and V in turn, at half width and height.
    Nv12,
    /// A plane of luma, one of U and one of V, the last two at half width and height.
    I420,
}

impl CameraFormat {
    /// All of them, the safest first.
    pub const ALL: [Self; 3] = [Self::Yuyv, Self::Nv12, Self::I420];

    /// The word for it on the command line.
    #[must_use]
    pub const fn keyword(self) -> &'static str {
        match self {
            Self::Yuyv => "yuyv",
            Self::Nv12 => "nv12",
            Self::I420 => "i420",
        }
    }

    /// V4L2's code (`V4L2_PIX_FMT_YUYV`, `_NV12`, `_YUV420`).
    #[must_use]
    pub const fn fourcc(self) -> [u8; 4] {
        match self {
            Self::Yuyv => *b"YUYV",
            Self::Nv12 => *b"NV12",
            Self::I420 => *b"YU12",
        }
    }

    /// The layout that V4L2's code means; `None`: none of these.
    #[must_use]
    pub fn from_fourcc(code: [u8; 4]) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.fourcc() == code)
    }

    /// The same as a pixel format.
    #[must_use]
    pub const fn pixel_format(self) -> PixelFormat {
        let encoding = YuvEncoding::BT601_LIMITED;
        match self {
            Self::Yuyv => PixelFormat::Yuyv(encoding),
            Self::Nv12 => PixelFormat::Nv12(encoding),
            Self::I420 => PixelFormat::I420(encoding),
        }
    }

    /// What a camera of this layout is given, best first: pictures that are laid out so already, and RGBA.
    #[must_use]
    pub(crate) const fn accepted(self) -> &'static [PixelFormat] {
        const YUYV: &[PixelFormat] = &[CameraFormat::Yuyv.pixel_format(), PixelFormat::Rgba8];
        const NV12: &[PixelFormat] = &[CameraFormat::Nv12.pixel_format(), PixelFormat::Rgba8];
        const I420: &[PixelFormat] = &[CameraFormat::I420.pixel_format(), PixelFormat::Rgba8];
        match self {
            Self::Yuyv => YUYV,
            Self::Nv12 => NV12,
            Self::I420 => I420,
        }
    }

    /// Bytes of one picture whose sides it [takes](Self::takes).
    #[must_use]
    pub const fn bytes(self, size: Size) -> usize {
        match self {
            Self::Yuyv => size.pixels() * 2,
            Self::Nv12 | Self::I420 => size.pixels() * 3 / 2,
        }
    }

    /// Whether a picture of this size can be laid out: chroma is shared by pairs of columns, and but for YUYV of rows.
    #[must_use]
    pub const fn takes(self, size: Size) -> bool {
        let is_high_enough = match self {
            Self::Yuyv => true,
            Self::Nv12 | Self::I420 => size.height().is_multiple_of(2),
        };
        size.width().is_multiple_of(2) && is_high_enough
    }

    /// The nearest size that every layout takes: odd sides get one more pixel.
    ///
    /// # Panics
    /// Never: the largest side is even.
    #[must_use]
    pub const fn rounded(size: Size) -> Size {
        let (width, height) = (size.width(), size.height());
        match Size::new(width.next_multiple_of(2), height.next_multiple_of(2)) {
            Ok(rounded) => rounded,
            Err(_) => panic!("the largest side is even"),
        }
    }
}

/// A size as users write it, `1280x720`, which every layout takes.
pub(crate) fn parse_size(text: &str) -> Result<Size, String> {
    let sides = text
        .split_once(['x', '×'])
        .and_then(|(w, h)| Some((w.parse().ok()?, h.parse().ok()?)));
    let (width, height) =
        sides.ok_or_else(|| format!("\"{text}\" is no size; write it like 1280x720"))?;
    let size = Size::new(width, height).map_err(|error| error.to_string())?;
    if CameraFormat::rounded(size) != size {
        return Err(format!("{size} has an odd side; a camera's are even"));
    }
    Ok(size)
}

impl fmt::Display for CameraFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.pixel_format().fmt(f)
    }
}

impl FromStr for CameraFormat {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|format| format.keyword().eq_ignore_ascii_case(text))
            .ok_or_else(|| format!("\"{text}\" is no layout; write yuyv, nv12 or i420"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(width: u32, height: u32) -> Size {
        Size::new(width, height).unwrap()
    }

    #[test]
    fn words_and_codes_are_read_back() {
        for format in CameraFormat::ALL {
            assert_eq!(format.keyword().parse(), Ok(format));
            assert_eq!(CameraFormat::from_fourcc(format.fourcc()), Some(format));
        }
        assert_eq!("NV12".parse(), Ok(CameraFormat::Nv12));
        assert!(
            "mjpeg"
                .parse::<CameraFormat>()
                .unwrap_err()
                .contains("yuyv")
        );
        assert_eq!(CameraFormat::from_fourcc(*b"MJPG"), None);
    }

    #[test]
    fn sizes_are_even_and_counted_as_their_planes_are() {
        assert_eq!(CameraFormat::rounded(size(1367, 769)), size(1368, 770));
        assert_eq!(CameraFormat::rounded(size(16384, 1)), size(16384, 2));
        assert!(CameraFormat::Yuyv.takes(size(4, 3)) && !CameraFormat::Yuyv.takes(size(3, 4)));
        assert!(!CameraFormat::Nv12.takes(size(4, 3)));
        for format in CameraFormat::ALL {
            let pixels = format.pixel_format();
            let planes = (0..pixels.plane_count())
                .map(|plane| pixels.row_bytes(plane, 6) * pixels.plane_rows(plane, 4) as usize);
            assert_eq!(format.bytes(size(6, 4)), planes.sum::<usize>());
        }
    }
}
