//! A real PipeWire, with GStreamer watching. Where a program for it is missing, this is skipped, and says so;
//! `REQUIRE_PIPEWIRE=1` makes a skip a failure.
//!
//! The daemons are the test's own and meet in a temporary folder: whatever PipeWire runs on the machine is left alone.
//! Libraries find that folder by the environment, so that the test runs in a process of its own.

#![cfg(target_os = "linux")]

#[path = "../../../tests/support/counting.rs"]
mod counting;
#[path = "support/daemons.rs"]
mod daemons;
#[path = "support/feed.rs"]
mod feed;
#[path = "support/moving.rs"]
mod moving;
#[expect(dead_code, reason = "each test file uses its part")]
mod support;

use std::env;
use std::error::Error;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use counting::allocations;
use daemons::{Daemons, Watcher, confine, missing, within};
use feed::{Feed, PATIENCE, start};
use moving::{HEIGHT, Layout, WIDTH, colour};
use scrim_frame::Size;
use scrim_output::{PipeWireError, SinkError, pipewire_report};
use support::{Kind, composite};

/// Tells the process that the test runs in from the one that starts it.
const INSIDE: &str = "SCRIM_TEST_INSIDE";

/// Scenes fail by panicking where the camera is wrong, and with an error where the stage is.
type Outcome = Result<(), Box<dyn Error>>;

#[test]
fn a_camera_lives_through_everything() {
    if env::var_os(INSIDE).is_some() {
        return inside().unwrap();
    }
    let missing = missing();
    if !missing.is_empty() {
        let is_required = env::var_os("REQUIRE_PIPEWIRE").is_some_and(|value| !value.is_empty());
        assert!(
            !is_required,
            "REQUIRE_PIPEWIRE is set, and there is no {missing:?}"
        );
        eprintln!("skipped: there is no {missing:?}");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut process = Command::new(env::current_exe().unwrap());
    process
        .args([
            "--exact",
            "a_camera_lives_through_everything",
            "--nocapture",
        ])
        .env(INSIDE, "1");
    confine(&mut process, folder.path());
    let status = process.status().unwrap();
    assert!(status.success(), "see above");
}

fn inside() -> Outcome {
    let folder = PathBuf::from(env::var_os("XDG_RUNTIME_DIR").ok_or("not confined")?);
    without_a_daemon();
    let mut daemons = Daemons::start()?;
    is_reported()?;
    let mut feed = Feed::open()?;
    each_layout_is_right(&mut feed, &folder)?;
    whoever_comes_sees_the_last_picture(&mut feed, &folder)?;
    two_watch_at_once(&mut feed, &folder)?;
    who_wants_something_else_harms_nobody(&mut feed, &folder)?;
    watchers_come_and_go(&mut feed, &folder)?;
    pictures_cost_no_memory(&mut feed, &folder)?;
    daemons = the_daemon_dies_and_returns(&mut feed, &folder, daemons)?;
    who_watches_at_the_end_keeps_the_last_picture(feed, &folder)?;
    it_ends_at_once_and_starts_again_fifty_times(&folder)?;
    drop(daemons);
    Ok(())
}

fn without_a_daemon() {
    let is_clear = |error: &PipeWireError| {
        matches!(error, PipeWireError::NotRunning { .. })
            && error.to_string().contains("pipewire-0")
            && error.try_this().contains("systemctl --user")
    };
    assert!(is_clear(&pipewire_report().expect_err("none runs")));
    let since = Instant::now();
    match start().map(|_| ()) {
        Err(SinkError::PipeWire(error)) => assert!(is_clear(&error), "{error}"),
        other => panic!("without a daemon: {other:?}"),
    }
    assert!(since.elapsed() < Duration::from_secs(2), "it waited");
    eprintln!("ok: no daemon is said clearly");
}

fn is_reported() -> Outcome {
    let mut last = None;
    let is_complete = within(PATIENCE, || {
        last = Some(pipewire_report());
        matches!(&last, Some(Ok(report)) if report.problem.is_none())
    });
    assert!(is_complete, "{last:?}");
    let report = last.ok_or("nothing was asked")??;
    assert!(
        report.version.starts_with(|c: char| c.is_ascii_digit()),
        "{report:?}"
    );
    eprintln!("ok: PipeWire {} is reported", report.version);
    Ok(())
}

fn each_layout_is_right(feed: &mut Feed, folder: &Path) -> Outcome {
    assert_eq!(feed.sink.fixed_size(), Size::new(WIDTH, HEIGHT).ok());
    assert!(feed.sink.is_device() && !feed.sink.is_watched());
    for layout in Layout::ALL {
        let file = folder.join(layout.name());
        let mut watcher = Watcher::start(&file, layout.name(), Some(30))?;
        assert!(
            feed.until(|_| watcher.has_gone()),
            "{layout:?}: no pictures"
        );
        let numbers = right_numbers(layout, &watcher)?;
        assert_eq!(numbers.len(), 30);
        let is_quiet = feed.until(|sink| !sink.is_watched());
        assert!(
            is_quiet,
            "{layout:?}: it counts as watched when nobody is there"
        );
        eprintln!("ok: {} is right, {numbers:?}", layout.name());
    }
    Ok(())
}

/// The numbers of all whole pictures that a watcher has, which are right in every pixel and move on.
fn right_numbers(layout: Layout, watcher: &Watcher) -> io::Result<Vec<u32>> {
    let numbers = layout.check(&watcher.pictures()?);
    assert!(numbers.is_sorted(), "not in order: {numbers:?}");
    let mut different = numbers.clone();
    different.dedup();
    assert!(
        different.len() > numbers.len() / 2,
        "they stand still: {numbers:?}"
    );
    Ok(numbers)
}

fn whoever_comes_sees_the_last_picture(feed: &mut Feed, folder: &Path) -> Outcome {
    feed.write()?;
    let last = feed.next - 1;
    let mut watcher = Watcher::start(&folder.join("last"), "YUY2", Some(4))?;
    assert!(within(PATIENCE, || watcher.has_gone()), "nothing came");
    let numbers = Layout::Yuy2.check(&watcher.pictures()?);
    assert_eq!(numbers, [last; 4]);
    assert!(within(PATIENCE, || !feed.sink.is_watched()));
    eprintln!("ok: whoever comes sees the last picture");
    Ok(())
}

fn two_watch_at_once(feed: &mut Feed, folder: &Path) -> Outcome {
    let layout = Layout::Yuy2;
    let bytes = layout.bytes() as u64;
    let first = Watcher::start(&folder.join("first"), layout.name(), None)?;
    assert!(feed.until(|_| first.seen() >= 5 * bytes), "nothing came");
    let before = first.seen();
    let mut second = Watcher::start(&folder.join("second"), layout.name(), Some(30))?;
    assert!(
        feed.until(|_| second.has_gone()),
        "the second was given nothing"
    );
    let during = (first.seen() - before) / bytes;
    assert!(
        during >= 25,
        "the first was given {during} pictures beside the second"
    );
    // One goes; the other stays.
    let before = first.seen();
    assert!(
        feed.until(|_| first.seen() >= before + 10 * bytes),
        "it stopped for the first"
    );
    assert!(feed.sink.is_watched());
    let (a, b) = (
        right_numbers(layout, &first)?,
        right_numbers(layout, &second)?,
    );
    let shared = b.iter().filter(|n| a.contains(n)).count();
    assert!(shared >= 20, "they saw different pictures: {a:?}, {b:?}");
    drop(first);
    assert!(feed.until(|sink| !sink.is_watched()));
    eprintln!("ok: two at once, {during} and 30 pictures, {shared} of them the same");
    Ok(())
}

fn who_wants_something_else_harms_nobody(feed: &mut Feed, folder: &Path) -> Outcome {
    let layout = Layout::I420;
    let bytes = layout.bytes() as u64;
    // Alone, and then beside another; the second time in a layout that is offered and not the one in use.
    let picky = Watcher::start(&folder.join("rgb"), "RGB", None)?;
    let since = Instant::now();
    assert!(feed.until(|_| since.elapsed() > Duration::from_secs(2)));
    assert_eq!(picky.seen(), 0, "RGB is not offered");
    let first = Watcher::start(&folder.join("content"), layout.name(), None)?;
    assert!(feed.until(|_| first.seen() >= 5 * bytes), "nothing came");
    let late = Watcher::start(&folder.join("late"), "NV12", None)?;
    let before = first.seen();
    assert!(
        feed.until(|_| first.seen() >= before + 60 * bytes),
        "it stopped for who was there first"
    );
    right_numbers(layout, &first)?;
    eprintln!(
        "in another layout, the second was given {} bytes",
        late.seen()
    );
    drop((picky, late, first));
    assert!(feed.until(|sink| !sink.is_watched()));
    let mut next = Watcher::start(&folder.join("next"), "YUY2", Some(10))?;
    assert!(feed.until(|_| next.has_gone()), "nothing comes any more");
    right_numbers(Layout::Yuy2, &next)?;
    eprintln!("ok: who wants something else harms nobody");
    Ok(())
}

fn watchers_come_and_go(feed: &mut Feed, folder: &Path) -> Outcome {
    for cycle in 0..5 {
        let watcher = Watcher::start(&folder.join("guest"), "NV12", None)?;
        assert!(feed.until(|sink| sink.is_watched()), "{cycle}: not noticed");
        let bytes = Layout::Nv12.bytes() as u64;
        assert!(
            feed.until(|_| watcher.seen() >= 3 * bytes),
            "{cycle}: nothing came"
        );
        right_numbers(Layout::Nv12, &watcher)?;
        // Killed in the middle, as a browser that crashes.
        drop(watcher);
        assert!(
            feed.until(|sink| !sink.is_watched()),
            "{cycle}: still counted"
        );
    }
    eprintln!("ok: watchers came and went five times");
    Ok(())
}

fn pictures_cost_no_memory(feed: &mut Feed, folder: &Path) -> Outcome {
    let bytes = Layout::I420.bytes() as u64;
    let watcher = Watcher::start(&folder.join("memory"), "I420", None)?;
    assert!(feed.until(|_| watcher.seen() >= 10 * bytes), "nothing came");
    let kind = Kind::new(WIDTH, HEIGHT);
    let picture = composite(&mut feed.pool, kind, |x, y| colour(0, x, y));
    let before = (allocations(), watcher.seen());
    for _ in 0..60 {
        feed.sink.write(&picture)?;
        thread::park_timeout(Duration::from_millis(33));
    }
    let allocated = allocations() - before.0;
    let seen = (watcher.seen() - before.1) / bytes;
    assert!(seen > 30, "only {seen} pictures went through");
    // Asking for the file's length twice takes some; sixty pictures would take sixty.
    assert!(
        allocated < 20,
        "{allocated} allocations for {seen} pictures"
    );
    drop(watcher);
    assert!(feed.until(|sink| !sink.is_watched()));
    eprintln!("ok: {seen} pictures cost {allocated} allocations");
    Ok(())
}

fn the_daemon_dies_and_returns(
    feed: &mut Feed,
    folder: &Path,
    daemons: Daemons,
) -> Result<Daemons, Box<dyn Error>> {
    let watcher = Watcher::start(&folder.join("orphan"), "YUY2", None)?;
    assert!(feed.until(|sink| sink.is_watched()));
    drop(daemons);
    drop(watcher);
    let mut said = None;
    let is_noticed = within(PATIENCE, || {
        said = feed.write().err();
        said.is_some()
    });
    assert!(is_noticed, "pictures go nowhere, and nothing is said");
    let said = said.ok_or("nothing was said")?;
    assert!(matches!(said, SinkError::PipeWire(_)), "{said}");
    assert!(said.to_string().contains("PipeWire") && said.try_this().contains("systemctl"));
    assert!(!feed.sink.is_watched());
    assert!(feed.sink.check().is_err(), "it is told without a picture");

    let daemons = Daemons::start()?;
    let is_back = within(PATIENCE, || feed.write().is_ok());
    feed.sink.check()?;
    assert!(is_back, "it does not come back: {:?}", feed.write());
    is_reported()?;
    let mut watcher = Watcher::start(&folder.join("again"), "I420", Some(30))?;
    assert!(feed.until(|_| watcher.has_gone()), "nothing came");
    assert_eq!(right_numbers(Layout::I420, &watcher)?.len(), 30);
    eprintln!("ok: PipeWire died (\"{said}\") and came back");
    Ok(daemons)
}

/// The program puts the still card there at its end, and browsers go on showing what came last.
fn who_watches_at_the_end_keeps_the_last_picture(mut feed: Feed, folder: &Path) -> Outcome {
    let layout = Layout::Yuy2;
    let watcher = Watcher::start(&folder.join("end"), layout.name(), None)?;
    let bytes = layout.bytes() as u64;
    assert!(feed.until(|_| watcher.seen() >= 5 * bytes), "nothing came");
    // Sooner after another than pictures are passed on.
    feed.write()?;
    feed.write()?;
    let last = feed.next - 1;
    feed.sink.finish()?;
    let is_last = || Ok::<_, io::Error>(layout.check(&watcher.pictures()?).last() == Some(&last));
    assert!(
        within(Duration::from_secs(5), || is_last().unwrap_or(false)),
        "{last} was put last, and the last that came is of {:?}",
        layout.check(&watcher.pictures()?)
    );
    eprintln!("ok: who watches at the end keeps the last picture");
    Ok(())
}

fn it_ends_at_once_and_starts_again_fifty_times(folder: &Path) -> Outcome {
    let held = || -> io::Result<[usize; 2]> {
        Ok([
            std::fs::read_dir("/proc/self/fd")?.count(),
            std::fs::read_dir("/proc/self/task")?.count(),
        ])
    };
    Feed::open()?.sink.finish()?;
    let before = held()?;
    let mut longest = Duration::ZERO;
    for cycle in 0..50 {
        let mut feed = Feed::open()?;
        feed.write()?;
        let since = Instant::now();
        feed.sink.finish()?;
        longest = longest.max(since.elapsed());
        assert!(longest < Duration::from_secs(1), "{cycle}: {longest:?}");
    }
    // A thread that was joined is still listed until the kernel has put it away: one too many may have been counted, then
    // as now.
    let is_free = within(Duration::from_secs(2), || {
        held().is_ok_and(|now| now.iter().zip(before).all(|(now, before)| *now <= before))
    });
    assert!(
        is_free,
        "descriptors and threads stay behind: {before:?} before, {:?} after",
        held()?
    );
    let mut feed = Feed::open()?;
    let mut watcher = Watcher::start(&folder.join("fiftieth"), "NV12", Some(10))?;
    assert!(feed.until(|_| watcher.has_gone()), "nothing came");
    right_numbers(Layout::Nv12, &watcher)?;
    eprintln!("ok: fifty starts and ends, the longest in {longest:?}, leave nothing behind");
    Ok(())
}
