//! The model training: its Python package in an environment of its own, linted and tested. One of its tests trains a
//! few steps, exports, and has the program run the result.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use super::prepare_tests;
use crate::setup;
use crate::shell::{heading, line_of, run_aside};
use crate::workspace::Workspace;

/// Where the package stands in the checkout.
const PACKAGE: &str = "models/training";

/// The repository's other Python, which is checked along because the linter is here.
const RIGS: &str = "tests/rigs";

/// Where the environment goes: below `target`, so that it is found again and cleaned like everything built.
const ENVIRONMENT: &str = "target/training-environment";

/// Says what was installed last; the next time nothing is downloaded unless that changed.
const STAMP: &str = "installed.toml";

/// Installs what the package depends on, then runs its linter and its tests.
///
/// # Errors
/// There is no Python with venv, pip cannot install, or a check fails.
pub fn check(workspace: &Workspace) -> Result<()> {
    let python = prepared_python(workspace)?;
    let package = workspace.path(PACKAGE);
    heading("training: ruff, here and on the rigs, then pytest");
    for folder in [package.clone(), workspace.path(RIGS)] {
        for check in [["check", "--quiet"], ["format", "--check"]] {
            let mut ruff = Command::new(&python);
            ruff.args(["-m", "ruff"]).args(check).arg(".");
            run_aside(ruff.current_dir(&folder))?;
        }
    }

    let program = workspace.test_program()?;
    let mut pytest = Command::new(&python);
    pytest
        .args(["-m", "pytest", "--quiet", "--durations=5"])
        .env("SCRIM_PROGRAM", program)
        // Threads that wait for each other by spinning take longer than one thread, beside anything else that runs.
        .env("OMP_NUM_THREADS", "1");
    let _screen = prepare_tests(&mut pytest)?;
    eprintln!("    {}", line_of(&pytest));
    run_aside(pytest.current_dir(&package))
}

/// The environment's Python, with the package and what it needs inside.
fn prepared_python(workspace: &Workspace) -> Result<PathBuf> {
    let environment = workspace.path(ENVIRONMENT);
    let python = python_in(&environment);
    let wanted = workspace.read(&format!("{PACKAGE}/pyproject.toml"))?;
    let stamp = environment.join(STAMP);
    if python.is_file() && fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(python);
    }
    heading("training: a Python environment (PyTorch with its CUDA libraries: about 6 GB)");
    let system = setup::python_with_venv()
        .context("the training needs a Python with the module venv (Debian: python3-venv)")?;
    run_aside(
        Command::new(system)
            .args(["-m", "venv", "--clear"])
            .arg(&environment),
    )?;
    let mut pip = Command::new(&python);
    pip.args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-input",
        "--disable-pip-version-check",
    ])
    .args(["--editable", ".[build,test]"]);
    run_aside(pip.current_dir(workspace.path(PACKAGE)))?;
    fs::write(&stamp, wanted).with_context(|| format!("cannot write {}", stamp.display()))?;
    Ok(python)
}

fn python_in(environment: &Path) -> PathBuf {
    if cfg!(windows) {
        environment.join("Scripts/python.exe")
    } else {
        environment.join("bin/python")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_package_and_its_dependencies_are_where_this_looks() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let text = fs::read_to_string(root.join(PACKAGE).join("pyproject.toml")).unwrap();
        for extra in ["build = [", "test = ["] {
            assert!(text.contains(extra), "no `{extra}`");
        }
    }
}
