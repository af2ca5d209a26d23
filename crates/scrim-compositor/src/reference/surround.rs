//! The colour of the person and of the room near each place.

use super::cells::Gauss;

/// The Gaussian over cells: 12 pixels at 720 lines, about the reach of loose hair.
#[must_use]
pub fn gauss() -> Gauss {
    Gauss::new(1.5)
}
