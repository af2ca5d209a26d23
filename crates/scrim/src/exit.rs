//! Exit codes, and how a failure is told.

use std::process::ExitCode;

use scrim_pipeline::{Problem, ProblemSource};

/// Why the program ends without having done what was asked.
#[derive(Debug)]
pub enum Failure {
    /// A stage failed.
    Problem(Problem),
    /// The user broke off.
    Interrupted,
    /// Anything else: what, why, and what to try.
    Other {
        /// What happened and why.
        what: String,
        /// What the user can do.
        try_this: Option<String>,
    },
}

impl Failure {
    /// A failure with advice.
    pub fn new(what: impl Into<String>, try_this: impl Into<String>) -> Self {
        Self::Other {
            what: what.into(),
            try_this: Some(try_this.into()),
        }
    }

    /// A failure that there is no advice for.
    pub fn other(what: impl Into<String>) -> Self {
        Self::Other {
            what: what.into(),
            try_this: None,
        }
    }

    /// The exit code: documented in the README, so that scripts can rely on it. 2 is clap's, for a wrong command line.
    fn code(&self) -> u8 {
        match self {
            Self::Other { .. } => 1,
            Self::Problem(problem) => match problem.source {
                ProblemSource::Source => 3,
                ProblemSource::Matting => 4,
                ProblemSource::Compositor => 5,
                ProblemSource::Output(_) => 6,
                ProblemSource::Background => 7,
                ProblemSource::Settings => 1,
            },
            // 128 + SIGINT, as shells report it.
            Self::Interrupted => 130,
        }
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

/// Prints a failure and gives the exit code.
pub fn report(result: Result<(), Failure>) -> ExitCode {
    let Err(failure) = result else {
        return ExitCode::SUCCESS;
    };
    match &failure {
        Failure::Problem(problem) => {
            eprintln!("error: {} {}", problem.what, problem.why);
            if let Some(try_this) = &problem.try_this {
                eprintln!("  try: {try_this}");
            }
        }
        Failure::Interrupted => eprintln!("interrupted: nothing was left under the output's name"),
        Failure::Other { what, try_this } => {
            eprintln!("error: {what}");
            if let Some(try_this) = try_this {
                eprintln!("  try: {try_this}");
            }
        }
    }
    ExitCode::from(failure.code())
}
