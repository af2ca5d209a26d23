//! From any pixel format to encoded colour.

use scrim_frame::{Frame, PixelFormat, YuvEncoding};

use super::image::Image;
use crate::yuv;

/// The picture in encoded colour, rounded to eight bits; alpha as it has it, 1 where it has none.
///
/// Chroma of half size lies in the middle of the pixels that share it, and is interpolated between them.
#[must_use]
pub fn decode(frame: &Frame) -> Image {
    let image = match frame.format() {
        PixelFormat::Rgba8 => packed(frame, 4, [0, 1, 2, 3]),
        PixelFormat::Bgra8 => packed(frame, 4, [2, 1, 0, 3]),
        PixelFormat::Rgb8 => packed(frame, 3, [0, 1, 2, 2]).map(|[r, g, b, _]| [r, g, b, 1.0]),
        PixelFormat::Yuyv(encoding) => yuyv(frame, encoding),
        PixelFormat::Nv12(encoding) => planar(frame, encoding, |x, y| {
            [
                sample(frame, 1, 2 * x, y),
                sample(frame, 1, 2 * x + 1, y),
                0.0,
                0.0,
            ]
        }),
        PixelFormat::I420(encoding) => planar(frame, encoding, |x, y| {
            [sample(frame, 1, x, y), sample(frame, 2, x, y), 0.0, 0.0]
        }),
    };
    image.eight_bit()
}

/// Sample `column` of row `row` in a plane, as 0..=1.
fn sample(frame: &Frame, plane: usize, column: u32, row: u32) -> f32 {
    let plane = frame.plane(plane);
    f32::from(plane.bytes[row as usize * plane.stride + column as usize]) / 255.0
}

fn packed(frame: &Frame, bytes: u32, order: [u32; 4]) -> Image {
    Image::from_fn(frame.size(), |x, y| {
        order.map(|channel| sample(frame, 0, x * bytes + channel, y))
    })
}

fn yuyv(frame: &Frame, encoding: YuvEncoding) -> Image {
    let pairs = frame.size().width().div_ceil(2);
    Image::from_fn(frame.size(), |x, row| {
        let own = x / 2;
        let beside = if x % 2 == 0 {
            own.saturating_sub(1)
        } else {
            (own + 1).min(pairs - 1)
        };
        let chroma = [1, 3].map(|channel| {
            0.75 * sample(frame, 0, own * 4 + channel, row)
                + 0.25 * sample(frame, 0, beside * 4 + channel, row)
        });
        rgb_from_yuv(
            encoding,
            [sample(frame, 0, x * 2, row), chroma[0], chroma[1]],
        )
    })
}

fn planar(frame: &Frame, encoding: YuvEncoding, chroma: impl FnMut(u32, u32) -> [f32; 4]) -> Image {
    let size = frame.size();
    let halved =
        scrim_frame::Size::new(size.width().div_ceil(2), size.height().div_ceil(2)).unwrap_or(size);
    let chroma = Image::from_fn(halved, chroma);
    Image::from_fn(size, |x, y| {
        let [u, v, ..] = chroma.smooth_at(0.5 * x as f32 + 0.25, 0.5 * y as f32 + 0.25);
        rgb_from_yuv(encoding, [sample(frame, 0, x, y), u, v])
    })
}

/// Encoded colour within 0..=1 from samples as 0..=1.
#[must_use]
pub fn rgb_from_yuv(encoding: YuvEncoding, [y, u, v]: [f32; 3]) -> [f32; 4] {
    let [r, g, b] = yuv::rows(encoding)
        .map(|row| (row[0] * y + row[1] * u + row[2] * v + row[3]).clamp(0.0, 1.0));
    [r, g, b, 1.0]
}

#[cfg(test)]
mod tests {
    use scrim_frame::{YuvMatrix, YuvRange};

    use super::*;

    fn codes(encoding: YuvEncoding, yuv: [u8; 3]) -> [u8; 3] {
        let [r, g, b, _] = rgb_from_yuv(encoding, yuv.map(|s| f32::from(s) / 255.0));
        [r, g, b].map(|c| (c * 255.0).round() as u8)
    }

    #[test]
    fn bars_of_the_standards() {
        let bt601 = YuvEncoding::BT601_LIMITED;
        // The 100 % bars of BT.601 in eight bits, as printed in tables of the standard.
        assert_eq!(codes(bt601, [16, 128, 128]), [0, 0, 0]);
        assert_eq!(codes(bt601, [235, 128, 128]), [255, 255, 255]);
        for (bar, rgb) in [
            ([81, 90, 240], [255, 0, 0]),
            ([145, 54, 34], [0, 255, 0]),
            ([41, 240, 110], [0, 0, 255]),
        ] {
            let got = codes(bt601, bar);
            let off = got
                .iter()
                .zip(rgb)
                .map(|(a, b): (_, u8)| a.abs_diff(b))
                .max();
            assert!(off <= Some(1), "{bar:?} gives {got:?}, not {rgb:?}");
        }
        // BT.709's red bar, and BT.601's in the wrong matrix: they must differ.
        let red = codes(YuvEncoding::BT709_LIMITED, [63, 102, 240]);
        assert!(red[0] >= 254 && red[1] <= 1 && red[2] <= 1, "{red:?}");
        assert_ne!(
            codes(YuvEncoding::BT709_LIMITED, [81, 90, 240]),
            [255, 0, 0]
        );
    }

    #[test]
    fn full_range_uses_all_codes() {
        for matrix in [YuvMatrix::Bt601, YuvMatrix::Bt709] {
            let encoding = YuvEncoding {
                matrix,
                range: YuvRange::Full,
            };
            assert_eq!(codes(encoding, [0, 128, 128]), [0; 3]);
            assert_eq!(codes(encoding, [128, 128, 128]), [128; 3]);
            assert_eq!(codes(encoding, [255, 128, 128]), [255; 3]);
        }
        // JPEG's red: Y = 0.299 · 255 = 76, Cb = 128 − 0.168736 · 255 = 85, Cr = 255.5, which eight bits cut to 255.
        let red = codes(YuvEncoding::BT601_FULL, [76, 85, 255]);
        assert!(red[0] >= 253 && red[1] <= 1 && red[2] <= 1, "{red:?}");
    }
}
