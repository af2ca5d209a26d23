//! Nothing is allocated per frame after warm-up, ONNX Runtime's own memory apart, which no Rust allocator sees.

mod common;
#[path = "../../../tests/support/counting.rs"]
mod counting;

use counting::allocations;
use scrim_frame::{PixelFormat, Size, YuvEncoding};
use scrim_matting::{InputSize, MattingOptions, load};

#[test]
fn frames_allocate_nothing_after_warm_up() {
    let options = MattingOptions {
        size: InputSize::ShortSide(64),
        ..MattingOptions::default()
    };
    let (mut matting, _) =
        load(&options, 2).unwrap_or_else(|error| panic!("{error}\n{}", error.try_this()));
    let size = Size::new(642, 362).unwrap();
    for format in [
        PixelFormat::Rgb8,
        PixelFormat::Bgra8,
        PixelFormat::Nv12(YuvEncoding::BT601_LIMITED),
        PixelFormat::Yuyv(YuvEncoding::BT601_LIMITED),
        PixelFormat::I420(YuvEncoding::BT601_FULL),
    ] {
        let frame = common::frame(format, size, 5, &|x, y| [x % 256.0, y % 256.0, 99.0]);
        let mut last = None;
        for _ in 0..3 {
            last = Some(matting.estimate(&frame).unwrap());
        }
        let before = allocations();
        for _ in 0..5 {
            last = Some(matting.estimate(&frame).unwrap());
        }
        let after = allocations();
        assert_eq!(after - before, 0, "allocations in five {format} frames");
        drop(last);
    }
}
