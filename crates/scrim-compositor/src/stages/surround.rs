//! The person's and the room's colour near each place, for decontamination.

use scrim_frame::Size;

use crate::pass::{Kit, Pass};
use crate::reference::cells::Cells;
use crate::reference::surround::gauss;
use crate::shader;
use crate::stages::cells;
use crate::tex::{Slot, Tex};

/// Holds two reduced pictures: colour times weight, and the weight, of the person and of the room.
#[derive(Debug)]
pub(crate) struct Surround {
    reduced: [Slot; 2],
    rows: [Slot; 2],
    blurred: [Slot; 2],
    reduce: Pass,
    blur_rows: Pass,
    blur_columns: Pass,
}

impl Surround {
    pub(crate) fn new() -> Self {
        Self {
            reduced: Default::default(),
            rows: Default::default(),
            blurred: Default::default(),
            reduce: Pass::new(&shader::SURROUND_REDUCE),
            blur_rows: Pass::new(&shader::SURROUND_ROWS),
            blur_columns: Pass::new(&shader::SURROUND_COLUMNS),
        }
    }

    /// Near the person, and near the room: encoded colour times weight, and the weight.
    pub(crate) fn tex(&self) -> [Option<&Tex>; 2] {
        self.blurred.each_ref().map(Slot::tex)
    }

    /// Records both.
    pub(crate) fn draw(
        &mut self,
        kit: &Kit,
        encoder: &mut wgpu::CommandEncoder,
        size: Size,
        [frame, fits, tiles]: [&Tex; 3],
    ) {
        let of = Cells::of(size);
        let params = cells::params(size, of, gauss());
        let params = bytemuck::bytes_of(&params);
        let spec = cells::spec("surround", of);
        let [a, b] = self.reduced.each_mut().map(|slot| slot.get(&kit.gpu, spec));
        self.reduce
            .draw(kit, encoder, params, &[frame, fits, tiles], &[a, b]);
        let [c, d] = self.rows.each_mut().map(|slot| slot.get(&kit.gpu, spec));
        self.blur_rows.draw(kit, encoder, params, &[a, b], &[c, d]);
        let [e, f] = self.blurred.each_mut().map(|slot| slot.get(&kit.gpu, spec));
        self.blur_columns
            .draw(kit, encoder, params, &[c, d], &[e, f]);
    }
}
