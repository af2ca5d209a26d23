//! Picture, matte and background to composite, on the GPU; and [`reference`], the same passes on the CPU, plainly
//! written, which say what is right.
//!
//! The compositor opens no window and reads no file. It is the only crate that makes a
//! [`Composite`](scrim_frame::Composite).

mod error;
mod gpu;
mod look;
pub mod reference;

use std::time::Instant;

use scrim_frame::{Composite, MattedFrame, Size};

pub use error::GpuError;
pub use gpu::{AdapterFacts, Gpu};
pub use look::{Backdrop, Deliver, Fit, Look, PreviewView, Rgb, Upsampling};

/// Lays people over backgrounds, frame after frame.
#[derive(Debug)]
pub struct Compositor {
    gpu: Gpu,
}

impl Compositor {
    /// Builds the passes. `composites` is how many composites may be held by others at the same time.
    ///
    /// # Errors
    /// The device is lost or refuses a pass.
    pub fn new(gpu: &Gpu, composites: usize) -> Result<Self, GpuError> {
        let _ = composites;
        Ok(Self { gpu: gpu.clone() })
    }

    /// The device it runs on.
    #[must_use]
    pub fn gpu(&self) -> &Gpu {
        &self.gpu
    }

    /// Draws a frame with its look into the composite texture. Submits work and returns; nothing is read back.
    ///
    /// # Errors
    /// The device is lost or out of memory, or the frame is larger than its textures can be.
    pub fn render(&mut self, picture: &MattedFrame, look: &Look) -> Result<(), GpuError> {
        let _ = (picture, look);
        todo!("written by the compositor work")
    }

    /// Starts reading back what was rendered last, and returns the oldest picture whose read-back has finished.
    ///
    /// Read-backs run in a ring, so that the GPU never waits for the CPU: the first calls return `None`, and the picture
    /// returned belongs to an earlier frame (its content names which).
    ///
    /// # Errors
    /// The device is lost, or all composites are held elsewhere.
    pub fn read_back(&mut self) -> Result<Option<Composite>, GpuError> {
        todo!("written by the compositor work")
    }

    /// Waits for the read-backs under way; the next one, oldest first, or `None` when none is left.
    ///
    /// # Errors
    /// The device is lost, or all composites are held elsewhere.
    pub fn drain(&mut self) -> Result<Option<Composite>, GpuError> {
        todo!("written by the compositor work")
    }

    /// Renders and waits for the picture: for stills and clips, where nothing else could run meanwhile.
    ///
    /// # Errors
    /// As [`Self::render`] and [`Self::read_back`].
    pub fn composite(&mut self, picture: &MattedFrame, look: &Look) -> Result<Composite, GpuError> {
        let _ = (picture, look);
        todo!("written by the compositor work")
    }

    /// Draws what was rendered last into the preview texture: the composite, the matte, the source, or two of them
    /// split. Only the user's own window shows this; it never becomes a [`Composite`].
    ///
    /// Returns a view for egui (encoded colour in an 8-bit format that is not sRGB-typed), its size, and whether the
    /// texture is another one than at the last call.
    ///
    /// # Errors
    /// The device is lost or out of memory.
    pub fn preview(&mut self, view: PreviewView) -> Result<Preview, GpuError> {
        let _ = view;
        todo!("written by the compositor work")
    }

    /// The still card that is shown until there is a person to show, and after failures: made on the CPU, so that it
    /// needs no working GPU.
    ///
    /// # Panics
    /// Never: the slate has memory of its own.
    #[must_use]
    pub fn slate(size: Size, now: Instant) -> Composite {
        let _ = (size, now);
        todo!("written by the compositor work")
    }
}

/// The preview texture.
#[derive(Debug, Clone)]
pub struct Preview {
    /// To be sampled with filtering.
    pub view: wgpu::TextureView,
    /// In pixels.
    pub size: Size,
    /// Grows by one whenever the texture behind the view is replaced.
    pub generation: u64,
}
