//! Pictures for the tests: one scene in every pixel format.

#![allow(dead_code, reason = "each test and benchmark uses a part of it")]

use std::time::Instant;

use scrim_frame::{
    Frame, PixelBuffer, PixelFormat, PixelLayout, Size, YuvEncoding, YuvMatrix, YuvRange,
};

/// Every format, the YUV ones with each encoding that is in use.
pub fn all_formats() -> Vec<PixelFormat> {
    let mut formats = vec![PixelFormat::Rgb8, PixelFormat::Rgba8, PixelFormat::Bgra8];
    for encoding in [
        YuvEncoding::BT601_LIMITED,
        YuvEncoding::BT601_FULL,
        YuvEncoding::BT709_LIMITED,
    ] {
        formats.extend([
            PixelFormat::Nv12(encoding),
            PixelFormat::Yuyv(encoding),
            PixelFormat::I420(encoding),
        ]);
    }
    formats
}

/// A frame in a format, with rows `padding` bytes further apart than they need be. The padding is bright noise, so
/// that reading it shows.
pub fn frame(
    format: PixelFormat,
    size: Size,
    padding: usize,
    colour: &dyn Fn(f32, f32) -> [f32; 3],
) -> Frame {
    let strides: Vec<_> = (0..format.plane_count())
        .map(|plane| format.row_bytes(plane, size.width()) + padding)
        .collect();
    let layout = PixelLayout::with_strides(format, size, &strides).expect("valid strides");
    let mut buffer = PixelBuffer::zeroed(layout);
    buffer.bytes_mut().fill(251);
    let average = |x: u32, y: u32, w: u32, h: u32| {
        let mut sum = [0.0_f32; 3];
        for (dx, dy) in (0..h).flat_map(|dy| (0..w).map(move |dx| (dx, dy))) {
            let at = colour((x + dx) as f32 + 0.5, (y + dy) as f32 + 0.5);
            (0..3).for_each(|c| sum[c] += at[c]);
        }
        sum.map(|s| s / (w * h) as f32)
    };
    for plane in 0..format.plane_count() {
        let row_bytes = format.row_bytes(plane, size.width());
        for y in 0..format.plane_rows(plane, size.height()) {
            for byte in 0..row_bytes {
                let (x, byte32) = (byte as u32, byte as u32);
                let code = match format {
                    PixelFormat::Rgb8 => average(x / 3, y, 1, 1)[byte % 3],
                    PixelFormat::Rgba8 | PixelFormat::Bgra8 if byte % 4 == 3 => 255.0,
                    PixelFormat::Rgba8 => average(x / 4, y, 1, 1)[byte % 4],
                    PixelFormat::Bgra8 => average(x / 4, y, 1, 1)[2 - byte % 4],
                    PixelFormat::Yuyv(e) => match byte % 4 {
                        0 | 2 => yuv(average(x / 2, y, 1, 1), e)[0],
                        1 => yuv(average(x / 4 * 2, y, 2, 1), e)[1],
                        _ => yuv(average(x / 4 * 2, y, 2, 1), e)[2],
                    },
                    PixelFormat::Nv12(e) | PixelFormat::I420(e) if plane == 0 => {
                        yuv(average(x, y, 1, 1), e)[0]
                    }
                    PixelFormat::Nv12(e) => {
                        yuv(average(byte32 / 2 * 2, y * 2, 2, 2), e)[1 + byte % 2]
                    }
                    PixelFormat::I420(e) => yuv(average(x * 2, y * 2, 2, 2), e)[plane],
                };
                let stride = layout.stride(plane);
                buffer.plane_mut(plane)[y as usize * stride + byte] = code.round() as u8;
            }
        }
    }
    Frame::new(buffer, Instant::now())
}

/// The forward equations of BT.601 and BT.709, written on their own.
fn yuv([r, g, b]: [f32; 3], encoding: YuvEncoding) -> [f32; 3] {
    let (kr, kb) = match encoding.matrix {
        YuvMatrix::Bt601 => (0.299, 0.114),
        YuvMatrix::Bt709 => (0.2126, 0.0722),
    };
    let y = kr * r + (1.0 - kr - kb) * g + kb * b;
    let (u, v) = ((b - y) / (2.0 * (1.0 - kb)), (r - y) / (2.0 * (1.0 - kr)));
    match encoding.range {
        YuvRange::Full => [y, 128.0 + u, 128.0 + v].map(|code| code.clamp(0.0, 255.0)),
        YuvRange::Limited => [
            16.0 + y * 219.0 / 255.0,
            128.0 + u * 224.0 / 255.0,
            128.0 + v * 224.0 / 255.0,
        ],
    }
}
