//! Picture, matte and background to composite, on the GPU; and [`reference`](mod@reference), the same passes on the CPU, plainly
//! written, which say what is right.
//!
//! The compositor opens no window and reads no file. It is the only crate that makes a
//! [`Composite`](scrim_frame::Composite).

mod compositor;
mod encoding;
mod error;
mod finish;
mod gpu;
mod health;
mod look;
mod params;
mod pass;
mod readback;
pub mod reference;
mod rehearsal;
mod shader;
mod slate;
mod stages;
mod tex;
mod yuv;

use scrim_frame::Size;

pub use compositor::Compositor;
pub use encoding::Encoding;
pub use error::GpuError;
pub use gpu::{AdapterFacts, Gpu};
pub use look::{Backdrop, Decontamination, Deliver, Fit, Look, PreviewView, Rgb, Upsampling};

/// The preview texture.
#[derive(Debug, Clone)]
pub struct Preview {
    /// To be sampled with filtering.
    pub view: wgpu::TextureView,
    /// In pixels.
    pub size: Size,
    /// Another number whenever the texture behind the view is another one. No number is ever given to two textures, not
    /// even by two compositors.
    pub generation: u64,
}
