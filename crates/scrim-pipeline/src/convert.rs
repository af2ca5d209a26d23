//! Stills and clips: every picture, in order, none dropped.

mod backdrop;
mod feed;

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use scrim_compositor::{Decontamination, Deliver, Fit, Gpu, GpuError, Look, Upsampling};
use scrim_frame::{Composite, CompositeContent, MattedFrame};
use scrim_matting::{LoadReport, MattingOptions};
use scrim_output::{OutputSpec, SinkFormat, Timing, VideoSink};

use crate::settings::{alpha_state, check_alpha};
use crate::{BackgroundSpec, Drawing, Parts, Problem, ProblemSource, Severity, SourceSpec};
use backdrop::Backdrops;
use feed::{Feed, Opened};

/// What is to be converted, and how.
#[derive(Debug, Clone)]
pub struct ConvertJob {
    /// A picture, or a clip that plays once and unpaced.
    pub source: SourceSpec,
    /// Model, provider, threads, input size.
    pub matting: MattingOptions,
    /// Behind the person. A clip loops, and advances by its own rate against the source's.
    pub background: BackgroundSpec,
    /// How a background picture meets another aspect ratio.
    pub fit: Fit,
    /// Left and right exchanged.
    pub mirror: bool,
    /// How the matte is enlarged.
    pub upsampling: Upsampling,
    /// The composite or the matte.
    pub deliver: Deliver,
    /// Where it goes; several files can be made from one pass.
    pub outputs: Vec<OutputSpec>,
    /// Stop after this many frames.
    pub max_frames: Option<u64>,
}

/// How far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Frames written.
    pub done: u64,
    /// Frames in all, where that is known.
    pub total: Option<u64>,
}

/// What was done.
#[derive(Debug, Clone)]
pub struct ConvertReport {
    /// Frames read from the source.
    pub frames_read: u64,
    /// Composites written to each output.
    pub frames_written: u64,
    /// Pictures that the source could not decode.
    pub skipped: u64,
    /// What ran.
    pub loaded: LoadReport,
    /// From start to finish.
    pub elapsed: Duration,
}

/// The distance between frames where the source does not say: that of the 25 frames a second that ffmpeg assumes.
const DEFAULT_INTERVAL: Duration = Duration::from_millis(40);

/// Composites that exist at once: the one being written, and one for a sink that keeps its last.
const COMPOSITES: usize = 3;

/// Converts a still or a clip. `make_gpu` runs beside the loading of the model, since both take a while.
///
/// Reading and inference run on one thread, compositing and writing on the caller's, one frame apart. `progress` is
/// told after each frame and may break off; then nothing is left under the final name, and the result is a [`Problem`]
/// of severity [`Severity::Notice`].
///
/// Blocks until all is written; a driver that never answers while the model loads is waited for.
///
/// # Errors
/// The first thing that went wrong. Nothing is left under the final name; only when completing one of several outputs
/// fails do those completed before it stay.
pub fn convert(
    job: &ConvertJob,
    parts: &Parts,
    make_gpu: impl FnOnce() -> Result<Gpu, GpuError> + Send,
    progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<ConvertReport, Problem> {
    let started = Instant::now();
    check_outputs(job)?;
    let cancelled = AtomicBool::new(false);
    thread::scope(|scope| {
        let (matted, pictures) = sync_channel(1);
        let (opened, source) = sync_channel(1);
        let feed = Feed {
            job,
            parts,
            cancelled: &cancelled,
        };
        let drawing = thread::Builder::new()
            .name("scrim-gpu".into())
            .spawn_scoped(scope, || {
                make_gpu().and_then(|gpu| (parts.make_drawing)(&gpu, COMPOSITES))
            })
            .map_err(|error| no_thread(&error))?;
        let matting = thread::Builder::new()
            .name("scrim-matting".into())
            .spawn_scoped(scope, move || feed.run(&source, &matted))
            .map_err(|error| no_thread(&error))?;

        // Whatever ends the work here, the feeding thread must see that nobody listens, or the scope waits for ever.
        let written = (|| {
            let first = Opened::new(job, parts)?;
            let writer = Writer::new(job, parts, &first)?;
            // Fails only when the feed has ended already, and then its result says why.
            let _ = opened.send(first);
            let drawing = drawing
                .join()
                .map_err(|_| broken(ProblemSource::Compositor))?
                .map_err(|error| Problem::compositor(&error))?;
            writer.run(drawing, &pictures, progress)
        })();
        cancelled.store(true, Ordering::Relaxed);
        drop(opened);
        drop(pictures);
        let fed = matting
            .join()
            .map_err(|_| broken(ProblemSource::Matting))
            .flatten();
        let (frames_written, sinks) = match written {
            Ok(written) => written,
            // The feed ended without a word only because of its own problem, which says more.
            Err(Stop::FeedEnded) => return Err(fed.err().unwrap_or_else(|| nothing_in(job))),
            Err(Stop::Problem(problem)) => return Err(problem),
        };
        let fed = fed?;
        for (index, sink) in sinks.into_iter().enumerate() {
            sink.finish()
                .map_err(|error| Problem::output(index, &error))?;
        }
        Ok(ConvertReport {
            frames_read: fed.frames_read,
            frames_written,
            skipped: fed.skipped,
            loaded: fed.loaded,
            elapsed: started.elapsed(),
        })
    })
}

/// Why the writing ended before its time.
enum Stop {
    /// Here.
    Problem(Problem),
    /// On the other thread.
    FeedEnded,
}

impl From<Problem> for Stop {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

/// What the feeding thread sends, in order.
enum Fed {
    Picture(MattedFrame),
    /// All pictures were sent.
    End,
}

fn check_outputs(job: &ConvertJob) -> Result<(), Problem> {
    if job.outputs.is_empty() {
        return Err(Problem {
            source: ProblemSource::Output(0),
            severity: Severity::Error,
            what: "There is nothing to write to.".into(),
            why: "No output was named.".into(),
            try_this: Some("Name a file, such as out.png or out.mp4.".into()),
        });
    }
    let alpha = alpha_state(&job.background, job.deliver);
    job.outputs
        .iter()
        .enumerate()
        .find_map(|(index, spec)| check_alpha(index, spec, alpha))
        .map_or(Ok(()), Err)
}

/// The half on the caller's thread: backdrop, compositor, sinks.
struct Writer<'j> {
    job: &'j ConvertJob,
    parts: &'j Parts,
    backdrops: Backdrops,
    format: SinkFormat,
    total: Option<u64>,
}

type Written = (u64, Vec<Box<dyn VideoSink>>);

impl<'j> Writer<'j> {
    fn new(job: &'j ConvertJob, parts: &'j Parts, first: &Opened) -> Result<Self, Problem> {
        let format = first.source.format();
        let interval = format.interval.unwrap_or(DEFAULT_INTERVAL);
        let total = match (first.source.expected_frames(), job.max_frames) {
            (Some(frames), Some(most)) => Some(frames.min(most)),
            (None, Some(_)) if format.interval.is_none() => Some(1),
            (frames, most) => frames.or(most),
        };
        Ok(Self {
            job,
            parts,
            backdrops: Backdrops::open(job, parts, interval)?,
            format: SinkFormat {
                size: format.size,
                timing: Timing::Constant(interval),
                alpha: alpha_state(&job.background, job.deliver),
            },
            total,
        })
    }

    fn run(
        mut self,
        mut drawing: Box<dyn Drawing>,
        pictures: &Receiver<Fed>,
        progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<Written, Stop> {
        let mut sinks = Vec::new();
        let mut done = 0;
        loop {
            let picture = match pictures.recv() {
                Ok(Fed::Picture(picture)) => picture,
                Ok(Fed::End) if done > 0 => return Ok((done, sinks)),
                Ok(Fed::End) | Err(_) => return Err(Stop::FeedEnded),
            };
            // Sinks are opened late, so that a problem with the first picture touches no file.
            if sinks.is_empty() {
                sinks = self.open_sinks()?;
            }
            let composite = self.draw(drawing.as_mut(), &picture)?;
            for (index, sink) in sinks.iter_mut().enumerate() {
                sink.write(&composite)
                    .map_err(|error| Problem::output(index, &error))?;
            }
            done += 1;
            let so_far = Progress {
                done,
                total: self.total,
            };
            if progress(so_far).is_break() {
                return Err(stopped_early(done).into());
            }
        }
    }

    fn open_sinks(&self) -> Result<Vec<Box<dyn VideoSink>>, Problem> {
        self.job
            .outputs
            .iter()
            .enumerate()
            .map(|(index, spec)| {
                (self.parts.open_sink)(spec, self.format)
                    .map_err(|error| Problem::output(index, &error))
            })
            .collect()
    }

    fn draw(
        &mut self,
        drawing: &mut dyn Drawing,
        picture: &MattedFrame,
    ) -> Result<Composite, Problem> {
        let look = Look {
            backdrop: self.backdrops.next()?,
            mirror: self.job.mirror,
            upsampling: self.job.upsampling,
            decontamination: Decontamination::default(),
            deliver: self.job.deliver,
        };
        let composite = drawing
            .composite(picture, &look)
            .map_err(|error| Problem::compositor(&error))?;
        match composite.content() {
            CompositeContent::Person(id) | CompositeContent::Matte(id)
                if id == picture.frame().id() =>
            {
                Ok(composite)
            }
            other => {
                tracing::error!(?other, "the compositor gave another picture");
                Err(broken(ProblemSource::Compositor))
            }
        }
    }
}

fn broken(source: ProblemSource) -> Problem {
    Problem {
        source,
        severity: Severity::Error,
        what: "Scrim made a mistake.".into(),
        why: "A part of it stopped unexpectedly; the log says where.".into(),
        try_this: Some("Please report it with the log.".into()),
    }
}

fn no_thread(error: &std::io::Error) -> Problem {
    Problem {
        source: ProblemSource::Matting,
        severity: Severity::Error,
        what: "The work could not be started.".into(),
        why: format!("The system gave no thread: {error}"),
        try_this: Some("Close other programs.".into()),
    }
}

fn stopped_early(done: u64) -> Problem {
    Problem {
        source: ProblemSource::Output(0),
        severity: Severity::Notice,
        what: "Stopped before the end.".into(),
        why: format!("It was broken off after {done} frames; no file was made."),
        try_this: None,
    }
}

fn nothing_in(job: &ConvertJob) -> Problem {
    Problem {
        source: ProblemSource::Source,
        severity: Severity::Error,
        what: "The source gives no picture.".into(),
        why: format!("{} ended before its first picture.", job.source),
        try_this: Some("Choose another file.".into()),
    }
}
