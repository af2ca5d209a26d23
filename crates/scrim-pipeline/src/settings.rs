//! What the user wants: one immutable snapshot, compared to say what must be rebuilt.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use scrim_capture::SourceSpec;
use scrim_compositor::{Deliver, Fit, PreviewView, Rgb, Upsampling};
use scrim_matting::MattingOptions;
use scrim_output::OutputSpec;

/// What is to be behind the person.
///
/// As text: `color:#00b140`, `gradient:#203040,#8090a0` (top, bottom), `blur` or `blur:0.6`, `transparent`, or the path
/// of a picture or a video.
#[derive(Debug, Clone, PartialEq)]
pub enum BackgroundSpec {
    /// One colour.
    Color(Rgb),
    /// Top to bottom.
    Gradient(Rgb, Rgb),
    /// The room, blurred; strength 0..=1.
    Blur(f32),
    /// Nothing: for outputs that carry alpha.
    Transparent,
    /// A picture or a looping video.
    File(PathBuf),
}

/// Why a text names no background.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{text}\" names no background: {reason}")]
pub struct BackgroundSpecError {
    /// The text.
    pub text: String,
    /// What is wrong with it, and what would be right.
    pub reason: String,
}

/// One snapshot of everything that can be chosen.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Where pictures come from.
    pub source: SourceSpec,
    /// Model, provider, threads, input size.
    pub matting: MattingOptions,
    /// Behind the person.
    pub background: BackgroundSpec,
    /// How a background picture meets another aspect ratio.
    pub fit: Fit,
    /// Left and right exchanged.
    pub mirror: bool,
    /// How the matte is enlarged.
    pub upsampling: Upsampling,
    /// What the outputs receive.
    pub deliver: Deliver,
    /// What the user's own preview shows.
    pub view: PreviewView,
    /// Where composites go.
    pub outputs: Vec<OutputSpec>,
}

/// What a change of settings takes; several may be needed at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rebuild {
    /// The source must be opened again.
    pub reopen_source: bool,
    /// The model must be loaded again.
    pub reload_model: bool,
    /// The background must be read again.
    pub reload_background: bool,
    /// Outputs must be opened again.
    pub reopen_outputs: bool,
}

impl Settings {
    /// What going from `self` to `next` takes.
    #[must_use]
    pub fn rebuild_for(&self, next: &Self) -> Rebuild {
        Rebuild {
            reopen_source: self.source != next.source,
            reload_model: self.matting != next.matting,
            reload_background: self.background != next.background,
            reopen_outputs: self.outputs != next.outputs,
        }
    }
}

impl FromStr for BackgroundSpec {
    type Err = BackgroundSpecError;

    fn from_str(text: &str) -> Result<Self, BackgroundSpecError> {
        let _ = text;
        todo!("written by the pipeline work")
    }
}

impl fmt::Display for BackgroundSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let _ = f;
        todo!("written by the pipeline work")
    }
}
