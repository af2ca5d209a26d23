//! The program `scrim`: command line, window, headless run.

mod cli;
mod commands;
mod environment;
mod eval;
mod exit;
mod facts;
mod options;
mod print;
mod window;

use std::process::ExitCode;

use clap::Parser;

use cli::{Cli, Command};

fn main() -> ExitCode {
    environment::forbid_telemetry();
    environment::quiet_driver();
    let cli = Cli::parse();
    environment::init_log(cli.verbose);
    exit::report(match cli.command.unwrap_or_default() {
        Command::Run(args) if args.headless => commands::run_headless(&args),
        Command::Run(args) => window::run(&args),
        Command::Image(args) => commands::image(&args),
        Command::Video(args) => commands::video(&args),
        Command::Devices(args) => {
            commands::devices(&args);
            Ok(())
        }
        Command::Doctor(args) => commands::doctor(&args),
        Command::Eval(args) => commands::eval(&args),
    })
}
