//! Alpha mattes, and the pair of a frame with its own.

use std::sync::Arc;

use crate::pool::Pool;
use crate::{Frame, FrameId, PoolExhausted, Size};

#[derive(Debug)]
struct MatteData {
    size: Size,
    samples: Vec<f32>,
    made_from: FrameId,
}

/// How opaque the person is, for each pixel: 0 is background, 1 is person, everything between is a soft edge.
///
/// Rows without padding, top row first, covering the whole frame at the model's resolution. Cloning copies a
/// reference.
#[derive(Debug, Clone)]
pub struct Matte(Arc<MatteData>);

/// Why samples are not a matte, or why a matte is not this frame's.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum MatteError {
    /// Another number of samples than pixels.
    #[error("{have} alpha samples for a matte of {size}")]
    SampleCount {
        /// Samples given.
        have: usize,
        /// The size they should fill.
        size: Size,
    },
    /// A sample that is not a number in 0..=1: the model or the provider produced nonsense.
    #[error("alpha {value} at sample {index}: not within 0 to 1")]
    OutOfRange {
        /// Which sample.
        index: usize,
        /// Its value.
        value: f32,
    },
    /// The matte was made from another frame.
    #[error("a matte of frame {matte} cannot cut out frame {frame}", matte = .matte.get(), frame = .frame.get())]
    AnotherFrame {
        /// The frame.
        frame: FrameId,
        /// The frame that the matte was made from.
        matte: FrameId,
    },
}

impl Matte {
    /// A matte outside any pool.
    ///
    /// # Errors
    /// The number of samples is not width × height, or a sample is not within 0..=1.
    pub fn new(made_from: FrameId, size: Size, samples: Vec<f32>) -> Result<Self, MatteError> {
        check(size, &samples)?;
        Ok(Self(Arc::new(MatteData {
            size,
            samples,
            made_from,
        })))
    }

    /// The frame that it was made from.
    #[must_use]
    pub fn made_from(&self) -> FrameId {
        self.0.made_from
    }

    /// Its size in samples; covers the same area as its frame.
    #[must_use]
    pub fn size(&self) -> Size {
        self.0.size
    }

    /// The samples, row by row, each within 0..=1.
    #[must_use]
    pub fn samples(&self) -> &[f32] {
        &self.0.samples
    }
}

fn check(size: Size, samples: &[f32]) -> Result<(), MatteError> {
    if samples.len() != size.pixels() {
        return Err(MatteError::SampleCount {
            have: samples.len(),
            size,
        });
    }
    // Counting has no early exit, so that it runs as one vectorised pass; the index is looked for only in failure.
    if samples.iter().filter(|v| !(0.0..=1.0).contains(*v)).count() == 0 {
        return Ok(());
    }
    let index = samples
        .iter()
        .position(|v| !(0.0..=1.0).contains(v))
        .unwrap_or(0);
    Err(MatteError::OutOfRange {
        index,
        value: samples[index],
    })
}

/// Mattes whose memory is used again.
#[derive(Debug)]
pub struct MattePool(Pool<MatteData>);

impl MattePool {
    /// A pool of `capacity` mattes: one for each place where a matted frame can wait or be worked on.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        Self(Pool::new(capacity))
    }

    /// A matte to be written; its samples hold whatever was there before.
    ///
    /// # Errors
    /// All mattes are held elsewhere.
    pub fn draft(&mut self, size: Size) -> Result<MatteDraft<'_>, PoolExhausted> {
        let slot = self.0.free_slot(|| MatteData {
            size,
            samples: vec![0.0; size.pixels()],
            made_from: FrameId::next(),
        })?;
        let data = Arc::get_mut(slot).ok_or(PoolExhausted { capacity: 0 })?;
        data.size = size;
        data.samples.resize(size.pixels(), 0.0);
        Ok(MatteDraft { slot })
    }
}

/// A matte that is still being written.
#[derive(Debug)]
pub struct MatteDraft<'p> {
    slot: &'p mut Arc<MatteData>,
}

impl MatteDraft<'_> {
    /// The samples, row by row, to write.
    ///
    /// # Panics
    /// Never: a draft is the only holder of its slot.
    pub fn samples_mut(&mut self) -> &mut [f32] {
        &mut Arc::get_mut(self.slot)
            .expect("a draft is the only holder of its slot")
            .samples
    }

    /// Closes the matte for good.
    ///
    /// # Errors
    /// A sample is not within 0..=1.
    ///
    /// # Panics
    /// Never: a draft is the only holder of its slot.
    pub fn finish(self, made_from: FrameId) -> Result<Matte, MatteError> {
        let data = Arc::get_mut(self.slot).expect("a draft is the only holder of its slot");
        check(data.size, &data.samples)?;
        data.made_from = made_from;
        Ok(Matte(Arc::clone(self.slot)))
    }
}

/// A frame and the matte made from it; no other pair can be expressed.
#[derive(Debug, Clone)]
pub struct MattedFrame {
    frame: Frame,
    matte: Matte,
}

impl MattedFrame {
    /// Pairs a frame with its matte.
    ///
    /// # Errors
    /// The matte was made from another frame.
    pub fn new(frame: Frame, matte: Matte) -> Result<Self, MatteError> {
        if frame.id() != matte.made_from() {
            return Err(MatteError::AnotherFrame {
                frame: frame.id(),
                matte: matte.made_from(),
            });
        }
        Ok(Self { frame, matte })
    }

    /// The frame.
    #[must_use]
    pub fn frame(&self) -> &Frame {
        &self.frame
    }

    /// Its matte.
    #[must_use]
    pub fn matte(&self) -> &Matte {
        &self.matte
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;
    use crate::{PixelBuffer, PixelFormat, PixelLayout};

    fn frame() -> Frame {
        let layout = PixelLayout::packed(PixelFormat::Rgb8, Size::new(2, 2).unwrap());
        Frame::new(PixelBuffer::zeroed(layout), Instant::now())
    }

    #[test]
    fn only_a_frames_own_matte_fits() {
        let (a, b) = (frame(), frame());
        let matte = Matte::new(a.id(), Size::new(1, 1).unwrap(), vec![0.5]).unwrap();
        assert!(MattedFrame::new(a.clone(), matte.clone()).is_ok());
        assert_eq!(
            MattedFrame::new(b.clone(), matte).unwrap_err(),
            MatteError::AnotherFrame {
                frame: b.id(),
                matte: a.id()
            }
        );
    }

    #[test]
    fn nonsense_from_a_provider_is_refused() {
        let size = Size::new(2, 1).unwrap();
        assert!(matches!(
            Matte::new(frame().id(), size, vec![0.0]),
            Err(MatteError::SampleCount { have: 1, .. })
        ));
        for bad in [f32::NAN, -0.1, 1.1, f32::INFINITY] {
            let error = Matte::new(frame().id(), size, vec![0.0, bad]).unwrap_err();
            assert!(
                matches!(error, MatteError::OutOfRange { index: 1, .. }),
                "{bad}"
            );
        }
    }

    #[test]
    fn a_pooled_matte_knows_its_frame() {
        let frame = frame();
        let mut pool = MattePool::new(1);
        let mut draft = pool.draft(Size::new(2, 2).unwrap()).unwrap();
        draft.samples_mut().fill(1.0);
        let matte = draft.finish(frame.id()).unwrap();
        assert_eq!(matte.made_from(), frame.id());
        assert!(pool.draft(Size::new(2, 2).unwrap()).is_err());
    }
}
