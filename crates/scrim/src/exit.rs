//! Exit codes, and how a failure is told.

use std::io::Write as _;
use std::process::ExitCode;
use std::time::Duration;

use scrim_pipeline::{Problem, ProblemSource, StageState, Status};

/// Why the program ends without having done what was asked.
#[derive(Debug)]
pub enum Failure {
    /// A stage failed.
    Problem(Problem),
    /// The user broke off.
    Interrupted,
    /// The command line asks for what cannot be: what, why, and what to try.
    Usage {
        /// What happened and why.
        what: String,
        /// What the user can do.
        try_this: String,
    },
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

    /// A command line that asks for what cannot be.
    pub fn usage(what: impl Into<String>, try_this: impl Into<String>) -> Self {
        Self::Usage {
            what: what.into(),
            try_this: try_this.into(),
        }
    }

    /// A command line that is refused before anything began.
    pub fn refused(problem: &Problem) -> Self {
        let advice = problem.try_this.clone().unwrap_or_default();
        let reason = problem.why.trim_end_matches('.');
        Self::usage(
            format!("{}: {reason}", problem.what.trim_end_matches('.')),
            advice,
        )
    }

    /// A failure that there is no advice for.
    pub fn other(what: impl Into<String>) -> Self {
        Self::Other {
            what: what.into(),
            try_this: None,
        }
    }

    /// The exit code: documented in the README, so that scripts can rely on it. 2 is clap's as well.
    fn code(&self) -> u8 {
        match self {
            Self::Usage { .. } => 2,
            Self::Other { .. } => 1,
            Self::Problem(problem) => match problem.source {
                ProblemSource::Source | ProblemSource::Delivery | ProblemSource::Controls => 3,
                ProblemSource::Matting => 4,
                ProblemSource::Compositor => 5,
                ProblemSource::Output(_) => 6,
                ProblemSource::Background => 7,
                ProblemSource::Settings => 1,
            },
            Self::Interrupted => INTERRUPTED,
        }
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

/// 128 + SIGINT, as shells report it.
pub const INTERRUPTED: u8 = 130;

/// 128 + SIGPIPE, likewise.
pub const UNHEARD: u8 = 141;

/// How long outputs may take to complete their files once everything else has stopped. Longer than a sink allows itself
/// for anything but a very large file: an encoder still has its last pictures to work off.
pub const COMPLETION: Duration = Duration::from_mins(2);

/// The problem of the first output that was not completed.
pub fn failed_output(status: &Status) -> Option<Problem> {
    status
        .outputs
        .iter()
        .find_map(|output| match &output.state {
            StageState::Failed(problem) => Some(problem.clone()),
            _ => None,
        })
}

/// Prints a failure and gives the exit code.
pub fn report(result: Result<(), Failure>) -> ExitCode {
    let Err(failure) = result else {
        return end(0);
    };
    match &failure {
        Failure::Problem(problem) => eprintln!("error: {problem}"),
        Failure::Interrupted => eprintln!("interrupted: what was not complete was not kept"),
        Failure::Usage { what, try_this } => eprintln!("error: {what}\n  try: {try_this}"),
        Failure::Other { what, try_this } => {
            eprintln!("error: {what}");
            if let Some(try_this) = try_this {
                eprintln!("  try: {try_this}");
            }
        }
    }
    end(failure.code())
}

/// Ends the program: at once where a thread is still in a foreign call, which the clean-up of a usual end would crash.
fn end(code: u8) -> ExitCode {
    if scrim_pipeline::has_left_threads_behind() {
        end_at_once(code);
    }
    ExitCode::from(code)
}

/// Ends the program without the clean-up of its libraries. Files that are not complete stay as they are.
pub fn end_at_once(code: u8) -> ! {
    // Nothing else of ours waits for the end: standard error is not buffered.
    let _ = std::io::stdout().flush();
    #[cfg(unix)]
    {
        // SAFETY: this is the C library's function of POSIX with its signature; it takes any value.
        unsafe extern "C" {
            safe fn _exit(status: std::ffi::c_int) -> !;
        }
        _exit(code.into())
    }
    #[cfg(not(unix))]
    std::process::exit(code.into())
}
