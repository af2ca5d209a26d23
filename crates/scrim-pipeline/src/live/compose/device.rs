//! The compositor itself: built, used, and made anew after a failure.

use std::time::Instant;

use scrim_compositor::{Encoding, GpuError, Look, Preview, PreviewView};
use scrim_frame::{Composite, MattedFrame};

use super::{COMPOSITES, Composer};
use crate::live::shared::Fault;
use crate::sync::lock;
use crate::{Drawing, Problem, ProblemSource, StageState};

impl Composer {
    pub(super) fn keep_drawing_built(&mut self) {
        let is_due = self.rebuild_at.is_some_and(|at| at <= Instant::now());
        let (gpu, version) = {
            let seat = lock(&self.shared.gpu);
            if seat.version == self.gpu_version && !is_due {
                return;
            }
            (seat.gpu.clone(), seat.version)
        };
        self.drawing = None;
        self.rebuild_at = None;
        self.gpu_version = version;
        match (self.shared.parts.make_drawing)(&gpu, COMPOSITES) {
            Ok(drawing) => {
                self.shared.post(|board| {
                    board.adapter = Some(drawing.facts());
                    if !self.has_failed {
                        board.compositor = StageState::Running;
                    }
                });
                self.is_software = drawing.facts().is_software;
                self.drawing = Some(drawing);
                self.is_cold = true;
                // Whatever was drawn on the old device is gone.
                lock(&self.shared.looks).touch();
            }
            Err(error) => self.gpu_failed(&error),
        }
    }

    /// While nobody watches, gets everything ready for the first who does: a rasteriser on the CPU builds its shaders when
    /// they are first used, and takes seconds for it. With somebody there, the first picture does the same sooner.
    pub(super) fn rehearse_at_rest(&mut self) {
        if !self.is_cold || self.shared.is_in_demand() {
            return;
        }
        let look = lock(&self.shared.looks).look();
        let (Some((look, _)), Some(drawing)) = (look, self.drawing.as_mut()) else {
            return;
        };
        self.is_cold = false;
        let since = Instant::now();
        let shared = &self.shared;
        match drawing.rehearse(&look, &|| !shared.is_in_demand() && !shared.is_stopping()) {
            Ok(()) => tracing::debug!(took = ?since.elapsed(), "drawing was rehearsed"),
            Err(error) => self.gpu_failed(&error),
        }
    }

    /// The layout that all outputs want, if they agree on one; else RGBA has to be read back, which all of them take.
    ///
    /// Never where the CPU draws: measured on two busy cores, lavapipe takes 2 to 19 ms longer for it at 1280×720, and 22 to
    /// 40 where it scales (`cargo bench -p scrim-compositor`, "given out as"); the sinks themselves take 2 to 4, and 19 to 31
    /// (`what_drawing_costs` in scrim-output).
    pub(super) fn agreed_encoding(&self) -> Option<Encoding> {
        if self.is_software {
            return None;
        }
        let ports = lock(&self.shared.ports);
        let mut wanted = ports.iter().map(|port| port.wanted());
        let first = wanted.next().flatten();
        first.filter(|_| wanted.all(|other| other == first))
    }

    /// Draws, and reads back what the outputs need into `finished`. Whether it was drawn.
    pub(super) fn draw(&mut self, picture: &MattedFrame, has_outputs: bool) -> bool {
        let look = {
            let looks = lock(&self.shared.looks);
            (self.look_version, self.view_version) = (looks.version(), looks.view_version());
            looks.look()
        };
        self.finished.clear();
        self.encoding = self.agreed_encoding();
        let (Some((look, view)), Some(drawing)) = (look, self.drawing.as_mut()) else {
            return false;
        };
        drawing.set_encoding(self.encoding);
        self.is_cold = false;
        let wants_preview = self.shared.has_window;
        let result = render(
            drawing.as_mut(),
            picture,
            &look,
            has_outputs.then_some(&mut self.finished),
            wants_preview.then_some(view),
        );
        match result {
            Ok(preview) => {
                self.show_preview(preview);
                if self.has_failed {
                    self.has_failed = false;
                    self.backoff.reset();
                    self.shared.clear_fault(Fault::Compositor);
                    self.shared.post(|board| {
                        board.compositor = StageState::Running;
                        board.clear(ProblemSource::Compositor);
                    });
                    self.notice_faults();
                }
                true
            }
            Err(error) => {
                self.finished.clear();
                self.gpu_failed(&error);
                false
            }
        }
    }

    pub(super) fn gpu_failed(&mut self, error: &GpuError) {
        match error {
            // A sink keeps more composites than it should: this picture is lost, the next may find room.
            GpuError::Pool(_) => {
                tracing::warn!(%error, "no room for a composite");
                return;
            }
            // The device is well; another picture may fit.
            GpuError::TooLarge { .. } => {
                if let Some(last) = &mut self.last {
                    last.let_go();
                }
            }
            GpuError::Lost { .. } => {
                self.drawing = None;
                self.replace_lost_device();
            }
            GpuError::NoAdapter { .. } | GpuError::Refused { .. } | GpuError::NothingRendered => {
                self.drawing = None;
                self.rebuild_at = Some(Instant::now() + self.backoff.step());
            }
        }
        if let Some(last) = &mut self.last {
            last.device_failed();
        }
        self.has_failed = true;
        let problem = Problem::compositor(error);
        self.shared.post(|board| {
            board.raise(&problem);
            board.compositor = StageState::Failed(problem);
        });
        self.shared.fault(Fault::Compositor);
        self.notice_faults();
    }

    /// A device of our own is made anew; the window's can be replaced by the program only.
    fn replace_lost_device(&mut self) {
        self.rebuild_at = None;
        if self.shared.has_window {
            return;
        }
        match (self.shared.parts.make_gpu)() {
            Ok(gpu) => {
                let mut seat = lock(&self.shared.gpu);
                seat.gpu = gpu;
                seat.version += 1;
                self.gpu_version = seat.version;
            }
            Err(error) => tracing::warn!(%error, "no new graphics device"),
        }
        self.rebuild_at = Some(Instant::now() + self.backoff.step());
    }
}

/// One frame through the compositor.
///
/// The read-back is waited for at once. Its ring would let the next frame be drawn meanwhile, but live there is none yet:
/// a frame comes every 33 ms and reading back takes one or two, so that waiting costs the drawing thread nothing, while
/// leaving the picture in the ring would cost every output a whole frame of latency, and the last picture of a clip for
/// ever.
fn render(
    drawing: &mut dyn Drawing,
    picture: &MattedFrame,
    look: &Look,
    finished: Option<&mut Vec<Composite>>,
    view: Option<PreviewView>,
) -> Result<Option<Preview>, GpuError> {
    drawing.render(picture, look)?;
    let preview = match view {
        Some(view) => drawing.preview(view)?,
        None => None,
    };
    if let Some(finished) = finished {
        finished.extend(drawing.read_back()?);
        while let Some(composite) = drawing.drain()? {
            finished.push(composite);
        }
    }
    Ok(preview)
}
