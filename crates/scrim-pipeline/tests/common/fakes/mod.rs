//! The parts.

mod controls;
mod drawing;
mod matting;
mod sink;
mod source;

use std::sync::Arc;

use scrim_compositor::GpuError;
use scrim_frame::{AlphaState, CompositeContent, CompositePool};
use scrim_matting::ModelSource;
use scrim_pipeline::Parts;

use super::World;
use drawing::{FakeDrawing, composite};
use matting::load_matting;
use sink::open_sink;
use source::open_source;

pub fn parts(world: &Arc<World>) -> Parts {
    let (a, b, c, d, e) = (
        Arc::clone(world),
        Arc::clone(world),
        Arc::clone(world),
        Arc::clone(world),
        Arc::clone(world),
    );
    Parts {
        open_source: Arc::new(move |spec, frames| open_source(&a, spec, frames)),
        load_matting: Arc::new(move |options, mattes| {
            let ModelSource::File(name) = &options.model else {
                panic!("tests name their models");
            };
            load_matting(&b, name, mattes)
        }),
        open_sink: Arc::new(move |spec, format| open_sink(&c, spec, format)),
        make_gpu: Arc::new(|| {
            super::gpu().ok_or(GpuError::NoAdapter {
                reason: "none".into(),
            })
        }),
        make_drawing: Arc::new(move |_, composites| Ok(Box::new(FakeDrawing::new(&d, composites)))),
        time_asleep: Arc::new(move || e.state().asleep),
        make_slate: Arc::new(|size, now| {
            composite(
                &mut CompositePool::new(1),
                size,
                None,
                CompositeContent::Slate,
                AlphaState::Opaque,
                now,
            )
            .unwrap()
        }),
    }
}
