//! What the user can choose about inference.

use std::fmt;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::str::FromStr;

/// The models inside the program, each a MODNet of this project; models/CARD.md has their figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum BuiltInModel {
    /// `scrim-modnet`.
    #[default]
    Quality,
    /// `scrim-modnet-light`: less work, softer edges.
    Light,
}

impl BuiltInModel {
    /// All, the default first.
    pub const ALL: [Self; 2] = [Self::Quality, Self::Light];

    /// The word used on the command line and in settings.
    #[must_use]
    pub const fn keyword(self) -> &'static str {
        match self {
            Self::Quality => "built-in",
            Self::Light => "built-in:light",
        }
    }
}

/// Where a model comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ModelSource {
    /// One inside the program.
    BuiltIn(BuiltInModel),
    /// An ONNX file; a manifest may lie beside it (`NAME.toml`).
    File(PathBuf),
}

impl Default for ModelSource {
    fn default() -> Self {
        Self::BuiltIn(BuiltInModel::default())
    }
}

/// The most threads that may be asked for: more than any machine of today has use for. Far beyond, ONNX Runtime takes minutes to
/// start them, or never does (5000 hung).
pub const MAX_THREADS: usize = 256;

/// A piece of hardware as ONNX Runtime's execution providers (EPs) see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum InferenceDevice {
    /// ONNX Runtime's own CPU kernels.
    Cpu,
    /// NVIDIA CUDA.
    Cuda,
    /// NVIDIA TensorRT.
    TensorRt,
    /// DirectML (Windows).
    DirectMl,
    /// Core ML (macOS).
    CoreMl,
    /// Intel OpenVINO.
    OpenVino,
    /// XNNPACK.
    Xnnpack,
}

impl InferenceDevice {
    /// All, fastest kind first, the CPU last.
    pub const ALL: [Self; 7] = [
        Self::TensorRt,
        Self::Cuda,
        Self::DirectMl,
        Self::CoreMl,
        Self::OpenVino,
        Self::Xnnpack,
        Self::Cpu,
    ];

    /// The word used on the command line and in settings.
    #[must_use]
    pub const fn keyword(self) -> &'static str {
        match self {
            Self::Cpu => "cpu",
            Self::Cuda => "cuda",
            Self::TensorRt => "tensorrt",
            Self::DirectMl => "directml",
            Self::CoreMl => "coreml",
            Self::OpenVino => "openvino",
            Self::Xnnpack => "xnnpack",
        }
    }

    /// The name its makers write.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cpu => "CPU",
            Self::Cuda => "CUDA",
            Self::TensorRt => "TensorRT",
            Self::DirectMl => "DirectML",
            Self::CoreMl => "CoreML",
            Self::OpenVino => "OpenVINO",
            Self::Xnnpack => "XNNPACK",
        }
    }
}

impl fmt::Display for InferenceDevice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Which provider is to run the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ProviderChoice {
    /// The first that works, fastest kind first; refusals are reported.
    #[default]
    Auto,
    /// This one or none: nothing falls back in silence.
    Only(InferenceDevice),
}

/// How large the picture is that the model sees. Sides are rounded to the model's multiple (32), the aspect kept as
/// nearly as that allows. Aspects past 4:1 are squeezed to it, and no input has more than 1024×1024 pixels, whatever
/// was chosen; a model of fixed sides is run at those.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum InputSize {
    /// About 160 rows (288×160 for 16:9).
    Fast,
    /// About 256 rows (448×256 for 16:9).
    #[default]
    Balanced,
    /// About 288 rows (512×288 for 16:9).
    Quality,
    /// The shorter side is 512, as in MODNet's published scripts.
    Reference,
    /// The shorter side, 32 to 2048, rounded to a multiple of 32.
    ShortSide(u32),
}

/// Everything that decides which session is loaded.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MattingOptions {
    /// The model.
    pub model: ModelSource,
    /// The provider.
    pub provider: ProviderChoice,
    /// Threads of the CPU kernels, at most [`MAX_THREADS`]; `None` is one fewer than the machine has cores, at least one, at most
    /// four.
    pub threads: Option<NonZeroUsize>,
    /// Input size.
    pub size: InputSize,
    /// Whether small parts that touch nobody are taken out of mattes.
    pub islands: Islands,
    /// Whether mattes are steadied over time.
    pub steadying: Steadying,
}

/// What becomes of small parts of a matte that touch nobody: a headrest, a bright spot on the wall.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Islands {
    /// They are room again.
    #[default]
    Drop,
    /// Each matte as the model gives it.
    Keep,
}

/// What is done against flicker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Steadying {
    /// Each matte as the model gives it.
    Off,
    /// Alpha is averaged over time where the picture stands still, and taken as it comes where it moves.
    #[default]
    MotionGated,
}

/// Why a text is no such option.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{text}\" is not {what}; use {choices}")]
pub struct MattingOptionsError {
    /// The text.
    pub text: String,
    /// What it should have been.
    pub what: &'static str,
    /// What can be written.
    pub choices: String,
}

impl FromStr for ProviderChoice {
    type Err = MattingOptionsError;

    fn from_str(text: &str) -> Result<Self, MattingOptionsError> {
        if text == "auto" {
            return Ok(Self::Auto);
        }
        InferenceDevice::ALL
            .into_iter()
            .find(|d| d.keyword() == text)
            .map(Self::Only)
            .ok_or_else(|| MattingOptionsError {
                text: text.into(),
                what: "an execution provider",
                choices: format!(
                    "auto, {}",
                    InferenceDevice::ALL
                        .map(InferenceDevice::keyword)
                        .join(", ")
                ),
            })
    }
}

impl fmt::Display for ProviderChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Only(device) => f.write_str(device.keyword()),
        }
    }
}

impl FromStr for InputSize {
    type Err = MattingOptionsError;

    fn from_str(text: &str) -> Result<Self, MattingOptionsError> {
        Ok(match text {
            "fast" => Self::Fast,
            "balanced" => Self::Balanced,
            "quality" => Self::Quality,
            "reference" => Self::Reference,
            _ => {
                match text.parse() {
                    Ok(side @ 32..=2048) => Self::ShortSide(side),
                    _ => {
                        return Err(MattingOptionsError {
                        text: text.into(),
                        what: "an input size",
                        choices: "fast, balanced, quality, reference, or a shorter side from 32 to 2048".into(),
                    });
                    }
                }
            }
        })
    }
}

impl fmt::Display for InputSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fast => f.write_str("fast"),
            Self::Balanced => f.write_str("balanced"),
            Self::Quality => f.write_str("quality"),
            Self::Reference => f.write_str("reference"),
            Self::ShortSide(side) => write!(f, "{side}"),
        }
    }
}

impl FromStr for Islands {
    type Err = MattingOptionsError;

    fn from_str(text: &str) -> Result<Self, MattingOptionsError> {
        match text {
            "drop" => Ok(Self::Drop),
            "keep" => Ok(Self::Keep),
            _ => Err(MattingOptionsError {
                text: text.into(),
                what: "what becomes of islands",
                choices: "drop or keep".into(),
            }),
        }
    }
}

impl fmt::Display for Islands {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Drop => "drop",
            Self::Keep => "keep",
        })
    }
}

impl FromStr for Steadying {
    type Err = MattingOptionsError;

    fn from_str(text: &str) -> Result<Self, MattingOptionsError> {
        match text {
            "on" => Ok(Self::MotionGated),
            "off" => Ok(Self::Off),
            _ => Err(MattingOptionsError {
                text: text.into(),
                what: "a way to steady edges",
                choices: "on or off".into(),
            }),
        }
    }
}

impl fmt::Display for Steadying {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Off => "off",
            Self::MotionGated => "on",
        })
    }
}

impl FromStr for ModelSource {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let built_in = BuiltInModel::ALL.into_iter().find(|m| m.keyword() == text);
        Ok(built_in.map_or_else(|| Self::File(text.into()), Self::BuiltIn))
    }
}

impl fmt::Display for ModelSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BuiltIn(model) => f.write_str(model.keyword()),
            // A file of a built-in model's name; without the folder it would be read back as that.
            Self::File(path)
                if BuiltInModel::ALL
                    .iter()
                    .any(|m| path.as_os_str() == m.keyword()) =>
            {
                write!(f, "./{}", path.display())
            }
            Self::File(path) => write!(f, "{}", path.display()),
        }
    }
}
