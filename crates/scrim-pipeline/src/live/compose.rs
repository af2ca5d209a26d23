//! The thread that draws: newest matted frame, present look, privacy gate, outputs.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use scrim_compositor::{GpuError, Look, PreviewView};
use scrim_frame::{Composite, CompositeContent, FrameId, MattedFrame};

use super::flow::{Matted, Outgoing, Ticket};
use super::shared::{Fault, Shared};
use crate::gate::{Gate, StandIn};
use crate::sync::{Backoff, lock};
use crate::{Drawing, Problem, ProblemSource, Received, StageState};

/// Composites that others hold at once: for each of 16 outputs one waiting and one being written; the gate's, the one
/// that is being handed on, and some of sinks that were left behind in a call. Memory is used only for those that come to
/// be.
const COMPOSITES: usize = 2 * 16 + 4;

const FIRST_RETRY: Duration = Duration::from_millis(500);
const LAST_RETRY: Duration = Duration::from_secs(8);

/// What the gate lets through; nothing when no output is there to take it.
type Shown = Option<Composite>;

pub(crate) struct Composer {
    shared: Arc<Shared>,
    drawing: Option<Box<dyn Drawing>>,
    gpu_version: u64,
    /// When to build the compositor again; `None` while it stands, or while a new device is awaited.
    rebuild_at: Option<Instant>,
    backoff: Backoff,
    has_failed: bool,
    gate: Gate<Shown>,
    was_failing: bool,
    last: Option<MattedFrame>,
    newest: Option<FrameId>,
    look_version: u64,
    finished: Vec<Composite>,
    seen_wakes: u64,
}

impl Composer {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        let now = Instant::now();
        Self {
            shared,
            drawing: None,
            gpu_version: 0,
            rebuild_at: Some(now),
            backoff: Backoff::new(FIRST_RETRY, LAST_RETRY),
            has_failed: false,
            gate: Gate::new(now),
            was_failing: false,
            last: None,
            newest: None,
            look_version: 0,
            finished: Vec::with_capacity(8),
            seen_wakes: 0,
        }
    }

    pub(crate) fn run(mut self) {
        loop {
            self.look_around();
            let deadline = self.deadline();
            let received = self
                .shared
                .to_compose
                .take_unless_woken(deadline, &mut self.seen_wakes);
            match received {
                Received::Closed => return,
                Received::TimedOut => self.look_around(),
                Received::Item(matted) => {
                    self.notice_faults();
                    self.draw_new(matted);
                }
            }
        }
    }

    fn deadline(&self) -> Option<Instant> {
        let has_watcher = lock(&self.shared.ports).iter().any(|p| p.is_watched());
        let gate = match self.gate.deadline() {
            // The slate is repeated only for those who watch.
            Some(at) if has_watcher || !self.gate.is_shut() => Some(at),
            _ => None,
        };
        match (gate, self.rebuild_at) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        }
    }

    /// Everything that is not a new picture: faults, a new device, changed looks, stand-ins.
    fn look_around(&mut self) {
        self.notice_faults();
        self.keep_drawing_built();
        let version = lock(&self.shared.looks).version();
        if version != self.look_version {
            self.draw_again();
        }
        let now = Instant::now();
        if let Some(stand_in) = self.gate.tick(now) {
            for port in lock(&self.shared.ports).iter().filter(|p| p.is_watched()) {
                match &stand_in {
                    StandIn::Last(Some(composite)) => {
                        port.mailbox.put(Outgoing::Again(composite.clone()));
                    }
                    StandIn::Last(None) | StandIn::Slate => port.mailbox.put(Outgoing::Slate),
                }
            }
        }
        self.publish_showing(now);
    }

    fn notice_faults(&mut self) {
        let is_failing = self.shared.is_failing();
        if is_failing && !self.was_failing {
            self.gate.fail(Instant::now());
        } else if !is_failing && self.was_failing {
            self.gate.recover();
        }
        self.was_failing = is_failing;
    }

    fn publish_showing(&mut self, now: Instant) {
        let showing = self.gate.showing(now);
        let mut board = lock(&self.shared.board);
        if board.showing != showing {
            tracing::info!(?showing, "outputs are given");
            board.showing = showing;
            drop(board);
            self.shared.changed();
        }
    }

    fn keep_drawing_built(&mut self) {
        let version = lock(&self.shared.gpu).version;
        let is_new_device = version != self.gpu_version;
        if !is_new_device && self.rebuild_at.is_none_or(|at| Instant::now() < at) {
            return;
        }
        self.drawing = None;
        self.rebuild_at = None;
        let gpu = lock(&self.shared.gpu).gpu.clone();
        self.gpu_version = version;
        match (self.shared.parts.make_drawing)(&gpu, COMPOSITES) {
            Ok(drawing) => {
                self.shared.post(|board| {
                    board.adapter = Some(drawing.facts());
                    if !self.has_failed {
                        board.compositor = StageState::Running;
                    }
                });
                self.drawing = Some(drawing);
                // Whatever was drawn on the old device is gone.
                lock(&self.shared.looks).touch();
            }
            Err(error) => self.gpu_failed(&error),
        }
    }

    fn draw_new(&mut self, matted: Matted) {
        let Matted {
            picture,
            ticket,
            fresh_for,
            estimated_at,
        } = matted;
        let id = picture.frame().id();
        // While sources or sessions take over from each other, pictures of both can be under way.
        if self.newest.is_some_and(|newest| id <= newest) {
            self.shared.undrawn.fetch_add(1, Ordering::Relaxed);
            return;
        }
        self.newest = Some(id);
        self.last = Some(picture.clone());
        let has_outputs = !lock(&self.shared.ports).is_empty();
        if !self.draw(&picture, has_outputs) {
            self.shared.undrawn.fetch_add(1, Ordering::Relaxed);
            return;
        }
        let drawn_at = Instant::now();
        {
            let mut timings = lock(&self.shared.timings);
            timings.composites.record(drawn_at);
            timings
                .compositing
                .record(drawn_at.saturating_duration_since(estimated_at));
            timings
                .total
                .record(drawn_at.saturating_duration_since(picture.frame().captured_at()));
        }
        if has_outputs {
            while !self.finished.is_empty() {
                let composite = self.finished.remove(0);
                let Some(shown_id) = content_id(&composite) else {
                    continue;
                };
                let shown = Some(composite);
                if self.gate.admit(&shown, shown_id, drawn_at, fresh_for)
                    && let Some(composite) = shown
                {
                    self.send(&composite, drawn_at, Some(&ticket));
                }
            }
        } else {
            self.gate.admit(&None, id, drawn_at, fresh_for);
        }
        self.publish_showing(drawn_at);
        self.shared.changed();
    }

    /// The last frame under changed looks: also when the source is still or paused.
    fn draw_again(&mut self) {
        let Some(picture) = self.last.take() else {
            self.look_version = lock(&self.shared.looks).version();
            return;
        };
        let has_outputs = !lock(&self.shared.ports).is_empty();
        if self.draw(&picture, has_outputs) {
            let now = Instant::now();
            while !self.finished.is_empty() {
                let composite = self.finished.remove(0);
                let Some(id) = content_id(&composite) else {
                    continue;
                };
                if self.gate.admit_again(&Some(composite.clone()), id, now) {
                    self.send(&composite, now, None);
                }
            }
            self.shared.changed();
        }
        self.last = Some(picture);
    }

    fn send(&self, composite: &Composite, drawn_at: Instant, ticket: Option<&Ticket>) {
        for port in lock(&self.shared.ports).iter() {
            port.mailbox.put(Outgoing::Composite {
                composite: composite.clone(),
                drawn_at,
                ticket: ticket.cloned(),
            });
        }
    }

    /// Draws, and reads back what the outputs need into `finished`. Whether it was drawn.
    fn draw(&mut self, picture: &MattedFrame, has_outputs: bool) -> bool {
        let (version, look) = {
            let looks = lock(&self.shared.looks);
            (looks.version(), looks.look())
        };
        self.look_version = version;
        self.finished.clear();
        let (Some((look, view)), Some(drawing)) = (look, self.drawing.as_mut()) else {
            return false;
        };
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
                if preview.is_some() {
                    *lock(&self.shared.preview) = preview;
                }
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

    fn gpu_failed(&mut self, error: &GpuError) {
        match error {
            // A sink keeps more composites than it should: this picture is lost, the next may find room.
            GpuError::Pool(_) => {
                tracing::warn!(%error, "no room for a composite");
                return;
            }
            // The device is well; another picture may fit.
            GpuError::TooLarge { .. } => {}
            GpuError::Lost { .. } => {
                self.drawing = None;
                self.replace_lost_device();
            }
            GpuError::NoAdapter { .. } | GpuError::Refused { .. } | GpuError::NothingRendered => {
                self.drawing = None;
                self.rebuild_at = Some(Instant::now() + self.backoff.step());
            }
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

/// The frame that a composite shows.
fn content_id(composite: &Composite) -> Option<FrameId> {
    match composite.content() {
        CompositeContent::Person(id) | CompositeContent::Matte(id) => Some(id),
        CompositeContent::Slate => None,
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
) -> Result<Option<scrim_compositor::Preview>, GpuError> {
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
