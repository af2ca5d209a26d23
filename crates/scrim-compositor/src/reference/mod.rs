//! The passes on the CPU, plainly written: the definition of correct.

pub mod cells;
pub mod picture;
pub mod room;
pub mod surround;
pub mod upsample;
