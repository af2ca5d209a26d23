//! The ffmpeg and ffprobe programs: finding them, running them, keeping their last words.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, ErrorKind, Read};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::sync_channel;
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

use ffmpeg_sidecar::command::FfmpegCommand;
use ffmpeg_sidecar::ffprobe::ffprobe_path;
use ffmpeg_sidecar::log_parser::try_parse_version;
use ffmpeg_sidecar::paths::ffmpeg_path;

use crate::CaptureError;
use crate::schedule::wait_a_moment;

/// Asking ffmpeg for its version, or for a file's facts, takes well under a second; this is for a disk that is asleep.
const ANSWER_WITHIN: Duration = Duration::from_secs(20);

/// How long a program that closed its output may take to end by itself.
const END_WITHIN: Duration = Duration::from_secs(1);

/// How many lines of a program's complaints are kept, and how much of each.
const KEPT_LINES: usize = 6;
const KEPT_LINE_BYTES: usize = 300;

/// Which of the two programs.
#[derive(Debug, Clone, Copy)]
pub(super) enum Program {
    Ffmpeg,
    Ffprobe,
}

impl Program {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Ffmpeg => "ffmpeg",
            Self::Ffprobe => "ffprobe",
        }
    }

    /// Beside this program's own file, else in the search path.
    fn path(self) -> PathBuf {
        match self {
            Self::Ffmpeg => ffmpeg_path(),
            Self::Ffprobe => ffprobe_path(),
        }
    }

    /// The error for a program that did not start.
    pub(super) fn missing(self, error: &std::io::Error) -> CaptureError {
        CaptureError::MissingProgram {
            program: "ffmpeg",
            reason: match error.kind() {
                ErrorKind::NotFound => format!("there is no {} in the search path", self.name()),
                _ => format!("{} does not start: {error}", self.name()),
            },
        }
    }
}

/// What a program wrote before it ended.
pub(super) struct Answer {
    pub(super) status: ExitStatus,
    pub(super) output: String,
    pub(super) words: String,
}

/// Runs a program to its end, but not for longer than 20 seconds.
///
/// # Errors
/// It did not start, or did not end in time.
pub(super) fn ask(program: Program, arguments: &Command) -> Result<Answer, CaptureError> {
    ask_within(program, arguments, ANSWER_WITHIN)
}

fn ask_within(
    program: Program,
    arguments: &Command,
    limit: Duration,
) -> Result<Answer, CaptureError> {
    let mut child = command(program, arguments)
        .as_inner_mut()
        .stdin(Stdio::null())
        .spawn()
        .map_err(|e| program.missing(&e))?;
    let words = LastWords::listen(child.stderr.take());
    let (answered, answer) = sync_channel(1);
    let stdout = child.stdout.take();
    let reader = Builder::new().name("ffprobe-read".into()).spawn(move || {
        let mut bytes = Vec::new();
        // A program that dies is known by its status; what it wrote until then is all there is.
        let _ = stdout.map(|mut stdout| stdout.read_to_end(&mut bytes));
        let _ = answered.send(String::from_utf8_lossy(&bytes).into_owned());
    });
    let output = answer.recv_timeout(limit).ok();
    if output.is_none() {
        // It fails where the program has just ended, which is as good.
        let _ = child.kill();
    }
    let status = end(&mut child);
    if let Ok(reader) = reader {
        let _ = reader.join();
    }
    let words = words.map(LastWords::end).unwrap_or_default();
    match (output, status) {
        (Some(output), Ok(status)) => Ok(Answer {
            status,
            output,
            words,
        }),
        (None, _) => Err(CaptureError::Unanswered {
            program: program.name(),
            limit,
        }),
        (_, Err(e)) => Err(program.missing(&e)),
    }
}

/// Waits for a program that closed its output; kills it when it does not end by itself.
pub(super) fn end(child: &mut Child) -> std::io::Result<ExitStatus> {
    let deadline = Instant::now() + END_WITHIN;
    while Instant::now() < deadline {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        wait_a_moment();
    }
    child.kill()?;
    child.wait()
}

/// The option that makes ffmpeg pass every frame on exactly once: named `-fps_mode` from 5.1 on, `-vsync` before.
pub(super) fn every_frame_once() -> Result<&'static str, CaptureError> {
    let mut arguments = Command::new("");
    arguments.arg("-version");
    let answer = ask(Program::Ffmpeg, &arguments)?;
    let version = answer
        .output
        .lines()
        .next()
        .and_then(|line| try_parse_version(&format!("[info] {line}")))
        .unwrap_or_default();
    Ok(option_for(&version))
}

fn option_for(version: &str) -> &'static str {
    let mut numbers = version
        .trim_start_matches('n')
        .split(|c: char| !c.is_ascii_digit())
        .map(str::parse::<u32>);
    match (numbers.next(), numbers.next()) {
        (Some(Ok(0..=4)), _) | (Some(Ok(5)), Some(Ok(0))) => "-vsync",
        // Versions without a number are built from the newest source.
        _ => "-fps_mode",
    }
}

/// One of the programs with these arguments, its input and outputs piped, without a console window of its own, and out
/// of reach of Ctrl-C, which is this program's to answer.
pub(super) fn command(program: Program, arguments: &Command) -> FfmpegCommand {
    let mut command = Command::new(program.path());
    command
        .args(arguments.get_args())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
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
    FfmpegCommand::from(command)
}

/// A thread that drains a program's error output, so that it never blocks on it, and keeps the last lines.
pub(super) struct LastWords(JoinHandle<VecDeque<String>>);

impl LastWords {
    pub(super) fn listen(stderr: Option<impl Read + Send + 'static>) -> Option<Self> {
        let stderr = stderr?;
        let thread = Builder::new().name("ffmpeg-words".into()).spawn(move || {
            let mut lines = VecDeque::with_capacity(KEPT_LINES);
            for line in BufReader::new(stderr).split(b'\n') {
                let Ok(line) = line else { break };
                let line = plain_line(&line);
                if line.is_empty() || lines.back() == Some(&line) {
                    continue;
                }
                if lines.len() == KEPT_LINES {
                    lines.pop_front();
                }
                lines.push_back(line);
            }
            lines
        });
        thread.ok().map(Self)
    }

    /// The last lines, joined. Waits until the program has closed its error output.
    pub(super) fn end(self) -> String {
        let lines = self.0.join().unwrap_or_default();
        lines.into_iter().collect::<Vec<_>>().join("; ")
    }
}

/// A line without the memory address that ffmpeg puts in it.
fn plain_line(line: &[u8]) -> String {
    let text = String::from_utf8_lossy(&line[..line.len().min(KEPT_LINE_BYTES)]);
    let text = text.trim();
    match text
        .strip_prefix('[')
        .and_then(|rest| rest.split_once(" @ 0x"))
        .and_then(|(part, rest)| Some((part, rest.split_once("] ")?.1)))
    {
        Some((part, words)) => format!("{part}: {words}"),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_frame_option_follows_the_version() {
        for (version, option) in [
            ("4.4.2-0ubuntu0.22.04.1", "-vsync"),
            ("5.0.1", "-vsync"),
            ("5.1.9-0+deb12u1", "-fps_mode"),
            ("n7.1", "-fps_mode"),
            ("8.0", "-fps_mode"),
            ("N-109542-g1bf1c6c", "-fps_mode"),
            ("", "-fps_mode"),
        ] {
            assert_eq!(option_for(version), option, "{version}");
        }
    }

    #[test]
    fn a_missing_program_is_told_with_what_to_install() {
        let error = Program::Ffprobe.missing(&ErrorKind::NotFound.into());
        assert!(
            error.to_string().contains("no ffprobe in the search path"),
            "{error}"
        );
        assert!(error.try_this().contains("apt install ffmpeg"));
    }

    #[test]
    fn a_program_that_does_not_answer_is_ended_and_told_as_such() {
        let mut arguments = Command::new("");
        // Endless.
        arguments.args([
            "-v", "error", "-f", "lavfi", "-i", "color", "-f", "null", "-",
        ]);
        let limit = Duration::from_millis(50);
        let error = ask_within(Program::Ffmpeg, &arguments, limit)
            .err()
            .unwrap();
        assert!(
            matches!(
                error,
                CaptureError::Unanswered {
                    program: "ffmpeg",
                    ..
                }
            ),
            "{error}"
        );
        assert!(
            error.to_string().contains("no answer within 50ms"),
            "{error}"
        );
        assert!(!error.try_this().contains("nstall"));
    }

    #[test]
    fn addresses_are_taken_out_of_words() {
        assert_eq!(
            plain_line(b"[mov,mp4 @ 0x55d0c0de] moov atom not found\r"),
            "mov,mp4: moov atom not found"
        );
        assert_eq!(plain_line(b"x.mp4: Invalid data"), "x.mp4: Invalid data");
    }

    #[test]
    fn only_the_last_lines_are_kept() {
        let noise = (0..1000)
            .map(|n| format!("line {n}"))
            .collect::<Vec<_>>()
            .join("\n");
        let words = LastWords::listen(Some(std::io::Cursor::new(noise)))
            .unwrap()
            .end();
        assert!(
            words.starts_with("line 994") && words.ends_with("line 999"),
            "{words}"
        );
    }
}
