//! Which of the things that a camera offers comes nearest to what was asked for.

use scrim_frame::Size;

use crate::CameraRequest;

/// Asked of a camera where the user asks for nothing: what video calls send.
const DEFAULT_SIDES: (u32, u32) = (1280, 720);
const DEFAULT_RATE: f64 = 30.0;

/// How much worse half the rate is than half the pixels. At 1.5 a camera that has 1280×720 at 15 and 640×480 at 30
/// gives the large picture, and one that has it at 10 only gives the fluent one.
const RATE_WEIGHT: f64 = 1.5;

/// More frames than asked for cost only a little time.
const EXCESS_WEIGHT: f64 = 0.2;

/// What the user named counts this much more than what is only usual.
const NAMED_WEIGHT: f64 = 8.0;

/// How far below the request a rate may be and still count as reached: 29.97 for 30, and 14.9 for 15.
const RATE_SLACK: f64 = 0.98;

/// How a camera sends its pictures, as far as this crate reads them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    Nv12,
    I420,
    Yuyv,
    Uyvy,
    Rgb,
    Mjpeg,
}

impl Encoding {
    /// By the four-letter code of V4L2.
    pub(super) fn from_code(code: [u8; 4]) -> Option<Self> {
        Some(match &code {
            b"NV12" => Self::Nv12,
            b"YU12" => Self::I420,
            b"YUYV" => Self::Yuyv,
            b"UYVY" => Self::Uyvy,
            b"RGB3" => Self::Rgb,
            b"MJPG" | b"JPEG" => Self::Mjpeg,
            _ => return None,
        })
    }

    /// What it costs beside the others at the same size and rate: bytes to move; for MJPEG decoding and artefacts.
    const fn cost(self) -> f64 {
        match self {
            Self::Nv12 => 0.0,
            Self::I420 => 0.001,
            Self::Yuyv => 0.002,
            Self::Uyvy => 0.003,
            Self::Rgb => 0.01,
            Self::Mjpeg => 0.02,
        }
    }
}

/// A time between frames as drivers state it: numerator over denominator, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Interval {
    pub(super) numerator: u32,
    pub(super) denominator: u32,
}

impl Interval {
    /// Frames a second; `None` where the fraction makes no sense.
    pub(super) fn rate(self) -> Option<f64> {
        let rate = f64::from(self.denominator) / f64::from(self.numerator);
        (rate.is_finite() && rate > 0.0).then_some(rate)
    }
}

/// The sizes of a format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sizes {
    One(Size),
    /// Smallest, largest and step of both sides.
    Steps {
        min: (u32, u32),
        max: (u32, u32),
        step: (u32, u32),
    },
}

impl Sizes {
    /// The size nearest to `wanted`.
    pub(super) fn nearest(self, wanted: Size) -> Option<Size> {
        match self {
            Self::One(size) => Some(size),
            Self::Steps { min, max, step } => {
                let side = |wanted: u32, min: u32, max: u32, step: u32| {
                    let inside = wanted.clamp(min, max.max(min));
                    min + (inside - min) / step.max(1) * step.max(1)
                };
                Size::new(
                    side(wanted.width(), min.0, max.0, step.0),
                    side(wanted.height(), min.1, max.1, step.1),
                )
                .ok()
            }
        }
    }
}

/// One format at one size with its rates.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Mode {
    pub(super) encoding: Encoding,
    /// As the driver is to be told; two codes may mean one encoding.
    pub(super) code: [u8; 4],
    pub(super) size: Size,
    /// Empty where the camera does not say.
    pub(super) intervals: Vec<Interval>,
}

/// What is to be set.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Choice {
    pub(super) encoding: Encoding,
    pub(super) code: [u8; 4],
    pub(super) size: Size,
    pub(super) interval: Interval,
}

/// The size that is asked for.
pub(super) fn wanted_size(request: CameraRequest) -> Size {
    request.size.unwrap_or_else(|| {
        Size::new(DEFAULT_SIDES.0, DEFAULT_SIDES.1).expect("both sides are within the limits")
    })
}

/// The rate that is asked for, in frames a second.
pub(super) fn wanted_rate(request: CameraRequest) -> f64 {
    request
        .rate
        .map(f64::from)
        .filter(|rate| rate.is_finite() && *rate > 0.0)
        .unwrap_or(DEFAULT_RATE)
}

/// The nearest mode: the size first where the user named one, the rate first where the user named that; raw formats
/// where they reach the rate, MJPEG where only it does. `None` where there is no mode.
pub(super) fn choose(modes: &[Mode], request: CameraRequest) -> Option<Choice> {
    let (size, rate) = (wanted_size(request), wanted_rate(request));
    let named = |is: bool| if is { NAMED_WEIGHT } else { 1.0 };
    let (size_weight, rate_weight) = (named(request.size.is_some()), named(request.rate.is_some()));
    let asked = Interval {
        numerator: 1000,
        denominator: (rate * 1000.0).round().max(1.0) as u32,
    };
    modes
        .iter()
        .flat_map(|mode| {
            let unknown = mode.intervals.is_empty().then_some(asked);
            let intervals = mode.intervals.iter().copied().chain(unknown);
            intervals.map(move |interval| (mode, interval))
        })
        .filter_map(|(mode, interval)| {
            let cost = size_weight * size_cost(mode.size, size)
                + rate_weight * rate_cost(interval.rate()?, rate)
                + mode.encoding.cost();
            Some((cost, mode, interval))
        })
        .min_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, mode, interval)| Choice {
            encoding: mode.encoding,
            code: mode.code,
            size: mode.size,
            interval,
        })
}

fn size_cost(have: Size, want: Size) -> f64 {
    let ratio = |a: u32, b: u32| (f64::from(a) / f64::from(b)).ln();
    let width = ratio(have.width(), want.width());
    let height = ratio(have.height(), want.height());
    // The number of pixels, and the shape.
    (width + height).abs() + (width - height).abs()
}

fn rate_cost(have: f64, want: f64) -> f64 {
    if have < want * RATE_SLACK {
        RATE_WEIGHT * (want / have).ln()
    } else {
        EXCESS_WEIGHT * (have / want).ln().abs()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(w: u32, h: u32) -> Size {
        Size::new(w, h).unwrap()
    }

    fn mode(code: [u8; 4], w: u32, h: u32, rates: &[(u32, u32)]) -> Mode {
        Mode {
            encoding: Encoding::from_code(code).unwrap(),
            code,
            size: size(w, h),
            intervals: rates
                .iter()
                .map(|&(numerator, denominator)| Interval {
                    numerator,
                    denominator,
                })
                .collect(),
        }
    }

    fn chosen(modes: &[Mode], request: CameraRequest) -> (Encoding, String, f64) {
        let choice = choose(modes, request).unwrap();
        (
            choice.encoding,
            choice.size.to_string(),
            choice.interval.rate().unwrap(),
        )
    }

    /// What a common USB 2 webcam lists.
    fn webcam() -> Vec<Mode> {
        vec![
            mode(*b"YUYV", 640, 480, &[(1, 30), (1, 15)]),
            mode(*b"YUYV", 1280, 720, &[(1, 10), (1, 5)]),
            mode(*b"YUYV", 1920, 1080, &[(1, 5)]),
            mode(*b"MJPG", 640, 480, &[(1, 30)]),
            mode(*b"MJPG", 1280, 720, &[(1, 30), (2, 25)]),
            mode(*b"MJPG", 1920, 1080, &[(1, 30)]),
        ]
    }

    #[test]
    fn mjpeg_is_taken_only_where_raw_is_too_slow() {
        let ask = |w, h, rate| CameraRequest {
            size: Some(size(w, h)),
            rate: Some(rate),
        };
        let webcam = webcam();
        assert_eq!(
            chosen(&webcam, CameraRequest::default()),
            (Encoding::Mjpeg, "1280×720".into(), 30.0)
        );
        assert_eq!(
            chosen(&webcam, ask(640, 480, 30.0)),
            (Encoding::Yuyv, "640×480".into(), 30.0)
        );
        assert_eq!(
            chosen(&webcam, ask(1280, 720, 12.5)),
            (Encoding::Mjpeg, "1280×720".into(), 12.5)
        );
        assert_eq!(
            chosen(&webcam, ask(1920, 1080, 5.0)),
            (Encoding::Yuyv, "1920×1080".into(), 5.0)
        );
    }

    #[test]
    fn the_nearest_size_is_taken_and_what_was_named_counts_most() {
        let raw_only = &webcam()[..3];
        assert_eq!(chosen(raw_only, CameraRequest::default()).1, "640×480");
        let named = CameraRequest {
            size: Some(size(1280, 720)),
            rate: None,
        };
        assert_eq!(chosen(raw_only, named).1, "1280×720");
        let huge = CameraRequest {
            size: Some(size(4000, 3000)),
            rate: None,
        };
        assert_eq!(chosen(&webcam(), huge).1, "1920×1080");
        let fifteen = [
            mode(*b"YUYV", 1280, 720, &[(1, 15)]),
            mode(*b"YUYV", 640, 480, &[(1, 30)]),
        ];
        assert_eq!(chosen(&fifteen, CameraRequest::default()).1, "1280×720");
    }

    #[test]
    fn close_rates_count_as_reached() {
        let modes = [
            mode(*b"NV12", 1280, 720, &[(1001, 30000)]),
            mode(*b"MJPG", 1280, 720, &[(1, 60), (1, 30)]),
        ];
        assert_eq!(chosen(&modes, CameraRequest::default()).0, Encoding::Nv12);
    }

    #[test]
    fn cameras_that_say_little_are_asked_for_the_usual() {
        let silent = [mode(*b"YUYV", 640, 480, &[])];
        assert!((chosen(&silent, CameraRequest::default()).2 - 30.0).abs() < 1e-6);
        let nonsense = [mode(*b"YUYV", 640, 480, &[(0, 0), (0, 1)])];
        assert_eq!(choose(&nonsense, CameraRequest::default()), None);
        assert_eq!(choose(&[], CameraRequest::default()), None);
    }

    #[test]
    fn sizes_in_steps_are_kept_to() {
        let steps = Sizes::Steps {
            min: (48, 32),
            max: (4096, 2160),
            step: (8, 8),
        };
        assert_eq!(steps.nearest(size(1285, 725)), Some(size(1280, 720)));
        assert_eq!(steps.nearest(size(1, 16000)), Some(size(48, 2160)));
    }
}
