//! What the stages on reduced pictures share.

use scrim_frame::Size;
use wgpu::TextureFormat;

use crate::params::CellParams;
use crate::reference::cells::{Cells, Gauss};
use crate::tex::{TexSpec, sides};

/// Parameters for a reduced picture and a Gaussian over it.
pub(crate) fn params(frame: Size, cells: Cells, gauss: Gauss) -> CellParams {
    CellParams {
        frame: sides(frame).into(),
        cells: sides(cells.size).into(),
        cell_px: cells.cell_px,
        step_px: cells.step_px(),
        radius: gauss.radius as i32,
        sigma: gauss.sigma,
    }
}

/// A texture of cells: colour times weight, and the weight.
pub(crate) fn spec(label: &'static str, cells: Cells) -> TexSpec {
    TexSpec::drawn(label, sides(cells.size), TextureFormat::Rgba16Float)
}
