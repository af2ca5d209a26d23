//! `cargo xtask rig`: checks against real daemons, which a machine does not have by itself.

mod vm;

use std::process::{Command, ExitCode};

use anyhow::{Context as _, Result};

use crate::cli::{Rig, RigName};
use crate::setup::{self, Purpose};
use crate::shell::{heading, line_of, run_aside};
use crate::test::prepare_tests;
use crate::workspace::Workspace;

/// Where the rigs stand: Python packages below the folder `tests`.
const FOLDER: &str = "tests";

/// Prepares the machine and runs the rig, in which nothing is skipped.
///
/// # Errors
/// The machine could not be prepared, or the rig found something that is not as it must be.
pub fn rig(workspace: &Workspace, options: &Rig) -> Result<ExitCode> {
    setup::prepare(workspace, Purpose::Rig, false)?;
    match &options.name {
        RigName::Pipewire => pipewire(workspace)?,
        RigName::Vm(options) => vm::vm(workspace, options)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// The camera that PipeWire offers: the sink alone with GStreamer, then the program with browsers.
///
/// # Errors
/// A build fails, or what is checked is not as it must be; what that was has been printed.
pub fn pipewire(workspace: &Workspace) -> Result<()> {
    let mut sink = workspace.cargo();
    // The whole workspace, because with one package alone other features are on, and much is compiled once more.
    sink.args(["test", "--workspace", "--locked", "--test", "pipewire"])
        .args(["--", "--nocapture"])
        .env("REQUIRE_PIPEWIRE", "1");
    heading(&line_of(&sink));
    run_aside(&mut sink)?;

    let python = setup::python_with_gobject().context(
        "the rig needs a Python with GObject introspection (Debian: python3-gi, for /usr/bin/python3)",
    )?;
    heading("rig: the program with browsers");
    let program = workspace.test_program()?;
    let python = |arguments: &[&str]| {
        let mut python = Command::new(python);
        python
            .arg("-m")
            .args(arguments)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .current_dir(workspace.path(FOLDER));
        python
    };
    run_aside(&mut python(&[
        "unittest",
        "discover",
        "--quiet",
        "--top-level-directory",
        ".",
        "rigs",
    ]))?;
    let mut rig = python(&["rigs.pipewire", "--program"]);
    rig.arg(program);
    let _screen = prepare_tests(&mut rig)?;
    eprintln!("    {}", line_of(&rig));
    run_aside(&mut rig)
}
