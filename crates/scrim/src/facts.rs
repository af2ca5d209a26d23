//! What there is on this machine and in the program, for the panel and for first settings.

use std::sync::mpsc::sync_channel;
use std::thread;
use std::time::Duration;

use scrim_panel::{BundledBackground, CameraChoice, PanelFacts, ProviderFact};
use scrim_pipeline::{BackgroundSpec, InferenceDevice, capture, matting};

/// Width and height of a background's thumbnail in pixels: what the panel shows at twice its points.
const THUMBNAIL: (u32, u32) = (208, 117);

/// How long the program waits at its start for drivers to say which cameras there are. A driver that hangs must not keep
/// its window closed, or others waiting for its virtual camera; whoever has such a camera can look for it again from the panel.
const CAMERA_PATIENCE: Duration = Duration::from_secs(1);

/// What was found. Asks every camera's driver, for at most a second, and decodes the bundled backgrounds.
pub fn look_around() -> PanelFacts {
    let cameras = cameras_soon();
    PanelFacts {
        cameras: cameras.usable,
        has_shut_camera: cameras.has_shut,
        backgrounds: capture::BACKGROUNDS.iter().filter_map(background).collect(),
        providers: providers(),
        notices: Vec::new(),
        recordings: directories::UserDirs::new().and_then(|dirs| dirs.video_dir().map(Into::into)),
    }
}

/// The cameras of this machine.
#[derive(Debug, Default)]
pub struct Cameras {
    /// Those that can be used now.
    pub usable: Vec<CameraChoice>,
    /// Whether there is another.
    pub has_shut: bool,
}

/// Asks every camera's driver, for at most a second.
pub fn cameras_soon() -> Cameras {
    let (found, answer) = sync_channel(1);
    let look = thread::Builder::new()
        .name("scrim-devices".into())
        .spawn(move || {
            // Nobody listens any more when it took too long.
            let _ = found.send(cameras());
        });
    if let Err(error) = look {
        tracing::warn!(%error, "cameras cannot be looked for");
        return Cameras::default();
    }
    answer.recv_timeout(CAMERA_PATIENCE).unwrap_or_else(|_| {
        tracing::warn!("a camera's driver does not answer");
        Cameras {
            has_shut: true,
            ..Cameras::default()
        }
    })
}

/// Blocks while drivers answer.
pub fn cameras() -> Cameras {
    let (usable, shut): (Vec<_>, Vec<_>) = capture::devices()
        .into_iter()
        .partition(|camera| camera.problem.is_none());
    Cameras {
        usable: usable.into_iter().map(camera_choice).collect(),
        has_shut: shut.iter().any(|camera| !camera.is_virtual),
    }
}

fn camera_choice(camera: capture::CameraInfo) -> CameraChoice {
    let mut sizes = Vec::new();
    let mut rates = Vec::new();
    for format in &camera.formats {
        if !sizes.contains(&format.size) {
            sizes.push(format.size);
        }
        for rate in &format.rates {
            if !rates.contains(rate) {
                rates.push(*rate);
            }
        }
    }
    sizes.sort_by_key(|size| std::cmp::Reverse(size.pixels()));
    rates.sort_by(|a, b| b.total_cmp(a));
    CameraChoice {
        id: camera.id,
        name: camera.name,
        is_virtual: camera.is_virtual,
        sizes,
        rates,
    }
}

fn background(picture: &capture::BundledPicture) -> Option<BundledBackground> {
    let (width, height) = THUMBNAIL;
    let decoded = image::load_from_memory(picture.bytes)
        .inspect_err(
            |error| tracing::error!(picture.name, %error, "a bundled background cannot be decoded"),
        )
        .ok()?;
    let small = decoded
        .resize_to_fill(width, height, image::imageops::FilterType::Triangle)
        .into_rgb8();
    Some(BundledBackground {
        name: picture.title.into(),
        spec: BackgroundSpec::File(format!("bundled:{}", picture.name).into()),
        thumbnail: egui::ColorImage::from_rgb([width as usize, height as usize], small.as_raw()),
    })
}

/// Which providers the library at hand was built with. Empty when there is no library: the pipeline reports that.
fn providers() -> Vec<ProviderFact> {
    let Ok(info) = matting::runtime::runtime_info() else {
        return Vec::new();
    };
    InferenceDevice::ALL
        .into_iter()
        .map(|device| ProviderFact {
            device,
            missing: (!info.providers.contains(&device)).then(|| {
                format!(
                    "The ONNX Runtime library in use ({}) was built without it.",
                    info.location.path.display()
                )
            }),
        })
        .collect()
}
