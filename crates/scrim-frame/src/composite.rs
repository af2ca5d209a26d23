//! Composites: what may be shown to others.

use std::sync::Arc;
use std::time::Instant;

use crate::pool::Pool;
use crate::{FrameId, PixelBuffer, PixelFormat, PixelLayout, Plane, PoolExhausted, Size};

/// What the alpha channel of a composite says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AlphaState {
    /// Every pixel is opaque; an alpha channel, where there is one, is 255 throughout.
    Opaque,
    /// Colour is not multiplied by alpha.
    Straight,
}

/// What a composite shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CompositeContent {
    /// The person of this frame over the chosen background.
    Person(FrameId),
    /// The matte of this frame as a grey picture.
    Matte(FrameId),
    /// The still card that stands in until there is a person to show.
    Slate,
}

#[derive(Debug)]
struct CompositeData {
    buffer: PixelBuffer,
    alpha: AlphaState,
    content: CompositeContent,
    captured_at: Instant,
}

/// A finished picture: the only thing that a sink accepts. Cloning copies a reference.
///
/// Only the compositor makes composites. Rust cannot say "that crate alone", so the rule is kept by `clippy.toml`, which
/// disallows [`CompositePool::draft`] everywhere, and the compositor states its one exception.
#[derive(Debug, Clone)]
pub struct Composite(Arc<CompositeData>);

impl Composite {
    /// What it shows.
    #[must_use]
    pub fn content(&self) -> CompositeContent {
        self.0.content
    }

    /// What its alpha channel says.
    #[must_use]
    pub fn alpha(&self) -> AlphaState {
        self.0.alpha
    }

    /// When its frame was captured; for a slate, when it was made.
    #[must_use]
    pub fn captured_at(&self) -> Instant {
        self.0.captured_at
    }

    /// Its pixel format.
    #[must_use]
    pub fn format(&self) -> PixelFormat {
        self.0.buffer.layout().format()
    }

    /// Its size in pixels.
    #[must_use]
    pub fn size(&self) -> Size {
        self.0.buffer.layout().size()
    }

    /// One of its planes; encoded (gamma) colour.
    ///
    /// # Panics
    /// The format has no such plane.
    #[must_use]
    pub fn plane(&self, plane: usize) -> Plane<'_> {
        self.0.buffer.plane(plane)
    }
}

/// Composites whose memory is used again.
#[derive(Debug)]
pub struct CompositePool(Pool<CompositeData>);

impl CompositePool {
    /// A pool of `capacity` composites: one for each place where a composite can wait or be written out.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        Self(Pool::new(capacity))
    }

    /// A composite to be written; its bytes hold whatever composite was there before.
    ///
    /// # Errors
    /// All composites are held elsewhere.
    pub fn draft(&mut self, layout: PixelLayout) -> Result<CompositeDraft<'_>, PoolExhausted> {
        let slot = self.0.free_slot(|| CompositeData {
            buffer: PixelBuffer::zeroed(layout),
            alpha: AlphaState::Opaque,
            content: CompositeContent::Slate,
            captured_at: Instant::now(),
        })?;
        let data = Arc::get_mut(slot).ok_or(PoolExhausted { capacity: 0 })?;
        if data.buffer.layout() != &layout {
            data.buffer.relayout(layout);
        }
        Ok(CompositeDraft { slot })
    }
}

/// A composite that is still being written.
#[derive(Debug)]
pub struct CompositeDraft<'p> {
    slot: &'p mut Arc<CompositeData>,
}

impl CompositeDraft<'_> {
    /// The pixels, to write.
    ///
    /// # Panics
    /// Never: a draft is the only holder of its slot.
    pub fn buffer_mut(&mut self) -> &mut PixelBuffer {
        &mut Arc::get_mut(self.slot)
            .expect("a draft is the only holder of its slot")
            .buffer
    }

    /// Closes the composite for good.
    ///
    /// # Panics
    /// Never: a draft is the only holder of its slot.
    #[must_use]
    pub fn finish(
        self,
        content: CompositeContent,
        alpha: AlphaState,
        captured_at: Instant,
    ) -> Composite {
        let data = Arc::get_mut(self.slot).expect("a draft is the only holder of its slot");
        data.content = content;
        data.alpha = alpha;
        data.captured_at = captured_at;
        Composite(Arc::clone(self.slot))
    }
}
