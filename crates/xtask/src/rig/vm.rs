//! `cargo xtask rig vm`: real kernel drivers, in a virtual machine that is made of Debian's packages.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};
use directories::ProjectDirs;

use super::{FOLDER, existing};
use crate::cli::VmOptions;
use crate::shell::{heading, line_of, run_aside};
use crate::workspace::Workspace;

/// What runs in the machine: the build's names, those that cargo gives them.
const PROGRAMS: [&str; 4] = ["scrim", "camera_log", "loopback", "vivid"];

/// Builds what runs in the machine, and lets the rig make the machine and play its suites.
///
/// # Errors
/// There is no Linux, a build fails, or what is checked is not as it must be; what that was has been printed.
pub fn vm(workspace: &Workspace, options: &VmOptions) -> Result<()> {
    if !cfg!(target_os = "linux") {
        bail!("this rig takes its machine from Debian's archive: run it on Debian");
    }
    let cache = ProjectDirs::from("", "", "scrim")
        .context("this user has no home folder to keep the machine in; set HOME")?
        .cache_dir()
        .join("rig-vm");
    let programs = programs(workspace)?;
    let mut rig = Command::new("python3");
    rig.args(["-m", "rigs.vm"])
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .current_dir(workspace.path(FOLDER))
        .arg("--cache")
        .arg(cache)
        .arg("--logs")
        .arg(workspace.target().join("rig-vm"))
        .arg("--repository")
        .arg(workspace.path(""));
    for (name, path) in &programs {
        rig.arg("--program")
            .arg(format!("{name}={}", path.display()));
    }
    for suite in &options.suites {
        rig.args(["--suite", suite]);
    }
    if let Some(scene) = &options.only {
        rig.args(["--only", scene]);
    }
    if let Some(clip) = &options.clip {
        rig.arg("--clip").arg(existing(clip)?);
    }
    heading("rig: the machine");
    eprintln!("    {}", line_of(&rig));
    run_aside(&mut rig)
}

/// Builds the tests with all that they need, and says where the programs for the machine are.
fn programs(workspace: &Workspace) -> Result<Vec<(&'static str, PathBuf)>> {
    let mut cargo = workspace.cargo();
    // The whole workspace and a test among it, because otherwise other features are on, and much is compiled once more.
    cargo
        .args(["build", "--workspace", "--locked"])
        .args(["--bin", "scrim", "--example", "camera_log"])
        .args(["--test", "loopback", "--test", "vivid"])
        .arg("--message-format=json-render-diagnostics")
        .stderr(Stdio::inherit());
    let line = line_of(&cargo);
    heading(&line);
    let output = cargo
        .output()
        .with_context(|| format!("cannot start `{line}`"))?;
    if !output.status.success() {
        bail!("`{line}` failed ({})", output.status);
    }
    let messages = String::from_utf8_lossy(&output.stdout);
    PROGRAMS
        .iter()
        .map(|name| {
            let path = executable(&messages, name)
                .with_context(|| format!("`{line}` built no program `{name}`"))?;
            Ok((*name, path))
        })
        .collect()
}

/// The program of a name among what Cargo says that it has built. A binary's own unit tests have its name too, and are
/// not meant.
fn executable(messages: &str, name: &str) -> Option<PathBuf> {
    messages
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .filter(|message| message["reason"] == "compiler-artifact")
        .filter(|message| message["target"]["name"] == name)
        .filter(|message| {
            let is_test_program = message["profile"]["test"] == true;
            let is_test_target = message["target"]["kind"][0] == "test";
            is_test_program == is_test_target
        })
        .find_map(|message| Some(Path::new(message["executable"].as_str()?).to_path_buf()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn artifact(name: &str, kind: &str, test: bool, executable: &str) -> String {
        serde_json::json!({
            "reason": "compiler-artifact",
            "target": { "name": name, "kind": [kind] },
            "profile": { "test": test },
            "executable": executable,
        })
        .to_string()
    }

    #[test]
    fn programs_are_told_from_their_unit_tests() {
        let messages = [
            artifact("scrim", "bin", true, "/t/deps/scrim-1"),
            artifact("scrim", "bin", false, "/t/scrim"),
            artifact("loopback", "test", true, "/t/deps/loopback-1"),
            "Compiling".to_owned(),
        ]
        .join("\n");
        let found = |name| executable(&messages, name);
        assert_eq!(found("scrim"), Some("/t/scrim".into()));
        assert_eq!(found("loopback"), Some("/t/deps/loopback-1".into()));
        assert_eq!(found("camera_log"), None);
    }
}
