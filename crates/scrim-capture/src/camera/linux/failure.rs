//! What the kernel's error numbers mean for a camera, and who holds it.

use std::fs;
use std::io;
use std::path::Path;

use crate::CaptureError;

/// Linux's numbers (asm-generic/errno-base.h), which `std::io::ErrorKind` does not tell apart.
const ENXIO: i32 = 6;
const ENODEV: i32 = 19;
const ENOSPC: i32 = 28;

/// The error for what a call on a camera's node answered.
pub(super) fn error_for(error: &io::Error, camera: &str, path: &Path) -> CaptureError {
    let camera = camera.to_owned();
    match (error.raw_os_error(), error.kind()) {
        (Some(ENODEV | ENXIO), _) | (_, io::ErrorKind::NotFound) => {
            CaptureError::Unplugged { camera }
        }
        (_, io::ErrorKind::ResourceBusy) => CaptureError::Busy {
            camera,
            holder: holder_of(path, Path::new("/proc")),
        },
        (_, io::ErrorKind::PermissionDenied) => CaptureError::Denied { camera },
        (Some(ENOSPC), _) => CaptureError::Camera {
            camera,
            reason: "the USB port has no bandwidth left for this size and rate; another port, or one device less on \
                     the same hub, may help"
                .into(),
        },
        _ => CaptureError::Camera {
            camera,
            reason: error.to_string(),
        },
    }
}

/// ` (name, pid)` of another process that has `node` open, where `/proc` shows it, else nothing.
fn holder_of(node: &Path, proc: &Path) -> String {
    let me = std::process::id().to_string();
    let processes = fs::read_dir(proc).into_iter().flatten().flatten();
    for process in processes {
        let pid = process.file_name();
        let Some(pid) = pid
            .to_str()
            .filter(|pid| pid.bytes().all(|b| b.is_ascii_digit()))
        else {
            continue;
        };
        // Other users' processes cannot be read; they are passed over.
        let mut files = fs::read_dir(process.path().join("fd"))
            .into_iter()
            .flatten()
            .flatten();
        if pid != me && files.any(|file| fs::read_link(file.path()).is_ok_and(|to| to == node)) {
            let name = fs::read_to_string(process.path().join("comm")).unwrap_or_default();
            return format!(" ({}, {pid})", name.trim());
        }
    }
    String::new()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Retry;

    fn error(number: i32) -> CaptureError {
        error_for(
            &io::Error::from_raw_os_error(number),
            "Cam",
            Path::new("/dev/video99"),
        )
    }

    #[test]
    fn error_numbers_become_states_that_people_know() {
        assert!(matches!(error(ENODEV), CaptureError::Unplugged { .. }));
        assert!(matches!(error(2), CaptureError::Unplugged { .. }));
        assert!(matches!(error(13), CaptureError::Denied { .. }));
        assert!(error(13).try_this().contains("group video"));
        assert!(matches!(error(16), CaptureError::Busy { .. }));
        assert!(error(ENOSPC).to_string().contains("bandwidth"));
        assert!(
            matches!(error(5), CaptureError::Camera { reason, .. } if reason.contains("os error 5"))
        );
        assert!(matches!(error(ENODEV).retry(), Retry::After(_)));
    }

    #[test]
    fn the_holder_is_found_among_the_open_files() {
        let proc = tempfile::TempDir::new().unwrap();
        for (pid, target) in [
            ("12", "/dev/null"),
            ("345", "/dev/video7"),
            ("self", "/dev/video7"),
        ] {
            let fd = proc.path().join(pid).join("fd");
            fs::create_dir_all(&fd).unwrap();
            std::os::unix::fs::symlink(target, fd.join("3")).unwrap();
            fs::write(proc.path().join(pid).join("comm"), "cheese\n").unwrap();
        }
        assert_eq!(
            holder_of(Path::new("/dev/video7"), proc.path()),
            " (cheese, 345)"
        );
        assert_eq!(holder_of(Path::new("/dev/video8"), proc.path()), "");
    }
}
