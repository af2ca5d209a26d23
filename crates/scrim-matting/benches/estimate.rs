//! 1280×720 frames to mattes with the built-in model on the CPU, and what loading it takes.

#[path = "../tests/common/mod.rs"]
mod common;

use std::num::NonZeroUsize;

use criterion::{Criterion, criterion_group, criterion_main};
use scrim_frame::{PixelFormat, Size, YuvEncoding};
use scrim_matting::{InferenceDevice, InputSize, MattingOptions, ProviderChoice, load};

fn estimate(criterion: &mut Criterion) {
    let Ok(size) = Size::new(1280, 720) else {
        return;
    };
    let format = PixelFormat::Nv12(YuvEncoding::BT601_LIMITED);
    let frame = common::frame(format, size, 0, &|x, y| [x % 256.0, y % 256.0, 99.0]);
    let mut group = criterion.benchmark_group("estimate 720p");
    group.sample_size(10);
    for input in [InputSize::Fast, InputSize::Balanced, InputSize::Quality] {
        for threads in [1, 2] {
            let options = MattingOptions {
                provider: ProviderChoice::Only(InferenceDevice::Cpu),
                threads: NonZeroUsize::new(threads),
                size: input,
                ..MattingOptions::default()
            };
            let (mut matting, report) = match load(&options, 2) {
                Ok(loaded) => loaded,
                Err(error) => {
                    eprintln!("{error}\n{}", error.try_this());
                    return;
                }
            };
            println!(
                "{input}: load {:?}, first run {:?}",
                report.load, report.warm_up
            );
            group.bench_function(format!("{input}, {threads} threads"), |bencher| {
                bencher.iter(|| matting.estimate(&frame));
            });
        }
    }
    group.finish();
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    for line in status
        .lines()
        .filter(|line| line.starts_with("VmHWM") || line.starts_with("VmRSS"))
    {
        println!("{line}");
    }
}

criterion_group!(benches, estimate);
criterion_main!(benches);
