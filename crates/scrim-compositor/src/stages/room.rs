//! The room, blurred beyond recognition, the person kept out of the blur.

use scrim_frame::Size;
use wgpu::TextureFormat;

use crate::pass::{Kit, Pass};
use crate::reference::cells::Cells;
use crate::reference::room::{MEAN_TILES, gauss_for_strength};
use crate::shader;
use crate::stages::cells;
use crate::tex::{Slot, Tex, TexSpec};

/// Holds the blurred room.
#[derive(Debug)]
pub(crate) struct BlurRoom {
    reduced: Slot,
    parts: Slot,
    mean: Slot,
    rows: Slot,
    room: Slot,
    reduce: Pass,
    mean_parts: Pass,
    mean_all: Pass,
    blur_rows: Pass,
    blur_columns: Pass,
}

impl BlurRoom {
    pub(crate) fn new() -> Self {
        Self {
            reduced: Slot::default(),
            parts: Slot::default(),
            mean: Slot::default(),
            rows: Slot::default(),
            room: Slot::default(),
            reduce: Pass::new(&shader::ROOM_REDUCE),
            mean_parts: Pass::new(&shader::ROOM_MEAN),
            mean_all: Pass::new(&shader::ROOM_MEAN),
            blur_rows: Pass::new(&shader::ROOM_ROWS),
            blur_columns: Pass::new(&shader::ROOM_COLUMNS),
        }
    }

    /// The room drawn last: encoded colour, one texel for each cell.
    pub(crate) fn tex(&self) -> Option<&Tex> {
        self.room.tex()
    }

    /// Records the blur.
    pub(crate) fn draw(
        &mut self,
        kit: &Kit,
        encoder: &mut wgpu::CommandEncoder,
        size: Size,
        strength: f32,
        [frame, fits, tiles]: [&Tex; 3],
    ) {
        let gpu = &kit.gpu;
        let of = Cells::of(size);
        let params = cells::params(size, of, gauss_for_strength(of, strength));
        let reduced = self.reduced.get(gpu, cells::spec("room reduced", of));
        let rows = self.rows.get(gpu, cells::spec("room rows", of));
        let room = self.room.get(gpu, cells::spec("room", of));
        let part_count = [of.size.width(), of.size.height()].map(|side| side.min(MEAN_TILES));
        let mean_spec =
            |label, [w, h]: [u32; 2]| TexSpec::drawn(label, (w, h), TextureFormat::Rgba16Float);
        let parts = self.parts.get(gpu, mean_spec("room parts", part_count));
        let mean = self.mean.get(gpu, mean_spec("room mean", [1, 1]));

        let bytes = bytemuck::bytes_of(&params);
        self.reduce
            .draw(kit, encoder, bytes, &[frame, fits, tiles], &[reduced]);
        for (pass, from, to, count) in [
            (&mut self.mean_parts, reduced, parts, part_count),
            (&mut self.mean_all, parts, mean, [1, 1]),
        ] {
            let params = crate::params::CellParams {
                cells: count,
                ..params
            };
            pass.draw(kit, encoder, bytemuck::bytes_of(&params), &[from], &[to]);
        }
        self.blur_rows
            .draw(kit, encoder, bytes, &[reduced], &[rows]);
        self.blur_columns
            .draw(kit, encoder, bytes, &[rows, mean], &[room]);
    }
}
