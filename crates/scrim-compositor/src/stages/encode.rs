//! The composite as a camera's picture: letterboxed to a fixed size, in YUV.

use scrim_frame::{PixelFormat, Size};
use wgpu::TextureFormat::{self, R8Unorm, Rg8Unorm, Rgba8Unorm, Rgba16Float};

use crate::params::{EncodeParams, ResizeParams};
use crate::pass::{Kit, Pass};
use crate::reference::encode::letterbox;
use crate::tex::{Slot, Tex, TexSpec, sides};
use crate::{Encoding, shader, yuv};

/// Draws the planes.
#[derive(Debug)]
pub(crate) struct Encode {
    half: Slot,
    fitted: Slot,
    planes: [Slot; 3],
    rows: Pass,
    columns: Pass,
    yuyv: Pass,
    luma: Pass,
    nv12: Pass,
    i420: Pass,
}

impl Encode {
    pub(crate) fn new() -> Self {
        Self {
            half: Slot::default(),
            fitted: Slot::default(),
            planes: Default::default(),
            rows: Pass::new(&shader::RESIZE_ROWS),
            columns: Pass::new(&shader::RESIZE_COLUMNS),
            yuyv: Pass::new(&shader::ENCODE_YUYV),
            luma: Pass::new(&shader::ENCODE_LUMA),
            nv12: Pass::new(&shader::ENCODE_NV12),
            i420: Pass::new(&shader::ENCODE_I420),
        }
    }

    /// The planes drawn last, in the order of their format.
    pub(crate) fn planes(&self) -> impl Iterator<Item = &Tex> {
        self.planes.iter().filter_map(Slot::tex)
    }

    /// Records the passes that lay a composite of size `from` out.
    pub(crate) fn draw(
        &mut self,
        kit: &Kit,
        encoder: &mut wgpu::CommandEncoder,
        composite: &Tex,
        from: Size,
        encoding: Encoding,
    ) {
        let size = encoding.size();
        if from != size {
            self.fit(kit, encoder, composite, from, size);
        }
        let composite = match self.fitted.tex() {
            Some(fitted) if from != size => fitted,
            _ => composite,
        };
        let [luma, blue_difference, red_difference] = yuv::encoding_rows(encoding.yuv());
        let params = EncodeParams {
            size: sides(size).into(),
            _pad_x: 0,
            _pad_y: 0,
            luma,
            blue_difference,
            red_difference,
        };
        let (params, read) = (bytemuck::bytes_of(&params), [composite]);
        for (slot, plane) in self.planes.iter_mut().zip(planes(encoding)) {
            match plane {
                Some((size, format)) => {
                    let spec = TexSpec::drawn("camera plane", size, format).copied();
                    slot.get(&kit.gpu, spec);
                }
                None => *slot = Slot::default(),
            }
        }
        let [first, second, third] = &self.planes;
        match (first.tex(), second.tex(), third.tex()) {
            (Some(first), Some(u), Some(v)) => {
                self.luma.draw(kit, encoder, params, &read, &[first]);
                self.i420.draw(kit, encoder, params, &read, &[u, v]);
            }
            (Some(first), Some(chroma), None) => {
                self.luma.draw(kit, encoder, params, &read, &[first]);
                self.nv12.draw(kit, encoder, params, &read, &[chroma]);
            }
            (Some(first), ..) => self.yuyv.draw(kit, encoder, params, &read, &[first]),
            (None, ..) => {}
        }
    }

    fn fit(
        &mut self,
        kit: &Kit,
        encoder: &mut wgpu::CommandEncoder,
        composite: &Tex,
        from: Size,
        to: Size,
    ) {
        let placement = letterbox(from, to);
        let params = ResizeParams {
            source: sides(from).into(),
            out_size: sides(to).into(),
            scale: placement.scale,
            origin: placement.origin,
        };
        let params = bytemuck::bytes_of(&params);
        let spec = TexSpec::drawn("camera rows", (to.width(), from.height()), Rgba16Float);
        let half = self.half.get(&kit.gpu, spec);
        let spec = TexSpec::drawn("camera", sides(to), Rgba8Unorm);
        let fitted = self.fitted.get(&kit.gpu, spec);
        self.rows.draw(kit, encoder, params, &[composite], &[half]);
        self.columns.draw(kit, encoder, params, &[half], &[fitted]);
    }
}

/// Texels and format of the textures whose rows, one after the other, are the rows of each plane.
fn planes(encoding: Encoding) -> [Option<((u32, u32), TextureFormat)>; 3] {
    let (width, height) = sides(encoding.size());
    let whole = Some(((width, height), R8Unorm));
    let quarter = |format| Some(((width / 2, height / 2), format));
    match encoding.format() {
        PixelFormat::Nv12(_) => [whole, quarter(Rg8Unorm), None],
        PixelFormat::I420(_) => [whole, quarter(R8Unorm), quarter(R8Unorm)],
        _ => [Some(((width / 2, height), Rgba8Unorm)), None, None],
    }
}
