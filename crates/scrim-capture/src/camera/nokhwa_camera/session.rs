//! The thread that holds a camera open: sets its format and sends its pictures on, undecoded.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{Builder, JoinHandle};
use std::time::Instant;

use nokhwa::pixel_format::RgbFormat;
use nokhwa::utils::{
    CameraFormat as NokhwaFormat, CameraIndex, FrameFormat, RequestedFormat, RequestedFormatType,
};
use nokhwa::{Buffer, Camera};
use scrim_frame::Size;

use crate::CameraRequest;
use crate::camera::negotiate::{Choice, Encoding, Interval, Mode, choose};

/// How many of the listed formats are tried.
const ATTEMPTS: usize = 8;

/// What the thread sends.
pub(super) enum Message {
    Opened(Choice),
    Picture(Buffer, Instant),
    Failed(String),
}

/// Starts the thread. The first message says whether the camera opened.
pub(super) fn start(
    index: CameraIndex,
    request: CameraRequest,
    stop: Arc<AtomicBool>,
) -> std::io::Result<(Receiver<Message>, JoinHandle<()>)> {
    let (sender, messages) = sync_channel(1);
    let thread = Builder::new().name("nokhwa-camera".into()).spawn(move || {
        let ran = catch_unwind(AssertUnwindSafe(|| run(index, request, &stop, &sender)));
        let reason = match ran {
            Ok(Ok(())) => return,
            Ok(Err(reason)) => reason,
            Err(_) => "nokhwa panicked".into(),
        };
        // Nobody listens any more where the source was dropped.
        let _ = sender.send(Message::Failed(reason));
    })?;
    Ok((messages, thread))
}

/// The thread: opens the camera and sends its pictures until told to stop.
fn run(
    index: CameraIndex,
    request: CameraRequest,
    stop: &AtomicBool,
    sender: &SyncSender<Message>,
) -> Result<(), String> {
    #[cfg(target_os = "macos")]
    nokhwa::nokhwa_initialize(|_granted| {});
    let words = |e: nokhwa::NokhwaError| e.to_string();
    let any = RequestedFormat::new::<RgbFormat>(RequestedFormatType::None);
    let mut camera = Camera::new(index, any).map_err(words)?;
    let listed = camera.compatible_camera_formats().map_err(words)?;
    let choice = set_nearest(&mut camera, listed, request)?;
    camera.open_stream().map_err(words)?;
    let set = mode_from(&camera.camera_format()).ok_or("it set a format that cannot be read")?;
    let opened = Choice {
        encoding: set.encoding,
        code: set.code,
        size: set.size,
        interval: set.intervals.first().copied().unwrap_or(choice.interval),
    };
    if sender.send(Message::Opened(opened)).is_err() {
        return Ok(());
    }
    while !stop.load(Ordering::Relaxed) {
        let picture = camera.frame().map_err(words)?;
        if sender
            .send(Message::Picture(picture, Instant::now()))
            .is_err()
        {
            break;
        }
    }
    camera.stop_stream().map_err(words)
}

/// Sets the nearest of the listed formats that the camera accepts; nokhwa lists 12.5 frames a second as 25 and then
/// refuses it.
fn set_nearest(
    camera: &mut Camera,
    mut listed: Vec<NokhwaFormat>,
    request: CameraRequest,
) -> Result<Choice, String> {
    let mut refusal = "it has no format that can be read".to_owned();
    for _ in 0..ATTEMPTS {
        let modes: Vec<_> = listed.iter().filter_map(mode_from).collect();
        let Some(choice) = choose(&modes, request) else {
            break;
        };
        let chosen =
            |format: &NokhwaFormat| mode_from(format).is_some_and(|mode| is_chosen(&mode, &choice));
        let Some(at) = listed.iter().position(chosen) else {
            break;
        };
        let wanted = listed.swap_remove(at);
        let formats = [wanted.format()];
        let closest = RequestedFormatType::Closest(wanted);
        match camera.set_camera_requset(RequestedFormat::with_formats(closest, &formats)) {
            Ok(_) => return Ok(choice),
            Err(e) => refusal = e.to_string(),
        }
    }
    Err(refusal)
}

fn is_chosen(mode: &Mode, choice: &Choice) -> bool {
    mode.encoding == choice.encoding
        && mode.size == choice.size
        && mode.intervals.contains(&choice.interval)
}

fn mode_from(format: &NokhwaFormat) -> Option<Mode> {
    let code = match format.format() {
        FrameFormat::MJPEG => *b"MJPG",
        FrameFormat::YUYV => *b"YUYV",
        FrameFormat::NV12 => *b"NV12",
        FrameFormat::RAWRGB => *b"RGB3",
        FrameFormat::GRAY | FrameFormat::RAWBGR => return None,
    };
    Some(Mode {
        encoding: Encoding::from_code(code)?,
        code,
        size: Size::new(format.width(), format.height()).ok()?,
        intervals: vec![Interval {
            numerator: 1,
            denominator: format.frame_rate(),
        }],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nokhwas_formats_become_modes() {
        let format = NokhwaFormat::new_from(1280, 720, FrameFormat::MJPEG, 30);
        let mode = mode_from(&format).unwrap();
        assert_eq!(
            (mode.encoding, mode.size.to_string()),
            (Encoding::Mjpeg, "1280×720".into())
        );
        assert!(mode_from(&NokhwaFormat::new_from(640, 480, FrameFormat::GRAY, 30)).is_none());
        let choice = choose(std::slice::from_ref(&mode), CameraRequest::default()).unwrap();
        assert!(is_chosen(&mode, &choice));
    }
}
