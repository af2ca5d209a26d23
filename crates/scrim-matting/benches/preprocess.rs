//! 1280×720 frames to input tensors, one thread.

#[path = "../tests/common/mod.rs"]
mod common;

use criterion::{Criterion, criterion_group, criterion_main};
use ndarray::Array4;
use scrim_frame::{PixelFormat, Size, YuvEncoding};
use scrim_matting::Preprocessor;

fn preprocess(criterion: &mut Criterion) {
    let Ok(size) = Size::new(1280, 720) else {
        return;
    };
    let scene = |x: f32, y: f32| [x % 256.0, y % 256.0, (x * 3.0 + y) % 256.0];
    for (height, width) in [(160, 288), (256, 448), (288, 512)] {
        let mut group = criterion.benchmark_group(format!("preprocess 720p to {width}x{height}"));
        for format in [
            PixelFormat::Nv12(YuvEncoding::BT601_LIMITED),
            PixelFormat::Yuyv(YuvEncoding::BT601_LIMITED),
            PixelFormat::I420(YuvEncoding::BT601_LIMITED),
            PixelFormat::Rgb8,
            PixelFormat::Rgba8,
        ] {
            let frame = common::frame(format, size, 0, &scene);
            let mut tensor = Array4::<f32>::zeros((1, 3, height, width));
            let mut preprocessor = Preprocessor::default();
            group.bench_function(format.name(), |bencher| {
                bencher.iter(|| preprocessor.fill(&frame, tensor.view_mut()));
            });
        }
        group.finish();
    }
}

criterion_group!(benches, preprocess);
criterion_main!(benches);
