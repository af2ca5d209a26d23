//! The command line of `cargo xtask`.

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::setup::Purpose;

/// Sets this machine up for Scrim, runs it, and checks it.
///
/// Every verb first finds out what is missing. On Debian and Ubuntu it installs that with apt-get, after printing the
/// list; elsewhere it names the packages. A second run finds everything in place and starts at once, without network.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", version)]
pub struct Cli {
    #[command(subcommand)]
    pub verb: Verb,
}

#[derive(Subcommand)]
pub enum Verb {
    Setup(Setup),
    Run(Run),
    Test(Test),
    Rig(Rig),
}

/// Installs what is missing: system packages and ONNX Runtime.
///
/// ONNX Runtime is one pinned version, downloaded with pip, checked against a digest in this repository, and unpacked
/// under your data folder. Set `ORT_DYLIB_PATH` to an existing library to use that one instead.
#[derive(Args)]
pub struct Setup {
    /// What the machine is to be ready for; each includes the ones before it.
    #[arg(long = "for", value_enum, default_value_t = Purpose::Test, value_name = "PURPOSE")]
    pub purpose: Purpose,
    /// Only say what is missing and what would be done about it.
    #[arg(long)]
    pub dry_run: bool,
}

/// Builds the program in release mode and starts it.
///
/// Everything after `--` goes to the program, relative paths are relative to where you are, and its exit code is
/// passed through:
///
///   cargo xtask run
///   cargo xtask run -- image portrait.jpg -o out.png --background beach.jpg
#[derive(Args)]
#[command(verbatim_doc_comment)]
pub struct Run {
    /// Arguments of the program.
    #[arg(last = true, value_name = "ARGS")]
    pub args: Vec<std::ffi::OsString>,
}

/// Checks everything a change must pass: the same as continuous integration.
///
/// Tests run against a software Vulkan driver and, on Linux, on a virtual screen of their own, so that the result is
/// the same on a laptop, a server and in a container. Set `VK_DRIVER_FILES` to test on another driver.
#[derive(Args)]
pub struct Test {
    /// Run only this step; may be given several times.
    #[arg(long = "step", value_enum, value_name = "NAME")]
    pub steps: Vec<StepName>,
    /// Go on after a failure, and list all failures at the end.
    #[arg(long)]
    pub keep_going: bool,
    /// End a step that takes longer than this many minutes: something in it hangs.
    #[arg(long, value_name = "MINUTES", default_value_t = 30, value_parser = clap::value_parser!(u16).range(1..))]
    pub limit: u16,
}

/// Checks one part against real daemons or drivers, which it fetches; nothing of yours is touched, and nothing is
/// removed.
#[derive(Args)]
pub struct Rig {
    /// Which.
    #[command(subcommand)]
    pub name: RigName,
}

/// The rigs.
#[derive(Subcommand)]
pub enum RigName {
    Pipewire(PipewireOptions),
    Vm(VmOptions),
}

/// The camera that PipeWire offers, watched by GStreamer, Chromium and Firefox: layouts, pixels, watchers that come and go,
/// a source that falls silent, a daemon that dies; what it costs and how late it is.
#[derive(Args, Default)]
pub struct PipewireOptions {
    /// Only this: a video of a person, whose composite is saved as both browsers show it, for you to look at.
    #[arg(long, value_name = "FILE")]
    pub clip: Option<std::path::PathBuf>,
}

/// Real kernel drivers in a virtual machine: test cameras, a USB camera with every fault, v4l2loopback in each version that
/// Debian has, and Chromium watching it while the camera goes and comes.
///
/// The machine is made of Debian's packages in your cache folder (about 600 MB), once; it needs no hardware.
/// It is emulated, and its figures compare with each other only. Takes a quarter of an hour on two cores, more the first time.
#[derive(Args)]
pub struct VmOptions {
    /// Only this suite (vivid, usb, loopback, browser, clip); may be given several times.
    #[arg(long = "suite", value_name = "SUITE")]
    pub suites: Vec<String>,
    /// Only scenes with these words in their names.
    #[arg(long, value_name = "WORDS")]
    pub only: Option<String>,
    /// A video of a person: the composite of its first picture is saved as a browser shows it, for you to look at.
    #[arg(long, value_name = "FILE")]
    pub clip: Option<std::path::PathBuf>,
}

/// The steps of `test`, in the order in which they run: the quick ones first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum StepName {
    /// Formatting, with rustfmt's defaults.
    Fmt,
    /// Licences of all dependencies against deny.toml.
    Licences,
    /// Clippy, warnings are errors.
    Clippy,
    /// Documentation builds, warnings are errors.
    Doc,
    /// Tests of all crates.
    Test,
    /// The PipeWire camera with real browsers: `cargo xtask rig pipewire`.
    Rig,
    /// Tests of the model training, in a Python environment of its own; a few steps of training end in the program.
    Training,
    /// The release build, started as `cargo xtask run` does, writes a picture.
    Program,
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn definition_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn arguments_of_the_program_pass_untouched() {
        let line = "cargo xtask run -- image a.jpg -o b.png --help";
        let cli = Cli::try_parse_from(line.split(' ').skip(1)).unwrap();
        let Verb::Run(run) = cli.verb else {
            panic!("not run");
        };
        assert_eq!(run.args, ["image", "a.jpg", "-o", "b.png", "--help"]);
    }

    /// A README that names a command which does not exist is the first thing a newcomer meets.
    #[test]
    fn every_xtask_command_in_the_documents_parses() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        for document in ["README.md", ".ci/run"] {
            let text = std::fs::read_to_string(root.join(document))
                .unwrap_or_else(|error| panic!("{document} must exist: {error}"));
            let commands: Vec<&str> = commands_in(&text).collect();
            assert!(!commands.is_empty(), "{document} names no xtask command");
            for command in commands {
                let words = command.split_whitespace().skip(1);
                if let Err(error) = Cli::try_parse_from(words) {
                    use clap::error::ErrorKind::{DisplayHelp, DisplayVersion};
                    assert!(
                        matches!(error.kind(), DisplayHelp | DisplayVersion),
                        "{document} says `{command}`, which does not work: {error}"
                    );
                }
            }
        }
    }

    #[test]
    fn commands_are_found_in_code_blocks_and_in_prose() {
        let text = "Say `cargo xtask test --step fmt`, or\n```\n$ cargo xtask run -- devices # list\n```\n";
        assert_eq!(
            commands_in(text).collect::<Vec<_>>(),
            ["cargo xtask test --step fmt", "cargo xtask run -- devices"]
        );
    }

    /// Commands end where their line, their code span or a shell comment does.
    fn commands_in(text: &str) -> impl Iterator<Item = &str> {
        text.match_indices("cargo xtask ").map(|(start, _)| {
            let rest = &text[start..];
            let end = rest
                .find(['`', '\n', '#', ';', '|', '&'])
                .unwrap_or(rest.len());
            rest[..end].trim_end()
        })
    }
}
