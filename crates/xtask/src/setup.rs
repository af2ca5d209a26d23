//! `cargo xtask setup`, and the start of every other verb: finds what this machine lacks and obtains it.

mod apt;
mod family;
mod onnxruntime;
mod packages;
mod probe;
mod wheel;

use anyhow::{Result, bail};
use clap::ValueEnum;

pub use probe::{python_with_gobject, python_with_venv, software_vulkan_driver};

use crate::shell::heading;
use crate::workspace::Workspace;
use family::Family;
use onnxruntime::Runtime;
use packages::Requirement;

/// What a machine is made ready for. Each includes the ones before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum Purpose {
    /// Compile the program and check it without running it.
    Build,
    /// Compile and run the program.
    Run,
    /// Run the tests as well.
    Test,
    /// Run the rigs as well, which need daemons that a machine does not have by itself.
    Rig,
}

/// Makes the machine ready. Silent and without network where nothing is missing.
///
/// `dry_run` only says what would be done.
///
/// # Errors
/// Something is missing and could not be installed; the error says what to do by hand.
pub fn prepare(workspace: &Workspace, purpose: Purpose, dry_run: bool) -> Result<()> {
    let runtime = Runtime::pinned(workspace)?;
    let needs_runtime = purpose >= Purpose::Run && !runtime.is_present()?;
    let family = Family::of_this_machine();
    let missing = packages::missing(family, purpose, needs_runtime);

    if !missing.is_empty() {
        announce(family, &missing);
        match family {
            Family::Debian => apt::install(&missing, dry_run)?,
            _ => stop_with_advice(family, &missing, dry_run)?,
        }
    }
    if needs_runtime {
        heading(&format!("ONNX Runtime {} is missing", runtime.version()));
        eprintln!("    It goes to {}", runtime.folder().display());
        if !dry_run {
            runtime.install()?;
        }
    }
    if dry_run && missing.is_empty() && !needs_runtime {
        eprintln!("Nothing is missing.");
    }
    Ok(())
}

fn announce(family: Family, missing: &[&Requirement]) {
    heading("Missing on this machine");
    let names: Vec<&str> = missing
        .iter()
        .map(|requirement| requirement.package(family))
        .collect();
    let width = names.iter().map(|name| name.len()).max().unwrap_or(0);
    for (name, requirement) in names.iter().zip(missing) {
        eprintln!("    {name:width$}  {}", requirement.reason);
    }
}

fn stop_with_advice(family: Family, missing: &[&Requirement], dry_run: bool) -> Result<()> {
    let names: Vec<&str> = missing
        .iter()
        .map(|requirement| requirement.package(family))
        .collect();
    let advice = family.install_command(&names);
    if dry_run {
        eprintln!("{advice}");
        return Ok(());
    }
    bail!("{advice}\nThen start this again.");
}
