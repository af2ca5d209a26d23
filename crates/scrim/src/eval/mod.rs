//! Judging a model on pictures whose true matte is known, as matting research does.
//!
//! The folder's layout, the figures and the report are defined in the docstring of
//! `models/training/scrim_training/evaluation/pairs.py`; this is the second implementation of them, through the
//! program's own way from a picture to a matte. On PNG every figure of both agrees within 0.001. Decoders of JPEG
//! differ, most where colour has half the sides (4:2:0): there means over pixels agree within 0.002, MAD within 0.001,
//! and the sums (`sad`, `grad`, `conn`) within some hundredths of themselves.
//!
//! It is part of the program and not of scrim-matting: nothing that is live needs it, and it reads files and prints
//! reports, which that crate does not.

mod alpha;
mod connectivity;
mod figures;
mod motion;
mod pairs;
mod report;

use scrim_pipeline::{Problem, ProblemSource, Severity};

pub use alpha::Alpha;
pub use figures::Figures;
pub use motion::Motion;
pub use pairs::{Group, clips_of, sets_of};
pub use report::{ClipResult, PictureResult, Report, SetResult};

use crate::exit::Failure;

/// A folder or file of pairs that cannot be judged on.
pub fn unusable(
    what: impl Into<String>,
    why: impl Into<String>,
    try_this: impl Into<String>,
) -> Failure {
    Failure::Problem(Problem {
        source: ProblemSource::Source,
        severity: Severity::Error,
        what: what.into(),
        why: why.into(),
        try_this: Some(try_this.into()),
    })
}
