//! `scrim run --headless`.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use scrim_panel::{PanelFacts, default_settings};
use scrim_pipeline::{
    BackgroundSpec, Gpu, Parts, Percentiles, Pipeline, PipelineOptions, Problem, Severity,
    SourceSpec, StageState, Status,
};

use super::verdict::Worked;
use crate::cli::RunArgs;
use crate::exit::{COMPLETION, Failure, INTERRUPTED, end_at_once, failed_output};
use crate::facts;
use crate::options::{FIRST_BACKGROUND, apply_arguments};
use crate::print::say;

#[derive(Debug, Default)]
struct Wake {
    changed: bool,
    interrupted: bool,
}

/// Runs the live pipeline without a window until the time is over, the clip ends, or the user interrupts.
pub fn run_headless(args: &RunArgs) -> Result<(), Failure> {
    let cameras = if args.source.is_some() {
        facts::Cameras::default()
    } else {
        facts::cameras_soon()
    };
    let mut settings = default_settings(&PanelFacts {
        cameras: cameras.usable,
        has_shut_camera: cameras.has_shut,
        ..PanelFacts::default()
    });
    settings.background = BackgroundSpec::File(FIRST_BACKGROUND.into());
    apply_arguments(&mut settings, args)?;
    if args.source.is_none() && settings.source == SourceSpec::Sample {
        eprintln!("no camera was found: the bundled sample is used");
    }
    let has_camera = matches!(settings.source, SourceSpec::Camera { .. });
    if !args.control.is_empty() && !has_camera {
        eprintln!(
            "--control sets nothing: the source is no camera (name one with --source camera)"
        );
    }
    let gpu = Gpu::headless().map_err(|error| Problem::compositor(&error))?;
    let wake = Arc::new((Mutex::new(Wake::default()), Condvar::new()));
    let on_change = Arc::clone(&wake);
    let options = PipelineOptions {
        gpu,
        parts: Parts::default(),
        preview: false,
        on_change: Arc::new(move || notify(&on_change, |wake| wake.changed = true)),
    };
    let on_interrupt = Arc::clone(&wake);
    ctrlc::set_handler(move || {
        notify(&on_interrupt, |wake| {
            if std::mem::replace(&mut wake.interrupted, true) {
                // Asked twice: the user does not want to wait for files to be completed.
                end_at_once(INTERRUPTED);
            }
        });
    })
    .map_err(|error| Failure::other(format!("signals cannot be caught: {error}")))?;

    let started = Instant::now();
    let source = settings.source.clone();
    let pipeline = Pipeline::start(settings, options)
        .map_err(|error| Failure::other(format!("threads cannot be started: {error}")))?;
    let deadline = args
        .seconds
        .map(|seconds| started + Duration::from_secs_f64(seconds));
    let failure = watch(&pipeline, &wake, deadline, &source);
    let status = pipeline.stop_within(COMPLETION);
    // What failed while the outputs were completed counts as well.
    let failure = failure.or_else(|| failed_output(&status));
    if args.json {
        say!("{:#}", status_json(&status, started.elapsed()));
    } else {
        print_figures(&status, started.elapsed());
        print_problems(&status, failure.as_ref());
    }
    failure.map_or(Ok(()), |problem| Err(problem.into()))
}

/// Waits for the end; the problem that ended it, if one did.
fn watch(
    pipeline: &Pipeline,
    wake: &(Mutex<Wake>, Condvar),
    deadline: Option<Instant>,
    source: &SourceSpec,
) -> Option<Problem> {
    let mut worked = Worked::default();
    loop {
        let status = pipeline.status();
        worked.note(&status);
        if let Some(problem) = worked.fatal(&status, source) {
            return Some(problem);
        }
        if status.source.state == StageState::Stopped || !wait(wake, deadline) {
            return None;
        }
    }
}

/// Waits for a change. Whether to go on: the time is not over and nobody has interrupted.
fn wait(wake: &(Mutex<Wake>, Condvar), deadline: Option<Instant>) -> bool {
    let mut state = lock(&wake.0);
    loop {
        let left = deadline.map(|at| at.saturating_duration_since(Instant::now()));
        if state.interrupted || left == Some(Duration::ZERO) {
            return false;
        }
        if std::mem::take(&mut state.changed) {
            return true;
        }
        state = match left {
            Some(left) => {
                wake.1
                    .wait_timeout(state, left)
                    .unwrap_or_else(PoisonError::into_inner)
                    .0
            }
            None => wake.1.wait(state).unwrap_or_else(PoisonError::into_inner),
        };
    }
}

fn lock(wake: &Mutex<Wake>) -> MutexGuard<'_, Wake> {
    wake.lock().unwrap_or_else(PoisonError::into_inner)
}

fn notify(wake: &(Mutex<Wake>, Condvar), change: impl FnOnce(&mut Wake)) {
    change(&mut lock(&wake.0));
    wake.1.notify_all();
}

/// `null` where nothing was measured: a delay of zero would be a claim.
fn milliseconds(p: &Percentiles) -> serde_json::Value {
    let ms = |d: Duration| (d.as_secs_f64() * 1e5).round() / 100.0;
    let is_measured = !p.p99.is_zero();
    is_measured
        .then(|| serde_json::json!({ "p50": ms(p.p50), "p95": ms(p.p95), "p99": ms(p.p99) }))
        .into()
}

fn status_json(status: &Status, elapsed: Duration) -> serde_json::Value {
    let f = &status.figures;
    serde_json::json!({
        "seconds": elapsed.as_secs_f64(),
        "source": status.source.description,
        "camera": status.source.camera,
        "size": status.source.format.map(|f| [f.size.width(), f.size.height()]),
        "adapter": status.adapter.as_ref().map(|a| serde_json::json!({
            "name": a.name, "backend": a.backend, "software": a.is_software,
        })),
        "loaded": status.loaded.as_ref().map(super::doctor::loaded_json),
        "rate": { "capture": f.capture_rate, "composite": f.composite_rate },
        "latency_ms": {
            "matting": milliseconds(&f.matting),
            "compositing": milliseconds(&f.compositing),
            "output": milliseconds(&f.output),
            "total": milliseconds(&f.total),
            "unseen": "exposure and transport inside the camera",
        },
        "drops": {
            "at_source": f.drops.at_source,
            "damaged": f.drops.damaged,
            "before_matting": f.drops.before_matting,
            "before_compositing": f.drops.before_compositing,
            "before_output": f.drops.before_output,
        },
        "outputs": status.outputs.iter().map(|o| serde_json::json!({
            "output": o.spec.to_string(), "written": o.written,
        })).collect::<Vec<_>>(),
        "problems": status.problems.iter().map(|p| serde_json::json!({
            "what": p.what, "why": p.why, "try": p.try_this,
        })).collect::<Vec<_>>(),
    })
}

fn print_figures(status: &Status, elapsed: Duration) {
    let f = &status.figures;
    let ms = |d: Duration| d.as_secs_f64() * 1e3;
    let delay = if f.total.p95.is_zero() {
        "nothing reached an output".into()
    } else {
        format!(
            "capture to output p50 {:.0} ms, p95 {:.0} ms (the camera's own delay is unseen)",
            ms(f.total.p50),
            ms(f.total.p95)
        )
    };
    eprintln!(
        "{:.1} s: {:.1} frames/s in, {:.1} out; {delay}",
        elapsed.as_secs_f64(),
        f.capture_rate,
        f.composite_rate,
    );
    for output in &status.outputs {
        eprintln!("{}: {} frames", output.spec, output.written);
    }
}

/// What does not work at the end, but for that which ended the run: it is told as its error.
fn print_problems(status: &Status, told_later: Option<&Problem>) {
    for problem in &status.problems {
        let word = match problem.severity {
            Severity::Notice => "note",
            Severity::Warning => "warning",
            Severity::Error => "error",
        };
        // Its reason may have been worded anew meanwhile: for how long, by whom.
        let is_told_later = told_later
            .is_some_and(|later| (later.source, &later.what) == (problem.source, &problem.what));
        if !is_told_later {
            eprintln!("{word}: {problem}");
        }
    }
}
