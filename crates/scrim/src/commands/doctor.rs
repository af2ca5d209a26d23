//! `scrim doctor`: one line for each part that Scrim stands on, with the fix where something is missing.

use std::path::Path;

use scrim_pipeline::matting::{self, MattingOptions};
use scrim_pipeline::{Gpu, LoadReport, capture, output};

use crate::cli::ReportArgs;
use crate::exit::Failure;
use crate::print::say;

/// How a part is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Health {
    Good,
    /// Works, or is only needed for some things.
    Limited,
    Bad,
}

#[derive(Debug)]
struct Finding {
    part: &'static str,
    health: Health,
    what: String,
    fix: Option<String>,
}

impl Finding {
    fn good(part: &'static str, what: String) -> Self {
        Self {
            part,
            health: Health::Good,
            what,
            fix: None,
        }
    }

    fn limited(part: &'static str, what: String, fix: String) -> Self {
        Self {
            part,
            health: Health::Limited,
            what,
            fix: Some(fix),
        }
    }

    fn bad(part: &'static str, what: String, fix: String) -> Self {
        Self {
            part,
            health: Health::Bad,
            what,
            fix: Some(fix),
        }
    }
}

/// Checks everything and prints it. Fails when something that Scrim cannot do without is missing.
pub fn doctor(args: &ReportArgs) -> Result<(), Failure> {
    let mut findings = runtime_and_model();
    findings.push(graphics());
    findings.extend(cameras());
    findings.extend(virtual_cameras());
    findings.push(pipewire());
    findings.push(ffmpeg());
    if args.json {
        say!(
            "{:#}",
            serde_json::json!({ "checks": findings.iter().map(finding_json).collect::<Vec<_>>() })
        );
    } else {
        for finding in &findings {
            print_finding(finding);
        }
    }
    match findings.iter().filter(|f| f.health == Health::Bad).count() {
        0 => Ok(()),
        bad => Err(Failure::Other {
            what: format!("{bad} of {} checks failed", findings.len()),
            try_this: None,
        }),
    }
}

fn runtime_and_model() -> Vec<Finding> {
    let mut findings = Vec::new();
    match matting::runtime::runtime_info() {
        Ok(info) => findings.push(Finding::good(
            "runtime",
            format!(
                "ONNX Runtime {} with {} ({})",
                info.version,
                info.providers
                    .iter()
                    .map(ToString::to_string)
                    .collect::<Vec<_>>()
                    .join(", "),
                info.location.path.display()
            ),
        )),
        Err(error) => {
            findings.push(Finding::bad("runtime", error.to_string(), error.try_this()));
            return findings;
        }
    }
    match matting::load(&MattingOptions::default(), 1) {
        Ok((_, report)) => {
            findings.push(Finding::good(
                "model",
                format!(
                    "{} on {}, {}: loaded in {} ms, first run {} ms",
                    report.model,
                    report.active,
                    threads_text(report.threads),
                    report.load.as_millis(),
                    report.warm_up.as_millis()
                ),
            ));
            for refusal in &report.refused {
                findings.push(Finding {
                    part: "provider",
                    health: Health::Limited,
                    what: format!("{}: {}", refusal.device, refusal.reason),
                    fix: None,
                });
            }
        }
        Err(error) => findings.push(Finding::bad("model", error.to_string(), error.try_this())),
    }
    findings
}

fn graphics() -> Finding {
    match Gpu::headless() {
        Ok(gpu) if gpu.facts().is_software => Finding::limited(
            "graphics",
            format!(
                "{} ({}): drawn by the CPU",
                gpu.facts().name,
                gpu.facts().backend
            ),
            "Install your graphics chip's Vulkan driver, if the machine has one.".into(),
        ),
        Ok(gpu) => Finding::good(
            "graphics",
            format!("{} ({})", gpu.facts().name, gpu.facts().backend),
        ),
        Err(error) => Finding::bad("graphics", error.to_string(), error.try_this()),
    }
}

/// One line for each camera, or one that says that there is none. What this program may offer itself is left out.
fn cameras() -> Vec<Finding> {
    const PART: &str = "camera";
    let cameras = capture::devices();
    let findings: Vec<_> = cameras
        .iter()
        .filter(|camera| !camera.is_virtual)
        .map(camera)
        .collect();
    if findings.is_empty() {
        let fix = "Plug one in, and choose it in the panel or start Scrim again; until then, the bundled sample plays.";
        return vec![Finding::limited(PART, "none was found".into(), fix.into())];
    }
    findings
}

fn camera(camera: &capture::CameraInfo) -> Finding {
    const PART: &str = "camera";
    let name = format!("{} (camera:{})", camera.name, camera.id);
    // It says what to do as well.
    if let Some(problem) = &camera.problem {
        return Finding {
            part: PART,
            health: Health::Limited,
            what: format!("{name}: {problem}"),
            fix: None,
        };
    }
    let usable = camera.formats.iter().filter(|format| format.is_usable);
    let largest = usable
        .map(|format| format.size)
        .max_by_key(|size| size.pixels());
    let largest = largest.map_or_else(String::new, |size| format!(", up to {size}"));
    let controls = super::controls::controls_of(camera).len();
    Finding::good(PART, format!("{name}{largest}, {controls} controls"))
}

/// One line for each device of v4l2loopback, or one that says why there is none.
fn virtual_cameras() -> Vec<Finding> {
    const PART: &str = "v4l2";
    let limited = |problem: &output::V4l2Error| {
        Finding::limited(PART, problem.to_string(), problem.try_this())
    };
    match output::v4l2_report() {
        Ok(report) => {
            let version = report
                .version
                .unwrap_or_else(|| "of unknown version".into());
            let finding = |device: &output::V4l2Device| match &device.problem {
                Some(problem) => limited(problem),
                None => Finding::good(
                    PART,
                    format!(
                        "v4l2loopback {version}: {} ({}) can be written to",
                        device.name,
                        device.path.display()
                    ),
                ),
            };
            report.devices.iter().map(finding).collect()
        }
        Err(problem) => vec![limited(&problem)],
    }
}

/// Whether a camera can be offered through PipeWire.
fn pipewire() -> Finding {
    const PART: &str = "pipewire";
    let limited = |problem: &output::PipeWireError| {
        Finding::limited(PART, problem.to_string(), problem.try_this())
    };
    match output::pipewire_report() {
        Ok(report) => match &report.problem {
            Some(problem) => limited(problem),
            None => Finding::good(
                PART,
                format!("PipeWire {}: a camera can be offered", report.version),
            ),
        },
        Err(problem) => limited(&problem),
    }
}

fn ffmpeg() -> Finding {
    match output::ffmpeg_version() {
        Ok(version) => Finding::good("ffmpeg", version),
        Err(error) => Finding::limited("ffmpeg", error.to_string(), error.try_this()),
    }
}

fn print_finding(finding: &Finding) {
    let mark = match finding.health {
        Health::Good => "ok  ",
        Health::Limited => "note",
        Health::Bad => "FAIL",
    };
    let mut fix = finding.fix.iter().flat_map(|fix| fix.lines());
    let first = fix.next().map(|line| format!(" -> {line}"));
    let (part, what) = (finding.part, &finding.what);
    say!("{mark}  {part:<8}  {what}{}", first.unwrap_or_default());
    for line in fix {
        say!("{:14}  {line}", "");
    }
}

fn finding_json(finding: &Finding) -> serde_json::Value {
    let health = match finding.health {
        Health::Good => "ok",
        Health::Limited => "note",
        Health::Bad => "fail",
    };
    serde_json::json!({ "part": finding.part, "health": health, "what": finding.what, "fix": finding.fix })
}

/// "1 thread", "2 threads".
pub fn threads_text(threads: usize) -> String {
    format!("{threads} thread{}", if threads == 1 { "" } else { "s" })
}

/// What runs, for reports.
pub fn loaded_json(report: &LoadReport) -> serde_json::Value {
    let runtime: &Path = &report.runtime;
    serde_json::json!({
        "model": report.model,
        "runtime": runtime,
        "runtime_version": report.runtime_version,
        "provider": report.active.keyword(),
        "nodes": report.nodes.iter().map(|n| serde_json::json!({ "provider": n.provider, "nodes": n.nodes }))
            .collect::<Vec<_>>(),
        "refused": report.refused.iter().map(|r| serde_json::json!({
            "provider": r.device.keyword(), "reason": r.reason,
        })).collect::<Vec<_>>(),
        "threads": report.threads,
        "input_at_16_9": [report.input_size.width(), report.input_size.height()],
        "load_ms": report.load.as_secs_f64() * 1e3,
        "warm_up_ms": report.warm_up.as_secs_f64() * 1e3,
    })
}
