//! `cargo xtask rig`: checks against real daemons, which a machine does not have by itself.

use std::process::ExitCode;

use anyhow::{Context as _, Result};

use crate::cli::{Rig, RigName};
use crate::setup::{self, Purpose};
use crate::shell::{heading, line_of};
use crate::workspace::Workspace;

/// Prepares the machine and runs the rig, in which nothing is skipped.
///
/// # Errors
/// The machine could not be prepared, or Cargo not be started. What the rig found is the exit code.
pub fn rig(workspace: &Workspace, options: &Rig) -> Result<ExitCode> {
    setup::prepare(workspace, Purpose::Rig, false)?;
    let mut cargo = workspace.cargo();
    let test = match options.name {
        RigName::Pipewire => {
            cargo.env("REQUIRE_PIPEWIRE", "1");
            "pipewire"
        }
    };
    // The whole workspace, because with one package alone other features are on, and much is compiled once more.
    cargo
        .args(["test", "--workspace", "--locked", "--test", test])
        .args(["--", "--nocapture"]);
    let line = line_of(&cargo);
    heading(&line);
    let status = cargo
        .status()
        .with_context(|| format!("cannot start `{line}`"))?;
    Ok(if status.success() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
