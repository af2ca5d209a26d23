//! A running FFmpeg with the two threads that serve it.

use std::io::{self, Write};
use std::path::Path;
use std::process::{Child, ExitStatus, Stdio};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use scrim_frame::Composite;

use super::ffmpeg;
use super::handover::{Handover, NotTaken};
use super::progress::Progress;
use super::stream::PictureStream;
use super::words::LastWords;
use crate::SinkError;

/// How long the threads get to notice that FFmpeg was killed. They do at once, unless a program that it started
/// itself holds on to its pipes.
const THREAD_GRACE: Duration = Duration::from_secs(1);
/// Between closing its standard error and having ended, a program has nothing left to do.
const EXIT_CHECK: Duration = Duration::from_millis(2);

/// Between two looks at whether FFmpeg still works on completing a file: short against any limit.
const LOOK_INTERVAL: Duration = Duration::from_millis(500);

/// Why an encoder took no more, or did not complete.
#[derive(Debug)]
pub(crate) enum EncoderFault {
    /// It ended, or said that it failed; its words, or how it ended.
    Ended(String),
    /// It took no picture for this long, and was killed.
    Behind(Duration),
    /// It showed no sign of work for this long, and was killed.
    Stuck(Duration),
}

/// FFmpeg, encoding. Dropping it kills it, waits for its end and joins the threads.
pub(crate) struct Encoder {
    child: Child,
    exit: Option<ExitStatus>,
    handover: Arc<Handover>,
    words: Arc<LastWords>,
    writer: Option<JoinHandle<()>>,
    listener: Option<JoinHandle<()>>,
}

impl Encoder {
    /// Starts FFmpeg and the threads that feed it and listen to it.
    pub(crate) fn start(
        program: &Path,
        arguments: &[std::ffi::OsString],
        stream: PictureStream,
        nominal: Duration,
    ) -> Result<Self, SinkError> {
        let child = ffmpeg::command(program)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| ffmpeg::start_error(&error))?;
        // From here on, an early return drops the encoder, which ends the child.
        let mut encoder = Self {
            child,
            exit: None,
            handover: Arc::default(),
            words: Arc::default(),
            writer: None,
            listener: None,
        };
        let stderr = encoder.child.stderr.take();
        let words = Arc::clone(&encoder.words);
        encoder.listener = Some(named("ffmpeg words", move || {
            if let Some(stderr) = stderr {
                words.listen(stderr);
            }
        })?);
        let stdin = encoder.child.stdin.take();
        let handover = Arc::clone(&encoder.handover);
        encoder.writer = Some(named("ffmpeg pictures", move || {
            // `stdin` is dropped before the end is announced: FFmpeg completes the file when it closes.
            let result = stdin.map_or(Ok(()), |mut stdin| {
                feed(&handover, stream, nominal, &mut stdin)
            });
            handover.end(result);
        })?);
        Ok(encoder)
    }

    /// Hands one composite over; waits while FFmpeg is behind, at most `limit`.
    pub(crate) fn put(
        &mut self,
        composite: &Composite,
        limit: Duration,
    ) -> Result<(), EncoderFault> {
        match self.handover.put(composite, limit) {
            Ok(()) => Ok(()),
            Err(NotTaken::TimedOut) => {
                self.kill();
                Err(EncoderFault::Behind(limit))
            }
            Err(NotTaken::TakerEnded) => {
                self.wait_for_exit(Instant::now() + THREAD_GRACE);
                Err(EncoderFault::Ended(self.last_words()))
            }
        }
    }

    /// Lets FFmpeg complete the file, for as long as it takes; `limit` is for doing nothing.
    pub(crate) fn complete(&mut self, limit: Duration, file: &Path) -> Result<(), EncoderFault> {
        let progress = Progress {
            process: self.child.id(),
            file: file.into(),
        };
        self.handover.close();
        let mut fed = None;
        let mut done = progress.look();
        let mut deadline = Instant::now() + limit;
        let exit = loop {
            let next_look = deadline.min(Instant::now() + LOOK_INTERVAL);
            if fed.is_none() {
                fed = self.handover.wait_for_end(next_look);
            }
            if fed.is_some()
                && let Some(exit) = self.wait_for_exit(next_look)
            {
                break exit;
            }
            let done_now = progress.look();
            if done_now != done {
                done = done_now;
                deadline = Instant::now() + limit;
            } else if Instant::now() >= deadline {
                self.kill();
                return Err(EncoderFault::Stuck(limit));
            }
        };
        if exit.success() && matches!(fed, Some(Ok(()))) {
            return Ok(());
        }
        Err(EncoderFault::Ended(self.last_words()))
    }

    /// What FFmpeg said last, or how it ended if it said nothing.
    fn last_words(&self) -> String {
        let said = self.words.text();
        match self.exit {
            _ if !said.is_empty() => said,
            Some(exit) => format!("it ended with {exit} and said nothing"),
            None => "it takes no more pictures and said nothing".into(),
        }
    }

    /// How FFmpeg ended, if it does before `deadline`.
    fn wait_for_exit(&mut self, deadline: Instant) -> Option<ExitStatus> {
        if !self.words.wait_until_over(deadline) {
            return None;
        }
        // `std` has no wait with a deadline, but by now the program is on its very last steps.
        while self.exit.is_none() {
            self.exit = self.child.try_wait().ok().flatten();
            if self.exit.is_none() {
                if Instant::now() >= deadline {
                    return None;
                }
                thread::park_timeout(EXIT_CHECK);
            }
        }
        self.exit
    }

    /// Ends FFmpeg at once; leaves no zombie.
    fn kill(&mut self) {
        if self.exit.is_none() {
            // Fails only when it has ended already, and then `wait` returns at once.
            let _ = self.child.kill();
            self.exit = self.child.wait().ok();
        }
    }

    #[cfg(all(test, unix))]
    pub(crate) fn process_id(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Encoder {
    fn drop(&mut self) {
        self.handover.abandon();
        self.kill();
        let deadline = Instant::now() + THREAD_GRACE;
        let fed = self.handover.wait_for_end(deadline).is_some();
        join(self.writer.take(), fed);
        let heard = self.words.wait_until_over(deadline);
        join(self.listener.take(), heard);
    }
}

/// Joins a thread that is known to be at its end; one that is not would block for ever.
fn join(thread: Option<JoinHandle<()>>, is_at_its_end: bool) {
    let Some(thread) = thread else { return };
    let name = thread.thread().name().unwrap_or_default().to_owned();
    if !is_at_its_end {
        tracing::warn!(name, "left behind: something still holds its pipe");
    } else if thread.join().is_err() {
        tracing::error!(name, "panicked");
    }
}

fn named(name: &str, work: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, SinkError> {
    thread::Builder::new()
        .name(name.into())
        .spawn(work)
        .map_err(|error| ffmpeg::program_error(format!("no thread to serve it starts ({error})")))
}

fn feed(
    handover: &Handover,
    mut stream: PictureStream,
    nominal: Duration,
    stdin: &mut impl Write,
) -> io::Result<()> {
    stream.begin(stdin, nominal)?;
    while let Some(composite) = handover.take() {
        stream.write(stdin, &composite)?;
    }
    Ok(())
}
