//! `scrim devices`.

use scrim_pipeline::capture;

use crate::cli::ReportArgs;

/// Lists the cameras with their sizes and rates.
pub fn devices(args: &ReportArgs) {
    let cameras = capture::devices();
    if args.json {
        let list: Vec<_> = cameras.iter().map(camera_json).collect();
        println!("{:#}", serde_json::json!({ "cameras": list }));
        return;
    }
    if cameras.is_empty() {
        println!(
            "No camera was found. Plug one in, or use another source: --source sample, or a picture or clip."
        );
    }
    for camera in &cameras {
        println!("{}  (--source camera:{})", camera.name, camera.id);
        if let Some(problem) = &camera.problem {
            println!("    cannot be used: {problem}");
        }
        for format in &camera.formats {
            println!("    {}", format_line(format));
        }
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
    })
}
