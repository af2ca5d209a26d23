//! Bringing what was drawn back to the CPU without making either wait.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use scrim_frame::{Composite, CompositePool, PixelLayout};

use crate::finish::{Label, composite_from_rows};
use crate::pass::Kit;
use crate::tex::Tex;
use crate::{Gpu, GpuError};

/// Read-backs that can be under way at once: one being copied by the GPU, one being mapped, one being read.
pub(crate) const RING: usize = 3;

const PENDING: u8 = 0;
const READY: u8 = 1;
const FAILED: u8 = 2;

#[derive(Debug)]
struct Staging {
    buffer: wgpu::Buffer,
    state: Arc<AtomicU8>,
}

#[derive(Debug)]
struct UnderWay {
    staging: Staging,
    layout: PixelLayout,
    label: Label,
    submission: wgpu::SubmissionIndex,
}

/// The ring.
#[derive(Debug)]
pub(crate) struct ReadBack {
    free: Vec<Staging>,
    under_way: VecDeque<UnderWay>,
    pool: CompositePool,
}

/// Where the planes of a layout lie in a staging buffer: their first byte, and the bytes from row to row.
///
/// Rows are padded to 256 bytes because `copy_texture_to_buffer` refuses anything less. 1280-pixel RGBA rows happen to
/// fit, so forgetting this passes every test until someone owns a 1366-pixel camera.
fn places(layout: PixelLayout) -> impl Iterator<Item = (u64, u32)> {
    let mut end = 0;
    (0..layout.format().plane_count()).map(move |plane| {
        let stride =
            (layout.stride(plane) as u32).next_multiple_of(wgpu::COPY_BYTES_PER_ROW_ALIGNMENT);
        let start = end;
        end += u64::from(stride) * u64::from(rows_of(layout, plane));
        (start, stride)
    })
}

fn rows_of(layout: PixelLayout, plane: usize) -> u32 {
    layout.format().plane_rows(plane, layout.size().height())
}

fn staged_bytes(layout: PixelLayout) -> u64 {
    let planes = places(layout).enumerate();
    planes
        .map(|(plane, (_, stride))| u64::from(stride) * u64::from(rows_of(layout, plane)))
        .sum()
}

impl ReadBack {
    pub(crate) fn new(composites: usize) -> Self {
        Self {
            free: Vec::with_capacity(RING),
            under_way: VecDeque::with_capacity(RING),
            pool: CompositePool::new(composites),
        }
    }

    pub(crate) fn is_full(&self) -> bool {
        self.under_way.len() == RING
    }

    /// Submits a copy of the textures that hold the planes of `layout`, and asks for its mapping.
    pub(crate) fn start<'t>(
        &mut self,
        kit: &Kit,
        planes: impl Iterator<Item = &'t Tex>,
        layout: PixelLayout,
        label: Label,
    ) -> Result<(), GpuError> {
        let device = kit.gpu.device();
        let bytes = staged_bytes(layout);
        let limit = device.limits().max_buffer_size;
        if bytes > limit {
            return Err(GpuError::Refused {
                reason: format!(
                    "reading back a picture of {} takes {bytes} bytes, but its buffers hold {limit}",
                    layout.size()
                ),
            });
        }
        // A buffer of an earlier size is of no use any more.
        self.free.retain(|staging| staging.buffer.size() == bytes);
        let staging = self.free.pop().unwrap_or_else(|| Staging {
            buffer: device.create_buffer(&wgpu::BufferDescriptor {
                label: Some("read-back"),
                size: bytes,
                usage: wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ,
                mapped_at_creation: false,
            }),
            state: Arc::default(),
        });
        let mut encoder = device.create_command_encoder(&wgpu::CommandEncoderDescriptor {
            label: Some("read-back"),
        });
        for (plane, (offset, stride)) in planes.zip(places(layout)) {
            encoder.copy_texture_to_buffer(
                plane.texture.as_image_copy(),
                wgpu::TexelCopyBufferInfo {
                    buffer: &staging.buffer,
                    layout: wgpu::TexelCopyBufferLayout {
                        offset,
                        bytes_per_row: Some(stride),
                        rows_per_image: None,
                    },
                },
                plane.texture.size(),
            );
        }
        let submission = kit.gpu.queue().submit([encoder.finish()]);
        staging.state.store(PENDING, Ordering::Release);
        let state = Arc::clone(&staging.state);
        staging
            .buffer
            .map_async(wgpu::MapMode::Read, .., move |result| {
                let outcome = if result.is_ok() { READY } else { FAILED };
                state.store(outcome, Ordering::Release);
            });
        self.under_way.push_back(UnderWay {
            staging,
            layout,
            label,
            submission,
        });
        Ok(())
    }

    /// The oldest picture, if its read-back has finished.
    pub(crate) fn take_ready(&mut self, gpu: &Gpu) -> Result<Option<Composite>, GpuError> {
        poll(gpu, wgpu::PollType::Poll)?;
        let done = self
            .under_way
            .front()
            .is_some_and(|first| first.staging.state.load(Ordering::Acquire) != PENDING);
        if done { self.take_first(gpu) } else { Ok(None) }
    }

    /// The oldest picture, waited for; `None` when no read-back is under way. A device that does not bring it within
    /// `patience` counts as lost from then on.
    pub(crate) fn wait_for_oldest(
        &mut self,
        gpu: &Gpu,
        patience: Duration,
    ) -> Result<Option<Composite>, GpuError> {
        let Some(first) = self.under_way.front() else {
            return Ok(None);
        };
        poll(
            gpu,
            wgpu::PollType::Wait {
                submission_index: Some(first.submission.clone()),
                timeout: Some(patience),
            },
        )?;
        self.take_first(gpu)
    }

    /// Forgets the read-backs under way.
    pub(crate) fn abandon(&mut self) {
        // Dropping a buffer cancels its mapping; the ring then makes new ones, which is why this is for rare use.
        self.under_way.clear();
    }

    fn take_first(&mut self, gpu: &Gpu) -> Result<Option<Composite>, GpuError> {
        let Some(first) = self.under_way.front() else {
            return Ok(None);
        };
        if first.staging.state.load(Ordering::Acquire) != READY {
            self.under_way.pop_front();
            gpu.check()?;
            return Err(GpuError::Refused {
                reason: "the picture could not be mapped for reading".into(),
            });
        }
        let composite =
            {
                let rows = first.staging.buffer.get_mapped_range(..).map_err(|error| {
                    GpuError::Refused {
                        reason: error.to_string(),
                    }
                })?;
                let planes = places(first.layout)
                    .map(|(offset, stride)| (&rows[offset as usize..], stride as usize));
                // On failure the picture stays first in the ring and is offered again.
                composite_from_rows(&mut self.pool, first.layout, planes, first.label)?
            };
        if let Some(first) = self.under_way.pop_front() {
            first.staging.buffer.unmap();
            self.free.push(first.staging);
        }
        Ok(Some(composite))
    }
}

/// Waits until the device has nothing left to do. One that takes longer than `patience` counts as lost from then on.
pub(crate) fn wait_idle(gpu: &Gpu, patience: Duration) -> Result<(), GpuError> {
    let everything = wgpu::PollType::Wait {
        submission_index: None,
        timeout: Some(patience),
    };
    poll(gpu, everything)
}

fn poll(gpu: &Gpu, how: wgpu::PollType) -> Result<(), GpuError> {
    let outcome = gpu.device().poll(how);
    gpu.check()?;
    settle(outcome, gpu)
}

fn settle(outcome: Result<wgpu::PollStatus, wgpu::PollError>, gpu: &Gpu) -> Result<(), GpuError> {
    match outcome {
        Ok(_) => Ok(()),
        Err(wgpu::PollError::Timeout) => {
            // The owner of the device must learn of it, too: the window makes another one only for a lost one.
            gpu.give_up("it did not finish a picture in time");
            gpu.check()
        }
        Err(error) => Err(GpuError::Refused {
            reason: error.to_string(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_that_brings_nothing_in_time_counts_as_lost() {
        let gpu = match Gpu::headless() {
            Ok(gpu) => gpu,
            Err(error) if std::env::var_os("REQUIRE_GPU").is_some() => panic!("{error}"),
            Err(error) => return eprintln!("SKIPPED, no graphics device: {error}"),
        };
        assert!(settle(Ok(wgpu::PollStatus::WaitSucceeded), &gpu).is_ok());
        assert!(!gpu.is_lost());
        let outcome = settle(Err(wgpu::PollError::Timeout), &gpu);
        assert!(matches!(outcome, Err(GpuError::Lost { .. })), "{outcome:?}");
        assert!(gpu.is_lost(), "for whoever asks");
    }
}
