//! Made-up pictures, so that the first real one need not wait until shaders are built.

use std::time::Instant;

use scrim_frame::{
    Frame, Matte, MattedFrame, PixelBuffer, PixelFormat, PixelLayout, Size, YuvEncoding,
};

/// What cameras and clips give; the matrix is a parameter, not a shader.
const FORMATS: [PixelFormat; 5] = [
    PixelFormat::Yuyv(YuvEncoding::BT601_LIMITED),
    PixelFormat::Nv12(YuvEncoding::BT601_LIMITED),
    PixelFormat::I420(YuvEncoding::BT601_FULL),
    PixelFormat::Rgb8,
    PixelFormat::Rgba8,
];

/// What most cameras give, and the matte that goes with it. Mesa's rasteriser builds a shader anew for textures whose
/// sides are powers of two, so that sizes count.
const FRAME: (u32, u32) = (1280, 720);
const MATTE: (u32, u32) = (448, 256);

/// A grey picture in each format, half of it a person.
pub(crate) fn pictures() -> impl Iterator<Item = MattedFrame> {
    FORMATS.into_iter().filter_map(|format| {
        let size = Size::new(FRAME.0, FRAME.1).ok()?;
        let mut buffer = PixelBuffer::zeroed(PixelLayout::packed(format, size));
        buffer.bytes_mut().fill(128);
        let frame = Frame::new(buffer, Instant::now());
        // From 0 to 1 along each row: surely room, edge, surely person.
        let row = (0..MATTE.0).map(|x| x as f32 / (MATTE.0 - 1) as f32);
        let samples = std::iter::repeat_n(row, MATTE.1 as usize).flatten();
        let size = Size::new(MATTE.0, MATTE.1).ok()?;
        let matte = Matte::new(frame.id(), size, samples.collect()).ok()?;
        MattedFrame::new(frame, matte).ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_one_for_each_format() {
        assert_eq!(pictures().count(), FORMATS.len());
    }
}
