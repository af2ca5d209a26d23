//! Other programs: finding, calling and printing them.

use std::ffi::OsStr;
use std::io::{IsTerminal as _, stderr};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

/// The program of this name in PATH.
pub fn program_in_path(name: &str) -> Option<PathBuf> {
    let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    std::env::split_paths(&std::env::var_os("PATH")?)
        .map(|folder| folder.join(&file))
        .find(|path| path.is_file())
}

/// What a program prints, or `None` if it is missing or fails.
pub fn output_of(program: &str, args: &[&str]) -> Option<String> {
    let output = Command::new(program)
        .args(args)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Runs a program to its end, its standard output sent to our standard error: ours belongs to the program that
/// `cargo xtask run` starts.
///
/// # Errors
/// It cannot be started, or fails; the error quotes the command.
pub fn run_aside(command: &mut Command) -> Result<()> {
    let line = line_of(command);
    let status = command
        .stdout(Stdio::from(stderr()))
        .status()
        .with_context(|| format!("cannot start `{line}`"))?;
    if !status.success() {
        bail!("`{line}` failed ({status})");
    }
    Ok(())
}

/// A command as one would type it.
pub fn line_of(command: &Command) -> String {
    std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(quoted)
        .collect::<Vec<_>>()
        .join(" ")
}

fn quoted(word: &OsStr) -> String {
    let word = word.to_string_lossy();
    let plain =
        |character: char| character.is_ascii_alphanumeric() || "-_=./:,+@%".contains(character);
    if !word.is_empty() && word.chars().all(plain) {
        word.into_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

/// Whether output may hold colours and moving progress bars: a person watches, and nothing asked for plain text.
pub fn is_watched() -> bool {
    let unset = |name: &str| std::env::var_os(name).is_none_or(|value| value.is_empty());
    stderr().is_terminal() && unset("CI") && unset("NO_COLOR")
}

/// A heading on standard error, bold where somebody watches.
pub fn heading(text: &str) {
    if is_watched() {
        eprintln!("\x1b[1m==> {text}\x1b[0m");
    } else {
        eprintln!("==> {text}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_printed_command_can_be_typed() {
        let mut command = Command::new("cargo");
        command.args(["doc", "a b", "it's", ""]);
        assert_eq!(line_of(&command), r"cargo doc 'a b' 'it'\''s' ''");
    }

    #[test]
    fn a_missing_program_has_no_output() {
        assert_eq!(output_of("scrim-no-such-program", &[]), None);
        assert_eq!(program_in_path("scrim-no-such-program"), None);
    }
}
