//! What the program does without a window.

mod convert;
mod devices;
mod doctor;
mod headless;

pub use convert::{image, video};
pub use devices::devices;
pub use doctor::doctor;
pub use headless::run_headless;
