//! What the compositor promises besides its pictures.

use std::time::Instant;

use crate::common::{disc, frame, gpu, matted, pixels, size};
use scrim_compositor::{
    Backdrop, Compositor, Deliver, Gpu, GpuError, Look, PreviewView, Rgb, Upsampling,
};
use scrim_frame::{AlphaState, Composite, CompositeContent, MattedFrame, PixelFormat};

fn person(w: u32, h: u32) -> MattedFrame {
    matted(
        frame(PixelFormat::Rgb8, size(w, h), 0, 0),
        size(32, 32),
        disc,
    )
}

#[test]
fn read_backs_come_in_order_and_name_their_frames() {
    let Some(gpu) = gpu() else { return };
    let mut compositor = Compositor::new(&gpu, 8).unwrap();
    let look = Look::over(Backdrop::Color(Rgb(1, 2, 3)));
    assert!(
        compositor.read_back().unwrap().is_none(),
        "nothing was rendered"
    );
    let (mut sent, mut got) = (Vec::new(), Vec::new());
    for _ in 0..7 {
        let picture = person(90, 50);
        sent.push(CompositeContent::Person(picture.frame().id()));
        compositor.render(&picture, &look).unwrap();
        got.extend(compositor.read_back().unwrap());
    }
    while let Some(composite) = compositor.drain().unwrap() {
        got.push(composite);
    }
    assert_eq!(got.iter().map(Composite::content).collect::<Vec<_>>(), sent);
    assert!(
        compositor.read_back().unwrap().is_none(),
        "nothing is read back twice"
    );
    assert!(compositor.drain().unwrap().is_none());
}

#[test]
fn a_full_pool_loses_nothing() {
    let Some(gpu) = gpu() else { return };
    let mut compositor = Compositor::new(&gpu, 1).unwrap();
    let look = Look::over(Backdrop::Color(Rgb(1, 2, 3)));
    let held = compositor.composite(&person(40, 30), &look).unwrap();
    let next = person(40, 30);
    compositor.render(&next, &look).unwrap();
    // The read-back starts whatever the pool holds; taking it fails.
    let _ = compositor.read_back();
    assert!(matches!(compositor.drain(), Err(GpuError::Pool(_))));
    drop(held);
    let late = compositor.drain().unwrap().unwrap();
    assert_eq!(late.content(), CompositeContent::Person(next.frame().id()));
}

#[test]
fn content_and_alpha_are_labelled() {
    let Some(gpu) = gpu() else { return };
    let mut compositor = Compositor::new(&gpu, 2).unwrap();
    let picture = person(33, 21);
    let id = picture.frame().id();
    let mut look = Look::over(Backdrop::Transparent);
    let cut_out = compositor.composite(&picture, &look).unwrap();
    assert_eq!(cut_out.alpha(), AlphaState::Straight);
    assert_eq!(cut_out.captured_at(), picture.frame().captured_at());
    assert_eq!(
        &pixels(&cut_out)[..4],
        [0; 4],
        "no colour of the room leaves under alpha 0"
    );
    drop(cut_out);
    look.deliver = Deliver::Matte;
    let matte = compositor.composite(&picture, &look).unwrap();
    assert_eq!(
        (matte.content(), matte.alpha()),
        (CompositeContent::Matte(id), AlphaState::Opaque)
    );
    assert!(
        pixels(&matte)
            .chunks(4)
            .all(|p| p[0] == p[1] && p[1] == p[2] && p[3] == 255)
    );
}

#[test]
fn previews_show_each_view_and_keep_their_texture() {
    let Some(gpu) = gpu() else { return };
    let mut compositor = Compositor::new(&gpu, 1).unwrap();
    assert!(matches!(
        compositor.preview(PreviewView::Composite),
        Err(GpuError::NothingRendered)
    ));
    let look = Look::over(Backdrop::Color(Rgb(9, 9, 9)));
    let mut generations = Vec::new();
    for _ in 0..2 {
        compositor.render(&person(80, 60), &look).unwrap();
        generations.push(
            compositor
                .preview(PreviewView::Composite)
                .unwrap()
                .generation,
        );
    }
    for view in [
        PreviewView::Source,
        PreviewView::Matte,
        PreviewView::Split(0.3),
        PreviewView::Split(f32::NAN),
    ] {
        let preview = compositor.preview(view).unwrap();
        assert_eq!(preview.size, size(80, 60));
        generations.push(preview.generation);
    }
    compositor.render(&person(81, 60), &look).unwrap();
    generations.push(compositor.preview(PreviewView::Matte).unwrap().generation);
    let same: Vec<bool> = generations.windows(2).map(|w| w[0] == w[1]).collect();
    assert_eq!(same, [true, false, true, true, true, false]);
    let mut another = Compositor::new(&gpu, 1).unwrap();
    another.render(&person(80, 60), &look).unwrap();
    let preview = another.preview(PreviewView::Composite).unwrap();
    assert!(
        !generations.contains(&preview.generation),
        "a new compositor has new textures"
    );
}

#[test]
fn a_lost_device_is_an_error_and_stays_one() {
    let Some(gpu) = gpu() else { return };
    let mut compositor = Compositor::new(&gpu, 1).unwrap();
    let look = Look::over(Backdrop::Color(Rgb(9, 9, 9)));
    compositor.composite(&person(20, 20), &look).unwrap();
    gpu.device().destroy();
    for _ in 0..2 {
        let error = compositor.composite(&person(20, 20), &look).unwrap_err();
        assert!(matches!(error, GpuError::Lost { .. }), "{error}");
        let error = compositor.preview(PreviewView::Matte).unwrap_err();
        assert!(
            matches!(error, GpuError::Lost { .. } | GpuError::NothingRendered),
            "{error}"
        );
    }
    // The slate needs no device.
    assert_eq!(
        Compositor::slate(size(20, 20), Instant::now()).content(),
        CompositeContent::Slate
    );
}

/// A device that holds textures of 2048 pixels a side, as old ones do.
fn small_gpu() -> Option<Gpu> {
    gpu()?;
    let mut descriptor = wgpu::InstanceDescriptor::new_without_display_handle();
    descriptor.backends = wgpu::Backends::PRIMARY | wgpu::Backends::GL;
    let adapter = pollster::block_on(
        wgpu::Instance::new(descriptor).request_adapter(&wgpu::RequestAdapterOptions::default()),
    )
    .ok()?;
    let (device, queue) = pollster::block_on(adapter.request_device(&wgpu::DeviceDescriptor {
        required_limits: wgpu::Limits::downlevel_defaults(),
        ..Default::default()
    }))
    .ok()?;
    Some(Gpu::from_parts(device, queue, &adapter.get_info()))
}

#[test]
fn too_large_pictures_are_refused_and_wide_rgb_rows_are_folded() {
    let Some(gpu) = small_gpu() else { return };
    let mut compositor = Compositor::new(&gpu, 1).unwrap();
    let look = Look {
        upsampling: Upsampling::Bilinear,
        ..Look::over(Backdrop::Color(Rgb(0, 0, 0)))
    };
    let error = compositor.composite(&person(2049, 2), &look).unwrap_err();
    assert!(
        matches!(error, GpuError::TooLarge { limit: 2048, .. }),
        "{error}"
    );
    // 2000 pixels of three bytes are 6000 texels: three layers.
    let wide = frame(PixelFormat::Rgb8, size(2000, 3), 1, 0);
    let picture = matted(wide, size(1, 1), |_, _| 1.0);
    crate::common::assert_as_reference(&mut compositor, &picture, &look, 0, "three layers");
}

#[test]
fn slates_are_alike_and_calm_at_any_size() {
    for (w, h) in [(1, 1), (3, 200), (640, 360), (1280, 720)] {
        let now = Instant::now();
        let (a, b) = (
            Compositor::slate(size(w, h), now),
            Compositor::slate(size(w, h), now),
        );
        assert_eq!(pixels(&a), pixels(&b));
        assert_eq!((a.size(), a.captured_at()), (size(w, h), now));
        assert_eq!(a.alpha(), AlphaState::Opaque);
        assert!(pixels(&a).chunks(4).all(|p| p[3] == 255));
        let mean = pixels(&a).iter().map(|c| u64::from(*c)).sum::<u64>() / (w * h * 4) as u64;
        assert!(mean < 160, "dark, but {mean} in the mean");
    }
    // More slates at once than the pool holds.
    let held: Vec<_> = (0..10)
        .map(|_| Compositor::slate(size(16, 9), Instant::now()))
        .collect();
    assert!(held.iter().all(|slate| pixels(slate) == pixels(&held[0])));
}

#[test]
fn a_rehearsal_leaves_nothing_behind() {
    let Some(gpu) = gpu() else { return };
    let mut compositor = Compositor::new(&gpu, 1).unwrap();
    let look = Look::over(Backdrop::Blur(0.5));
    compositor.rehearse(&look, &|| true).unwrap();
    assert!(compositor.read_back().unwrap().is_none());
    assert!(compositor.drain().unwrap().is_none());
    let preview = compositor.preview(PreviewView::Composite);
    assert!(
        matches!(preview, Err(GpuError::NothingRendered)),
        "{preview:?}"
    );
    // What comes after it is as without it.
    let picture = matted(
        frame(PixelFormat::Rgb8, size(64, 48), 0, 0),
        size(32, 32),
        disc,
    );
    let after = compositor.composite(&picture, &look).unwrap();
    let mut other = Compositor::new(&gpu, 1).unwrap();
    let without = other.composite(&picture, &look).unwrap();
    assert_eq!(pixels(&after), pixels(&without));
}
