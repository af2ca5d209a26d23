//! What the program found when it started.

use std::path::PathBuf;

use scrim_pipeline::frame::Size;
use scrim_pipeline::{BackgroundSpec, InferenceDevice, Problem};

/// A camera that can be chosen.
#[derive(Debug, Clone, PartialEq)]
pub struct CameraChoice {
    /// What [`SourceSpec::Camera`](scrim_pipeline::SourceSpec::Camera) wants as its id.
    pub id: String,
    /// Its name, for people.
    pub name: String,
    /// Whether a program makes its pictures, this one perhaps. Such a camera is used only when it is chosen by name.
    pub is_virtual: bool,
    /// The sizes it offers; empty where they are not known, then common ones are offered.
    pub sizes: Vec<Size>,
    /// The rates it offers, in frames a second; empty where they are not known.
    pub rates: Vec<f32>,
}

/// A background that comes with the program.
#[derive(Debug, Clone)]
pub struct BundledBackground {
    /// Its name, for people.
    pub name: String,
    /// What choosing it sets.
    pub spec: BackgroundSpec,
    /// A small picture of it. Shown 16:9, about 100 points wide: 208×117 pixels are plenty.
    pub thumbnail: egui::ColorImage,
}

/// An execution provider, and whether it can be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderFact {
    /// Which.
    pub device: InferenceDevice,
    /// Why it cannot be chosen here, or `None` where it can.
    pub missing: Option<String>,
}

/// What the program found when it started, or when it looked again.
#[derive(Debug, Clone, Default)]
pub struct PanelFacts {
    /// Cameras, best first. Empty: none, which the panel then says.
    pub cameras: Vec<CameraChoice>,
    /// Whether there is a camera that cannot be used as things are, and so is not among them: this user may not open it, or
    /// its driver does not answer in time.
    pub has_shut_camera: bool,
    /// Backgrounds that come with the program.
    pub backgrounds: Vec<BundledBackground>,
    /// Execution providers, fastest kind first. Empty: not known, then all are offered.
    pub providers: Vec<ProviderFact>,
    /// What the program has to say besides what the pipeline says.
    pub notices: Vec<Problem>,
    /// The folder that recordings go to unless the user names another. `None`: the working folder.
    pub recordings: Option<PathBuf>,
}
