//! What can go wrong on the GPU.

/// Why there is no composite.
#[derive(Debug, thiserror::Error)]
pub enum GpuError {
    /// No graphics device at all.
    #[error("no graphics device was found: {reason}")]
    NoAdapter {
        /// The loader's words.
        reason: String,
    },
    /// The device was lost: driver reset, sleep, or removal. A new [`crate::Gpu`] is needed.
    #[error("the graphics device was lost: {reason}")]
    Lost {
        /// The driver's words.
        reason: String,
    },
    /// The device refused an operation.
    #[error("the graphics device refused: {reason}")]
    Refused {
        /// The driver's or wgpu's words.
        reason: String,
    },
    /// A picture is larger than the device's textures.
    #[error(
        "a picture of {size} is larger than this graphics device can hold ({limit} pixels a side)"
    )]
    TooLarge {
        /// The picture.
        size: scrim_frame::Size,
        /// The device's limit.
        limit: u32,
    },
    /// A preview was asked for before the first frame.
    #[error("nothing has been drawn yet")]
    NothingRendered,
    /// All composites are held elsewhere.
    #[error(transparent)]
    Pool(#[from] scrim_frame::PoolExhausted),
}

impl GpuError {
    /// What the user can do about it.
    #[must_use]
    pub fn try_this(&self) -> String {
        match self {
            Self::NoAdapter { .. } => {
                "Install a Vulkan driver (Debian, Ubuntu: apt install mesa-vulkan-drivers).".into()
            }
            Self::Lost { .. } => {
                "Scrim starts it again by itself; if it stays lost, restart Scrim.".into()
            }
            Self::Refused { .. } => "Update the graphics driver.".into(),
            Self::TooLarge { .. } => "Use a smaller picture.".into(),
            Self::NothingRendered => "Wait for the first picture of the source.".into(),
            Self::Pool(_) => "This is a fault of Scrim's; please report it.".into(),
        }
    }
}
