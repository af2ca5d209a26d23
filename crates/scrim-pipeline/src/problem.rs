//! What went wrong, for people.

use scrim_capture::CaptureError;
use scrim_compositor::GpuError;
use scrim_matting::MattingError;
use scrim_output::SinkError;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing; everything works.
    Notice,
    /// Something works less well than it should.
    Warning,
    /// Something does not work.
    Error,
}

/// Which part it happened in; a newer problem of the same part replaces the older.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ProblemSource {
    /// The camera or file.
    Source,
    /// What the camera delivers: another size or rate than agreed on, damaged pictures.
    Delivery,
    /// What is set on the camera.
    Controls,
    /// The model, runtime or provider.
    Matting,
    /// The graphics device.
    Compositor,
    /// The background picture or clip.
    Background,
    /// The output with this index.
    Output(usize),
    /// The settings file.
    Settings,
}

/// Something that went wrong: what, why, and what the user can do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where.
    pub source: ProblemSource,
    /// How bad.
    pub severity: Severity,
    /// What happened, in one short sentence.
    pub what: String,
    /// Why, with the words of the system or library.
    pub why: String,
    /// What to do.
    pub try_this: Option<String>,
}

impl Problem {
    /// A source that gives no pictures.
    #[must_use]
    pub fn capture(error: &CaptureError) -> Self {
        Self {
            source: ProblemSource::Source,
            severity: Severity::Error,
            what: "The source gives no picture.".into(),
            why: error.to_string(),
            try_this: Some(error.try_this()),
        }
    }

    /// A model that gives no matte.
    #[must_use]
    pub fn matting(error: &MattingError) -> Self {
        Self {
            source: ProblemSource::Matting,
            severity: Severity::Error,
            what: "The person cannot be cut out.".into(),
            why: error.to_string(),
            try_this: Some(error.try_this()),
        }
    }

    /// A graphics device that does not draw.
    #[must_use]
    pub fn compositor(error: &GpuError) -> Self {
        Self {
            source: ProblemSource::Compositor,
            severity: Severity::Error,
            what: "The picture cannot be drawn.".into(),
            why: error.to_string(),
            try_this: Some(error.try_this()),
        }
    }

    /// A background that cannot be read.
    #[must_use]
    pub fn background(error: &CaptureError) -> Self {
        Self {
            source: ProblemSource::Background,
            severity: Severity::Error,
            what: "The background cannot be shown.".into(),
            why: error.to_string(),
            try_this: Some(error.try_this()),
        }
    }

    /// An output that takes nothing.
    #[must_use]
    pub fn output(index: usize, error: &SinkError) -> Self {
        Self {
            source: ProblemSource::Output(index),
            severity: Severity::Error,
            what: "An output cannot be written.".into(),
            why: error.to_string(),
            try_this: Some(error.try_this()),
        }
    }
}

/// As a terminal shows it, without an end of line: "what: why", and on a line of its own what to try.
impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.what.trim_end_matches('.'), self.why)?;
        if let Some(try_this) = &self.try_this {
            write!(f, "\n  try: {}", try_this.replace('\n', "\n       "))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_gets_what_why_and_what_to_try() {
        let mut problem = Problem {
            source: ProblemSource::Source,
            severity: Severity::Error,
            what: "The source gives no picture.".into(),
            why: "no camera was found".into(),
            try_this: Some("Plug one in.\nOr two.".into()),
        };
        assert_eq!(
            problem.to_string(),
            "The source gives no picture: no camera was found\n  try: Plug one in.\n       Or two."
        );
        problem.try_this = None;
        assert!(problem.to_string().ends_with("found"));
    }
}
