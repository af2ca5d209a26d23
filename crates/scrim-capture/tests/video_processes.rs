//! The ffmpeg process behind a video file: it ends with its source, and its own end is told. Looks into /proc.

#![cfg(target_os = "linux")]

mod common;

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::process::Command;
use std::time::Instant;

use common::{SOON, counting, next, spec};
use scrim_capture::{Pace, Playback, open};
use tempfile::TempDir;

/// Children of this process named ffmpeg, with those that are dead but not waited for.
fn ffmpeg_children_of(file: &OsStr) -> Vec<u32> {
    let processes = fs::read_dir("/proc").expect("/proc is there on Linux");
    processes
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok())
        .filter(|pid| {
            fs::read(format!("/proc/{pid}/cmdline")).is_ok_and(|line| {
                let mut windows = line.windows(file.len());
                windows.any(|window| window == file.as_bytes())
            })
        })
        .collect()
}

/// Zombies have no command line; they are children whose state is Z.
fn zombies() -> usize {
    let me = std::process::id().to_string();
    let processes = fs::read_dir("/proc").expect("/proc is there on Linux");
    processes
        .filter_map(|entry| fs::read_to_string(entry.ok()?.path().join("stat")).ok())
        .filter(|stat| {
            let mut fields = stat.rsplit(") ").next().unwrap_or("").split(' ');
            stat.contains("(ffmpeg)") && fields.next() == Some("Z") && fields.next() == Some(&me)
        })
        .count()
}

#[test]
fn dropping_the_source_ends_ffmpeg_and_leaves_nothing() {
    let dir = TempDir::new().unwrap();
    let name = format!("drop-{}.mkv", std::process::id());
    let path = counting(&dir, &name, "640x360", 30, 60);
    for taken in [0, 1, 5] {
        let mut source = open(&spec(&path, Playback::Loop, Pace::Unpaced), 1).unwrap();
        for _ in 0..taken {
            assert!(next(&mut *source).is_some());
        }
        assert_eq!(ffmpeg_children_of(OsStr::new(&name)).len(), 1);
        let start = Instant::now();
        drop(source);
        // Left to itself, it would loop for ever.
        assert!(start.elapsed() < SOON, "{:?}", start.elapsed());
        assert!(ffmpeg_children_of(OsStr::new(&name)).is_empty());
    }
    assert_eq!(zombies(), 0);
}

/// Ctrl-C in a terminal goes to its whole process group.
#[test]
fn ffmpeg_is_in_no_group_with_this_program() {
    let group_of = |pid: &str| {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
        // After the name in brackets: state, parent, group.
        let fields = stat.rsplit(") ").next().unwrap().to_owned();
        fields.split(' ').nth(2).unwrap().to_owned()
    };
    let dir = TempDir::new().unwrap();
    let name = format!("group-{}.mkv", std::process::id());
    let path = counting(&dir, &name, "640x360", 30, 60);
    let _source = open(&spec(&path, Playback::Loop, Pace::Unpaced), 1).unwrap();
    let children = ffmpeg_children_of(OsStr::new(&name));
    assert_eq!(children.len(), 1);
    let child = children[0].to_string();
    assert_eq!(group_of(&child), child);
    assert_ne!(group_of(&child), group_of("self"));
}

#[test]
fn ffmpeg_killed_in_the_middle_is_an_error_that_says_so() {
    let dir = TempDir::new().unwrap();
    let name = format!("kill-{}.mkv", std::process::id());
    let path = counting(&dir, &name, "640x360", 30, 60);
    let mut source = open(&spec(&path, Playback::Loop, Pace::Unpaced), 1).unwrap();
    assert!(next(&mut *source).is_some());
    for pid in ffmpeg_children_of(OsStr::new(&name)) {
        let status = Command::new("kill").args(["-9", &pid.to_string()]).status();
        assert!(status.unwrap().success());
    }
    let error = (0..10).find_map(|_| source.next_frame(SOON).err()).unwrap();
    let text = error.to_string();
    assert!(
        text.contains("ffmpeg stopped after") && text.contains('9'),
        "{text}"
    );
}
