//! The window's surface, its device, and drawing egui onto it.

use std::sync::Arc;

use scrim_pipeline::compositor::GpuError;
use scrim_pipeline::{Gpu, Preview};
use winit::event_loop::OwnedDisplayHandle;
use winit::window::Window;

use crate::exit::Failure;

/// Everything that is lost together when the graphics device is lost.
pub struct Graphics {
    window: Arc<Window>,
    surface: wgpu::Surface<'static>,
    config: wgpu::SurfaceConfiguration,
    gpu: Gpu,
    renderer: egui_wgpu::Renderer,
    preview: Option<(u64, egui::TextureId)>,
}

/// What became of a frame of the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Painted {
    /// It is on its way to the screen.
    Yes,
    /// The window is hidden; draw again when it is shown.
    Hidden,
    /// Not this time; draw again at once.
    TryAgain,
    /// The surface is lost: everything must be made anew.
    Lost,
}

impl Graphics {
    /// Makes surface, device and renderer for a window.
    pub fn new(window: Arc<Window>, display: &OwnedDisplayHandle) -> Result<Self, Failure> {
        let mut descriptor = wgpu::InstanceDescriptor::new_without_display_handle_from_env();
        descriptor.display = Some(Box::new(display.clone()));
        let instance = wgpu::Instance::new(descriptor);
        let surface = instance
            .create_surface(Arc::clone(&window))
            .map_err(no_graphics)?;
        let adapter = pollster::block_on(instance.request_adapter(&wgpu::RequestAdapterOptions {
            compatible_surface: Some(&surface),
            ..Default::default()
        }))
        .map_err(no_graphics)?;
        let (device, queue) = pollster::block_on(adapter.request_device(&wgpu::DeviceDescriptor {
            label: Some("scrim window"),
            required_limits: Gpu::limits(&adapter.limits()),
            ..Default::default()
        }))
        .map_err(no_graphics)?;
        let gpu = Gpu::from_parts(device, queue, &adapter.get_info());
        let size = window.inner_size();
        let mut config = surface
            .get_default_config(&adapter, size.width.max(1), size.height.max(1))
            .ok_or_else(|| no_graphics("the adapter cannot draw onto this window"))?;
        // egui blends encoded colour and wants a format that is not sRGB-typed.
        let plain = [
            wgpu::TextureFormat::Bgra8Unorm,
            wgpu::TextureFormat::Rgba8Unorm,
        ];
        if let Some(format) = surface
            .get_capabilities(&adapter)
            .formats
            .iter()
            .find(|f| plain.contains(f))
        {
            config.format = *format;
        }
        surface.configure(gpu.device(), &config);
        let renderer = egui_wgpu::Renderer::new(
            gpu.device(),
            config.format,
            egui_wgpu::RendererOptions::default(),
        );
        Ok(Self {
            window,
            surface,
            config,
            gpu,
            renderer,
            preview: None,
        })
    }

    /// The device, for the compositor.
    pub fn gpu(&self) -> &Gpu {
        &self.gpu
    }

    /// Whether the device is lost: driver reset, sleep, or removal.
    pub fn is_lost(&self) -> bool {
        self.gpu.is_lost()
    }

    /// The largest side of a texture.
    pub fn max_texture_side(&self) -> usize {
        self.gpu.device().limits().max_texture_dimension_2d as usize
    }

    /// Follows the window's size in physical pixels.
    pub fn resize(&mut self, width: u32, height: u32) {
        self.config.width = width.max(1);
        self.config.height = height.max(1);
        self.surface.configure(self.gpu.device(), &self.config);
    }

    /// Makes the pipeline's preview known to egui; the same id for as long as the texture stays.
    pub fn preview_texture(&mut self, preview: &Preview) -> egui::TextureId {
        match self.preview {
            Some((generation, id)) if generation == preview.generation => id,
            Some((_, id)) => {
                self.renderer.update_egui_texture_from_wgpu_texture(
                    self.gpu.device(),
                    &preview.view,
                    wgpu::FilterMode::Linear,
                    id,
                );
                self.preview = Some((preview.generation, id));
                id
            }
            None => {
                let id = self.renderer.register_native_texture(
                    self.gpu.device(),
                    &preview.view,
                    wgpu::FilterMode::Linear,
                );
                self.preview = Some((preview.generation, id));
                id
            }
        }
    }

    /// Draws what egui has laid out.
    pub fn paint(
        &mut self,
        jobs: &[egui::ClippedPrimitive],
        textures: &mut egui::TexturesDelta,
        pixels_per_point: f32,
    ) -> Painted {
        // Textures are taken over even when nothing can be drawn: egui sends each change only once.
        for (id, deltas) in textures.set.drain() {
            for delta in deltas {
                self.renderer
                    .update_texture(self.gpu.device(), self.gpu.queue(), id, &delta);
            }
        }
        let painted = self.draw(jobs, pixels_per_point);
        for id in textures.free.drain() {
            self.renderer.free_texture(&id);
        }
        painted
    }

    fn draw(&mut self, jobs: &[egui::ClippedPrimitive], pixels_per_point: f32) -> Painted {
        let frame = match self.surface.get_current_texture() {
            wgpu::CurrentSurfaceTexture::Success(frame)
            | wgpu::CurrentSurfaceTexture::Suboptimal(frame) => frame,
            wgpu::CurrentSurfaceTexture::Occluded => return Painted::Hidden,
            wgpu::CurrentSurfaceTexture::Outdated => {
                self.surface.configure(self.gpu.device(), &self.config);
                return Painted::TryAgain;
            }
            wgpu::CurrentSurfaceTexture::Timeout | wgpu::CurrentSurfaceTexture::Validation => {
                return Painted::TryAgain;
            }
            wgpu::CurrentSurfaceTexture::Lost => return Painted::Lost,
        };
        let (device, queue) = (self.gpu.device(), self.gpu.queue());
        let view = frame
            .texture
            .create_view(&wgpu::TextureViewDescriptor::default());
        let screen = egui_wgpu::ScreenDescriptor {
            size_in_pixels: [self.config.width, self.config.height],
            pixels_per_point,
        };
        let mut encoder = device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        let uploads = self
            .renderer
            .update_buffers(device, queue, &mut encoder, jobs, &screen);
        {
            let mut pass = encoder
                .begin_render_pass(&wgpu::RenderPassDescriptor {
                    label: Some("window"),
                    color_attachments: &[Some(wgpu::RenderPassColorAttachment {
                        view: &view,
                        depth_slice: None,
                        resolve_target: None,
                        ops: wgpu::Operations {
                            load: wgpu::LoadOp::Clear(wgpu::Color::BLACK),
                            store: wgpu::StoreOp::Store,
                        },
                    })],
                    depth_stencil_attachment: None,
                    timestamp_writes: None,
                    occlusion_query_set: None,
                    multiview_mask: None,
                })
                .forget_lifetime();
            self.renderer.render(&mut pass, jobs, &screen);
        }
        queue.submit(uploads.into_iter().chain([encoder.finish()]));
        self.window.pre_present_notify();
        queue.present(frame);
        Painted::Yes
    }
}

fn no_graphics(reason: impl std::fmt::Display) -> Failure {
    scrim_pipeline::Problem::compositor(&GpuError::NoAdapter {
        reason: reason.to_string(),
    })
    .into()
}
