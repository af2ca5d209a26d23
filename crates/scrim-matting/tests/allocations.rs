//! Nothing is allocated per frame after warm-up, ONNX Runtime's own memory apart, which no Rust allocator sees.

mod common;

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

use scrim_frame::{PixelFormat, Size, YuvEncoding};
use scrim_matting::{InputSize, MattingOptions, load};

static ALLOCATIONS: AtomicUsize = AtomicUsize::new(0);

struct Counting;

// SAFETY: every call is passed on to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller's promises are passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller's promises are passed on.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, bytes: usize) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller's promises are passed on.
        unsafe { System.realloc(pointer, layout, bytes) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

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
        let before = ALLOCATIONS.load(Ordering::Relaxed);
        for _ in 0..5 {
            last = Some(matting.estimate(&frame).unwrap());
        }
        let after = ALLOCATIONS.load(Ordering::Relaxed);
        assert_eq!(after - before, 0, "allocations in five {format} frames");
        drop(last);
    }
}
