//! A compositor that notes what it is told to draw, and draws nothing.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

use scrim_compositor::{AdapterFacts, Backdrop, Encoding, GpuError, Look, Preview, PreviewView};
use scrim_frame::{
    AlphaState, Composite, CompositeContent, CompositePool, MattedFrame, PixelFormat, PixelLayout,
    Size,
};
use scrim_pipeline::Drawing;

use crate::common::{DrawingMode, Drawn, World, gpu, size};

pub struct FakeDrawing {
    world: Arc<World>,
    pool: CompositePool,
    encoding: Option<Encoding>,
    rendered: Option<Rendered>,
    ring: VecDeque<Rendered>,
}

struct Rendered {
    picture: MattedFrame,
    alpha: AlphaState,
    encoding: Option<Encoding>,
}

pub fn composite(
    pool: &mut CompositePool,
    size: Size,
    encoding: Option<Encoding>,
    content: CompositeContent,
    alpha: AlphaState,
    at: Instant,
) -> Result<Composite, GpuError> {
    let layout = match encoding {
        Some(encoding) => PixelLayout::packed(encoding.format(), encoding.size()),
        None => PixelLayout::packed(PixelFormat::Rgba8, size),
    };
    #[expect(
        clippy::disallowed_methods,
        reason = "this fake stands in for the compositor"
    )]
    let draft = pool.draft(layout)?;
    Ok(draft.finish(content, alpha, at))
}

impl FakeDrawing {
    pub fn new(world: &Arc<World>, composites: usize) -> Self {
        Self {
            world: Arc::clone(world),
            pool: CompositePool::new(composites),
            encoding: None,
            rendered: None,
            ring: VecDeque::with_capacity(4),
        }
    }

    fn pop(&mut self) -> Result<Option<Composite>, GpuError> {
        let Some(Rendered {
            picture,
            alpha,
            encoding,
        }) = self.ring.pop_front()
        else {
            return Ok(None);
        };
        let frame = picture.frame();
        composite(
            &mut self.pool,
            frame.size(),
            encoding,
            CompositeContent::Person(frame.id()),
            alpha,
            frame.captured_at(),
        )
        .map(Some)
    }
}

impl Drawing for FakeDrawing {
    fn facts(&self) -> AdapterFacts {
        AdapterFacts {
            name: "fake".into(),
            backend: "none".into(),
            is_software: self.world.state().drawing == DrawingMode::WorksOnTheCpu,
        }
    }

    fn set_encoding(&mut self, encoding: Option<Encoding>) {
        self.encoding = encoding;
    }

    fn rehearse(&mut self, _: &Look, _: &dyn Fn() -> bool) -> Result<(), GpuError> {
        self.world.set(|state| state.rehearsals += 1);
        Ok(())
    }

    fn render(&mut self, picture: &MattedFrame, look: &Look) -> Result<(), GpuError> {
        let mode = self.world.state().drawing;
        match mode {
            DrawingMode::Works | DrawingMode::WorksOnTheCpu | DrawingMode::HoldsPreview => {}
            DrawingMode::Prepares => self.world.wait("the end of its preparation", |state| {
                state.drawing != DrawingMode::Prepares
            }),
            DrawingMode::Lost => {
                return Err(GpuError::Lost {
                    reason: "on purpose".into(),
                });
            }
            DrawingMode::Refuses => {
                return Err(GpuError::Refused {
                    reason: "on purpose".into(),
                });
            }
        }
        let (backdrop, alpha) = match look.backdrop {
            Backdrop::Transparent => ("transparent", AlphaState::Straight),
            Backdrop::Picture(..) => ("picture", AlphaState::Opaque),
            _ => ("plain", AlphaState::Opaque),
        };
        let drawn = Drawn {
            id: picture.frame().id(),
            mirror: look.mirror,
            backdrop,
        };
        self.world.set(|state| {
            if state.is_logging {
                state.drawn.push(drawn);
            }
        });
        self.rendered = Some(Rendered {
            picture: picture.clone(),
            alpha,
            encoding: self.encoding,
        });
        Ok(())
    }

    /// As the real ring: the picture comes with a later call.
    fn read_back(&mut self) -> Result<Option<Composite>, GpuError> {
        self.ring.extend(self.rendered.take());
        if self.ring.len() > 1 {
            self.pop()
        } else {
            Ok(None)
        }
    }

    fn drain(&mut self) -> Result<Option<Composite>, GpuError> {
        self.pop()
    }

    fn composite(&mut self, picture: &MattedFrame, look: &Look) -> Result<Composite, GpuError> {
        self.render(picture, look)?;
        self.ring.extend(self.rendered.take());
        self.pop()?.ok_or(GpuError::NothingRendered)
    }

    fn preview(&mut self, view: PreviewView) -> Result<Option<Preview>, GpuError> {
        self.world.set(|state| {
            if state.is_logging {
                state.views.push(view);
            }
        });
        self.world
            .hang(|state| state.drawing != DrawingMode::HoldsPreview);
        let Some(gpu) = gpu() else { return Ok(None) };
        let texture = gpu.device().create_texture(&wgpu::TextureDescriptor {
            label: None,
            size: wgpu::Extent3d::default(),
            mip_level_count: 1,
            sample_count: 1,
            dimension: wgpu::TextureDimension::D2,
            format: wgpu::TextureFormat::Rgba8Unorm,
            usage: wgpu::TextureUsages::TEXTURE_BINDING,
            view_formats: &[],
        });
        Ok(Some(Preview {
            view: texture.create_view(&wgpu::TextureViewDescriptor::default()),
            size: size(),
            generation: 1,
        }))
    }
}
