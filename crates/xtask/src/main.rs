//! What the repository does to itself: sets a machine up, builds and starts the program, checks everything.
//!
//! It compiles with nothing but Rust and a linker, because it is what fetches the rest. It knows nothing of pictures
//! and shares no code with the program; the one thing both know is where the inference library lies.

mod cli;
mod licences;
mod rig;
mod run;
mod setup;
mod shell;
mod test;
mod workspace;

use std::process::ExitCode;

use clap::Parser as _;

use cli::{Cli, Verb};
use workspace::Workspace;

fn main() -> ExitCode {
    let outcome = Workspace::find().and_then(|workspace| match Cli::parse().verb {
        Verb::Setup(options) => {
            setup::prepare(&workspace, options.purpose, options.dry_run).map(|()| ExitCode::SUCCESS)
        }
        Verb::Run(options) => run::run(&workspace, &options.args),
        Verb::Test(options) => test::test(&workspace, &options),
        Verb::Rig(options) => rig::rig(&workspace, &options),
    });
    outcome.unwrap_or_else(|error| {
        eprintln!("xtask: {error:#}");
        ExitCode::FAILURE
    })
}
