//! An ffmpeg process that decodes, and the thread that reads from it.

use std::io::Read;
use std::process::Command;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::{Builder, JoinHandle};
use std::time::Instant;

use ffmpeg_sidecar::child::FfmpegChild;

use super::ffmpeg::{self, LastWords, Program};
use crate::CaptureError;

/// One buffer being read into, one waiting, one being copied from.
const BUFFERS: usize = 3;

/// How the reading ended.
#[derive(Debug, PartialEq)]
enum ReadEnd {
    /// Between two frames.
    Clean,
    /// Inside a frame, or with an error of the pipe.
    Broken(String),
    /// The source was dropped.
    Stopped,
}

/// What [`Decoder::take`] found.
pub(super) enum Taken {
    Frame(Vec<u8>),
    Nothing,
    /// All frames were taken; [`Decoder::end`] says how it ended.
    Over,
}

/// A running ffmpeg that writes raw frames of one size. Dropping it kills the process at once and joins the threads.
pub(super) struct Decoder {
    child: FfmpegChild,
    /// `None` once stopped.
    frames: Option<Receiver<Vec<u8>>>,
    spent: Option<SyncSender<Vec<u8>>>,
    reader: Option<JoinHandle<ReadEnd>>,
    words: Option<LastWords>,
}

impl Decoder {
    /// Starts ffmpeg with these arguments and reads frames of `frame_bytes` from it.
    pub(super) fn start(arguments: &Command, frame_bytes: usize) -> Result<Self, CaptureError> {
        let failed = |e: std::io::Error| Program::Ffmpeg.missing(&e);
        let mut child = ffmpeg::command(Program::Ffmpeg, arguments)
            .spawn()
            .map_err(failed)?;
        drop(child.take_stdin());
        let words = LastWords::listen(child.take_stderr());
        let stdout = child.take_stdout();
        let (filled, frames) = sync_channel(1);
        let (spent, empty) = sync_channel(BUFFERS);
        for _ in 0..BUFFERS {
            // The channel has room for all of them, and its other end is in this function.
            let _ = spent.send(vec![0; frame_bytes]);
        }
        let reader = Builder::new().name("ffmpeg-read".into()).spawn(move || {
            stdout.map_or_else(
                || ReadEnd::Broken("ffmpeg has no output".into()),
                |stdout| read_frames(stdout, &filled, &empty),
            )
        });
        let mut decoder = Self {
            child,
            frames: Some(frames),
            spent: Some(spent),
            reader: None,
            words,
        };
        // When the thread cannot be made, dropping the decoder ends the process.
        decoder.reader = Some(reader.map_err(failed)?);
        Ok(decoder)
    }

    /// The next frame, waiting for it until `deadline`.
    pub(super) fn take(&self, deadline: Instant) -> Taken {
        let Some(frames) = &self.frames else {
            return Taken::Over;
        };
        let left = deadline.saturating_duration_since(Instant::now());
        match frames.recv_timeout(left) {
            Ok(bytes) => Taken::Frame(bytes),
            Err(RecvTimeoutError::Timeout) => Taken::Nothing,
            Err(RecvTimeoutError::Disconnected) => Taken::Over,
        }
    }

    /// The next frame, if it is there already.
    pub(super) fn take_ready(&self) -> Option<Vec<u8>> {
        self.frames.as_ref()?.try_recv().ok()
    }

    /// Gives a buffer back to be read into.
    pub(super) fn give_back(&self, bytes: Vec<u8>) {
        if let Some(spent) = &self.spent {
            // There is room for every buffer; a reader that has ended needs none.
            let _ = spent.try_send(bytes);
        }
    }

    /// After [`Taken::Over`]: what ffmpeg complained about while it decoded, or, as an error, why it failed.
    pub(super) fn end(&mut self) -> Result<String, String> {
        let read = self.join_reader();
        let status = ffmpeg::end(self.child.as_inner_mut());
        let words = self.words.take().map(LastWords::end).unwrap_or_default();
        let with_words = |what: String| {
            if words.is_empty() {
                what
            } else {
                format!("{what}: {words}")
            }
        };
        match (status, read) {
            (Err(e), _) => Err(with_words(e.to_string())),
            (Ok(status), _) if !status.success() => Err(with_words(status.to_string())),
            (Ok(_), ReadEnd::Broken(why)) => Err(with_words(why)),
            (Ok(_), ReadEnd::Clean | ReadEnd::Stopped) => Ok(words),
        }
    }

    fn join_reader(&mut self) -> ReadEnd {
        self.frames = None;
        self.spent = None;
        match self.reader.take().map(JoinHandle::join) {
            Some(Ok(end)) => end,
            Some(Err(_)) => ReadEnd::Broken("the reading thread panicked".into()),
            None => ReadEnd::Stopped,
        }
    }
}

impl Drop for Decoder {
    fn drop(&mut self) {
        let child = self.child.as_inner_mut();
        // Fails only where it has ended already; the wait takes it out of the process table either way.
        let _ = child.kill();
        let _ = child.wait();
        let _ = self.join_reader();
        if let Some(words) = self.words.take() {
            words.end();
        }
    }
}

fn read_frames(
    mut stdout: impl Read,
    filled: &SyncSender<Vec<u8>>,
    empty: &Receiver<Vec<u8>>,
) -> ReadEnd {
    while let Ok(mut bytes) = empty.recv() {
        let mut have = 0;
        while have < bytes.len() {
            match stdout.read(&mut bytes[have..]) {
                Ok(0) if have == 0 => return ReadEnd::Clean,
                Ok(0) => {
                    return ReadEnd::Broken(format!(
                        "the last frame has {have} of {} bytes",
                        bytes.len()
                    ));
                }
                Ok(more) => have += more,
                Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
                Err(e) => return ReadEnd::Broken(e.to_string()),
            }
        }
        if filled.send(bytes).is_err() {
            break;
        }
    }
    ReadEnd::Stopped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(input: &[u8]) -> (Vec<Vec<u8>>, ReadEnd) {
        let (filled, frames) = sync_channel(10);
        let (spent, empty) = sync_channel(10);
        for _ in 0..10 {
            spent.send(vec![0; 4]).unwrap();
        }
        let end = read_frames(input, &filled, &empty);
        drop(filled);
        (frames.iter().collect(), end)
    }

    #[test]
    fn frames_are_cut_where_they_end() {
        let (frames, end) = read(b"aaaabbbb");
        assert_eq!(frames, [b"aaaa".to_vec(), b"bbbb".to_vec()]);
        assert_eq!(end, ReadEnd::Clean);
        let (frames, end) = read(b"aaaabb");
        assert_eq!(frames.len(), 1);
        assert!(matches!(end, ReadEnd::Broken(why) if why.contains("2 of 4")));
    }
}
