//! What a picture is: pixel formats with their colour facts, frames, alpha mattes, composites, and the pools they
//! live in.
//!
//! Every stage speaks these types and no stage knows another. The crate does no input or output, starts no thread,
//! decodes nothing and converts nothing; it only makes wrong pictures hard to express:
//!
//! * a [`Frame`] is immutable and shared by reference count, so that handing it on copies no pixels;
//! * a [`MattedFrame`] cannot pair a frame with another frame's matte;
//! * a [`Composite`] is the only thing that a sink accepts, and there is no function from a [`Frame`] to one.
//!
//! ```compile_fail
//! // The real room cannot become something that is shown to others.
//! fn leak(frame: scrim_frame::Frame) -> scrim_frame::Composite {
//!     frame.into()
//! }
//! ```

mod buffer;
mod composite;
mod format;
mod frame;
mod matte;
mod pool;

pub use buffer::{LayoutError, PixelBuffer, PixelLayout, Plane};
pub use composite::{AlphaState, Composite, CompositeContent, CompositeDraft, CompositePool};
pub use format::{PixelFormat, Size, SizeError, YuvEncoding, YuvMatrix, YuvRange};
pub use frame::{Frame, FrameDraft, FrameId, FramePool};
pub use matte::{Matte, MatteDraft, MatteError, MattePool, MattedFrame};
pub use pool::PoolExhausted;
