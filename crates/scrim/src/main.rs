//! The program `scrim`: command line, window, headless run.

mod cli;
mod commands;
mod exit;
mod facts;
mod options;
mod window;

use std::process::ExitCode;

use clap::Parser;

use cli::{Cli, Command};

fn main() -> ExitCode {
    let cli = Cli::parse();
    init_log(cli.verbose);
    let result = match cli.command.unwrap_or_default() {
        Command::Run(args) if args.headless => commands::run_headless(&args),
        Command::Run(args) => window::run(&args),
        Command::Image(args) => commands::image(&args),
        Command::Video(args) => commands::video(&args),
        Command::Devices(args) => commands::devices(&args),
        Command::Doctor(args) => commands::doctor(&args),
    };
    exit::report(result)
}

fn init_log(verbose: u8) {
    let default = [
        "warn",
        "info,wgpu=warn,naga=warn",
        "debug,wgpu=info,naga=info",
    ];
    let filter = tracing_subscriber::EnvFilter::try_from_env("SCRIM_LOG")
        .unwrap_or_else(|_| default[usize::from(verbose).min(2)].into());
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
}
