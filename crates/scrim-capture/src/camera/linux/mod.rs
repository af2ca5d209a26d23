//! Cameras through V4L2.

mod colour;
mod controls;
mod driver;
mod failure;
mod stream;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use self::controls::V4l2Controls;
use self::driver::{Node, Offer};
use self::failure::error_for;
use self::stream::V4l2Camera;
use super::negotiate::{Encoding, Mode, Sizes, choose, wanted_size};
use super::{CameraFormat, CameraInfo, find, no_camera};
use crate::{CameraControls, CameraRequest, CaptureError, VideoSource};

/// Where udev keeps names that survive a change of ports, and those of ports. Of two cameras of one model without serial
/// numbers, only one has a name of the first kind.
const LASTING: [&str; 2] = ["/dev/v4l/by-id", "/dev/v4l/by-path"];

/// How long the first of several cameras has until its first picture, before the next one is tried. Webcams need up to
/// two seconds for their exposure.
const FIRST_PICTURE_WITHIN: Duration = Duration::from_secs(4);

/// Linux's minor numbers for video nodes end at 255.
const MAX_NODES: u32 = 256;

pub(super) fn devices() -> Vec<CameraInfo> {
    let links = lasting_links();
    let nodes = (0..MAX_NODES).map(|number| PathBuf::from(format!("/dev/video{number}")));
    let mut cameras: Vec<_> = nodes
        .filter(|path| path.exists())
        .filter_map(|path| describe(&path, &links))
        .collect();
    cameras.sort_by_key(|camera| camera.is_virtual);
    cameras
}

pub(super) fn controls_of(camera: &CameraInfo) -> Box<dyn CameraControls> {
    Box::new(V4l2Controls::at(camera.path.clone()))
}

pub(super) fn node_of(id: &str) -> Option<PathBuf> {
    node_in(id, &LASTING.map(Path::new))
}

/// What a path, a number, or a name in one of the folders leads to.
fn node_in(id: &str, folders: &[&Path]) -> Option<PathBuf> {
    if id.starts_with("/dev/") {
        fs::canonicalize(id).ok()
    } else if !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit()) {
        fs::canonicalize(format!("/dev/video{id}")).ok()
    } else if id.is_empty() || id.contains('/') {
        None
    } else {
        folders
            .iter()
            .find_map(|folder| fs::canonicalize(folder.join(id)).ok())
    }
}

pub(super) fn node_names() -> Vec<String> {
    let nodes = fs::read_dir("/dev").into_iter().flatten().flatten();
    let mut names: Vec<_> = nodes
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| name.starts_with("video"))
        .collect();
    names.sort();
    let links = lasting_links().into_iter();
    names.extend(links.map(|(name, node)| format!("{name} {}", node.display())));
    names
}

fn lasting_links() -> Vec<(String, PathBuf)> {
    LASTING
        .iter()
        .flat_map(|folder| links(Path::new(folder)))
        .collect()
}

/// Names in `folder` with the nodes that they lead to.
fn links(folder: &Path) -> Vec<(String, PathBuf)> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut links: Vec<_> = entries
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            Some((name, fs::canonicalize(entry.path()).ok()?))
        })
        .collect();
    links.sort();
    links
}

fn stable_id(path: &Path, links: &[(String, PathBuf)]) -> String {
    links
        .iter()
        .find(|(_, node)| node == path)
        .map_or_else(|| path.display().to_string(), |(name, _)| name.clone())
}

/// A camera's entry; `None` for nodes that are no cameras.
fn describe(path: &Path, links: &[(String, PathBuf)]) -> Option<CameraInfo> {
    let mut info = CameraInfo {
        id: stable_id(path, links),
        name: name_in_sysfs(path).unwrap_or_else(|| path.display().to_string()),
        path: path.to_owned(),
        formats: Vec::new(),
        problem: None,
        is_virtual: false,
    };
    let offered = Node::open(path).and_then(|node| {
        let about = node.about()?;
        let offers = if about.gives_pictures {
            node.offers()?
        } else {
            Vec::new()
        };
        Ok((about, offers))
    });
    match offered {
        Ok((_, offers)) if offers.is_empty() => None,
        Ok((about, offers)) => {
            info.name = about.name;
            info.is_virtual = about.is_virtual;
            info.formats = offers.iter().map(listed).collect();
            if modes(&offers, CameraRequest::default()).is_empty() {
                let codes: Vec<_> = info.formats.iter().map(|f| f.code.as_str()).collect();
                info.problem = Some(format!(
                    "it gives only {}, which is not read",
                    codes.join(", ")
                ));
            }
            Some(info)
        }
        // Nothing was learned about it, so nothing says that it is no camera.
        Err(e) if is_in_the_way(&e) => {
            let error = error_for(&e, &info.name, path);
            info.problem = Some(format!("{error}. {}", error.try_this()));
            info.is_virtual = is_virtual_in_sysfs(path);
            Some(info)
        }
        Err(e) => {
            tracing::debug!(path = %path.display(), error = %e, "a video node was left out");
            None
        }
    }
}

/// Whether it keeps a camera from being asked, and does not say that there is none: no rights, another program, hardware that
/// does not answer.
fn is_in_the_way(error: &io::Error) -> bool {
    /// `EIO` and `EPROTO` of `errno.h`: what USB cameras fail with that have crashed.
    const HARDWARE: [i32; 2] = [5, 71];
    let kinds = [
        io::ErrorKind::PermissionDenied,
        io::ErrorKind::ResourceBusy,
        io::ErrorKind::TimedOut,
    ];
    kinds.contains(&error.kind())
        || error
            .raw_os_error()
            .is_some_and(|it| HARDWARE.contains(&it))
}

/// Whether the kernel hangs the node on no hardware, as v4l2loopback's; the driver itself cannot be asked.
fn is_virtual_in_sysfs(path: &Path) -> bool {
    let node = path.file_name().unwrap_or_default();
    let device = fs::canonicalize(Path::new("/sys/class/video4linux").join(node));
    device.is_ok_and(|device| device.starts_with("/sys/devices/virtual"))
}

fn name_in_sysfs(path: &Path) -> Option<String> {
    let node = path.file_name()?.to_str()?;
    let name = fs::read_to_string(format!("/sys/class/video4linux/{node}/name")).ok()?;
    Some(name.trim().to_owned()).filter(|name| !name.is_empty())
}

fn listed(offer: &Offer) -> CameraFormat {
    let size = match offer.sizes {
        Sizes::One(size) => Some(size),
        Sizes::Steps { max, .. } => scrim_frame::Size::new(max.0, max.1).ok(),
    };
    let mut rates: Vec<f32> = offer
        .intervals
        .iter()
        .filter_map(|interval| interval.rate())
        .map(|rate| rate as f32)
        .collect();
    rates.sort_by(|a, b| b.total_cmp(a));
    CameraFormat {
        code: code_name(offer.code),
        size: size.unwrap_or_else(|| wanted_size(CameraRequest::default())),
        rates,
        is_usable: Encoding::from_code(offer.code).is_some(),
    }
}

/// A code for people; its highest bit means big-endian samples (`v4l2_fourcc_be`).
fn code_name(mut code: [u8; 4]) -> String {
    let is_big_endian = code[3] & 0x80 != 0;
    code[3] &= 0x7F;
    let name = String::from_utf8_lossy(&code);
    format!(
        "{}{}",
        name.trim_end(),
        if is_big_endian { "-BE" } else { "" }
    )
}

/// What can be read of what is offered; sizes in steps at their nearest to the request.
fn modes(offers: &[Offer], request: CameraRequest) -> Vec<Mode> {
    let wanted = wanted_size(request);
    offers
        .iter()
        .filter_map(|offer| {
            Some(Mode {
                encoding: Encoding::from_code(offer.code)?,
                code: offer.code,
                size: offer.sizes.nearest(wanted)?,
                intervals: offer.intervals.clone(),
            })
        })
        .collect()
}

pub(super) fn open(
    id: Option<&str>,
    request: CameraRequest,
    pool_frames: usize,
) -> Result<Box<dyn VideoSource>, CaptureError> {
    if let Some(id) = id {
        // Without asking the drivers of the others: one of them may hang, and a camera that is waited for is looked for often.
        let named = node_of(id).and_then(|path| describe(&path, &lasting_links()));
        if let Some(camera) = named {
            return Ok(Box::new(open_one(&camera, request, pool_frames)?));
        }
        let cameras = devices();
        let camera = find(&cameras, id).ok_or_else(|| no_camera(Some(id), &cameras))?;
        return Ok(Box::new(open_one(camera, request, pool_frames)?));
    }
    let cameras = devices();
    // A camera made by software may be this program's own output: it has to be named.
    let real: Vec<_> = cameras.iter().filter(|camera| !camera.is_virtual).collect();
    let mut first_error = None;
    for camera in &real {
        let opened = open_one(camera, request, pool_frames).and_then(|mut opened| {
            if real.len() > 1 {
                opened.await_first_picture(FIRST_PICTURE_WITHIN)?;
            }
            Ok(opened)
        });
        match opened {
            Ok(opened) => return Ok(Box::new(opened)),
            Err(error) => {
                tracing::info!(camera = camera.name, %error, "a camera was passed over");
                first_error.get_or_insert(error);
            }
        }
    }
    Err(first_error.unwrap_or_else(|| no_camera(None, &cameras)))
}

fn open_one(
    camera: &CameraInfo,
    request: CameraRequest,
    pool_frames: usize,
) -> Result<V4l2Camera, CaptureError> {
    let failed = |e: &io::Error| error_for(e, &camera.name, &camera.path);
    let node = Node::open(&camera.path).map_err(|e| failed(&e))?;
    let offers = node.offers().map_err(|e| failed(&e))?;
    let choice = choose(&modes(&offers, request), request).ok_or_else(|| CaptureError::Camera {
        camera: camera.name.clone(),
        reason: "it has no format that can be read".into(),
    })?;
    // Stepwise formats are listed with the rates of one size; the chosen size has its own.
    let choice = node.with_nearest_interval(choice, request);
    let asked = CameraRequest {
        size: Some(request.size.unwrap_or(choice.size)),
        rate: request
            .rate
            .or_else(|| choice.interval.rate().map(|rate| rate as f32)),
    };
    V4l2Camera::start(node, camera, choice, asked, pool_frames)
}

#[cfg(test)]
mod tests {
    use super::super::negotiate::Interval;
    use super::*;

    #[test]
    fn the_name_that_survives_replugging_is_taken() {
        let dir = tempfile::TempDir::new().unwrap();
        let node = dir.path().join("video3");
        fs::write(&node, "").unwrap();
        let by_id = dir.path().join("by-id");
        fs::create_dir(&by_id).unwrap();
        std::os::unix::fs::symlink("../video3", by_id.join("usb-Cam-video-index0")).unwrap();
        std::os::unix::fs::symlink("../gone", by_id.join("usb-Gone-video-index0")).unwrap();
        let links = links(&by_id);
        let node = fs::canonicalize(node).unwrap();
        assert_eq!(stable_id(&node, &links), "usb-Cam-video-index0");
        assert_eq!(stable_id(Path::new("/dev/video9"), &links), "/dev/video9");
        assert!(super::links(&dir.path().join("none")).is_empty());
    }

    #[test]
    fn words_lead_to_a_node_without_asking_it() {
        let dir = tempfile::TempDir::new().unwrap();
        let node = dir.path().join("video3");
        fs::write(&node, "").unwrap();
        let node = fs::canonicalize(node).unwrap();
        let (by_id, by_path) = (dir.path().join("by-id"), dir.path().join("by-path"));
        for (folder, name) in [(&by_id, "usb-Cam-index0"), (&by_path, "pci-0-index0")] {
            fs::create_dir(folder).unwrap();
            std::os::unix::fs::symlink("../video3", folder.join(name)).unwrap();
        }
        let folders = [by_id.as_path(), by_path.as_path()];
        assert_eq!(node_in("usb-Cam-index0", &folders).as_ref(), Some(&node));
        assert_eq!(node_in("pci-0-index0", &folders).as_ref(), Some(&node));
        let null = Path::new("/dev/null");
        assert_eq!(node_in("/dev/null", &folders).as_deref(), Some(null));
        for nothing in [
            "Cam",
            "",
            "../by-id/usb-Cam-index0",
            "99999",
            "/dev/video99999",
        ] {
            assert_eq!(node_in(nothing, &folders), None, "{nothing}");
        }
    }

    #[test]
    fn only_what_can_be_read_is_chosen_from() {
        let offer = |code: &[u8; 4], sizes| Offer {
            code: *code,
            sizes,
            intervals: vec![Interval {
                numerator: 2,
                denominator: 25,
            }],
        };
        let size = scrim_frame::Size::new(640, 480).unwrap();
        let steps = Sizes::Steps {
            min: (16, 16),
            max: (1920, 1080),
            step: (2, 2),
        };
        let offers = [
            offer(b"GREY", Sizes::One(size)),
            offer(b"YUYV", steps),
            offer(b"H264", Sizes::One(size)),
        ];
        let modes = modes(&offers, CameraRequest::default());
        assert_eq!(modes.len(), 1);
        assert_eq!(modes[0].size.to_string(), "1280×720");
        let listed: Vec<_> = offers.iter().map(listed).collect();
        assert_eq!(listed[0].rates, [12.5]);
        assert_eq!(code_name(*b"Y16\xA0"), "Y16-BE");
        assert!(!listed[0].is_usable && listed[1].is_usable);
        assert_eq!(listed[1].size.to_string(), "1920×1080");
    }

    #[test]
    fn a_camera_that_cannot_be_asked_is_listed_and_a_node_that_has_gone_is_not() {
        let is_listed = |code| is_in_the_way(&io::Error::from_raw_os_error(code));
        for (name, code) in [
            ("EIO", 5),
            ("EACCES", 13),
            ("EBUSY", 16),
            ("EPROTO", 71),
            ("ETIMEDOUT", 110),
        ] {
            assert!(is_listed(code), "{name}");
        }
        for (name, code) in [("ENOENT", 2), ("ENXIO", 6), ("ENODEV", 19), ("ENOTTY", 25)] {
            assert!(!is_listed(code), "{name}");
        }
    }

    #[test]
    fn what_is_listed_has_formats_or_a_problem() {
        for camera in devices() {
            assert!(camera.path.exists());
            assert!(!camera.formats.is_empty() || camera.problem.is_some());
        }
    }
}
