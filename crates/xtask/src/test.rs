//! `cargo xtask test`: everything a change must pass.

mod limit;
mod program;
mod screen;
mod training;

use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use clap::ValueEnum as _;

use crate::cli::{PipewireOptions, StepName, Test};
use crate::licences;
use crate::rig;
use crate::setup::{self, Purpose};
use crate::shell::{heading, is_watched, line_of, output_of};
use crate::workspace::Workspace;
use screen::Screen;

/// Prepares the machine and runs the chosen steps.
///
/// # Errors
/// The machine could not be prepared. Steps that fail are told on standard error and in the exit code.
pub fn test(workspace: &Workspace, options: &Test) -> Result<ExitCode> {
    let steps: Vec<StepName> = StepName::value_variants()
        .iter()
        .copied()
        .filter(|step| options.steps.is_empty() || options.steps.contains(step))
        .collect();
    for step in &steps {
        step.expect_component(workspace)?;
    }
    if let Some(purpose) = steps.iter().filter_map(|step| step.purpose()).max() {
        setup::prepare(workspace, purpose, false)?;
    }

    let limit = Duration::from_mins(options.limit.into());
    let mut results: Vec<(StepName, Duration, bool)> = Vec::new();
    for step in steps {
        let started = Instant::now();
        let outcome = limit::within(limit, || step.run(workspace, options.keep_going));
        results.push((step, started.elapsed(), outcome.is_ok()));
        if let Err(error) = outcome {
            eprintln!("xtask: {step}: {error:#}");
            eprintln!("Repeat it with: cargo xtask test --step {step}");
            if !options.keep_going {
                break;
            }
        }
    }
    Ok(summarise(&results))
}

fn summarise(results: &[(StepName, Duration, bool)]) -> ExitCode {
    heading("Summary");
    for (step, time, passed) in results {
        let word = if *passed { "ok" } else { "FAILED" };
        eprintln!(
            "    {:10} {:>8.1} s  {word}",
            step.to_string(),
            time.as_secs_f64()
        );
    }
    if results.iter().all(|(.., passed)| *passed) {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

impl std::fmt::Display for StepName {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Fmt => "fmt",
            Self::Licences => "licences",
            Self::Clippy => "clippy",
            Self::Doc => "doc",
            Self::Test => "test",
            Self::Rig => "rig",
            Self::Training => "training",
            Self::Program => "program",
        }
        .fmt(formatter)
    }
}

impl StepName {
    /// What the machine must be ready for; `None`: Rust alone.
    fn purpose(self) -> Option<Purpose> {
        match self {
            Self::Fmt | Self::Licences => None,
            Self::Clippy | Self::Doc => Some(Purpose::Build),
            Self::Test | Self::Training | Self::Program => Some(Purpose::Test),
            // PipeWire is a part of Linux.
            Self::Rig => cfg!(target_os = "linux").then_some(Purpose::Rig),
        }
    }

    /// A toolchain of rustup's minimal profile lacks what some steps call.
    fn expect_component(self, workspace: &Workspace) -> Result<()> {
        let (subcommand, component) = match self {
            Self::Fmt => ("fmt", "rustfmt"),
            Self::Clippy => ("clippy", "clippy"),
            Self::Licences
            | Self::Doc
            | Self::Test
            | Self::Rig
            | Self::Training
            | Self::Program => return Ok(()),
        };
        let answer = workspace
            .cargo()
            .args([subcommand, "--version"])
            .stdin(Stdio::null())
            .output()
            .context("cannot start cargo")?;
        if !answer.status.success() {
            bail!(
                "this Rust has no {component}, which the step `{self}` needs: run\n  rustup component add rustfmt clippy\n\
                 or leave the step out with --step\n({})",
                String::from_utf8_lossy(&answer.stderr).trim()
            );
        }
        Ok(())
    }

    fn run(self, workspace: &Workspace, keep_going: bool) -> Result<()> {
        let mut cargo = workspace.cargo();
        if !is_watched() {
            cargo.envs([
                ("CARGO_TERM_COLOR", "never"),
                ("CARGO_TERM_PROGRESS_WHEN", "never"),
            ]);
        }
        match self {
            Self::Fmt => {
                cargo.args(["fmt", "--all", "--check"]);
                if !is_watched() {
                    // rustfmt does not know Cargo's variables.
                    cargo.args(["--", "--color", "never"]);
                }
                &mut cargo
            }
            Self::Licences => {
                heading("licences");
                return licences::check(workspace);
            }
            Self::Clippy => cargo
                .args(["clippy", "--workspace", "--all-targets", "--locked"])
                .args(["--", "--deny", "warnings"]),
            Self::Doc => cargo
                .args(["doc", "--workspace", "--no-deps", "--locked"])
                .env("RUSTDOCFLAGS", with_flag("RUSTDOCFLAGS", "--deny warnings")),
            Self::Test => cargo.args(["test", "--workspace", "--locked"]),
            Self::Rig if cfg!(target_os = "linux") => {
                return rig::pipewire(workspace, &PipewireOptions::default());
            }
            Self::Rig => {
                eprintln!("    PipeWire is a part of Linux: its rig is skipped.");
                return Ok(());
            }
            Self::Training => return training::check(workspace),
            Self::Program => {
                heading("program: cargo build --release, then one picture");
                return program::check(workspace);
            }
        };
        if self != Self::Test {
            return call(self, &mut cargo);
        }
        if keep_going {
            cargo.arg("--no-fail-fast");
        }
        if may_mount() {
            cargo.env("REQUIRE_ROOT_TESTS", "1");
        } else {
            eprintln!(
                "    Not root, or not allowed to mount: the tests of a full disk are skipped."
            );
        }
        let _screen = prepare_tests(&mut cargo)?;
        call(self, &mut cargo)
    }
}

/// What the variable holds already, and one flag more.
fn with_flag(variable: &str, flag: &str) -> String {
    match std::env::var(variable) {
        Ok(present) if !present.is_empty() => format!("{present} {flag}"),
        _ => flag.to_owned(),
    }
}

/// Whether tests that mount a small disk can: root, and with the capability that a container usually takes away.
fn may_mount() -> bool {
    // Bit 21 of a set of capabilities, in linux/capability.h.
    const CAP_SYS_ADMIN: u64 = 1 << 21;
    let is_root = output_of("id", &["-u"]).is_some_and(|id| id.trim() == "0");
    let capabilities = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    is_root && effective_capabilities(&capabilities).is_some_and(|set| set & CAP_SYS_ADMIN != 0)
}

fn effective_capabilities(status: &str) -> Option<u64> {
    let set = status
        .lines()
        .find_map(|line| line.strip_prefix("CapEff:"))?;
    u64::from_str_radix(set.trim(), 16).ok()
}

/// Makes tests find the same graphics and the same screen everywhere, and keeps ONNX Runtime, which some load outside of the
/// program, from reporting to its maker. The screen lasts as long as what is returned.
pub(crate) fn prepare_tests(command: &mut Command) -> Result<Option<Screen>> {
    command
        .env("REQUIRE_GPU", "1")
        .env("ORT_DISABLE_TELEMETRY", "1");
    let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    if !cfg!(target_os = "linux") {
        return Ok(None);
    }
    if !is_set("VK_DRIVER_FILES") && !is_set("VK_ICD_FILENAMES") {
        let driver = setup::software_vulkan_driver()
            .context("Mesa's software Vulkan driver is installed, but its manifest lvp_icd*.json is not found")?;
        // The second name is what loaders before 1.3.207 read.
        command
            .env("VK_DRIVER_FILES", &driver)
            .env("VK_ICD_FILENAMES", &driver);
    }
    let screen = Screen::start()?;
    command
        .env("DISPLAY", screen.display())
        .env_remove("WAYLAND_DISPLAY");
    Ok(Some(screen))
}

fn call(step: StepName, command: &mut Command) -> Result<()> {
    let line = line_of(command);
    heading(&format!("{step}: {line}"));
    let status = command
        .status()
        .with_context(|| format!("cannot start `{line}`"))?;
    if !status.success() {
        bail!("`{line}` failed ({status})");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_printed_as_they_are_typed() {
        for step in StepName::value_variants() {
            let typed = step.to_possible_value().unwrap();
            assert_eq!(step.to_string(), typed.get_name());
        }
    }

    #[test]
    fn a_containers_root_may_not_mount() {
        let of = |status| effective_capabilities(status).map(|set| set >> 21 & 1);
        assert_eq!(of("Name:\tx\nCapEff:\t000001ffffffffff\n"), Some(1));
        assert_eq!(
            of("CapEff:\t00000000a80425fb\n"),
            Some(0),
            "Docker's usual set"
        );
        assert_eq!(of("Name:\tx\n"), None);
    }

    #[test]
    fn one_failure_fails_the_whole() {
        let second = Duration::from_secs(1);
        let failed = summarise(&[
            (StepName::Fmt, second, false),
            (StepName::Test, second, true),
        ]);
        assert_eq!(format!("{failed:?}"), format!("{:?}", ExitCode::FAILURE));
        let passed = summarise(&[(StepName::Fmt, second, true)]);
        assert_eq!(format!("{passed:?}"), format!("{:?}", ExitCode::SUCCESS));
    }
}
