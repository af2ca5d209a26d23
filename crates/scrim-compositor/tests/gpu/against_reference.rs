//! Each pass on the GPU against its reference on the CPU.
//!
//! Tolerances, in codes of 255. One code is the rounding of two computations that agree. A second one comes from
//! sixteen-bit floats between passes (a relative 0.05 %), from filtering weights that hardware keeps to eight bits, and
//! from a decoded frame that was itself rounded the other way.

use crate::common::{FORMATS, assert_as_reference, disc, frame, gpu, matted, size};
use scrim_compositor::{
    Backdrop, Compositor, Decontamination, Deliver, Fit, Look, Rgb, Upsampling,
};
use scrim_frame::{PixelFormat, YuvEncoding};

const ROUNDING: u8 = 1;
const HALF_FLOATS: u8 = 2;

fn plain(backdrop: Backdrop) -> Look {
    Look {
        upsampling: Upsampling::Bilinear,
        decontamination: Decontamination::Off,
        ..Look::over(backdrop)
    }
}

#[test]
fn every_format_at_odd_sizes_is_decoded() {
    let Some(gpu) = gpu() else { return };
    let mut compositor = Compositor::new(&gpu, 1).unwrap();
    let look = plain(Backdrop::Color(Rgb(0, 0, 0)));
    for format in FORMATS {
        for (w, h) in [(1, 1), (2, 3), (5, 1), (101, 67), (64, 48)] {
            for extra in [0, 3] {
                let frame = frame(format, size(w, h), extra, 0xEE);
                let picture = matted(frame, size(1, 1), |_, _| 1.0);
                let what = format!("{format:?} {w}×{h} with {extra} bytes of padding");
                assert_as_reference(&mut compositor, &picture, &look, ROUNDING, &what);
            }
        }
    }
}

#[test]
fn the_laptop_size_whose_rows_are_no_multiple_of_256_bytes() {
    let Some(gpu) = gpu() else { return };
    let mut compositor = Compositor::new(&gpu, 1).unwrap();
    let frame = frame(
        PixelFormat::Yuyv(YuvEncoding::BT601_LIMITED),
        size(1366, 768),
        0,
        0,
    );
    let picture = matted(frame, size(160, 96), disc);
    let look = Look::over(Backdrop::Gradient(Rgb(20, 30, 60), Rgb(200, 120, 40)));
    assert_as_reference(&mut compositor, &picture, &look, HALF_FLOATS, "1366×768");
}

#[test]
fn mattes_are_enlarged_as_the_reference_says() {
    let Some(gpu) = gpu() else { return };
    let mut compositor = Compositor::new(&gpu, 1).unwrap();
    for upsampling in [Upsampling::Bilinear, Upsampling::Guided] {
        for (frame_size, matte_size) in [
            ((1, 1), (1, 1)),
            ((1, 1), (32, 32)),
            ((97, 61), (32, 32)),
            ((211, 127), (64, 32)),
            ((50, 40), (96, 64)),
        ] {
            let frame = frame(PixelFormat::Rgb8, size(frame_size.0, frame_size.1), 0, 0);
            let picture = matted(frame, size(matte_size.0, matte_size.1), disc);
            let look = Look {
                upsampling,
                deliver: Deliver::Matte,
                ..Look::over(Backdrop::Transparent)
            };
            let what = format!("{upsampling:?} {matte_size:?} to {frame_size:?}");
            assert_as_reference(&mut compositor, &picture, &look, HALF_FLOATS, &what);
        }
    }
}

#[test]
fn every_backdrop_with_every_switch() {
    let Some(gpu) = gpu() else { return };
    let mut compositor = Compositor::new(&gpu, 1).unwrap();
    let wide = frame(
        PixelFormat::Nv12(YuvEncoding::BT709_LIMITED),
        size(150, 40),
        0,
        0,
    );
    let tall = frame(PixelFormat::Bgra8, size(31, 200), 5, 0x77);
    let same = frame(PixelFormat::Rgb8, size(181, 131), 0, 0);
    let mut backdrops = vec![
        Backdrop::Color(Rgb(0, 177, 64)),
        Backdrop::Gradient(Rgb(255, 0, 10), Rgb(3, 200, 255)),
        Backdrop::Transparent,
        Backdrop::Blur(0.0),
        Backdrop::Blur(1.0),
    ];
    for picture in [wide, tall, same] {
        for fit in [Fit::Fill, Fit::Fit, Fit::Tile] {
            backdrops.push(Backdrop::Picture(picture.clone(), fit));
        }
    }
    let camera = frame(
        PixelFormat::I420(YuvEncoding::BT601_FULL),
        size(181, 131),
        0,
        0,
    );
    let picture = matted(camera, size(64, 64), disc);
    for backdrop in backdrops {
        for (mirror, upsampling, decontamination) in [
            (false, Upsampling::Guided, Decontamination::On),
            (true, Upsampling::Bilinear, Decontamination::On),
            (true, Upsampling::Guided, Decontamination::Off),
        ] {
            let look = Look {
                mirror,
                upsampling,
                decontamination,
                ..Look::over(backdrop.clone())
            };
            let what = format!("{look:?}");
            assert_as_reference(&mut compositor, &picture, &look, HALF_FLOATS, &what);
        }
    }
}

#[test]
fn a_large_picture_becomes_a_small_backdrop() {
    let Some(gpu) = gpu() else { return };
    let mut compositor = Compositor::new(&gpu, 1).unwrap();
    let large = frame(PixelFormat::Rgb8, size(1201, 797), 0, 0);
    let picture = matted(
        frame(PixelFormat::Rgb8, size(160, 90), 0, 0),
        size(32, 32),
        disc,
    );
    let look = plain(Backdrop::Picture(large, Fit::Fill));
    assert_as_reference(&mut compositor, &picture, &look, HALF_FLOATS, "7.5 to 1");
}

#[test]
fn sizes_formats_and_mattes_may_change_from_frame_to_frame() {
    let Some(gpu) = gpu() else { return };
    let mut compositor = Compositor::new(&gpu, 1).unwrap();
    for (i, format) in FORMATS.into_iter().cycle().take(14).enumerate() {
        let side = 20 + (i as u32 * 37) % 90;
        let camera = frame(format, size(side, 110 - side + 3), i % 3, 0);
        let picture = matted(camera, size(32, 32 + 32 * (i as u32 % 2)), disc);
        let look = Look::over(Backdrop::Blur(0.5));
        let what = format!("frame {i}, {format:?}");
        assert_as_reference(&mut compositor, &picture, &look, HALF_FLOATS, &what);
    }
}
