//! `scrim run --headless`.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use scrim_panel::{PanelFacts, default_settings};
use scrim_pipeline::{
    BackgroundSpec, Gpu, Parts, Percentiles, Pipeline, PipelineOptions, Problem, Severity,
    SourceSpec, StageState, Status,
};

use crate::cli::RunArgs;
use crate::exit::Failure;
use crate::facts;
use crate::options::{FIRST_BACKGROUND, apply_arguments};

#[derive(Debug, Default)]
struct Wake {
    changed: bool,
    interrupted: bool,
}

/// Runs the live pipeline without a window until the time is over, the clip ends, or the user interrupts.
pub fn run_headless(args: &RunArgs) -> Result<(), Failure> {
    let cameras = if args.source.is_some() {
        Vec::new()
    } else {
        facts::cameras()
    };
    let mut settings = default_settings(&PanelFacts {
        cameras,
        ..PanelFacts::default()
    });
    settings.background = BackgroundSpec::File(FIRST_BACKGROUND.into());
    apply_arguments(&mut settings, args);
    if args.source.is_none() && settings.source == SourceSpec::Sample {
        eprintln!("no camera was found: the bundled sample is used");
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
    ctrlc::set_handler(move || notify(&on_interrupt, |wake| wake.interrupted = true))
        .map_err(|error| Failure::other(format!("signals cannot be caught: {error}")))?;

    let started = Instant::now();
    let pipeline = Pipeline::start(settings, options)
        .map_err(|error| Failure::other(format!("threads cannot be started: {error}")))?;
    let deadline = args
        .seconds
        .map(|seconds| started + Duration::from_secs_f64(seconds));
    let failure = watch(&pipeline, &wake, deadline);
    let status = pipeline.stop();
    if args.json {
        println!("{:#}", status_json(&status, started.elapsed()));
    } else {
        print_figures(&status, started.elapsed());
    }
    // What failed while the outputs were completed counts as well.
    failure
        .or_else(|| fatal(&status))
        .map_or(Ok(()), |problem| Err(problem.into()))
}

/// Waits for the end; the problem that ended it, if one did.
fn watch(
    pipeline: &Pipeline,
    wake: &(Mutex<Wake>, Condvar),
    deadline: Option<Instant>,
) -> Option<Problem> {
    loop {
        let status = pipeline.status();
        if let Some(problem) = fatal(&status) {
            return Some(problem);
        }
        if status.source.state == StageState::Stopped {
            return None;
        }
        let mut state = wake.0.lock().unwrap_or_else(PoisonError::into_inner);
        while !state.changed && !state.interrupted {
            let left = deadline.map_or(Duration::from_secs(1), |at| {
                at.saturating_duration_since(Instant::now())
            });
            if left.is_zero() {
                return None;
            }
            let (next, timeout) = wake
                .1
                .wait_timeout(state, left)
                .unwrap_or_else(PoisonError::into_inner);
            state = next;
            if timeout.timed_out() && deadline.is_none() {
                break;
            }
        }
        state.changed = false;
        let over = deadline.is_some_and(|at| Instant::now() >= at);
        if state.interrupted || over {
            return None;
        }
    }
}

/// What makes going on pointless when nobody is there to change a setting.
fn fatal(status: &Status) -> Option<Problem> {
    let retried = |problem: &&Problem| problem.severity == Severity::Error;
    let all_outputs_failed = !status.outputs.is_empty()
        && status
            .outputs
            .iter()
            .all(|o| matches!(o.state, StageState::Failed(_)));
    let stages = [&status.matting, &status.compositor, &status.source.state];
    let failed = stages.into_iter().find_map(|state| match state {
        StageState::Failed(problem) => Some(problem),
        _ => None,
    });
    let output = status
        .outputs
        .iter()
        .find_map(|output| match &output.state {
            StageState::Failed(problem) => Some(problem),
            _ => None,
        });
    failed
        .or(output.filter(|_| all_outputs_failed))
        .filter(retried)
        .cloned()
}

fn notify(wake: &(Mutex<Wake>, Condvar), change: impl FnOnce(&mut Wake)) {
    change(&mut wake.0.lock().unwrap_or_else(PoisonError::into_inner));
    wake.1.notify_all();
}

fn milliseconds(p: &Percentiles) -> serde_json::Value {
    let ms = |d: Duration| (d.as_secs_f64() * 1e5).round() / 100.0;
    serde_json::json!({ "p50": ms(p.p50), "p95": ms(p.p95), "p99": ms(p.p99) })
}

fn status_json(status: &Status, elapsed: Duration) -> serde_json::Value {
    let f = &status.figures;
    serde_json::json!({
        "seconds": elapsed.as_secs_f64(),
        "source": status.source.description,
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
    eprintln!(
        "{:.1} s: {:.1} frames/s in, {:.1} out; capture to output p50 {:.0} ms, p95 {:.0} ms (the camera's own delay is \
         unseen)",
        elapsed.as_secs_f64(),
        f.capture_rate,
        f.composite_rate,
        ms(f.total.p50),
        ms(f.total.p95)
    );
    for output in &status.outputs {
        eprintln!("{}: {} frames", output.spec, output.written);
    }
    for problem in &status.problems {
        eprintln!("{problem}");
    }
}
