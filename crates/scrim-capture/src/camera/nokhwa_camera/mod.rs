//! Cameras through nokhwa: Media Foundation on Windows, `AVFoundation` on macOS, and on Linux for those who ask for it.
//!
//! Tried on Linux only; on Windows and macOS this module compiles against the same interface but has never run.
//!
//! A known fault of nokhwa 0.10: a camera that another program left at a rate which is no whole number (12.5) cannot be
//! opened.
//!
//! nokhwa's `frame()` has no deadline and cannot be cancelled, and parts of it panic. So it lives in a thread of its own
//! that is left behind when it does not come back, and only its bytes are used: decoding is done here.

mod session;

use std::panic::catch_unwind;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use nokhwa::utils::{ApiBackend, CameraIndex};
use scrim_frame::{Frame, FramePool, YuvEncoding};

use session::{Message, start};

use super::buffer::Unpacking;
use super::{CameraInfo, find, no_camera};
use crate::schedule::{deadline_after, wait_a_moment};
use crate::{CameraRequest, CaptureError, Delivery, OpenCamera, SourceFormat, VideoSource};

/// How long opening may take: some drivers load firmware.
const OPEN_WITHIN: Duration = Duration::from_secs(10);

/// A camera that sends nothing for this long is silent.
const SILENCE: Duration = Duration::from_secs(3);

/// How long the thread is waited for when the camera is closed, before it is left behind.
const CLOSE_WITHIN: Duration = Duration::from_millis(500);

/// A camera behind nokhwa.
struct NokhwaCamera {
    name: String,
    format: SourceFormat,
    unpacking: Unpacking,
    pool: FramePool,
    messages: Option<Receiver<Message>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
    camera: OpenCamera,
    skipped: u64,
    damaged: u64,
    silent: Duration,
    /// Why the pictures since the last good one could not be used.
    damage: Option<String>,
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
        camera: OpenCamera {
            id: camera.id.clone(),
            asked: CameraRequest {
                size: Some(request.size.unwrap_or(choice.size)),
                rate: request
                    .rate
                    .or_else(|| choice.interval.rate().map(|rate| rate as f32)),
            },
        },
        skipped: 0,
        damaged: 0,
        silent: Duration::ZERO,
        damage: None,
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

    /// The frame in a buffer of nokhwa's; `None` where it cannot be used.
    fn unpack(&mut self, bytes: &[u8], captured_at: Instant) -> Option<Frame> {
        // nokhwa passes the driver's raw buffer on without its stride.
        if let Err(why) = self.unpacking.fit_to(bytes.len()) {
            (self.skipped, self.damaged) = (self.skipped + 1, self.damaged + 1);
            self.damage = Some(why);
            return None;
        }
        let Ok(mut draft) = self.pool.draft(self.unpacking.layout()) else {
            self.skipped += 1;
            self.silent = Duration::ZERO;
            return None;
        };
        let pixels = draft.buffer_mut().bytes_mut();
        if let Err(why) = self.unpacking.unpack(bytes, pixels) {
            (self.skipped, self.damaged) = (self.skipped + 1, self.damaged + 1);
            self.damage = Some(why);
            return None;
        }
        (self.silent, self.damage) = (Duration::ZERO, None);
        Some(draft.finish(captured_at))
    }

    fn check_silence(&self) -> Result<(), CaptureError> {
        if self.silent < SILENCE {
            return Ok(());
        }
        let camera = self.name.clone();
        Err(match &self.damage {
            Some(why) => CaptureError::Camera {
                camera,
                reason: format!("none of its last pictures could be used: {why}"),
            },
            None => CaptureError::Silent {
                camera,
                silent: self.silent,
            },
        })
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

    fn damaged(&self) -> u64 {
        self.damaged
    }

    fn camera(&self) -> Option<&OpenCamera> {
        Some(&self.camera)
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
                    if let Some(frame) = self.unpack(picture.buffer(), captured_at) {
                        return Ok(Delivery::Frame(frame));
                    }
                }
                Some(Message::Failed(reason)) => return Err(self.failed(reason)),
                Some(Message::Opened(_)) | None => {}
            }
            self.check_silence()?;
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
