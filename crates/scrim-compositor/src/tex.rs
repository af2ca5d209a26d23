//! Textures, and when they are made anew.

use std::sync::atomic::{AtomicU64, Ordering};

use scrim_frame::Size;

use crate::Gpu;

/// What a texture is made from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TexSpec {
    label: &'static str,
    size: (u32, u32),
    layers: Option<u32>,
    format: wgpu::TextureFormat,
    usage: wgpu::TextureUsages,
}

impl TexSpec {
    /// Written by the CPU.
    pub(crate) fn read(label: &'static str, size: (u32, u32), format: wgpu::TextureFormat) -> Self {
        Self {
            label,
            size,
            layers: None,
            format,
            usage: wgpu::TextureUsages::TEXTURE_BINDING | wgpu::TextureUsages::COPY_DST,
        }
    }

    /// Written by a pass.
    pub(crate) fn drawn(
        label: &'static str,
        size: (u32, u32),
        format: wgpu::TextureFormat,
    ) -> Self {
        Self {
            usage: wgpu::TextureUsages::TEXTURE_BINDING | wgpu::TextureUsages::RENDER_ATTACHMENT,
            ..Self::read(label, size, format)
        }
    }

    /// Bound as an array, even of one.
    pub(crate) fn layered(self, layers: u32) -> Self {
        Self {
            layers: Some(layers),
            ..self
        }
    }

    /// Also copied from.
    pub(crate) fn copied(self) -> Self {
        Self {
            usage: self.usage | wgpu::TextureUsages::COPY_SRC,
            ..self
        }
    }
}

/// A texture with its view, and an id that says whether it is still the same one.
#[derive(Debug)]
pub(crate) struct Tex {
    id: u64,
    pub(crate) texture: wgpu::Texture,
    pub(crate) view: wgpu::TextureView,
}

impl Tex {
    pub(crate) fn new(gpu: &Gpu, spec: &TexSpec) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let texture = gpu.device().create_texture(&wgpu::TextureDescriptor {
            label: Some(spec.label),
            size: wgpu::Extent3d {
                width: spec.size.0,
                height: spec.size.1,
                depth_or_array_layers: spec.layers.unwrap_or(1),
            },
            mip_level_count: 1,
            sample_count: 1,
            dimension: wgpu::TextureDimension::D2,
            format: spec.format,
            usage: spec.usage,
            view_formats: &[],
        });
        let view = texture.create_view(&wgpu::TextureViewDescriptor {
            dimension: spec.layers.map(|_| wgpu::TextureViewDimension::D2Array),
            ..Default::default()
        });
        Self {
            id: NEXT.fetch_add(1, Ordering::Relaxed),
            texture,
            view,
        }
    }

    /// Fills it, or one layer of it, from rows `stride` bytes apart.
    pub(crate) fn write(
        &self,
        gpu: &Gpu,
        bytes: &[u8],
        stride: usize,
        layer: u32,
        extent: (u32, u32),
    ) {
        gpu.queue().write_texture(
            wgpu::TexelCopyTextureInfo {
                origin: wgpu::Origin3d {
                    x: 0,
                    y: 0,
                    z: layer,
                },
                ..self.texture.as_image_copy()
            },
            bytes,
            wgpu::TexelCopyBufferLayout {
                offset: 0,
                bytes_per_row: Some(stride as u32),
                rows_per_image: None,
            },
            wgpu::Extent3d {
                width: extent.0,
                height: extent.1,
                depth_or_array_layers: 1,
            },
        );
    }

    /// Grows by one whenever any texture is made, so that equal ids mean the same texture.
    pub(crate) fn id(&self) -> u64 {
        self.id
    }
}

/// A texture that is replaced when its size or format changes.
#[derive(Debug, Default)]
pub(crate) struct Slot(Option<(TexSpec, Tex)>);

impl Slot {
    /// The texture, made if there is none of this kind yet.
    pub(crate) fn get(&mut self, gpu: &Gpu, spec: TexSpec) -> &Tex {
        let fits = self.0.as_ref().is_some_and(|(have, _)| {
            have.size == spec.size && have.layers == spec.layers && have.format == spec.format
        });
        if !fits {
            self.0 = None;
        }
        &self.0.get_or_insert_with(|| (spec, Tex::new(gpu, &spec))).1
    }

    /// The texture, if there is one.
    pub(crate) fn tex(&self) -> Option<&Tex> {
        self.0.as_ref().map(|(_, tex)| tex)
    }
}

/// Sides as the GPU counts them.
pub(crate) fn sides(size: Size) -> (u32, u32) {
    (size.width(), size.height())
}
