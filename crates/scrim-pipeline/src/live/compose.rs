//! The thread that draws: newest matted frame, present look, privacy gate, outputs.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use scrim_compositor::{GpuError, Look, Preview, PreviewView};
use scrim_frame::{Composite, CompositeContent, FrameId, MattedFrame};

use super::flow::{Matted, Outgoing};
use super::last::{Last, Until};
use super::output::Port;
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
    last: Option<Last>,
    newest: Option<FrameId>,
    look_version: u64,
    view_version: u64,
    /// The outputs that have had a picture.
    served: Vec<Weak<Port>>,
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
            view_version: 0,
            served: Vec::new(),
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
        let (version, view_version, is_hopeless) = {
            let looks = lock(&self.shared.looks);
            (looks.version(), looks.view_version(), looks.is_hopeless())
        };
        if let Some(last) = &mut self.last
            && is_hopeless
        {
            last.let_go();
        }
        if version != self.look_version {
            self.draw_again();
        } else if view_version != self.view_version {
            self.view_again(view_version);
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
        let (gpu, version) = {
            let seat = lock(&self.shared.gpu);
            (seat.gpu.clone(), seat.version)
        };
        let is_new_device = version != self.gpu_version;
        if !is_new_device && self.rebuild_at.is_none_or(|at| Instant::now() < at) {
            return;
        }
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
        let last = Last::new(picture.clone(), ticket, fresh_for);
        if self.last.replace(last).is_some_and(|l| l.is_unused()) {
            self.shared.undrawn.fetch_add(1, Ordering::Relaxed);
        }
        let has_outputs = !lock(&self.shared.ports).is_empty();
        if !self.draw(&picture, has_outputs) {
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
        let mut passes = false;
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
                    passes = true;
                    self.send(&composite, drawn_at, true);
                }
            }
        } else {
            passes = self.gate.admit(&None, id, drawn_at, fresh_for);
        }
        self.note_passing(passes, drawn_at);
        self.publish_showing(drawn_at);
        self.shared.changed();
    }

    fn note_passing(&mut self, passes: bool, now: Instant) {
        match &mut self.last {
            Some(last) if passes => last.has_passed(now),
            Some(last) => last.let_go(),
            None => {}
        }
    }

    /// The last frame under changed looks, also when the source is still or paused; and what could not be drawn before.
    ///
    /// A picture that the outputs have had already goes only to those who watch, and to outputs that have had none: a
    /// recording is of what the source gave, and shows the changed look with its next picture.
    fn draw_again(&mut self) {
        let Some(last) = &self.last else {
            let looks = lock(&self.shared.looks);
            (self.look_version, self.view_version) = (looks.version(), looks.view_version());
            return;
        };
        let (picture, is_unused) = (last.picture.clone(), last.is_unused());
        let is_wanted = lock(&self.shared.ports)
            .iter()
            .any(|port| is_unused || port.is_watched() || !is_served(&self.served, port));
        if !self.draw(&picture, is_wanted) {
            return;
        }
        let now = Instant::now();
        let open_until = self.last.as_ref().and_then(|last| last.open_until(now));
        let mut passes = false;
        if let Some(Until(stale_at)) = open_until
            && !is_wanted
        {
            let id = picture.frame().id();
            passes = self.gate.admit_late(&None, id, now, stale_at);
        }
        while !self.finished.is_empty() {
            let composite = self.finished.remove(0);
            let Some(id) = content_id(&composite) else {
                continue;
            };
            let shown = Some(composite.clone());
            let passes_now = match open_until {
                Some(Until(stale_at)) => self.gate.admit_late(&shown, id, now, stale_at),
                None => self.gate.admit_again(&shown, id, now),
            };
            if passes_now {
                passes = true;
                self.send(&composite, now, is_unused);
            }
        }
        self.note_passing(passes, now);
        self.shared.changed();
    }

    /// The last frame under another view of the preview: nothing that goes to an output.
    fn view_again(&mut self, version: u64) {
        self.view_version = version;
        let look = lock(&self.shared.looks).look();
        let (true, Some((_, view)), Some(drawing)) =
            (self.shared.has_window, look, self.drawing.as_mut())
        else {
            return;
        };
        match drawing.preview(view) {
            Ok(preview) => self.show_preview(preview),
            Err(GpuError::NothingRendered) => {}
            Err(error) => self.gpu_failed(&error),
        }
        self.shared.changed();
    }

    /// Unless the device has been replaced meanwhile: the new one could not use its texture.
    fn show_preview(&self, preview: Option<Preview>) {
        let seat = lock(&self.shared.gpu);
        if preview.is_some() && seat.version == self.gpu_version {
            *lock(&self.shared.preview) = preview;
        }
    }

    fn send(&mut self, composite: &Composite, drawn_at: Instant, to_all: bool) {
        self.served.retain(|port| port.strong_count() > 0);
        let ticket = self.last.as_ref().and_then(Last::ticket);
        for port in lock(&self.shared.ports).iter() {
            let is_first = !is_served(&self.served, port);
            if is_first {
                self.served.push(Arc::downgrade(port));
            }
            if to_all || is_first || port.is_watched() {
                port.mailbox.put(Outgoing::Composite {
                    composite: composite.clone(),
                    drawn_at,
                    ticket: ticket.cloned(),
                });
            }
        }
    }

    /// Draws, and reads back what the outputs need into `finished`. Whether it was drawn.
    fn draw(&mut self, picture: &MattedFrame, has_outputs: bool) -> bool {
        let look = {
            let looks = lock(&self.shared.looks);
            (self.look_version, self.view_version) = (looks.version(), looks.view_version());
            looks.look()
        };
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

    fn gpu_failed(&mut self, error: &GpuError) {
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

fn is_served(served: &[Weak<Port>], port: &Arc<Port>) -> bool {
    served
        .iter()
        .any(|one| std::ptr::eq(one.as_ptr(), Arc::as_ptr(port)))
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
