//! Video files, decoded by the system's ffmpeg.
//!
//! Frames keep the file's own luma and colour difference, with their matrix and range; they come in the file's order,
//! each once, at the file's mean rate (the times of single frames in a file with a variable rate are not kept).
//! HDR files (PQ, HLG) are refused: what is behind this crate is SDR, in which their codes look grey.

mod decoder;
mod ffmpeg;
mod probe;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use scrim_frame::{FramePool, PixelLayout};

use self::decoder::{Decoder, Taken};
use self::probe::Clip;
use crate::schedule::{Schedule, deadline_after, wait_a_moment};
use crate::{CaptureError, Delivery, Pace, Playback, SourceFormat, VideoSource};

/// How long a file may take until its first frame: a large file on a slow disk.
const FIRST_FRAME_WITHIN: Duration = Duration::from_secs(20);

/// A clip that is further behind than this because it cannot be decoded fast enough plays on from where it is.
const MAX_LATENESS: Duration = Duration::from_millis(250);

/// A frame that was read and not handed out yet.
struct Waiting {
    bytes: Vec<u8>,
    index: u64,
}

/// A video file as a source.
pub(crate) struct VideoFile {
    path: PathBuf,
    description: String,
    clip: Clip,
    playback: Playback,
    frame_option: &'static str,
    layout: PixelLayout,
    pool: FramePool,
    schedule: Schedule,
    decoder: Decoder,
    waiting: Option<Waiting>,
    /// Frames read since the source was opened.
    read: u64,
    /// Frames read when the present ffmpeg was started.
    read_at_start: u64,
    /// Frames replaced by newer ones.
    skipped: u64,
    is_over: bool,
}

impl VideoFile {
    /// Asks what the file holds, starts ffmpeg and waits for the first frame.
    pub(crate) fn open(
        path: &Path,
        playback: Playback,
        pace: Pace,
        pool_frames: usize,
    ) -> Result<Self, CaptureError> {
        let clip = probe::probe(path, playback == Playback::Once)?;
        let frame_option = ffmpeg::every_frame_once()?;
        let layout = PixelLayout::packed(clip.format, clip.size);
        let arguments = decoding_arguments(path, &clip, playback, frame_option);
        let mut source = Self {
            description: path.display().to_string(),
            path: path.to_owned(),
            playback,
            frame_option,
            layout,
            pool: FramePool::new(pool_frames + 1),
            schedule: Schedule::new((pace == Pace::RealTime).then_some(clip.interval)),
            decoder: Decoder::start(&arguments, layout.total_bytes())?,
            clip,
            waiting: None,
            read: 0,
            read_at_start: 0,
            skipped: 0,
            is_over: false,
        };
        match source.decoder.take(deadline_after(FIRST_FRAME_WITHIN)) {
            Taken::Frame(bytes) => source.keep(bytes),
            Taken::Nothing => {
                return Err(source.failed(&format!("no frame came within {FIRST_FRAME_WITHIN:?}")));
            }
            Taken::Over => source.over()?,
        }
        Ok(source)
    }

    fn keep(&mut self, bytes: Vec<u8>) {
        let index = self.read;
        self.read += 1;
        if let Some(old) = self.waiting.replace(Waiting { bytes, index }) {
            self.skipped += 1;
            self.decoder.give_back(old.bytes);
        }
    }

    fn failed(&self, why: &str) -> CaptureError {
        CaptureError::File {
            path: self.path.clone(),
            reason: format!("ffmpeg stopped after {} frames: {why}", self.read),
            try_this: "Play the file elsewhere to see whether it is whole, or convert it.".into(),
        }
    }

    /// ffmpeg has nothing more: the end of the clip, the start of another round, or a failure.
    fn over(&mut self) -> Result<(), CaptureError> {
        let words = self.decoder.end().map_err(|why| self.failed(&why))?;
        if self.read == self.read_at_start {
            return Err(self.failed(if words.is_empty() {
                "there was no frame to decode"
            } else {
                &words
            }));
        }
        if !words.is_empty() {
            tracing::warn!(path = %self.path.display(), %words, "ffmpeg complained about a clip");
        }
        if self.playback == Playback::Once {
            self.is_over = true;
            return Ok(());
        }
        // ffmpeg loops by itself; it ends only where a file cannot be wound back, and then is started anew.
        let arguments =
            decoding_arguments(&self.path, &self.clip, self.playback, self.frame_option);
        self.decoder = Decoder::start(&arguments, self.layout.total_bytes())?;
        self.read_at_start = self.read;
        Ok(())
    }

    /// Makes sure that a frame is waiting; `false` where none came until `deadline` or the clip is over.
    fn fill(&mut self, deadline: Instant) -> Result<bool, CaptureError> {
        while self.waiting.is_none() && !self.is_over {
            match self.decoder.take(deadline) {
                Taken::Frame(bytes) => self.keep(bytes),
                Taken::Nothing => return Ok(false),
                Taken::Over => self.over()?,
            }
        }
        Ok(self.waiting.is_some())
    }

    /// Replaces a waiting frame that is late by newer ones, as far as they are decoded.
    fn catch_up(&mut self) {
        while let Some(index) = self.waiting.as_ref().map(|waiting| waiting.index) {
            let now = Instant::now();
            if self.schedule.newest_due(index, now) == index {
                return;
            }
            match self.decoder.take_ready() {
                Some(bytes) => self.keep(bytes),
                None if self.schedule.lateness(index, now) > MAX_LATENESS => {
                    return self.schedule.start_again_at(index, now);
                }
                None => return,
            }
        }
    }
}

impl VideoSource for VideoFile {
    fn description(&self) -> &str {
        &self.description
    }

    fn format(&self) -> SourceFormat {
        SourceFormat {
            size: self.clip.size,
            pixels: self.clip.format,
            interval: Some(self.clip.interval),
        }
    }

    fn skipped(&self) -> u64 {
        self.skipped
    }

    fn expected_frames(&self) -> Option<u64> {
        match self.playback {
            Playback::Loop => None,
            Playback::Once => self.clip.frames,
        }
    }

    fn next_frame(&mut self, timeout: Duration) -> Result<Delivery, CaptureError> {
        let deadline = deadline_after(timeout);
        if !self.fill(deadline)? {
            return Ok(if self.is_over {
                Delivery::End
            } else {
                Delivery::Nothing
            });
        }
        let Some(index) = self.waiting.as_ref().map(|waiting| waiting.index) else {
            return Ok(Delivery::Nothing);
        };
        if !self.schedule.wait_for(index, deadline) {
            return Ok(Delivery::Nothing);
        }
        if self.schedule.is_paced() {
            self.catch_up();
        }
        let Some(waiting) = self.waiting.take() else {
            return Ok(Delivery::Nothing);
        };
        loop {
            if let Ok(mut draft) = self.pool.draft(self.layout) {
                let pixels = draft.buffer_mut().bytes_mut();
                pixels.copy_from_slice(&waiting.bytes);
                self.decoder.give_back(waiting.bytes);
                return Ok(Delivery::Frame(draft.finish(Instant::now())));
            }
            // More frames are held elsewhere than was agreed. None of a clip's frames may be lost, so this one waits.
            if Instant::now() >= deadline {
                self.waiting = Some(waiting);
                return Ok(Delivery::Nothing);
            }
            wait_a_moment();
        }
    }
}

fn decoding_arguments(path: &Path, clip: &Clip, playback: Playback, frame_option: &str) -> Command {
    let mut command = Command::new("");
    // A file from elsewhere (a playlist) must not make ffmpeg open connections: only files are allowed.
    command.args(["-nostdin", "-v", "error", "-protocol_whitelist", "file"]);
    // Two threads decode 1080p several times faster than real time; more would only take cores from inference.
    command.args(["-threads", "2"]);
    if playback == Playback::Loop {
        command.args(["-stream_loop", "-1"]);
    }
    command.arg("-i").arg(probe::file_argument(path));
    command.args(["-map", "0:V:0", frame_option, "passthrough"]);
    // The filter pins the size for files that change it on the way; where nothing differs, it passes frames through.
    command.args(["-vf", &clip.filter, "-pix_fmt", clip.ffmpeg_format]);
    command.args(["-f", "rawvideo", "pipe:1"]);
    command
}
