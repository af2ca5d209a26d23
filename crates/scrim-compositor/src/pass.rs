//! One full-screen pass: a shader, its parameters, the textures it reads and those it writes.

use crate::Gpu;
use crate::tex::{Tex, TexSpec};

/// What every pass needs.
#[derive(Debug)]
pub(crate) struct Kit {
    pub(crate) gpu: Gpu,
    /// Bilinear, edges repeated.
    smooth_sampler: wgpu::Sampler,
    /// Bound where a pass could read a texture but will not.
    pub(crate) nothing: Tex,
}

impl Kit {
    pub(crate) fn new(gpu: &Gpu) -> Self {
        let smooth_sampler = gpu.device().create_sampler(&wgpu::SamplerDescriptor {
            label: Some("smooth"),
            mag_filter: wgpu::FilterMode::Linear,
            min_filter: wgpu::FilterMode::Linear,
            ..Default::default()
        });
        let nothing = Tex::new(
            gpu,
            &TexSpec::read("nothing", (1, 1), wgpu::TextureFormat::Rgba8Unorm),
        );
        Self {
            gpu: gpu.clone(),
            smooth_sampler,
            nothing,
        }
    }
}

/// How a pass reads a texture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Read {
    /// Through the smooth sampler.
    Smooth,
    /// Texel by texel: also formats that cannot be filtered.
    Texels,
    /// Texel by texel, in layers.
    Layers,
}

/// What a pass is made of. Bindings: 0 parameters, 1 the smooth sampler, 2 and up the textures read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Recipe {
    pub(crate) label: &'static str,
    pub(crate) wgsl: &'static str,
    pub(crate) reads: &'static [Read],
    pub(crate) writes: &'static [wgpu::TextureFormat],
    /// Bytes of the parameters; a multiple of 16.
    pub(crate) params: usize,
}

/// Values for a shader's `override` constants.
pub(crate) type Constants = &'static [(&'static str, f64)];

/// The most textures that a pass reads.
const MAX_READS: usize = 7;
/// The most textures that a pass writes.
const MAX_WRITES: usize = 2;
/// No parameter struct is larger.
const MAX_PARAMS: usize = 96;

#[derive(Debug)]
struct Built {
    pipeline: wgpu::RenderPipeline,
    layout: wgpu::BindGroupLayout,
    params: wgpu::Buffer,
}

/// A pass, built when first drawn. One pass is drawn at most once in a submission, because its parameters are written
/// before the submission runs.
#[derive(Debug)]
pub(crate) struct Pass {
    recipe: &'static Recipe,
    constants: Constants,
    built: Option<Built>,
    bound: Option<([u64; MAX_READS], wgpu::BindGroup)>,
    sent: Option<[u8; MAX_PARAMS]>,
}

impl Pass {
    pub(crate) fn new(recipe: &'static Recipe) -> Self {
        Self {
            recipe,
            constants: &[],
            built: None,
            bound: None,
            sent: None,
        }
    }

    /// The pass with some of its shader's constants set.
    pub(crate) fn with_constants(recipe: &'static Recipe, constants: Constants) -> Self {
        Self {
            constants,
            ..Self::new(recipe)
        }
    }

    /// Records the pass over the whole of its targets.
    pub(crate) fn draw(
        &mut self,
        kit: &Kit,
        encoder: &mut wgpu::CommandEncoder,
        params: &[u8],
        reads: &[&Tex],
        writes: &[&Tex],
    ) {
        debug_assert_eq!(
            reads.len(),
            self.recipe.reads.len(),
            "{}",
            self.recipe.label
        );
        debug_assert_eq!(
            writes.len(),
            self.recipe.writes.len(),
            "{}",
            self.recipe.label
        );
        debug_assert_eq!(params.len(), self.recipe.params, "{}", self.recipe.label);
        let (recipe, constants) = (self.recipe, self.constants);
        let built = self
            .built
            .get_or_insert_with(|| build(recipe, constants, &kit.gpu));

        let mut bytes = [0; MAX_PARAMS];
        bytes[..params.len()].copy_from_slice(params);
        if self.sent != Some(bytes) {
            kit.gpu.queue().write_buffer(&built.params, 0, params);
            self.sent = Some(bytes);
        }

        let mut key = [0; MAX_READS];
        for (slot, tex) in key.iter_mut().zip(reads) {
            *slot = tex.id();
        }
        if self.bound.as_ref().is_none_or(|(have, _)| *have != key) {
            self.bound = Some((key, bind(kit, built, recipe.label, reads)));
        }
        let Some((_, group)) = &self.bound else {
            return;
        };

        let attachments: [_; MAX_WRITES] = std::array::from_fn(|i| {
            writes.get(i).map(|tex| wgpu::RenderPassColorAttachment {
                view: &tex.view,
                depth_slice: None,
                resolve_target: None,
                ops: wgpu::Operations {
                    load: wgpu::LoadOp::Clear(wgpu::Color::TRANSPARENT),
                    store: wgpu::StoreOp::Store,
                },
            })
        });
        let mut pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
            label: Some(recipe.label),
            color_attachments: &attachments[..writes.len()],
            depth_stencil_attachment: None,
            timestamp_writes: None,
            occlusion_query_set: None,
            multiview_mask: None,
        });
        pass.set_pipeline(&built.pipeline);
        pass.set_bind_group(0, group, &[]);
        pass.draw(0..3, 0..1);
    }
}

fn bind(kit: &Kit, built: &Built, label: &str, reads: &[&Tex]) -> wgpu::BindGroup {
    let mut entries = vec![
        wgpu::BindGroupEntry {
            binding: 0,
            resource: built.params.as_entire_binding(),
        },
        wgpu::BindGroupEntry {
            binding: 1,
            resource: wgpu::BindingResource::Sampler(&kit.smooth_sampler),
        },
    ];
    entries.extend(
        reads
            .iter()
            .zip(2..)
            .map(|(tex, binding)| wgpu::BindGroupEntry {
                binding,
                resource: wgpu::BindingResource::TextureView(&tex.view),
            }),
    );
    kit.gpu
        .device()
        .create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some(label),
            layout: &built.layout,
            entries: &entries,
        })
}

fn build(recipe: &Recipe, constants: Constants, gpu: &Gpu) -> Built {
    let device = gpu.device();
    let layout = bind_group_layout(recipe, device);
    let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
        label: Some(recipe.label),
        source: wgpu::ShaderSource::Wgsl(recipe.wgsl.into()),
    });
    let pipeline_layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
        label: Some(recipe.label),
        bind_group_layouts: &[Some(&layout)],
        immediate_size: 0,
    });
    let targets: Vec<_> = recipe.writes.iter().map(|&f| Some(f.into())).collect();
    let pipeline = device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
        label: Some(recipe.label),
        layout: Some(&pipeline_layout),
        vertex: wgpu::VertexState {
            module: &module,
            entry_point: Some("cover"),
            compilation_options: wgpu::PipelineCompilationOptions::default(),
            buffers: &[],
        },
        fragment: Some(wgpu::FragmentState {
            module: &module,
            entry_point: Some("main"),
            compilation_options: wgpu::PipelineCompilationOptions {
                constants,
                ..Default::default()
            },
            targets: &targets,
        }),
        primitive: wgpu::PrimitiveState::default(),
        depth_stencil: None,
        multisample: wgpu::MultisampleState::default(),
        multiview_mask: None,
        cache: None,
    });
    let params = device.create_buffer(&wgpu::BufferDescriptor {
        label: Some(recipe.label),
        size: recipe.params as u64,
        usage: wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST,
        mapped_at_creation: false,
    });
    Built {
        pipeline,
        layout,
        params,
    }
}

fn bind_group_layout(recipe: &Recipe, device: &wgpu::Device) -> wgpu::BindGroupLayout {
    let entry = |binding, ty| wgpu::BindGroupLayoutEntry {
        binding,
        visibility: wgpu::ShaderStages::FRAGMENT,
        ty,
        count: None,
    };
    let mut entries = vec![
        entry(
            0,
            wgpu::BindingType::Buffer {
                ty: wgpu::BufferBindingType::Uniform,
                has_dynamic_offset: false,
                min_binding_size: std::num::NonZeroU64::new(recipe.params as u64),
            },
        ),
        entry(
            1,
            wgpu::BindingType::Sampler(wgpu::SamplerBindingType::Filtering),
        ),
    ];
    entries.extend(recipe.reads.iter().zip(2..).map(|(read, binding)| {
        entry(
            binding,
            wgpu::BindingType::Texture {
                sample_type: wgpu::TextureSampleType::Float {
                    filterable: *read == Read::Smooth,
                },
                view_dimension: if *read == Read::Layers {
                    wgpu::TextureViewDimension::D2Array
                } else {
                    wgpu::TextureViewDimension::D2
                },
                multisampled: false,
            },
        )
    }));
    device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
        label: Some(recipe.label),
        entries: &entries,
    })
}
