//! Frames: pictures with an id and a time.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use crate::pool::Pool;
use crate::{PixelBuffer, PixelFormat, PixelLayout, Plane, PoolExhausted, Size};

/// Which picture this is: unique in the process and increasing in the order of capture.
///
/// Ids are not shared out per source, so that a matte of the old camera can never fit a frame of the new one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FrameId(u64);

impl FrameId {
    /// A fresh id, larger than all before.
    #[must_use]
    pub fn next() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }

    /// The number, for reports.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }
}

#[derive(Debug)]
struct FrameData {
    buffer: PixelBuffer,
    id: FrameId,
    captured_at: Instant,
}

/// A picture as it came from its source: encoded (gamma) colour, never changed again.
///
/// Cloning copies a reference, no pixels.
#[derive(Debug, Clone)]
pub struct Frame(Arc<FrameData>);

impl Frame {
    /// A frame outside any pool, for still pictures and tests. It gets a fresh id.
    #[must_use]
    pub fn new(buffer: PixelBuffer, captured_at: Instant) -> Self {
        Self(Arc::new(FrameData {
            buffer,
            id: FrameId::next(),
            captured_at,
        }))
    }

    /// The same picture under a fresh id and time, sharing nothing: a still picture shown again.
    #[must_use]
    pub fn repeated(&self, captured_at: Instant) -> Self {
        Self::new(self.0.buffer.clone(), captured_at)
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> FrameId {
        self.0.id
    }

    /// When the picture reached this program. Exposure and transport before that cannot be seen.
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

    /// One of its planes.
    ///
    /// # Panics
    /// The format has no such plane.
    #[must_use]
    pub fn plane(&self, plane: usize) -> Plane<'_> {
        self.0.buffer.plane(plane)
    }
}

/// Frames whose memory is used again: nothing is allocated once every slot was used at its largest size.
#[derive(Debug)]
pub struct FramePool(Pool<FrameData>);

impl FramePool {
    /// A pool of `capacity` frames: one for each place where a frame can wait or be worked on at the same time.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        Self(Pool::new(capacity))
    }

    /// A frame to be written. Its bytes hold whatever was there before. Dropping the draft gives it back.
    ///
    /// # Errors
    /// All frames are held elsewhere.
    pub fn draft(&mut self, layout: PixelLayout) -> Result<FrameDraft<'_>, PoolExhausted> {
        let slot = self.0.free_slot(|| FrameData {
            buffer: PixelBuffer::zeroed(layout),
            id: FrameId(0),
            captured_at: Instant::now(),
        })?;
        // `free_slot` found nobody else holding it, and `&mut self` keeps it so.
        let data = Arc::get_mut(slot).ok_or(PoolExhausted { capacity: 0 })?;
        if data.buffer.layout() != &layout {
            data.buffer.relayout(layout);
        }
        Ok(FrameDraft { slot })
    }
}

/// A frame that is still being written.
#[derive(Debug)]
pub struct FrameDraft<'p> {
    slot: &'p mut Arc<FrameData>,
}

impl FrameDraft<'_> {
    /// The pixels, to write.
    ///
    /// # Panics
    /// Never: a draft is the only holder of its slot.
    pub fn buffer_mut(&mut self) -> &mut PixelBuffer {
        &mut Arc::get_mut(self.slot)
            .expect("a draft is the only holder of its slot")
            .buffer
    }

    /// Closes the frame for good, under a fresh id.
    ///
    /// # Panics
    /// Never: a draft is the only holder of its slot.
    #[must_use]
    pub fn finish(self, captured_at: Instant) -> Frame {
        let data = Arc::get_mut(self.slot).expect("a draft is the only holder of its slot");
        data.id = FrameId::next();
        data.captured_at = captured_at;
        Frame(Arc::clone(self.slot))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout() -> PixelLayout {
        PixelLayout::packed(PixelFormat::Rgb8, Size::new(3, 2).unwrap())
    }

    #[test]
    fn ids_increase_and_memory_is_used_again() {
        let mut pool = FramePool::new(1);
        let mut draft = pool.draft(layout()).unwrap();
        draft.buffer_mut().bytes_mut().fill(7);
        let address = draft.buffer_mut().bytes().as_ptr();
        let first = draft.finish(Instant::now());
        assert!(pool.draft(layout()).is_err(), "the only frame is held");
        let first_id = first.id();
        drop(first);
        let mut draft = pool.draft(layout()).unwrap();
        assert_eq!(draft.buffer_mut().bytes().as_ptr(), address);
        assert!(draft.finish(Instant::now()).id() > first_id);
    }

    #[test]
    fn an_abandoned_draft_costs_nothing() {
        let mut pool = FramePool::new(1);
        let _ = pool.draft(layout()).unwrap();
        assert!(pool.draft(layout()).is_ok());
    }
}
