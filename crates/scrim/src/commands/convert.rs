//! `scrim image` and `scrim video`.

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use indicatif::{ProgressBar, ProgressStyle};
use scrim_pipeline::{
    BackgroundSpec, ConvertJob, ConvertReport, Deliver, Fit, Gpu, OutputSpec, Pace, Parts,
    Playback, Progress, Severity, SourceSpec, convert,
};

use crate::cli::{ConvertArgs, ImageArgs, VideoArgs};
use crate::exit::Failure;
use crate::options::FIRST_BACKGROUND;
use crate::print::say;

/// `scrim image IN -o OUT`.
pub fn image(args: &ImageArgs) -> Result<(), Failure> {
    let Ok(output @ OutputSpec::Picture(_)) = parse_output(&args.convert.output) else {
        return Err(Failure::usage(
            format!(
                "{}: a picture is written as PNG",
                args.convert.output.display()
            ),
            "Give a name that ends in .png.",
        ));
    };
    let job = job(&args.input, output, &args.convert, Some(1))?;
    let report = convert(&job, &Parts::default(), Gpu::headless, &mut |_| {
        ControlFlow::Continue(())
    })?;
    finish(&report, &args.convert);
    Ok(())
}

/// `scrim video IN -o OUT`.
pub fn video(args: &VideoArgs) -> Result<(), Failure> {
    let output = parse_output(&args.convert.output)?;
    if matches!(output, OutputSpec::Picture(_)) {
        return Err(Failure::usage(
            format!(
                "{}: one picture cannot hold a clip",
                args.convert.output.display()
            ),
            "Give a video's name (.mp4, .mkv, .mov, .webm), or a picture's with # for the number (frame-####.png).",
        ));
    }
    let job = job(&args.input, output, &args.convert, args.frames)?;
    let interrupted = interrupt_flag()?;
    let bar = progress_bar("frames");
    let result = convert(
        &job,
        &Parts::default(),
        Gpu::headless,
        &mut |progress: Progress| {
            if let Some(total) = progress.total {
                bar.set_length(total);
            }
            bar.set_position(progress.done);
            if interrupted.load(Ordering::Relaxed) {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        },
    );
    bar.finish_and_clear();
    match result {
        Ok(report) => finish(&report, &args.convert),
        // Not an error of any stage: the progress was answered with "break off".
        Err(problem) if problem.severity == Severity::Notice => return Err(Failure::Interrupted),
        Err(problem) => return Err(problem.into()),
    }
    Ok(())
}

fn job(
    input: &Path,
    output: OutputSpec,
    args: &ConvertArgs,
    max_frames: Option<u64>,
) -> Result<ConvertJob, Failure> {
    let background = match &args.background {
        _ if args.cutout => BackgroundSpec::Transparent,
        Some(background) => background.clone(),
        None => BackgroundSpec::File(FIRST_BACKGROUND.into()),
    };
    let job = ConvertJob {
        source: SourceSpec::File {
            path: input.to_owned(),
            playback: Playback::Once,
            pace: Pace::Unpaced,
        },
        matting: args
            .matting
            .over(&scrim_pipeline::MattingOptions::default()),
        background,
        fit: Fit::Fill,
        mirror: args.mirror,
        upsampling: args.upsampling,
        deliver: if args.matte {
            Deliver::Matte
        } else {
            Deliver::Composite
        },
        outputs: vec![output],
        max_frames,
    };
    let refused = job.overlap();
    refused.map_or(Ok(job), |problem| Err(Failure::refused(&problem)))
}

fn parse_output(path: &Path) -> Result<OutputSpec, Failure> {
    let name = path.to_str().ok_or_else(|| {
        Failure::usage(
            format!("{}: the name is not valid UTF-8", path.display()),
            "Choose a name that is.",
        )
    })?;
    name.parse()
        .map_err(|error: scrim_pipeline::output::OutputSpecError| {
            Failure::usage(
                format!("\"{}\" names no output", error.text),
                format!("{}.", error.reason),
            )
        })
}

fn interrupt_flag() -> Result<Arc<AtomicBool>, Failure> {
    let flag = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&flag);
    ctrlc::set_handler(move || seen.store(true, Ordering::Relaxed))
        .map_err(|error| Failure::other(format!("signals cannot be caught: {error}")))?;
    Ok(flag)
}

/// A bar that counts `things`; its length is not known yet.
pub fn progress_bar(things: &str) -> ProgressBar {
    let template = format!("{{wide_bar}} {{pos}}/{{len}} {things}  {{per_sec}}  {{eta}} left");
    let style = ProgressStyle::with_template(&template);
    let bar = ProgressBar::new(0);
    if let Ok(style) = style {
        bar.set_style(style);
    }
    bar
}

fn finish(report: &ConvertReport, args: &ConvertArgs) {
    if report.skipped > 0 {
        eprintln!(
            "warning: {} corrupt pictures of the source were left out",
            report.skipped
        );
    }
    let loaded = &report.loaded;
    if args.json {
        let json = serde_json::json!({
            "output": args.output,
            "frames_read": report.frames_read,
            "frames_written": report.frames_written,
            "skipped": report.skipped,
            "seconds": report.elapsed.as_secs_f64(),
            "loaded": super::doctor::loaded_json(loaded),
        });
        say!("{json:#}");
    } else {
        eprintln!(
            "{}: {} in {:.2} s ({} on {}, {})",
            args.output.display(),
            if report.frames_written == 1 {
                "1 picture".into()
            } else {
                format!("{} frames", report.frames_written)
            },
            report.elapsed.as_secs_f64(),
            loaded.model,
            loaded.active,
            super::doctor::threads_text(loaded.threads)
        );
    }
}
