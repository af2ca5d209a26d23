//! Finding FFmpeg, and asking what it can do.

use std::io::{self, Read};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::sync_channel;
use std::thread;
use std::time::Duration;

use super::encoding::{TimingOption, encoder_name};
use crate::{SinkError, VideoCodec};

/// Chosen, not measured: room for a cold disk.
const ANSWER_LIMIT: Duration = Duration::from_secs(10);

pub(crate) const INSTALL: &str = "Install FFmpeg (Debian, Ubuntu: apt install ffmpeg; in a checkout: cargo xtask setup), or write \
pictures instead.";

/// A command that keeps to itself: no console window, and Ctrl-C in the terminal stops this program alone, which then
/// completes the file.
pub(crate) fn command(program: &Path) -> Command {
    let mut command = Command::new(program);
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    #[cfg(windows)]
    {
        const CREATE_NEW_PROCESS_GROUP: u32 = 0x0000_0200;
        const CREATE_NO_WINDOW: u32 = 0x0800_0000;
        std::os::windows::process::CommandExt::creation_flags(
            &mut command,
            CREATE_NEW_PROCESS_GROUP | CREATE_NO_WINDOW,
        );
    }
    command
}

/// Why FFmpeg could not be started.
pub(crate) fn start_error(error: &io::Error) -> SinkError {
    let reason = match error.kind() {
        io::ErrorKind::NotFound => "it was not found".into(),
        _ => format!("it does not start ({error})"),
    };
    program_error(reason)
}

pub(crate) fn program_error(reason: String) -> SinkError {
    SinkError::Program {
        program: "ffmpeg",
        reason,
        try_this: INSTALL.into(),
    }
}

/// Asks FFmpeg about itself.
fn ask(program: &Path, question: &[&str]) -> Result<String, SinkError> {
    let mut child = command(program)
        .arg("-hide_banner")
        .args(question)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| start_error(&error))?;
    let (sender, answer) = sync_channel(1);
    let stdout = child.stdout.take();
    let reader = thread::Builder::new()
        .name("ffmpeg answer".into())
        .spawn(move || {
            let mut text = String::new();
            let read = stdout.map_or(Ok(0), |mut stdout| stdout.read_to_string(&mut text));
            // Nobody listens any more after the limit.
            let _ = sender.send(read.map(|_| text));
        });
    let text = reader.map(|reader| {
        let text = answer.recv_timeout(ANSWER_LIMIT);
        // One that has not answered may be held up by whatever FFmpeg started, and would hold this up as well.
        if text.is_ok() && reader.join().is_err() {
            tracing::error!("the reader of FFmpeg's answer panicked");
        }
        text
    });
    // Its answer is complete or too late; either way nothing more is wanted of it.
    let _ = child.kill();
    let _ = child.wait();
    match text {
        Ok(Ok(Ok(text))) => Ok(text),
        Ok(Ok(Err(error))) | Err(error) => Err(start_error(&error)),
        Ok(Err(_)) => Err(program_error(format!(
            "it did not answer within {} s",
            ANSWER_LIMIT.as_secs()
        ))),
    }
}

/// The first line that FFmpeg says of itself, such as "ffmpeg version 5.1.9-0+deb12u1".
pub(crate) fn version(program: &Path) -> Result<String, SinkError> {
    let text = ask(program, &["-version"])?;
    let line = text.lines().next().unwrap_or_default();
    let without_copyright = line.split(" Copyright").next().unwrap_or(line);
    if without_copyright.is_empty() {
        return Err(program_error("it does not say its version".into()));
    }
    Ok(without_copyright.into())
}

/// Finds out how this FFmpeg is told to leave times alone.
pub(crate) fn timing_option(program: &Path) -> Result<TimingOption, SinkError> {
    let help = ask(program, &["-h", "long"])?;
    Ok(if help.contains("-fps_mode") {
        TimingOption::FpsMode
    } else {
        TimingOption::Vsync
    })
}

/// Checks that FFmpeg is there and was built with the encoder.
pub(crate) fn check(program: &Path, codec: VideoCodec) -> Result<(), SinkError> {
    let text = ask(program, &["-encoders"])?;
    let encoder = encoder_name(codec);
    if lists(&text, encoder) {
        return Ok(());
    }
    Err(SinkError::Program {
        program: "ffmpeg",
        reason: format!(
            "the one installed ({}) was built without {encoder}, which writes {}",
            program.display(),
            codec.name()
        ),
        try_this: format!(
            "Install a full build of FFmpeg, or write {}.",
            VideoCodec::ALL
                .into_iter()
                .filter(|other| *other != codec && lists(&text, encoder_name(*other)))
                .map(|other| format!("{} (.{})", other.name(), other.extensions()[0]))
                .chain(["pictures (.png)".into()])
                .collect::<Vec<_>>()
                .join(" or ")
        ),
    })
}

/// Whether a line of `ffmpeg -encoders`, " V....D libx264   text", names the encoder.
fn lists(text: &str, encoder: &str) -> bool {
    text.lines()
        .any(|line| line.split_whitespace().nth(1) == Some(encoder))
}
