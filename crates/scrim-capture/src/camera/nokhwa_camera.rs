//! Cameras through nokhwa: Media Foundation on Windows, `AVFoundation` on macOS, and on Linux for those who ask for it.
//!
//! Tried on Linux only; on Windows and macOS this module compiles against the same interface but has never run.
//!
//! A known fault of nokhwa 0.10: a camera that another program left at a rate which is no whole number (12.5) cannot be
//! opened.
//!
//! nokhwa's `frame()` has no deadline and cannot be cancelled, and parts of it panic. So it lives in a thread of its own
//! that is left behind when it does not come back, and only its bytes are used: decoding is done here.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

use nokhwa::pixel_format::RgbFormat;
use nokhwa::utils::{
    ApiBackend, CameraFormat as NokhwaFormat, CameraIndex, FrameFormat, RequestedFormat,
    RequestedFormatType,
};
use nokhwa::{Buffer, Camera};
use scrim_frame::{FramePool, Size, YuvEncoding};

use super::buffer::Unpacking;
use super::negotiate::{Choice, Encoding, Interval, Mode, choose};
use super::{CameraInfo, find, no_camera};
use crate::schedule::{deadline_after, wait_a_moment};
use crate::{CameraRequest, CaptureError, Delivery, SourceFormat, VideoSource};

/// How long opening may take: some drivers load firmware.
const OPEN_WITHIN: Duration = Duration::from_secs(10);

/// A camera that sends nothing for this long is silent.
const SILENCE: Duration = Duration::from_secs(3);

/// How long the thread is waited for when the camera is closed, before it is left behind.
const CLOSE_WITHIN: Duration = Duration::from_millis(500);

/// How many of the listed formats are tried.
const ATTEMPTS: usize = 8;

/// What the thread sends.
enum Message {
    Opened(Choice),
    Picture(Buffer, Instant),
    Failed(String),
}

/// A camera behind nokhwa.
struct NokhwaCamera {
    name: String,
    format: SourceFormat,
    unpacking: Unpacking,
    pool: FramePool,
    messages: Option<Receiver<Message>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
    skipped: u64,
    silent: Duration,
}

/// The cameras that nokhwa lists, without their formats: asking for those sets one.
#[cfg_attr(
    target_os = "linux",
    expect(
        dead_code,
        reason = "Linux lists its nodes itself; kept compiling here"
    )
)]
pub(super) fn devices() -> Vec<CameraInfo> {
    let listed = catch_unwind(|| nokhwa::query(ApiBackend::Auto));
    let Ok(Ok(cameras)) = listed else {
        return Vec::new();
    };
    cameras
        .into_iter()
        .map(|camera| {
            let number = camera.index().as_string();
            let on_linux = cfg!(target_os = "linux");
            CameraInfo {
                path: if on_linux {
                    PathBuf::from(format!("/dev/video{number}"))
                } else {
                    PathBuf::new()
                },
                id: number,
                name: camera.human_name(),
                formats: Vec::new(),
                problem: None,
                is_virtual: false,
            }
        })
        .collect()
}

pub(super) fn open(
    id: Option<&str>,
    request: CameraRequest,
    pool_frames: usize,
) -> Result<Box<dyn VideoSource>, CaptureError> {
    // On Linux the own list knows which nodes are cameras, and stable names.
    let cameras = super::devices();
    let camera = match id {
        Some(id) => find(&cameras, id),
        None => cameras.iter().find(|camera| !camera.is_virtual),
    };
    let camera = camera.ok_or_else(|| no_camera(id, &cameras))?;
    let index = index_of(camera);
    let failed = |reason: String| failure(camera.name.clone(), reason);
    let stop = Arc::new(AtomicBool::new(false));
    let (messages, thread) =
        start(index, request, Arc::clone(&stop)).map_err(|e| failed(e.to_string()))?;
    let choice = match messages.recv_timeout(OPEN_WITHIN) {
        Ok(Message::Opened(choice)) => choice,
        Ok(Message::Failed(reason)) => return Err(failed(reason)),
        Ok(Message::Picture(..)) | Err(_) => {
            stop.store(true, Ordering::Relaxed);
            return Err(failed(format!("it did not open within {OPEN_WITHIN:?}")));
        }
    };
    // nokhwa says nothing of colours; BT.601 with limited range is what cameras mean that say nothing.
    let unpacking = Unpacking::new(choice.encoding, choice.size, 0, YuvEncoding::BT601_LIMITED)
        .map_err(|e| failed(e.to_string()))?;
    Ok(Box::new(NokhwaCamera {
        name: camera.name.clone(),
        format: SourceFormat {
            size: choice.size,
            pixels: unpacking.layout().format(),
            interval: choice
                .interval
                .rate()
                .map(|rate| Duration::from_secs_f64(1.0 / rate)),
        },
        unpacking,
        pool: FramePool::new(pool_frames + 1),
        messages: Some(messages),
        stop,
        thread: Some(thread),
        skipped: 0,
        silent: Duration::ZERO,
    }))
}

fn index_of(camera: &CameraInfo) -> CameraIndex {
    let digits = |text: &str| text.parse::<u32>().ok();
    let node = camera
        .path
        .to_str()
        .and_then(|path| digits(path.strip_prefix("/dev/video")?));
    match node.or_else(|| digits(&camera.id)) {
        Some(number) => CameraIndex::Index(number),
        None => CameraIndex::String(camera.id.clone()),
    }
}

fn start(
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

/// nokhwa passes the system's errors on as words only.
fn failure(camera: String, reason: String) -> CaptureError {
    let has = |words: &str| reason.to_lowercase().contains(words);
    if has("no such device") {
        CaptureError::Unplugged { camera }
    } else if has("resource busy") {
        let holder = String::new();
        CaptureError::Busy { camera, holder }
    } else if has("permission denied") {
        CaptureError::Denied { camera }
    } else {
        CaptureError::Camera { camera, reason }
    }
}

impl NokhwaCamera {
    fn failed(&self, reason: String) -> CaptureError {
        failure(self.name.clone(), reason)
    }
}

impl VideoSource for NokhwaCamera {
    fn description(&self) -> &str {
        &self.name
    }

    fn format(&self) -> SourceFormat {
        self.format
    }

    fn skipped(&self) -> u64 {
        self.skipped
    }

    fn next_frame(&mut self, timeout: Duration) -> Result<Delivery, CaptureError> {
        let deadline = deadline_after(timeout);
        loop {
            let begun = Instant::now();
            let left = deadline.saturating_duration_since(begun).min(SILENCE);
            let message = match self.messages.as_ref().map(|m| m.recv_timeout(left)) {
                Some(Ok(message)) => Some(message),
                Some(Err(RecvTimeoutError::Timeout)) => None,
                Some(Err(RecvTimeoutError::Disconnected)) | None => {
                    return Err(self.failed("its thread has ended".into()));
                }
            };
            self.silent += begun.elapsed();
            match message {
                Some(Message::Picture(picture, captured_at)) => {
                    let Ok(mut draft) = self.pool.draft(self.unpacking.layout()) else {
                        self.skipped += 1;
                        self.silent = Duration::ZERO;
                        continue;
                    };
                    let pixels = draft.buffer_mut().bytes_mut();
                    if self.unpacking.unpack(picture.buffer(), pixels).is_ok() {
                        self.silent = Duration::ZERO;
                        return Ok(Delivery::Frame(draft.finish(captured_at)));
                    }
                    self.skipped += 1;
                }
                Some(Message::Failed(reason)) => return Err(self.failed(reason)),
                Some(Message::Opened(_)) | None => {}
            }
            if self.silent >= SILENCE {
                return Err(CaptureError::Silent {
                    camera: self.name.clone(),
                    silent: self.silent,
                });
            }
            if Instant::now() >= deadline {
                return Ok(Delivery::Nothing);
            }
        }
    }
}

impl Drop for NokhwaCamera {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        self.messages = None;
        let deadline = Instant::now() + CLOSE_WITHIN;
        let Some(thread) = self.thread.take() else {
            return;
        };
        while !thread.is_finished() && Instant::now() < deadline {
            wait_a_moment();
        }
        if thread.is_finished() {
            // Its panics were caught inside.
            let _ = thread.join();
        } else {
            tracing::warn!(
                camera = self.name,
                "a camera does not stop; its thread is left behind"
            );
        }
    }
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

    #[test]
    fn the_systems_words_become_states() {
        let error = |words: &str| failure("Cam".into(), words.into());
        let unplugged = error("Could not capture frame: No such device (os error 19)");
        assert!(matches!(unplugged, CaptureError::Unplugged { .. }));
        let busy = error("Could not open device stream: Device or resource busy (os error 16)");
        assert!(matches!(busy, CaptureError::Busy { .. }));
        assert!(matches!(
            error("Permission denied"),
            CaptureError::Denied { .. }
        ));
        assert!(matches!(
            error("nokhwa panicked"),
            CaptureError::Camera { .. }
        ));
    }

    #[test]
    fn cameras_are_addressed_by_number_where_they_have_one() {
        let camera = |id: &str, path: &str| CameraInfo {
            id: id.into(),
            name: String::new(),
            path: path.into(),
            formats: Vec::new(),
            problem: None,
            is_virtual: false,
        };
        let index = |id, path| index_of(&camera(id, path));
        assert_eq!(index("usb-x-index0", "/dev/video4"), CameraIndex::Index(4));
        assert_eq!(index("1", ""), CameraIndex::Index(1));
        assert_eq!(index("0x1420", ""), CameraIndex::String("0x1420".into()));
    }
}
