//! What a frame costs at 1280×720, on whatever device this machine has.
//!
//! `cargo bench -p scrim-compositor`. Guided and bilinear upsampling, and decontamination on and off, stand in one run, so
//! that their ratio means something on a busy machine.

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use scrim_compositor::{
    Backdrop, Compositor, Decontamination, Encoding, Fit, Gpu, Look, Rgb, Upsampling,
};
use scrim_frame::{
    Frame, Matte, MattedFrame, PixelBuffer, PixelFormat, PixelLayout, Size, YuvEncoding,
};

fn frame(format: PixelFormat) -> Option<Frame> {
    let layout = PixelLayout::packed(format, Size::new(1280, 720).ok()?);
    let mut buffer = PixelBuffer::zeroed(layout);
    for (i, byte) in buffer.bytes_mut().iter_mut().enumerate() {
        *byte = (i % 251) as u8;
    }
    Some(Frame::new(buffer, Instant::now()))
}

fn matted(format: PixelFormat) -> Option<MattedFrame> {
    let frame = frame(format)?;
    let samples = (0..512 * 288)
        .map(|i| {
            let (x, y) = ((i % 512) as f32 - 256.0, (i / 512) as f32 - 144.0);
            ((100.0 - x.hypot(y)) / 6.0).clamp(0.0, 1.0)
        })
        .collect();
    let matte = Matte::new(frame.id(), Size::new(512, 288).ok()?, samples).ok()?;
    MattedFrame::new(frame, matte).ok()
}

fn looks() -> Option<Vec<(&'static str, Look)>> {
    let color = Look::over(Backdrop::Color(Rgb(0, 177, 64)));
    let plain = Look {
        upsampling: Upsampling::Bilinear,
        decontamination: Decontamination::Off,
        ..color.clone()
    };
    let picture = Backdrop::Picture(frame(PixelFormat::Rgb8)?, Fit::Fill);
    Some(vec![
        ("bilinear, raw edges", plain.clone()),
        (
            "guided, raw edges",
            Look {
                upsampling: Upsampling::Guided,
                ..plain
            },
        ),
        ("colour", color),
        (
            "gradient",
            Look::over(Backdrop::Gradient(Rgb(0, 0, 0), Rgb(90, 120, 200))),
        ),
        ("picture", Look::over(picture)),
        ("blur", Look::over(Backdrop::Blur(0.5))),
        ("transparent", Look::over(Backdrop::Transparent)),
    ])
}

fn passes(criterion: &mut Criterion) {
    let gpu = match Gpu::headless() {
        Ok(gpu) => gpu,
        Err(error) => {
            eprintln!("no figures: {error}");
            return;
        }
    };
    eprintln!("{:?}", gpu.facts());
    let mut group = criterion.benchmark_group("1280x720");
    group
        .sample_size(20)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2));
    let bt601 = YuvEncoding::BT601_LIMITED;
    let (Ok(mut compositor), Some(looks)) = (Compositor::new(&gpu, 4), looks()) else {
        return;
    };
    let mut measure = |name: String, format: PixelFormat, look: &Look, encoding| {
        compositor.set_encoding(encoding);
        // Two frames in turn: one that is loaded already is not uploaded again.
        let (Some(a), Some(b)) = (matted(format), matted(format)) else {
            return;
        };
        group.bench_function(name, |bencher| {
            let mut turn = false;
            bencher.iter(|| {
                turn = !turn;
                black_box(compositor.composite(if turn { &a } else { &b }, look))
            });
        });
    };
    for (name, look) in &looks {
        measure(
            format!("YUYV, {name}"),
            PixelFormat::Yuyv(bt601),
            look,
            None,
        );
    }
    let (_, plain) = &looks[0];
    for format in [
        PixelFormat::Rgba8,
        PixelFormat::Rgb8,
        PixelFormat::Nv12(bt601),
        PixelFormat::I420(bt601),
    ] {
        measure(format!("{format}, {}", looks[0].0), format, plain, None);
    }
    // What a camera's layout costs or saves, against reading RGBA back: "YUYV, bilinear, raw edges".
    let yuyv = PixelFormat::Yuyv(bt601);
    for format in [yuyv, PixelFormat::Nv12(bt601), PixelFormat::I420(bt601)] {
        for size in [(1280, 720), (640, 480)] {
            let name = format!("given out as {format} {}×{}", size.0, size.1);
            let size = Size::new(size.0, size.1).ok();
            let encoding = size.and_then(|size| Encoding::new(format, size));
            measure(name, yuyv, plain, encoding);
        }
    }
    group.finish();
}

criterion_group!(benches, passes);
criterion_main!(benches);
