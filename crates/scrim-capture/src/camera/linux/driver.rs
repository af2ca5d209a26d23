//! The calls on a camera's node, each with its panics turned into errors.
//!
//! The `v4l` crate panics where a driver states a value that it does not know (a colour space, a name that is not
//! UTF-8). Formats are read without it, because it also leaves out the matrix of YUV.

use std::io;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use scrim_frame::{Size, YuvEncoding};
use v4l::capability::Flags;
use v4l::frameinterval::FrameIntervalEnum;
use v4l::framesize::FrameSizeEnum;
use v4l::v4l_sys::{v4l2_format, v4l2_pix_format};
use v4l::v4l2::{self, vidioc};
use v4l::video::Capture;
use v4l::video::capture::Parameters;
use v4l::{Device, FourCC, Fraction};

use super::colour;
use crate::CameraRequest;
use crate::camera::negotiate::{Choice, Encoding, Interval, Mode, Sizes, choose};

/// `V4L2_BUF_TYPE_VIDEO_CAPTURE`.
const VIDEO_CAPTURE: u32 = 1;

/// An open node.
pub(super) struct Node(Device);

/// What a node says it is.
pub(super) struct About {
    pub(super) name: String,
    /// A capture node that streams, not metadata or an output.
    pub(super) gives_pictures: bool,
    pub(super) is_virtual: bool,
}

/// One entry of a camera's list.
pub(super) struct Offer {
    pub(super) code: [u8; 4],
    pub(super) sizes: Sizes,
    pub(super) intervals: Vec<Interval>,
}

/// What the driver set.
#[derive(Debug, Clone, Copy)]
pub(super) struct DriverFormat {
    pub(super) code: [u8; 4],
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) stride: usize,
    pub(super) colours: YuvEncoding,
}

/// Makes a panic inside `call` an error.
pub(super) fn guarded<T>(call: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    catch_unwind(AssertUnwindSafe(call)).unwrap_or_else(|_| {
        Err(io::Error::other(
            "the driver stated something that is not known",
        ))
    })
}

impl Node {
    /// Opens without blocking and without changing anything on the camera.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        guarded(|| Device::with_path(path)).map(Self)
    }

    pub(super) fn device(&self) -> &Device {
        &self.0
    }

    pub(super) fn about(&self) -> io::Result<About> {
        let caps = guarded(|| self.0.query_caps())?;
        Ok(About {
            gives_pictures: gives_pictures(caps.capabilities),
            is_virtual: caps.driver.contains("loopback"),
            name: caps.card,
        })
    }

    /// What the camera lists, without setting anything.
    pub(super) fn offers(&self) -> io::Result<Vec<Offer>> {
        let mut offers = Vec::new();
        for format in guarded(|| self.0.enum_formats())? {
            // A format that is listed without sizes is of no use; others may be.
            let sizes = guarded(|| self.0.enum_framesizes(format.fourcc)).unwrap_or_default();
            for size in sizes {
                let Some((sizes, width, height)) = sizes_from(&size.size) else {
                    continue;
                };
                offers.push(Offer {
                    code: format.fourcc.repr,
                    sizes,
                    intervals: self.intervals(format.fourcc, width, height),
                });
            }
        }
        Ok(offers)
    }

    fn intervals(&self, code: FourCC, width: u32, height: u32) -> Vec<Interval> {
        let listed = guarded(|| self.0.enum_frameintervals(code, width, height));
        listed
            .unwrap_or_default()
            .into_iter()
            .flat_map(|interval| match interval.interval {
                FrameIntervalEnum::Discrete(one) => vec![one],
                FrameIntervalEnum::Stepwise(steps) => usual_between(steps.min, steps.max),
            })
            .map(|fraction| Interval {
                numerator: fraction.numerator,
                denominator: fraction.denominator,
            })
            .collect()
    }

    /// The choice with the nearest rate that its own size has.
    pub(super) fn with_nearest_interval(&self, choice: Choice, request: CameraRequest) -> Choice {
        let (width, height) = (choice.size.width(), choice.size.height());
        let mode = Mode {
            encoding: choice.encoding,
            code: choice.code,
            size: choice.size,
            intervals: self.intervals(FourCC::new(&choice.code), width, height),
        };
        choose(&[mode], request).unwrap_or(choice)
    }

    /// Sets format and rate; says what the driver made of it.
    ///
    /// # Errors
    /// The driver refuses, or sets a format that cannot be read.
    pub(super) fn set(
        &self,
        choice: &Choice,
    ) -> io::Result<(DriverFormat, Encoding, Size, Option<Interval>)> {
        let answer = self.set_format(choice)?;
        let encoding = Encoding::from_code(answer.code).ok_or_else(|| {
            io::Error::other(format!(
                "asked for {}, it set {}, which is not read",
                String::from_utf8_lossy(&choice.code),
                String::from_utf8_lossy(&answer.code)
            ))
        })?;
        let size = Size::new(answer.width, answer.height).map_err(io::Error::other)?;
        if answer.code != choice.code || size != choice.size {
            tracing::info!(asked = ?choice, set = ?answer, "the camera set another format than was asked for");
        }
        let interval = Fraction::new(choice.interval.numerator, choice.interval.denominator);
        // A camera without rates refuses; it still gives pictures. Without the call, one may keep the rate that the
        // program before this one wanted.
        let rate = guarded(|| self.0.set_params(&Parameters::new(interval))).ok();
        let rate = rate.map(|parameters| Interval {
            numerator: parameters.interval.numerator,
            denominator: parameters.interval.denominator,
        });
        Ok((answer, encoding, size, rate))
    }

    fn set_format(&self, choice: &Choice) -> io::Result<DriverFormat> {
        // SAFETY: the two structs are made of integers, raw pointers (in the union's `win`) and unions of these; all
        // zeros are a value of each of them: 0, or a null pointer.
        let (mut format, blank): (v4l2_format, v4l2_pix_format) = unsafe { mem::zeroed() };
        format.type_ = VIDEO_CAPTURE;
        format.fmt.pix = v4l2_pix_format {
            width: choice.size.width(),
            height: choice.size.height(),
            pixelformat: u32::from_le_bytes(choice.code),
            ..blank
        };
        // SAFETY: VIDIOC_S_FMT reads and writes one `v4l2_format`, which `format` is, and keeps no pointer to it.
        unsafe {
            v4l2::ioctl(
                self.0.handle().fd(),
                vidioc::VIDIOC_S_FMT,
                (&raw mut format).cast(),
            )?;
        }
        // SAFETY: for this buffer type the kernel has filled the member `pix`, and every bit pattern is a value of it.
        let (pix, colours) = unsafe {
            let pix = format.fmt.pix;
            let matrix = pix.__bindgen_anon_1.ycbcr_enc;
            (
                pix,
                colour::encoding(pix.colorspace, matrix, pix.quantization),
            )
        };
        Ok(DriverFormat {
            code: pix.pixelformat.to_le_bytes(),
            width: pix.width,
            height: pix.height,
            stride: pix.bytesperline as usize,
            colours,
        })
    }
}

fn gives_pictures(caps: Flags) -> bool {
    caps.contains(Flags::VIDEO_CAPTURE | Flags::STREAMING)
        && !caps.intersects(Flags::VIDEO_M2M | Flags::META_CAPTURE | Flags::TOUCH)
}

/// A driver's sizes, and the one whose rates are asked for.
fn sizes_from(size: &FrameSizeEnum) -> Option<(Sizes, u32, u32)> {
    match size {
        FrameSizeEnum::Discrete(one) => {
            let size = Size::new(one.width, one.height).ok()?;
            Some((Sizes::One(size), one.width, one.height))
        }
        FrameSizeEnum::Stepwise(steps) => {
            let sizes = Sizes::Steps {
                min: (steps.min_width, steps.min_height),
                max: (steps.max_width, steps.max_height),
                step: (steps.step_width, steps.step_height),
            };
            Some((sizes, steps.max_width, steps.max_height))
        }
    }
}

/// The rates that people ask for, as far as they lie between two intervals, and the two ends.
fn usual_between(min: Fraction, max: Fraction) -> Vec<Fraction> {
    let seconds = |f: &Fraction| f64::from(f.numerator) / f64::from(f.denominator);
    let (shortest, longest) = (seconds(&min), seconds(&max));
    let usual = [60, 50, 30, 25, 24, 20, 15, 10, 5].map(|rate| Fraction::new(1, rate));
    let inside = usual
        .into_iter()
        .filter(|f| (shortest..=longest).contains(&seconds(f)));
    inside.chain([min, max]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_and_output_nodes_are_no_cameras() {
        let streaming = Flags::STREAMING;
        assert!(gives_pictures(Flags::VIDEO_CAPTURE | streaming));
        assert!(gives_pictures(
            Flags::VIDEO_CAPTURE | Flags::VIDEO_OUTPUT | streaming
        ));
        assert!(!gives_pictures(Flags::META_CAPTURE | streaming));
        assert!(!gives_pictures(Flags::VIDEO_OUTPUT | streaming));
        assert!(!gives_pictures(Flags::VIDEO_M2M | streaming));
        assert!(!gives_pictures(Flags::VIDEO_CAPTURE));
    }

    #[test]
    fn a_range_of_rates_is_listed_by_the_usual_ones() {
        let rates = usual_between(Fraction::new(1, 30), Fraction::new(1, 10));
        let denominators: Vec<_> = rates.iter().map(|f| f.denominator).collect();
        assert_eq!(denominators, [30, 25, 24, 20, 15, 10, 30, 10]);
    }

    #[test]
    fn a_panic_is_an_error() {
        let result: io::Result<()> = guarded(|| panic!("a test of catching this"));
        assert!(result.is_err());
    }
}
