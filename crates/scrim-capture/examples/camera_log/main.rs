//! Opens a source as the live program does, again and again by the schedule that its errors state, and logs what comes
//! from it: what the rigs with real drivers judge by.
//!
//! `camera_log SOURCE SECONDS [FOLDER]` watches. `camera_log --pictures FOLDER 640x480 COUNT` writes the first pictures of
//! the test pattern, which a camera in a rig then shows and the first form compares with.
//!
//! Each line begins with the time in seconds since 1970:
//!
//! * `opened size=WxH pixels=FORMAT interval_ms=N | NAME`
//! * `frame rgb=R,G,B`: the mean of the picture's middle; with FOLDER and its size among the pictures also
//!   `index=N wrong=POINTS of=POINTS`, or `index=none`
//! * `skipped N`: pictures that were left out, since it was opened
//! * `failed kind=VARIANT retry_ms=N | WORDS`, or `retry_ms=never`

mod pictures;
mod pixels;

use std::error::Error;
use std::path::Path;
use std::thread::park_timeout;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use scrim_capture::{CaptureError, Delivery, Retry, SourceSpec, open};
use scrim_frame::Frame;

use pictures::Pictures;
use pixels::Pixels;

/// How long one call waits for a picture.
const PATIENCE: Duration = Duration::from_millis(250);

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        ["--pictures", folder, size, count] => pictures::write(Path::new(folder), size, count),
        [source, seconds] => watch(source, seconds, None),
        [source, seconds, folder] => watch(source, seconds, Some(Path::new(folder))),
        _ => Err("camera_log SOURCE SECONDS [FOLDER], or --pictures FOLDER 640x480 COUNT".into()),
    }
}

fn say(line: &str) {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    println!("{:.3} {line}", now.unwrap_or_default().as_secs_f64());
}

fn watch(source: &str, seconds: &str, folder: Option<&Path>) -> Result<(), Box<dyn Error>> {
    let spec: SourceSpec = source.parse()?;
    let deadline = Instant::now() + Duration::from_secs_f64(seconds.parse()?);
    while Instant::now() < deadline {
        let Err(error) = follow(&spec, deadline, folder) else {
            break;
        };
        let kind = format!("{error:?}");
        let kind = kind.split([' ', '{', '(']).next().unwrap_or_default();
        match error.retry() {
            Retry::After(pause) => {
                say(&format!(
                    "failed kind={kind} retry_ms={} | {error}",
                    pause.as_millis()
                ));
                park_until(Instant::now() + pause);
            }
            Retry::Never => {
                say(&format!("failed kind={kind} retry_ms=never | {error}"));
                break;
            }
        }
    }
    Ok(())
}

fn park_until(end: Instant) {
    while let Some(left) = end.checked_duration_since(Instant::now()) {
        if left.is_zero() {
            break;
        }
        park_timeout(left);
    }
}

/// Opens the source once and logs until it fails or the time is over.
fn follow(spec: &SourceSpec, deadline: Instant, folder: Option<&Path>) -> Result<(), CaptureError> {
    let mut source = open(spec, 2)?;
    let format = source.format();
    say(&format!(
        "opened size={}x{} pixels={} interval_ms={:.1} | {}",
        format.size.width(),
        format.size.height(),
        format.pixels.name(),
        format.interval.map_or(0.0, |i| i.as_secs_f64() * 1e3),
        source.description()
    ));
    let pictures = folder.and_then(|folder| Pictures::read(folder, format.size));
    let mut skipped = 0;
    while Instant::now() < deadline {
        match source.next_frame(PATIENCE)? {
            Delivery::Frame(frame) => say(&line_about(&frame, pictures.as_ref())),
            Delivery::Nothing => {}
            Delivery::End => break,
        }
        if source.skipped() != skipped {
            skipped = source.skipped();
            say(&format!("skipped {skipped}"));
        }
    }
    Ok(())
}

fn line_about(frame: &Frame, pictures: Option<&Pictures>) -> String {
    let pixels = Pixels::of(frame);
    let [r, g, b] = pixels.mean_of_the_middle();
    let comparison = pictures.map(|pictures| match pictures.compare(&pixels) {
        Some(found) => format!(
            " index={} wrong={} of={}",
            found.index, found.wrong, found.points
        ),
        None => " index=none".to_owned(),
    });
    format!("frame rgb={r},{g},{b}{}", comparison.unwrap_or_default())
}
