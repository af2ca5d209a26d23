//! From any pixel format to one texture of encoded colour.

use scrim_frame::{Frame, FrameId, PixelFormat, Plane};
use wgpu::TextureFormat;

use crate::params::DecodeParams;
use crate::pass::{Kit, Pass};
use crate::tex::{Slot, Tex, TexSpec, sides};
use crate::{GpuError, shader, yuv};

/// Holds one decoded picture.
#[derive(Debug)]
pub(crate) struct Decode {
    loaded: Option<FrameId>,
    /// RGBA and BGRA are read where they were uploaded: the texture's own format puts the channels in order.
    needs_no_pass: bool,
    planes: [Slot; 3],
    decoded: Slot,
    rgb: Pass,
    nv12: Pass,
    yuyv: Pass,
    i420: Pass,
}

impl Decode {
    pub(crate) fn new() -> Self {
        Self {
            loaded: None,
            needs_no_pass: false,
            planes: Default::default(),
            decoded: Slot::default(),
            rgb: Pass::new(&shader::DECODE_RGB),
            nv12: Pass::new(&shader::DECODE_NV12),
            yuyv: Pass::new(&shader::DECODE_YUYV),
            i420: Pass::new(&shader::DECODE_I420),
        }
    }

    /// The texture with the picture loaded last: encoded colour; alpha as the picture has it, 1 where it has none.
    pub(crate) fn tex(&self) -> Option<&Tex> {
        if self.needs_no_pass {
            self.planes[0].tex()
        } else {
            self.decoded.tex()
        }
    }

    /// Forgets which picture is loaded, so that the next one is uploaded whatever its id.
    pub(crate) fn forget(&mut self) {
        self.loaded = None;
    }

    /// Uploads a picture and records its decoding, unless it is there already.
    pub(crate) fn load(
        &mut self,
        kit: &Kit,
        encoder: &mut wgpu::CommandEncoder,
        frame: &Frame,
    ) -> Result<(), GpuError> {
        if self.loaded == Some(frame.id()) {
            return Ok(());
        }
        kit.gpu.check_size(frame.size())?;
        self.needs_no_pass = matches!(frame.format(), PixelFormat::Rgba8 | PixelFormat::Bgra8);
        let strip = self.upload(kit, frame);
        if !self.needs_no_pass {
            self.decode(kit, encoder, frame, strip);
        }
        self.loaded = Some(frame.id());
        Ok(())
    }

    /// Writes the planes; for RGB, returns how many pixels lie in one layer.
    fn upload(&mut self, kit: &Kit, frame: &Frame) -> u32 {
        let (width, _) = sides(frame.size());
        let chroma_width = width.div_ceil(2);
        match frame.format() {
            PixelFormat::Rgba8 => self.plane(kit, frame, 0, width, TextureFormat::Rgba8Unorm),
            PixelFormat::Bgra8 => self.plane(kit, frame, 0, width, TextureFormat::Bgra8Unorm),
            PixelFormat::Yuyv(_) => {
                self.plane(kit, frame, 0, chroma_width, TextureFormat::Rgba8Unorm);
            }
            PixelFormat::Nv12(_) => {
                self.plane(kit, frame, 0, width, TextureFormat::R8Unorm);
                self.plane(kit, frame, 1, chroma_width, TextureFormat::Rg8Unorm);
            }
            PixelFormat::I420(_) => {
                self.plane(kit, frame, 0, width, TextureFormat::R8Unorm);
                self.plane(kit, frame, 1, chroma_width, TextureFormat::R8Unorm);
                self.plane(kit, frame, 2, chroma_width, TextureFormat::R8Unorm);
            }
            PixelFormat::Rgb8 => return self.layers(kit, frame),
        }
        1
    }

    fn plane(&mut self, kit: &Kit, frame: &Frame, index: usize, width: u32, format: TextureFormat) {
        let Plane {
            bytes,
            stride,
            rows,
        } = frame.plane(index);
        let spec = TexSpec::read("plane", (width, rows), format);
        let tex = self.planes[index].get(&kit.gpu, spec);
        tex.write(&kit.gpu, bytes, stride, 0, (width, rows));
    }

    /// Three texels a pixel; a row that is wider than a texture goes on in the next layer.
    fn layers(&mut self, kit: &Kit, frame: &Frame) -> u32 {
        let (width, height) = sides(frame.size());
        let strip = width.min(kit.gpu.device().limits().max_texture_dimension_2d / 3);
        let layers = width.div_ceil(strip);
        let spec = TexSpec::read("rgb", (strip * 3, height), TextureFormat::R8Unorm);
        let tex = self.planes[0].get(&kit.gpu, spec.layered(layers));
        let Plane { bytes, stride, .. } = frame.plane(0);
        for layer in 0..layers {
            let from = layer * strip;
            let texels = strip.min(width - from) * 3;
            let bytes = &bytes[from as usize * 3..];
            tex.write(&kit.gpu, bytes, stride, layer, (texels, height));
        }
        strip
    }

    fn decode(&mut self, kit: &Kit, encoder: &mut wgpu::CommandEncoder, frame: &Frame, strip: u32) {
        let (width, height) = sides(frame.size());
        let [red, green, blue] = frame
            .format()
            .yuv_encoding()
            .map_or([[0.0; 4]; 3], yuv::rows);
        let params = DecodeParams {
            size: [width, height],
            strip,
            _pad: 0,
            red,
            green,
            blue,
        };
        let spec = TexSpec::drawn("frame", (width, height), TextureFormat::Rgba8Unorm);
        let target = self.decoded.get(&kit.gpu, spec);
        let (pass, count) = match frame.format() {
            PixelFormat::Nv12(_) => (&mut self.nv12, 2),
            PixelFormat::Yuyv(_) => (&mut self.yuyv, 1),
            PixelFormat::I420(_) => (&mut self.i420, 3),
            PixelFormat::Rgb8 | PixelFormat::Rgba8 | PixelFormat::Bgra8 => (&mut self.rgb, 1),
        };
        let planes = [0, 1, 2].map(|i: usize| self.planes[i].tex().unwrap_or(&kit.nothing));
        let params = bytemuck::bytes_of(&params);
        pass.draw(kit, encoder, params, &planes[..count], &[target]);
    }
}
