//! `cargo xtask run`: build in release, start the program.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context as _, Result, bail};
use serde::Deserialize;

use crate::setup::{self, Purpose};
use crate::shell::line_of;
use crate::workspace::Workspace;

/// Prepares the machine, builds, and becomes the program.
///
/// # Errors
/// Something is missing and cannot be installed, or the build fails. What the program itself reports is its exit code.
pub fn run(workspace: &Workspace, args: &[OsString]) -> Result<ExitCode> {
    setup::prepare(workspace, Purpose::Run, false)?;
    become_program(program(workspace, args)?)
}

/// Builds the program, and returns the command that starts it.
///
/// # Errors
/// The build fails.
pub fn program(workspace: &Workspace, args: &[OsString]) -> Result<Command> {
    let mut program = Command::new(build(workspace)?);
    program.args(args);
    Ok(program)
}

/// One line of Cargo's JSON output; lines about other things have none of these fields.
#[derive(Deserialize)]
struct BuildMessage {
    target: Option<BuildTarget>,
    executable: Option<PathBuf>,
}

#[derive(Deserialize)]
struct BuildTarget {
    name: String,
}

/// Builds the program and returns where Cargo put it, which depends on target folders and triples that users set.
fn build(workspace: &Workspace) -> Result<PathBuf> {
    let mut cargo = workspace.cargo();
    cargo.args(["build", "--release", "--locked", "--package", "scrim"]);
    let line = line_of(&cargo);
    let output = cargo
        .arg("--message-format=json-render-diagnostics")
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("cannot start `{line}`"))?;
    if !output.status.success() {
        bail!("the build failed; repeat it with `{line}`");
    }
    executable_in(&String::from_utf8_lossy(&output.stdout))
        .with_context(|| format!("`{line}` succeeded but names no program"))
}

fn executable_in(messages: &str) -> Option<PathBuf> {
    messages
        .lines()
        .filter_map(|line| serde_json::from_str::<BuildMessage>(line).ok())
        .find_map(|message| {
            (message.target?.name == "scrim")
                .then_some(message.executable)
                .flatten()
        })
}

/// Replaces this process, so that signals, the terminal and the exit code are the program's own.
#[cfg(unix)]
fn become_program(mut program: Command) -> Result<ExitCode> {
    use std::os::unix::process::CommandExt as _;

    let error = program.exec();
    Err(error).with_context(|| format!("cannot start `{}`", line_of(&program)))
}

#[cfg(not(unix))]
fn become_program(mut program: Command) -> Result<ExitCode> {
    let status = program
        .status()
        .with_context(|| format!("cannot start `{}`", line_of(&program)))?;
    // Codes beyond a byte are the system's, for crashes.
    Ok(status
        .code()
        .and_then(|code| u8::try_from(code).ok())
        .map_or(ExitCode::FAILURE, ExitCode::from))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_executable_is_the_program_and_not_a_library_of_its_name() {
        let messages = concat!(
            r#"{"reason":"compiler-artifact","target":{"name":"scrim_frame"},"executable":null}"#,
            "\n",
            r#"{"reason":"compiler-artifact","target":{"name":"scrim"},"executable":null}"#,
            "\n",
            r#"{"reason":"build-script-executed","package_id":"x"}"#,
            "\n",
            r#"{"reason":"compiler-artifact","target":{"name":"scrim"},"executable":"/t/release/scrim"}"#,
            "\n",
            r#"{"reason":"build-finished","success":true}"#,
        );
        assert_eq!(executable_in(messages), Some("/t/release/scrim".into()));
        assert_eq!(executable_in(""), None);
    }
}
