//! Cameras: which there are, what they can do, and which one is meant.

mod buffer;
#[cfg(target_os = "linux")]
mod linux;
mod negotiate;
mod nokhwa_camera;

use std::path::PathBuf;

use scrim_frame::Size;

use crate::{CameraBackend, CameraControls, CameraRequest, CaptureError, VideoSource};

/// One size of one format that a camera offers.
#[derive(Debug, Clone, PartialEq)]
pub struct CameraFormat {
    /// The four-letter code, such as `YUYV` or `MJPG`.
    pub code: String,
    /// The size; for a camera with sizes in steps, its largest.
    pub size: Size,
    /// Frames a second, fastest first; fractions are kept (12.5). Empty where the camera does not say.
    pub rates: Vec<f32>,
    /// Whether this crate can read the format.
    pub is_usable: bool,
}

/// A camera, or something that would be one if it could be opened.
#[derive(Debug, Clone, PartialEq)]
pub struct CameraInfo {
    /// What to write after `camera:`. Stays the same when cameras are plugged in another order, where the system has
    /// such a name.
    pub id: String,
    /// A name for people.
    pub name: String,
    /// The device node, where there is one.
    pub path: PathBuf,
    /// What it offers, as it says; asking changes nothing on the camera. Empty where asking would.
    pub formats: Vec<CameraFormat>,
    /// Why it cannot be used at present, in words.
    pub problem: Option<String>,
    /// Made by software. Not taken as "the first camera", for it may be this program's own output.
    pub is_virtual: bool,
}

/// All cameras of this machine, those made by software last. Metadata and output nodes are left out.
pub fn devices() -> Vec<CameraInfo> {
    #[cfg(target_os = "linux")]
    return linux::devices();
    #[cfg(not(target_os = "linux"))]
    nokhwa_camera::devices()
}

/// The controls of a camera that need not be streaming. `None` on systems where this crate cannot reach them.
#[must_use]
pub fn camera_controls(camera: &CameraInfo) -> Option<Box<dyn CameraControls>> {
    #[cfg(target_os = "linux")]
    return Some(linux::controls_of(camera));
    #[cfg(not(target_os = "linux"))]
    {
        let _ = camera;
        None
    }
}

/// The device node that a camera's id, path or number stands for at this moment, without opening it. `None` where nothing
/// is there, or the words are part of a name.
#[must_use]
pub fn camera_node(id: &str) -> Option<PathBuf> {
    #[cfg(target_os = "linux")]
    return linux::node_of(id);
    #[cfg(not(target_os = "linux"))]
    {
        let _ = id;
        None
    }
}

/// What changes when a camera comes, goes, or gets its lasting name, without opening any: to be compared with an earlier
/// answer before [`devices`] asks every driver. `None` on systems where only [`devices`] tells.
#[must_use]
pub fn node_names() -> Option<Vec<String>> {
    #[cfg(target_os = "linux")]
    return Some(linux::node_names());
    #[cfg(not(target_os = "linux"))]
    None
}

/// Opens the camera that is meant, or the first that delivers.
pub(crate) fn open(
    id: Option<&str>,
    backend: CameraBackend,
    request: CameraRequest,
    pool_frames: usize,
) -> Result<Box<dyn VideoSource>, CaptureError> {
    if cfg!(target_os = "linux") && backend == CameraBackend::Native {
        #[cfg(target_os = "linux")]
        return linux::open(id, request, pool_frames);
    }
    nokhwa_camera::open(id, request, pool_frames)
}

/// Which of the cameras a user's words mean: its path, its id, its number, or a part of its name.
///
/// A number or a path is never looked for in names: "1" is no "C910", and the wrong camera is worse than none.
fn find<'a>(cameras: &'a [CameraInfo], wanted: &str) -> Option<&'a CameraInfo> {
    let folders = ["/dev/v4l/by-id/", "/dev/v4l/by-path/"];
    let file_name = folders
        .iter()
        .find_map(|folder| wanted.strip_prefix(folder))
        .unwrap_or(wanted);
    let by_number = wanted
        .parse::<u32>()
        .ok()
        .map(|number| PathBuf::from(format!("/dev/video{number}")));
    let is_number = wanted.bytes().all(|byte| byte.is_ascii_digit());
    let may_be_name = !is_number && !wanted.starts_with("/dev/");
    let lower = wanted.to_lowercase();
    cameras
        .iter()
        .find(|camera| camera.id == file_name || camera.path.as_os_str() == wanted)
        .or_else(|| {
            cameras
                .iter()
                .find(|camera| Some(&camera.path) == by_number.as_ref())
        })
        .or_else(|| {
            cameras
                .iter()
                .filter(|_| may_be_name)
                .find(|camera| camera.name.to_lowercase().contains(&lower))
        })
}

/// The error for a camera that is not there.
fn no_camera(wanted: Option<&str>, cameras: &[CameraInfo]) -> CaptureError {
    // This program's own may be among the virtual ones.
    let names: Vec<_> = cameras
        .iter()
        .filter(|camera| !camera.is_virtual)
        .map(|camera| format!("{} (camera:{})", camera.name, camera.id))
        .collect();
    let what = match (wanted, names.is_empty()) {
        (None, true) if cameras.is_empty() => "no camera was found".to_owned(),
        (None, true) => {
            "no camera was found but such as programs make, which have to be named".to_owned()
        }
        (None, false) => format!("no camera works; there are: {}", names.join(", ")),
        (Some(id), true) => format!("there is no camera \"{id}\", and no other real one"),
        (Some(id), false) => format!(
            "there is no camera \"{id}\"; there are: {}",
            names.join(", ")
        ),
    };
    CaptureError::NoCamera { what }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cameras() -> Vec<CameraInfo> {
        let camera = |id: &str, name: &str, number: u32| CameraInfo {
            id: id.into(),
            name: name.into(),
            path: format!("/dev/video{number}").into(),
            formats: Vec::new(),
            problem: None,
            is_virtual: false,
        };
        vec![
            camera(
                "usb-046d_HD_Pro_Webcam_C920-video-index0",
                "HD Pro Webcam C920",
                2,
            ),
            camera("/dev/video0", "Integrated Camera: Integrated C", 0),
        ]
    }

    #[test]
    fn a_camera_is_found_by_what_people_call_it() {
        let cameras = cameras();
        for (wanted, number) in [
            ("/dev/video2", 2),
            ("2", 2),
            ("0", 0),
            ("usb-046d_HD_Pro_Webcam_C920-video-index0", 2),
            ("/dev/v4l/by-id/usb-046d_HD_Pro_Webcam_C920-video-index0", 2),
            ("c920", 2),
            ("integrated", 0),
        ] {
            let found = find(&cameras, wanted).map(|camera| camera.path.clone());
            assert_eq!(
                found,
                Some(format!("/dev/video{number}").into()),
                "{wanted}"
            );
        }
        assert!(find(&cameras, "/dev/video9").is_none());
        assert!(find(&cameras, "Brio").is_none());
    }

    #[test]
    fn a_number_or_a_path_is_no_part_of_a_name() {
        let mut cameras = cameras();
        cameras[1].name = "Seen at /dev/video7".into();
        for wanted in ["9", "20", "920", "99999999999", "/dev/video7", "/dev/"] {
            assert_eq!(find(&cameras, wanted), None, "{wanted}");
        }
        // Elsewhere than on Linux the number is the id.
        cameras[1].id = "1".into();
        cameras[1].path = PathBuf::new();
        assert_eq!(find(&cameras, "1"), Some(&cameras[1]));
    }

    #[test]
    fn what_is_not_there_is_told_with_what_is() {
        let mut cameras = cameras();
        let mut own = cameras[1].clone();
        (own.name, own.is_virtual) = ("Scrim".into(), true);
        cameras.push(own);
        let error = no_camera(Some("Brio"), &cameras).to_string();
        assert!(
            error.contains("Brio")
                && error.contains("C920")
                && error.contains("camera:/dev/video0")
                && !error.contains("Scrim")
        );
        assert_eq!(no_camera(None, &[]).to_string(), "no camera was found");
        let virtual_one = &cameras[2..];
        assert!(no_camera(None, virtual_one).to_string().contains("named"));
        let alone = no_camera(Some("Brio"), virtual_one).to_string();
        assert!(alone.ends_with("no other real one"), "{alone}");
    }
}
