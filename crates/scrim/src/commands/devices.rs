//! `scrim devices`.

use scrim_pipeline::{capture, output};

use super::controls::{control_json, control_line, controls_of};
use crate::cli::ReportArgs;
use crate::print::say;

/// Lists the cameras with their sizes, rates and controls, and the virtual cameras that can be outputs.
pub fn devices(args: &ReportArgs) {
    let cameras = capture::devices();
    let outputs = output::v4l2_report();
    let pipewire = output::pipewire_report();
    if args.json {
        let list: Vec<_> = cameras.iter().map(camera_json).collect();
        say!(
            "{:#}",
            serde_json::json!({
                "cameras": list,
                "virtual_cameras": outputs_json(&outputs),
                "pipewire": pipewire_json(&pipewire),
            })
        );
        return;
    }
    print_cameras(&cameras);
    print_outputs(&outputs);
    print_pipewire(&pipewire);
}

fn print_cameras(cameras: &[capture::CameraInfo]) {
    if cameras.is_empty() {
        say!(
            "No camera was found. Plug one in, or use another source: --source sample, or a picture or clip."
        );
    }
    for camera in cameras {
        say!("{}  (--source camera:{})", camera.name, camera.id);
        if let Some(problem) = &camera.problem {
            say!("    cannot be used: {problem}");
        }
        for format in &camera.formats {
            say!("    {}", format_line(format));
        }
        for control in controls_of(camera) {
            say!("    {}", control_line(&control));
        }
    }
}

fn print_outputs(outputs: &Result<output::V4l2Report, output::V4l2Error>) {
    say!("");
    match outputs {
        Ok(report) => {
            for device in &report.devices {
                let (name, path) = (&device.name, device.path.display());
                say!("virtual camera {name}  (--output v4l2:{path})");
                if let Some(problem) = &device.problem {
                    // Programs that ask less of a camera than browsers do see it all the same.
                    let is_taken = matches!(problem, output::V4l2Error::NotExclusive { .. });
                    let effect = if is_taken { "" } else { "cannot be written: " };
                    say!("    {effect}{problem}");
                    advise(&problem.try_this());
                }
            }
        }
        Err(problem) => {
            say!("No virtual camera: {problem}.");
            advise(&problem.try_this());
        }
    }
}

fn print_pipewire(report: &Result<output::PipeWireReport, output::PipeWireError>) {
    let problem = match report {
        Ok(report) => {
            say!("PipeWire {}  (--output pipewire)", report.version);
            report.problem.as_ref()
        }
        Err(problem) => {
            say!("No camera through PipeWire:");
            Some(problem)
        }
    };
    if let Some(problem) = problem {
        say!("    {problem}.");
        advise(&problem.try_this());
    }
}

fn advise(try_this: &str) {
    for line in try_this.lines() {
        say!("    {line}");
    }
}

fn pipewire_json(
    report: &Result<output::PipeWireReport, output::PipeWireError>,
) -> serde_json::Value {
    let (version, problem) = match report {
        Ok(report) => (Some(&report.version), report.problem.as_ref()),
        Err(problem) => (None, Some(problem)),
    };
    serde_json::json!({
        "version": version,
        "problem": problem.map(ToString::to_string),
        "try": problem.map(output::PipeWireError::try_this),
    })
}

fn outputs_json(outputs: &Result<output::V4l2Report, output::V4l2Error>) -> serde_json::Value {
    match outputs {
        Ok(report) => serde_json::json!({
            "version": report.version,
            "devices": report.devices.iter().map(|device| serde_json::json!({
                "path": device.path,
                "name": device.name,
                "problem": device.problem.as_ref().map(ToString::to_string),
                "try": device.problem.as_ref().map(output::V4l2Error::try_this),
            })).collect::<Vec<_>>(),
        }),
        Err(problem) => serde_json::json!({
            "devices": [], "problem": problem.to_string(), "try": problem.try_this(),
        }),
    }
}

fn format_line(format: &capture::CameraFormat) -> String {
    let rates = match format.rates.as_slice() {
        [] => "at a rate that the camera does not say".into(),
        rates => format!(
            "{} frames/s",
            rates
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join(", ")
        ),
    };
    let remark = if format.is_usable {
        ""
    } else {
        "  (not read by Scrim)"
    };
    format!(
        "{:<5} {:<11} {rates}{remark}",
        format.code,
        format.size.to_string()
    )
}

fn format_json(format: &capture::CameraFormat) -> serde_json::Value {
    serde_json::json!({
        "code": format.code,
        "size": [format.size.width(), format.size.height()],
        "rates": format.rates,
        "usable": format.is_usable,
    })
}

fn camera_json(camera: &capture::CameraInfo) -> serde_json::Value {
    serde_json::json!({
        "id": camera.id,
        "name": camera.name,
        "path": camera.path,
        "problem": camera.problem,
        "virtual": camera.is_virtual,
        "formats": camera.formats.iter().map(format_json).collect::<Vec<_>>(),
        "controls": controls_of(camera).iter().map(control_json).collect::<Vec<_>>(),
    })
}
