//! The person over the backdrop: the compositor's output texture.

use scrim_frame::Size;
use wgpu::TextureFormat;

use crate::look::{Deliver, Look};
use crate::params::MixParams;
use crate::pass::{Constants, Kit, Pass};
use crate::reference::cells::Cells;
use crate::tex::{Slot, Tex, TexSpec, sides};
use crate::{Backdrop, Decontamination, Rgb, shader};

/// The stages' textures that the mix reads; the unused ones are `Kit::nothing`.
pub(crate) struct Inputs<'a> {
    pub(crate) frame: &'a Tex,
    pub(crate) fits: &'a Tex,
    pub(crate) picture: &'a Tex,
    pub(crate) room: &'a Tex,
    pub(crate) near_person: &'a Tex,
    pub(crate) near_room: &'a Tex,
    pub(crate) tiles: &'a Tex,
}

/// Draws the output.
#[derive(Debug)]
pub(crate) struct Mix {
    output: Slot,
    passes: [Pass; 9],
}

impl Mix {
    pub(crate) fn new() -> Self {
        Self {
            output: Slot::default(),
            passes: VARIANTS.map(|constants| Pass::with_constants(&shader::MIX, constants)),
        }
    }

    /// The output texture.
    pub(crate) fn tex(&self) -> Option<&Tex> {
        self.output.tex()
    }

    /// Records the mix.
    pub(crate) fn draw(
        &mut self,
        kit: &Kit,
        encoder: &mut wgpu::CommandEncoder,
        size: Size,
        look: &Look,
        inputs: &Inputs<'_>,
    ) {
        let spec = TexSpec::drawn("output", sides(size), TextureFormat::Rgba8Unorm).copied();
        let output = self.output.get(&kit.gpu, spec);
        let reads = [
            inputs.frame,
            inputs.fits,
            inputs.picture,
            inputs.room,
            inputs.near_person,
            inputs.near_room,
            inputs.tiles,
        ];
        let params = params(size, look);
        let params = bytemuck::bytes_of(&params);
        self.passes[variant(look)].draw(kit, encoder, params, &reads, &[output]);
    }
}

/// The shader's constants: each backdrop with raw and with decontaminated edges, and the matte. Each is compiled when it
/// is first drawn.
const VARIANTS: [Constants; 9] = [
    &[("BACKDROP", 0.0), ("DECONTAMINATE", 0.0)],
    &[("BACKDROP", 0.0), ("DECONTAMINATE", 1.0)],
    &[("BACKDROP", 1.0), ("DECONTAMINATE", 0.0)],
    &[("BACKDROP", 1.0), ("DECONTAMINATE", 1.0)],
    &[("BACKDROP", 2.0), ("DECONTAMINATE", 0.0)],
    &[("BACKDROP", 2.0), ("DECONTAMINATE", 1.0)],
    &[("BACKDROP", 3.0), ("DECONTAMINATE", 0.0)],
    &[("BACKDROP", 3.0), ("DECONTAMINATE", 1.0)],
    &[("SHOW_MATTE", 1.0)],
];

/// Which of [`VARIANTS`] draws this look.
fn variant(look: &Look) -> usize {
    if look.deliver == Deliver::Matte {
        return 8;
    }
    let backdrop = match look.backdrop {
        Backdrop::Color(_) | Backdrop::Gradient(..) => 0,
        Backdrop::Picture(..) => 1,
        Backdrop::Blur(_) => 2,
        Backdrop::Transparent => 3,
    };
    2 * backdrop + usize::from(look.decontamination == Decontamination::On)
}

fn params(size: Size, look: &Look) -> MixParams {
    let (top, bottom) = match look.backdrop {
        Backdrop::Color(color) => (color, color),
        Backdrop::Gradient(top, bottom) => (top, bottom),
        _ => (Rgb(0, 0, 0), Rgb(0, 0, 0)),
    };
    MixParams {
        size: sides(size).into(),
        mirror: u32::from(look.mirror),
        dithered: u32::from(top != bottom),
        top: vec4(top),
        bottom: vec4(bottom),
        cell_px: Cells::of(size).cell_px as f32,
        _pad_x: 0,
        _pad_y: 0,
        _pad_z: 0,
    }
}

fn vec4(Rgb(r, g, b): Rgb) -> [f32; 4] {
    [r, g, b, 255].map(|code| f32::from(code) / 255.0)
}
