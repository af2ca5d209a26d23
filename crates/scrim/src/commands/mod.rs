//! What the program does without a window.

mod controls;
mod convert;
mod devices;
mod doctor;
mod eval;
mod headless;
mod verdict;

pub use convert::{image, video};
pub use devices::devices;
pub use doctor::doctor;
pub use eval::eval;
pub use headless::run_headless;
