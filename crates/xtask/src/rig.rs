//! `cargo xtask rig`: checks against real daemons, which a machine does not have by itself.

mod vm;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context as _, Result};

use crate::cli::{PipewireOptions, Rig, RigName};
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
        RigName::Pipewire(options) => pipewire(workspace, options)?,
        RigName::Vm(options) => vm::vm(workspace, options)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// The camera that PipeWire offers: the sink alone with GStreamer, then the program with browsers.
///
/// # Errors
/// A build fails, or what is checked is not as it must be; what that was has been printed.
pub fn pipewire(workspace: &Workspace, options: &PipewireOptions) -> Result<()> {
    let clip = options.clip.as_deref().map(existing).transpose()?;
    let interpreter = setup::python_with_gobject().context(
        "the rig needs a Python with GObject introspection (Debian: python3-gi, for /usr/bin/python3)",
    )?;
    let python = |module: &str| {
        let mut python = Command::new(interpreter);
        python
            .args(["-m", module])
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .current_dir(workspace.path(FOLDER));
        python
    };
    if clip.is_none() {
        sink_alone(workspace)?;
        let all = ["discover", "--quiet", "--top-level-directory", ".", "rigs"];
        run_aside(python("unittest").args(all))?;
    }
    heading("rig: the program with browsers");
    let mut rig = python("rigs.pipewire");
    rig.arg("--program").arg(workspace.test_program()?);
    if let Some(clip) = clip {
        let pictures = workspace.target().join("rig-pipewire");
        rig.arg("--clip").arg(clip).arg("--pictures").arg(pictures);
    }
    let _screen = prepare_tests(&mut rig)?;
    eprintln!("    {}", line_of(&rig));
    run_aside(&mut rig)
}

fn sink_alone(workspace: &Workspace) -> Result<()> {
    let mut cargo = workspace.cargo();
    // The whole workspace, because with one package alone other features are on, and much is compiled once more.
    cargo
        .args(["test", "--workspace", "--locked", "--test", "pipewire"])
        .args(["--", "--nocapture"])
        .env("REQUIRE_PIPEWIRE", "1");
    heading(&line_of(&cargo));
    run_aside(&mut cargo)
}

/// The whole path of a clip that the user named, since the rigs run in another folder.
fn existing(clip: &Path) -> Result<PathBuf> {
    clip.canonicalize()
        .with_context(|| format!("cannot read the clip {}", clip.display()))
}
