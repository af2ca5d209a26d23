//! The passes on the CPU, plainly written: the definition of correct.
//!
//! Nothing here is fast, and nothing here makes a [`Composite`](scrim_frame::Composite): results are [`Image`]s, for
//! comparison. Where a pass writes eight bits, so does its reference; sixteen-bit floats between passes are not imitated,
//! which is one reason why comparisons need a tolerance.

pub mod cells;
pub mod color;
pub mod decode;
pub mod encode;
pub mod image;
pub mod mix;
pub mod picture;
pub mod room;
pub mod surround;
pub mod upsample;

pub use image::Image;
pub use mix::{BLEND_SPACE, BlendSpace, composite};
