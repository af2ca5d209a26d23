//! Made-up pictures, so that the first real one need not wait until shaders are built.

use std::time::Instant;

use scrim_frame::{
    Frame, Matte, MattedFrame, PixelBuffer, PixelFormat, PixelLayout, Size, YuvEncoding,
};

/// What cameras and clips give; the matrix is a parameter, not a shader.
const FORMATS: [PixelFormat; 4] = [
    PixelFormat::Yuyv(YuvEncoding::BT601_LIMITED),
    PixelFormat::Nv12(YuvEncoding::BT601_LIMITED),
    PixelFormat::I420(YuvEncoding::BT601_FULL),
    PixelFormat::Rgb8,
];

/// Small, and large enough for every pass to have something to do.
const SIDE: u32 = 64;

/// A grey picture in each format, half of it a person.
pub(crate) fn pictures() -> impl Iterator<Item = MattedFrame> {
    FORMATS.into_iter().filter_map(|format| {
        let size = Size::new(SIDE, SIDE).ok()?;
        let mut buffer = PixelBuffer::zeroed(PixelLayout::packed(format, size));
        buffer.bytes_mut().fill(128);
        let frame = Frame::new(buffer, Instant::now());
        // From 0 to 1 along each row: surely room, edge, surely person.
        let row = (0..SIDE).map(|x| x as f32 / (SIDE - 1) as f32);
        let samples = std::iter::repeat_n(row, SIDE as usize).flatten().collect();
        let matte = Matte::new(frame.id(), size, samples).ok()?;
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
