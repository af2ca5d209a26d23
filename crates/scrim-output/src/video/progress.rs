//! Whether a program that says nothing works.

use std::fs;
use std::path::PathBuf;

/// Where a running program's work shows.
pub(crate) struct Progress {
    pub(crate) process: u32,
    /// What it writes.
    pub(crate) file: PathBuf,
}

/// What is known of the work done so far; any difference is progress.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Done {
    bytes: Option<u64>,
    /// In clock ticks; known on Linux alone.
    processor_time: Option<u64>,
}

impl Progress {
    pub(crate) fn look(&self) -> Done {
        Done {
            bytes: fs::metadata(&self.file).ok().map(|found| found.len()),
            processor_time: fs::read_to_string(format!("/proc/{}/stat", self.process))
                .ok()
                .and_then(|stat| processor_time(&stat)),
        }
    }
}

/// The 14th and 15th fields of `/proc/PID/stat`, `utime` and `stime` (proc(5)), of all threads.
fn processor_time(stat: &str) -> Option<u64> {
    // The second field is a name that may hold anything, spaces and brackets too.
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    user.checked_add(system)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_processor_time_is_that_of_user_and_system() {
        let stat = "4242 (a) b) S 1 4242 4242 0 -1 4194304 100 200 0 0 31 11 5 6 20 0 1 0 99 1";
        assert_eq!(processor_time(stat), Some(42));
        assert_eq!(processor_time("4242 (a) S 1"), None);
    }

    #[test]
    fn a_file_that_grows_is_progress() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let progress = Progress {
            // No process has it.
            process: u32::MAX,
            file: file.path().into(),
        };
        let before = progress.look();
        assert_eq!(progress.look(), before);
        fs::write(file.path(), "more").unwrap();
        assert_ne!(progress.look(), before);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_process_that_computes_is_progress() {
        let progress = Progress {
            process: std::process::id(),
            file: "/no/such/file".into(),
        };
        let before = progress.look();
        let deadline = std::time::Instant::now() + std::time::Duration::from_mins(1);
        while progress.look() == before {
            assert!(std::time::Instant::now() < deadline, "{before:?}");
        }
    }
}
