//! The thread that draws: newest matted frame, present look, privacy gate, outputs.

mod device;
mod stall;

use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use scrim_compositor::{Encoding, GpuError, Preview};
use scrim_frame::{Composite, CompositeContent, FrameId};

use super::flow::{Matted, Outgoing};
use super::last::{Last, Until};
use super::port::Port;
use super::shared::Shared;
use crate::gate::{Gate, StandIn};
use crate::sync::{Backoff, lock};
use crate::{Drawing, ProblemSource, Received, Showing};

/// Composites that others hold at once: for each of 16 outputs one waiting, one being written and one that it keeps for
/// those who begin to watch; the gate's, the one that is being handed on, and some of sinks that were left behind in a
/// call. Memory is used only for those that come to be.
const COMPOSITES: usize = 3 * 16 + 4;

const FIRST_RETRY: Duration = Duration::from_millis(500);
const LAST_RETRY: Duration = Duration::from_secs(8);

/// What the gate lets through; nothing when no output is there to take it.
type Shown = Option<Composite>;

#[expect(
    clippy::struct_excessive_bools,
    reason = "they are of four different things"
)]
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
    encoding: Option<Encoding>,
    is_software: bool,
    /// Nothing was drawn yet with the drawing that stands.
    is_cold: bool,
    view_version: u64,
    /// The outputs that have had a picture.
    served: Vec<Weak<Port>>,
    /// Which part was told to keep the pictures away.
    stalled: Option<ProblemSource>,
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
            encoding: None,
            is_software: false,
            is_cold: false,
            view_version: 0,
            served: Vec::new(),
            stalled: None,
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
        self.rehearse_at_rest();
        let (version, view_version, is_hopeless) = {
            let looks = lock(&self.shared.looks);
            (looks.version(), looks.view_version(), looks.is_hopeless())
        };
        if let Some(last) = &mut self.last
            && is_hopeless
        {
            last.let_go();
        }
        if version != self.look_version || self.agreed_encoding() != self.encoding {
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
            match showing {
                Showing::Person => self.stall_is_over(),
                Showing::Slate if !self.was_failing => self.note_stall(),
                Showing::Slate | Showing::LastComposite => {}
            }
            self.shared.changed();
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
        let took = drawn_at.saturating_duration_since(estimated_at);
        // A driver that hung has given back what nobody should see any more; the newest is waiting already.
        if fresh_for.is_some_and(|span| took >= span) {
            tracing::warn!(
                ?took,
                "a picture took too long to be drawn and is not shown"
            );
            self.finished.clear();
            self.note_passing(false, drawn_at);
            self.shared.undrawn.fetch_add(1, Ordering::Relaxed);
            return;
        }
        {
            let mut timings = lock(&self.shared.timings);
            timings.composites.record(drawn_at);
            timings.compositing.record(took);
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
            drop(looks);
            self.encoding = self.agreed_encoding();
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
        let stale_at = self.gate.stale_at();
        for port in lock(&self.shared.ports).iter() {
            let is_first = !is_served(&self.served, port);
            if is_first {
                self.served.push(Arc::downgrade(port));
            }
            if to_all || is_first || port.is_watched() {
                port.mailbox.put(Outgoing::Composite {
                    composite: composite.clone(),
                    drawn_at,
                    stale_at,
                    ticket: ticket.cloned(),
                });
            }
        }
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
