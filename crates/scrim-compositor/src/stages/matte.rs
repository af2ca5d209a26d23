//! From the model's matte to a texture from which the mix takes alpha at the frame's resolution.

use scrim_frame::{Matte, Size};
use wgpu::TextureFormat;

use crate::params::GuidedParams;
use crate::pass::{Kit, Pass};
use crate::reference::upsample::Guided;
use crate::stages::tiles;
use crate::tex::{Slot, Tex, TexSpec, sides};
use crate::{GpuError, Upsampling, shader};

/// Holds one fitted matte.
#[derive(Debug)]
pub(crate) struct FitMatte {
    matte: Slot,
    known: Vec<u8>,
    tiles: Slot,
    luma: Slot,
    sums: Slot,
    slopes: Slot,
    slope_rows: Slot,
    fits: Slot,
    plain: Pass,
    guided_luma: Pass,
    guided_rows: Pass,
    guided_fit: Pass,
    guided_mean_rows: Pass,
    guided_mean: Pass,
}

impl FitMatte {
    pub(crate) fn new() -> Self {
        Self {
            matte: Slot::default(),
            known: Vec::new(),
            tiles: Slot::default(),
            luma: Slot::default(),
            sums: Slot::default(),
            slopes: Slot::default(),
            slope_rows: Slot::default(),
            fits: Slot::default(),
            plain: Pass::new(&shader::MATTE_PLAIN),
            guided_luma: Pass::new(&shader::GUIDED_LUMA),
            guided_rows: Pass::new(&shader::GUIDED_ROWS),
            guided_fit: Pass::new(&shader::GUIDED_FIT),
            guided_mean_rows: Pass::new(&shader::GUIDED_MEAN_ROWS),
            guided_mean: Pass::new(&shader::GUIDED_MEAN),
        }
    }

    /// The fits: slope, alpha, the luma about which the slope turns; at the matte's size. Sixteen-bit floats
    /// keep eleven bits of alpha or more.
    pub(crate) fn tex(&self) -> Option<&Tex> {
        self.fits.tex()
    }

    /// What is known of whole tiles of the matte: see `tiles::classify`.
    pub(crate) fn tiles(&self) -> Option<&Tex> {
        self.tiles.tex()
    }

    /// Uploads a matte and records its fit to `frame`.
    pub(crate) fn load(
        &mut self,
        kit: &Kit,
        encoder: &mut wgpu::CommandEncoder,
        matte: &Matte,
        frame: (&Tex, Size),
        upsampling: Upsampling,
    ) -> Result<(), GpuError> {
        kit.gpu.check_size(matte.size())?;
        let gpu = &kit.gpu;
        let (frame, frame_size) = frame;
        let size = sides(matte.size());
        let drawn = |label, format| TexSpec::drawn(label, size, format);

        // Full floats are uploaded as they are: converting them would cost the CPU more than the larger upload.
        let raw_spec = TexSpec::read("matte", size, TextureFormat::R32Float);
        let raw = self.matte.get(gpu, raw_spec);
        let samples = bytemuck::cast_slice(matte.samples());
        raw.write(gpu, samples, size.0 as usize * 4, 0, size);

        let grid = tiles::classify(matte, &mut self.known);
        let tiles_spec = TexSpec::read("tiles", grid, TextureFormat::R8Unorm);
        let tiles = self.tiles.get(gpu, tiles_spec);
        tiles.write(gpu, &self.known, grid.0 as usize, 0, grid);

        let guided = Guided::for_sizes(matte.size(), frame_size);
        let params = GuidedParams {
            frame: sides(frame_size).into(),
            matte: size.into(),
            radius: guided.radius as i32,
            epsilon: guided.epsilon,
            taps: guided.taps,
            _pad: 0,
        };
        let params = bytemuck::bytes_of(&params);
        let fits = self
            .fits
            .get(gpu, drawn("fits", TextureFormat::Rgba16Float));
        if upsampling == Upsampling::Bilinear {
            self.plain.draw(kit, encoder, params, &[raw], &[fits]);
            return Ok(());
        }
        let luma = self.luma.get(gpu, drawn("luma", TextureFormat::Rg32Float));
        let sums = self
            .sums
            .get(gpu, drawn("sums", TextureFormat::Rgba32Float));
        let slopes = self
            .slopes
            .get(gpu, drawn("slopes", TextureFormat::R32Float));
        let slope_rows = self
            .slope_rows
            .get(gpu, drawn("slope rows", TextureFormat::R32Float));
        self.guided_luma
            .draw(kit, encoder, params, &[frame, raw, tiles], &[luma]);
        self.guided_rows
            .draw(kit, encoder, params, &[luma, tiles], &[sums]);
        self.guided_fit
            .draw(kit, encoder, params, &[sums, tiles], &[slopes]);
        self.guided_mean_rows
            .draw(kit, encoder, params, &[slopes, tiles], &[slope_rows]);
        self.guided_mean
            .draw(kit, encoder, params, &[slope_rows, luma, tiles], &[fits]);
        Ok(())
    }
}
