//! Composites laid out as a camera's pictures, against their reference on the CPU.

use crate::common::{disc, frame, gpu, matted, size};
use scrim_compositor::{
    Backdrop, Compositor, Decontamination, Encoding, Fit, Gpu, Look, Rgb, Upsampling, reference,
};
use scrim_frame::{AlphaState, Composite, MattedFrame, PixelFormat, Size, YuvEncoding};

/// Half a code is the rounding of the composite, which luma's weights carry over at most once; the rest are those of two
/// computations that agree.
const ROUNDING: u8 = 2;
/// Scaling adds sixteen-bit floats between its passes.
const SCALED: u8 = 3;

const LAYOUTS: [PixelFormat; 4] = [
    PixelFormat::Yuyv(YuvEncoding::BT601_LIMITED),
    PixelFormat::Nv12(YuvEncoding::BT601_LIMITED),
    PixelFormat::I420(YuvEncoding::BT601_LIMITED),
    PixelFormat::I420(YuvEncoding::BT709_LIMITED),
];

fn plain(backdrop: Backdrop) -> Look {
    Look {
        upsampling: Upsampling::Bilinear,
        decontamination: Decontamination::Off,
        ..Look::over(backdrop)
    }
}

fn camera(side: (u32, u32)) -> MattedFrame {
    let frame = frame(PixelFormat::Rgb8, size(side.0, side.1), 0, 0);
    matted(frame, size(64, 32), disc)
}

fn planes(composite: &Composite) -> Vec<Vec<u8>> {
    let (format, size) = (composite.format(), composite.size());
    (0..format.plane_count())
        .map(|plane| {
            let row_bytes = format.row_bytes(plane, size.width());
            let plane = composite.plane(plane);
            plane.rows(row_bytes).flatten().copied().collect()
        })
        .collect()
}

fn assert_as_reference(
    compositor: &mut Compositor,
    picture: &MattedFrame,
    look: &Look,
    encoding: Encoding,
    tolerance: u8,
) {
    let what = format!(
        "{} as {encoding:?} over {:?}",
        picture.frame().size(),
        look.backdrop
    );
    compositor.set_encoding(Some(encoding));
    let composite = compositor
        .composite(picture, look)
        .expect("it can be drawn");
    assert_eq!(composite.format(), encoding.format(), "{what}");
    assert_eq!(composite.size(), encoding.size(), "{what}");
    assert_eq!(composite.alpha(), AlphaState::Opaque, "{what}");
    let wanted = reference::encode::encode(&reference::composite(picture, look), encoding);
    let have = planes(&composite);
    assert_eq!(have.len(), wanted.len(), "{what}");
    for (plane, (have, wanted)) in have.iter().zip(&wanted).enumerate() {
        assert_eq!(have.len(), wanted.len(), "{what}, plane {plane}");
        let off = have.iter().zip(wanted).map(|(a, b)| a.abs_diff(*b));
        let worst = off.enumerate().max_by_key(|(_, off)| *off);
        let (at, off) = worst.expect("a plane has samples");
        assert!(
            off <= tolerance,
            "{what}, plane {plane}: {} instead of {} at sample {at}",
            have[at],
            wanted[at]
        );
    }
}

fn encoding(format: PixelFormat, size: Size) -> Encoding {
    Encoding::new(format, size).expect("a YUV format with even sides")
}

fn compositor(gpu: &Gpu) -> Compositor {
    Compositor::new(gpu, 1).expect("the passes can be built")
}

#[test]
fn every_layout_at_the_composites_size() {
    let Some(gpu) = gpu() else { return };
    let mut compositor = compositor(&gpu);
    let look = plain(Backdrop::Gradient(Rgb(255, 0, 10), Rgb(3, 200, 255)));
    for format in LAYOUTS {
        // 1366: rows that are no multiple of 256 bytes in any plane.
        for side in [(2, 2), (64, 48), (102, 66), (1366, 768)] {
            let encoding = encoding(format, size(side.0, side.1));
            assert_as_reference(&mut compositor, &camera(side), &look, encoding, ROUNDING);
        }
    }
}

#[test]
fn another_size_stands_between_black_bars() {
    let Some(gpu) = gpu() else { return };
    let mut compositor = compositor(&gpu);
    let wide = frame(PixelFormat::Rgb8, size(150, 40), 0, 0);
    let look = plain(Backdrop::Picture(wide, Fit::Fill));
    for format in LAYOUTS {
        for (from, to) in [
            ((64, 48), (128, 72)),
            ((320, 180), (128, 72)),
            ((90, 160), (160, 90)),
            ((63, 31), (64, 32)),
            ((2, 2), (128, 2)),
        ] {
            let encoding = encoding(format, size(to.0, to.1));
            assert_as_reference(&mut compositor, &camera(from), &look, encoding, SCALED);
        }
    }
}

#[test]
fn nothing_shows_through_where_the_composite_is_transparent() {
    let Some(gpu) = gpu() else { return };
    let mut compositor = compositor(&gpu);
    let look = plain(Backdrop::Transparent);
    for format in LAYOUTS {
        for to in [(64, 48), (128, 96)] {
            let encoding = encoding(format, size(to.0, to.1));
            assert_as_reference(&mut compositor, &camera((64, 48)), &look, encoding, SCALED);
        }
    }
    let nobody = matted(
        frame(PixelFormat::Rgb8, size(64, 48), 0, 0),
        size(1, 1),
        |_, _| 0.0,
    );
    compositor.set_encoding(Some(encoding(LAYOUTS[2], size(64, 48))));
    let planes = planes(&compositor.composite(&nobody, &look).unwrap());
    assert!(planes[0].iter().all(|y| *y == 16));
    assert!(planes[1].iter().chain(&planes[2]).all(|c| *c == 128));
}

#[test]
fn the_layout_may_change_from_frame_to_frame() {
    let Some(gpu) = gpu() else { return };
    let mut compositor = compositor(&gpu);
    let look = plain(Backdrop::Color(Rgb(0, 177, 64)));
    for (i, format) in LAYOUTS.into_iter().cycle().take(9).enumerate() {
        let side = 32 + 2 * (i as u32 * 13 % 20);
        let encoding = encoding(format, size(side, 96 - side));
        assert_as_reference(&mut compositor, &camera((64, 48)), &look, encoding, SCALED);
        compositor.set_encoding(None);
        let plain = compositor.composite(&camera((64, 48)), &look).unwrap();
        assert_eq!(plain.format(), PixelFormat::Rgba8);
        assert_eq!(plain.size(), size(64, 48));
    }
}

#[test]
fn the_preview_is_what_it_was() {
    let Some(gpu) = gpu() else { return };
    let mut compositor = compositor(&gpu);
    compositor.set_encoding(Some(encoding(LAYOUTS[0], size(32, 32))));
    let look = plain(Backdrop::Color(Rgb(0, 177, 64)));
    compositor.render(&camera((64, 48)), &look).unwrap();
    let preview = compositor.preview(scrim_compositor::PreviewView::Composite);
    assert_eq!(preview.unwrap().size, size(64, 48));
}
