//! What the GPU tests share.

use std::time::Instant;

use scrim_compositor::{Compositor, Gpu, Look, reference};
use scrim_frame::{
    Composite, Frame, Matte, MattedFrame, PixelBuffer, PixelFormat, PixelLayout, Size, YuvEncoding,
};

/// A device, or a loud skip; with `REQUIRE_GPU=1` a skip is a failure.
pub fn gpu() -> Option<Gpu> {
    match Gpu::headless() {
        Ok(gpu) => Some(gpu),
        Err(error) => {
            assert!(
                std::env::var_os("REQUIRE_GPU").is_none_or(|v| v != "1"),
                "REQUIRE_GPU is set, but {error}"
            );
            eprintln!("SKIPPED, NOTHING WAS TESTED: {error}");
            None
        }
    }
}

pub fn size(width: u32, height: u32) -> Size {
    Size::new(width, height).expect("tests use possible sizes")
}

pub const FORMATS: [PixelFormat; 9] = [
    PixelFormat::Rgba8,
    PixelFormat::Bgra8,
    PixelFormat::Rgb8,
    PixelFormat::Nv12(YuvEncoding::BT601_LIMITED),
    PixelFormat::Nv12(YuvEncoding::BT709_LIMITED),
    PixelFormat::Yuyv(YuvEncoding::BT601_LIMITED),
    PixelFormat::Yuyv(YuvEncoding::BT601_FULL),
    PixelFormat::I420(YuvEncoding::BT601_FULL),
    PixelFormat::I420(YuvEncoding::BT709_LIMITED),
];

/// A frame with waves of unlike length in every byte, rows `extra` bytes apart, and `padding` between them.
pub fn frame(format: PixelFormat, size: Size, extra: usize, padding: u8) -> Frame {
    let strides: Vec<usize> = (0..format.plane_count())
        .map(|plane| format.row_bytes(plane, size.width()) + extra)
        .collect();
    let layout = PixelLayout::with_strides(format, size, &strides).expect("strides are enough");
    let mut buffer = PixelBuffer::zeroed(layout);
    buffer.bytes_mut().fill(padding);
    for (plane, stride) in strides.iter().enumerate() {
        let row_bytes = stride - extra;
        let bytes = buffer.plane_mut(plane);
        for (y, row) in bytes.chunks_mut(*stride).enumerate() {
            for (x, byte) in row[..row_bytes].iter_mut().enumerate() {
                let wave = (x as f32 * 0.11 + plane as f32).sin() + (y as f32 * 0.07).cos();
                let fine = ((x * 7 + y * 13 + plane * 5) % 17) as f32 - 8.0;
                *byte = (128.0 + 50.0 * wave + fine) as u8;
            }
        }
    }
    Frame::new(buffer, Instant::now())
}

/// The frame with a matte from a function of position, both 0..1.
pub fn matted(frame: Frame, size: Size, alpha: impl Fn(f32, f32) -> f32) -> MattedFrame {
    let (w, h) = (size.width(), size.height());
    let samples = (0..w * h)
        .map(|i| {
            let (x, y) = ((i % w) as f32 + 0.5, (i / w) as f32 + 0.5);
            alpha(x / w as f32, y / h as f32)
        })
        .collect();
    let matte = Matte::new(frame.id(), size, samples).expect("alpha within 0..=1");
    MattedFrame::new(frame, matte).expect("made from this frame")
}

/// A soft disc: person in the middle, room at the edges.
pub fn disc(x: f32, y: f32) -> f32 {
    ((0.35 - (x - 0.5).hypot(y - 0.5)) * 8.0 + 0.5).clamp(0.0, 1.0)
}

pub fn pixels(composite: &Composite) -> &[u8] {
    composite.plane(0).bytes
}

/// Compares a composite with the reference, channel by channel: at most `tolerance` codes apart.
pub fn assert_as_reference(
    compositor: &mut Compositor,
    picture: &MattedFrame,
    look: &Look,
    tolerance: u8,
    what: &str,
) {
    let composite = compositor
        .composite(picture, look)
        .expect("it can be drawn");
    assert_eq!(composite.size(), picture.frame().size(), "{what}");
    let wanted = reference::composite(picture, look).codes();
    let have = pixels(&composite);
    assert_eq!(have.len(), wanted.len(), "{what}");
    let worst = (0..have.len()).max_by_key(|i| have[*i].abs_diff(wanted[*i]));
    let Some(worst) = worst else { return };
    let off = have[worst].abs_diff(wanted[worst]);
    let (pixel, width) = (worst / 4, picture.frame().size().width() as usize);
    let place = (pixel % width, pixel / width, worst % 4);
    assert!(
        off <= tolerance,
        "{what}: {} instead of {} at column, row, channel {place:?}",
        have[worst],
        wanted[worst]
    );
}
