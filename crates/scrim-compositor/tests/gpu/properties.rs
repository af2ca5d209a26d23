//! What must hold for any picture.

use crate::common::{FORMATS, frame, gpu, matted, pixels, size};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use scrim_compositor::{
    Backdrop, Compositor, Decontamination, Deliver, Look, Rgb, Upsampling, reference,
};
use scrim_frame::{MattedFrame, PixelFormat, PixelLayout, Size};

#[derive(Debug, Clone, Copy)]
struct Case {
    format: PixelFormat,
    frame: (u32, u32),
    matte: (u32, u32),
    extra: usize,
    color: Rgb,
    guided: bool,
    mirror: bool,
    decontaminated: bool,
}

fn cases() -> impl Strategy<Value = Case> {
    (
        prop::sample::select(FORMATS.to_vec()),
        (1_u32..80, 1_u32..80),
        (1_u32..40, 1_u32..40),
        0_usize..9,
        any::<(u8, u8, u8)>(),
        any::<(bool, bool, bool)>(),
    )
        .prop_map(|(format, frame, matte, extra, (r, g, b), switches)| Case {
            format,
            frame,
            matte,
            extra,
            color: Rgb(r, g, b),
            guided: switches.0,
            mirror: switches.1,
            decontaminated: switches.2,
        })
}

impl Case {
    fn size(&self) -> Size {
        size(self.frame.0, self.frame.1)
    }

    fn picture(&self, alpha: impl Fn(f32, f32) -> f32) -> MattedFrame {
        let camera = frame(self.format, self.size(), self.extra, 0x5A);
        matted(camera, size(self.matte.0, self.matte.1), alpha)
    }

    fn look(&self, backdrop: Backdrop) -> Look {
        Look {
            backdrop,
            mirror: self.mirror,
            upsampling: if self.guided {
                Upsampling::Guided
            } else {
                Upsampling::Bilinear
            },
            decontamination: if self.decontaminated {
                Decontamination::On
            } else {
                Decontamination::Off
            },
            deliver: Deliver::Composite,
        }
    }
}

fn check(test: impl Fn(&mut Compositor, Case)) {
    let Some(gpu) = gpu() else { return };
    let compositor = std::cell::RefCell::new(Compositor::new(&gpu, 2).expect("passes compile"));
    let config = Config {
        cases: 32,
        max_shrink_iters: 16,
        failure_persistence: None,
        ..Config::default()
    };
    let outcome = TestRunner::new(config).run(&cases(), |case| {
        test(&mut compositor.borrow_mut(), case);
        Ok(())
    });
    assert!(outcome.is_ok(), "{outcome:?}");
}

#[test]
fn alpha_0_gives_exactly_the_backdrop() {
    check(|compositor, case| {
        let picture = case.picture(|_, _| 0.0);
        let color = case.look(Backdrop::Color(case.color));
        let composite = compositor.composite(&picture, &color).unwrap();
        let Rgb(r, g, b) = case.color;
        assert!(
            pixels(&composite).chunks(4).all(|p| p == [r, g, b, 255]),
            "{case:?}"
        );
        let clear = compositor.composite(&picture, &case.look(Backdrop::Transparent));
        assert!(pixels(&clear.unwrap()).iter().all(|c| *c == 0), "{case:?}");
    });
}

#[test]
fn alpha_1_gives_exactly_the_person() {
    check(|compositor, case| {
        let picture = case.picture(|_, _| 1.0);
        let composite = compositor
            .composite(&picture, &case.look(Backdrop::Color(case.color)))
            .unwrap();
        let shown = reference::decode::decode(picture.frame()).map(|[r, g, b, _]| [r, g, b, 1.0]);
        let width = case.size().width() as usize;
        let codes = shown.codes();
        for (i, have) in pixels(&composite).chunks(4).enumerate() {
            let (x, y) = (i % width, i / width);
            let from = y * width + if case.mirror { width - 1 - x } else { x };
            let wanted = &codes[from * 4..from * 4 + 4];
            // Decoding YUV rounds one code either way; RGB is exact.
            let tolerance = u8::from(case.format.yuv_encoding().is_some());
            let off = have.iter().zip(wanted).map(|(a, b)| a.abs_diff(*b)).max();
            assert!(
                off <= Some(tolerance),
                "{have:?} for {wanted:?} at {x}, {y}: {case:?}"
            );
        }
    });
}

#[test]
fn padding_never_shows() {
    check(|compositor, case| {
        let look = case.look(Backdrop::Blur(0.3));
        let shown = [0x00, 0xFF].map(|padding| {
            let camera = frame(case.format, case.size(), case.extra, padding);
            let picture = matted(
                camera,
                size(case.matte.0, case.matte.1),
                crate::common::disc,
            );
            pixels(&compositor.composite(&picture, &look).unwrap()).to_vec()
        });
        assert_eq!(shown[0], shown[1], "{case:?}");
    });
}

/// A bright person before a dark room: nothing of the person's light is in the blurred room beside them.
#[test]
fn blur_keeps_the_person_out() {
    let Some(gpu) = gpu() else { return };
    let mut compositor = Compositor::new(&gpu, 1).unwrap();
    let shape = size(320, 180);
    let layout = PixelLayout::packed(PixelFormat::Rgb8, shape);
    let mut buffer = scrim_frame::PixelBuffer::zeroed(layout);
    let alpha = |x: f32| ((0.25 - (x - 0.5).abs()) * 40.0).clamp(0.0, 1.0);
    for (i, byte) in buffer.bytes_mut().iter_mut().enumerate() {
        let x = ((i / 3) % 320) as f32 + 0.5;
        *byte = (20.0 + 235.0 * alpha(x / 320.0)) as u8;
    }
    let camera = scrim_frame::Frame::new(buffer, std::time::Instant::now());
    let picture = matted(camera, size(160, 96), |x, _| alpha(x));
    for strength in [0.0, 0.5, 1.0] {
        let look = Look::over(Backdrop::Blur(strength));
        let composite = compositor.composite(&picture, &look).unwrap();
        for (i, p) in pixels(&composite).chunks(4).enumerate() {
            let x = ((i % 320) as f32 + 0.5) / 320.0;
            if (x - 0.5).abs() > 0.27 {
                assert!(
                    p[0] <= 24,
                    "{} instead of 20 at {x}, strength {strength}",
                    p[0]
                );
            }
        }
    }
}
