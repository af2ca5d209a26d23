//! A background picture at the output's size.

use scrim_frame::{Frame, FrameId, PixelFormat, Size};
use wgpu::TextureFormat;

use crate::params::ResizeParams;
use crate::pass::{Kit, Pass};
use crate::reference::picture::Placement;
use crate::stages::decode::Decode;
use crate::tex::{Slot, Tex, TexSpec, sides};
use crate::{Fit, GpuError, shader};

/// Holds one background picture, resized once for as long as picture, fit and output size stay.
#[derive(Debug)]
pub(crate) struct PreparePicture {
    prepared: Option<(FrameId, Fit, Size)>,
    is_as_decoded: bool,
    decode: Decode,
    half: Slot,
    resized: Slot,
    rows: Pass,
    columns: Pass,
    tile: Pass,
}

impl PreparePicture {
    pub(crate) fn new() -> Self {
        Self {
            prepared: None,
            is_as_decoded: false,
            decode: Decode::new(),
            half: Slot::default(),
            resized: Slot::default(),
            rows: Pass::new(&shader::RESIZE_ROWS),
            columns: Pass::new(&shader::RESIZE_COLUMNS),
            tile: Pass::new(&shader::TILE),
        }
    }

    /// The picture prepared last: encoded colour, opaque, at the output's size.
    pub(crate) fn tex(&self) -> Option<&Tex> {
        if self.is_as_decoded {
            self.decode.tex()
        } else {
            self.resized.tex()
        }
    }

    /// Forgets what is prepared.
    pub(crate) fn forget(&mut self) {
        self.prepared = None;
        self.decode.forget();
    }

    /// Records the preparation of a picture, unless it is there already.
    pub(crate) fn load(
        &mut self,
        kit: &Kit,
        encoder: &mut wgpu::CommandEncoder,
        picture: &Frame,
        fit: Fit,
        size: Size,
    ) -> Result<(), GpuError> {
        let wanted = (picture.id(), fit, size);
        if self.prepared == Some(wanted) {
            return Ok(());
        }
        self.prepared = None;
        self.decode.load(kit, encoder, picture)?;
        let has_alpha = matches!(picture.format(), PixelFormat::Rgba8 | PixelFormat::Bgra8);
        self.is_as_decoded = picture.size() == size && !has_alpha;
        if !self.is_as_decoded {
            self.resize(kit, encoder, picture.size(), fit, size);
        }
        self.prepared = Some(wanted);
        Ok(())
    }

    fn resize(
        &mut self,
        kit: &Kit,
        encoder: &mut wgpu::CommandEncoder,
        source: Size,
        fit: Fit,
        size: Size,
    ) {
        let decoded = self.decode.tex().unwrap_or(&kit.nothing);
        let Placement { scale, origin } = Placement::new(source, size, fit);
        let params = ResizeParams {
            source: sides(source).into(),
            out_size: sides(size).into(),
            scale,
            origin,
        };
        let params = bytemuck::bytes_of(&params);
        let spec = TexSpec::drawn("backdrop", sides(size), TextureFormat::Rgba8Unorm);
        let resized = self.resized.get(&kit.gpu, spec);
        if fit == Fit::Tile {
            self.tile.draw(kit, encoder, params, &[decoded], &[resized]);
            return;
        }
        let half_size = (size.width(), source.height());
        let spec = TexSpec::drawn("backdrop rows", half_size, TextureFormat::Rgba16Float);
        let half = self.half.get(&kit.gpu, spec);
        self.rows.draw(kit, encoder, params, &[decoded], &[half]);
        self.columns.draw(kit, encoder, params, &[half], &[resized]);
    }
}
