//! What the user's own window shows.

use scrim_frame::Size;
use wgpu::TextureFormat;

use crate::params::PreviewParams;
use crate::pass::{Kit, Pass};
use crate::tex::{Slot, Tex, TexSpec, sides};
use crate::{PreviewView, shader};

/// Draws the preview texture.
#[derive(Debug)]
pub(crate) struct DrawPreview {
    target: Slot,
    pass: Pass,
}

impl DrawPreview {
    pub(crate) fn new() -> Self {
        Self {
            target: Slot::default(),
            pass: Pass::new(&shader::PREVIEW),
        }
    }

    /// Records the preview of frame, fits and composite; returns its texture.
    pub(crate) fn draw(
        &mut self,
        kit: &Kit,
        encoder: &mut wgpu::CommandEncoder,
        size: Size,
        view: PreviewView,
        mirror: bool,
        inputs: [&Tex; 3],
    ) -> &Tex {
        let (width, height) = sides(size);
        let split = match view {
            PreviewView::Split(fraction) if fraction.is_finite() => fraction.clamp(0.0, 1.0),
            _ => 0.5,
        };
        let params = PreviewParams {
            size: [width, height],
            mirror: u32::from(mirror),
            view: match view {
                PreviewView::Composite => 0,
                PreviewView::Matte => 1,
                PreviewView::Source => 2,
                PreviewView::Split(_) => 3,
            },
            line_x: split * width as f32,
            // 2 pixels at 1280 wide, and never less than one.
            line_half_px: (width as f32 / 1280.0).max(0.5),
            square_px: (height / 45).max(1),
            _pad: 0,
        };
        let spec = TexSpec::drawn("preview", (width, height), TextureFormat::Rgba8Unorm);
        let target = self.target.get(&kit.gpu, spec);
        let params = bytemuck::bytes_of(&params);
        self.pass.draw(kit, encoder, params, &inputs, &[target]);
        target
    }
}
