//! Lists the cameras, or opens any source for some seconds and says what comes from it.
//!
//! `cargo run -p scrim-capture --example watch_source [SOURCE [SECONDS]]`

use std::time::{Duration, Instant};

use scrim_capture::{Delivery, SourceSpec, devices, open};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let Some(text) = arguments.next() else {
        for camera in devices() {
            println!(
                "{} | camera:{} | {}",
                camera.name,
                camera.id,
                camera.path.display()
            );
            for format in &camera.formats {
                let usable = if format.is_usable { "" } else { " (not read)" };
                println!(
                    "  {} {} {:?}{usable}",
                    format.code, format.size, format.rates
                );
            }
            if let Some(problem) = camera.problem {
                println!("  {problem}");
            }
        }
        return Ok(());
    };
    let seconds = arguments.next().map_or(Ok(5), |text| text.parse())?;
    let begun = Instant::now();
    let mut source = open(&text.parse::<SourceSpec>()?, 2).map_err(|error| {
        let try_this = error.try_this();
        println!("{error}. {try_this}");
        error
    })?;
    let format = source.format();
    let (description, opened) = (source.description(), begun.elapsed());
    println!("{description}: {format:?}, opened in {opened:?}");
    let deadline = Instant::now() + Duration::from_secs(seconds);
    let (mut frames, mut first, mut mean) = (0u32, None, 0.0);
    while Instant::now() < deadline {
        match source.next_frame(Duration::from_millis(250))? {
            Delivery::Frame(frame) => {
                frames += 1;
                first.get_or_insert_with(Instant::now);
                let bytes = frame.plane(0).bytes;
                mean = bytes.iter().map(|&b| f64::from(b)).sum::<f64>() / bytes.len() as f64;
            }
            Delivery::Nothing => println!("{:?}: nothing", begun.elapsed()),
            Delivery::End => break,
        }
    }
    let streamed = first.map_or(0.0, |first| first.elapsed().as_secs_f64());
    println!(
        "{frames} frames in {streamed:.2} s ({:.2} a second), {} skipped, mean of the last {mean:.1}",
        f64::from(frames.saturating_sub(1)) / streamed,
        source.skipped()
    );
    let closing = Instant::now();
    drop(source);
    println!("closed in {:?}", closing.elapsed());
    Ok(())
}
