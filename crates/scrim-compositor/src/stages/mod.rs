//! What happens to a frame on its way, stage by stage; each owns its textures and passes.

mod cells;
pub(crate) mod decode;
pub(crate) mod encode;
pub(crate) mod matte;
pub(crate) mod mix;
pub(crate) mod picture;
pub(crate) mod preview;
pub(crate) mod room;
pub(crate) mod surround;
mod tiles;
