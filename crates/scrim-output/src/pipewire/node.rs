//! The node itself, and the thread that it lives on.
//!
//! The node is its graph's driver: it says when a picture is passed on, and those who watch follow.

use std::cell::{Cell, RefCell};
use std::os::fd::OwnedFd;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ::pipewire as pw;
use pw::context::ContextRc;
use pw::keys;
use pw::loop_::{LoopRc, Timeout};
use pw::properties::{PropertiesBox, properties};
use pw::spa::param::ParamType;
use pw::spa::pod::Pod;
use pw::spa::support::system::IoFlags;
use pw::spa::utils::Direction;
use pw::stream::{Stream, StreamFlags, StreamListener, StreamRc, StreamState};
use rustix::io::Errno;
use scrim_frame::Size;

use super::desk::Desk;
use super::pace::Pace;
use super::{PipeWireError, offer, socket};
use crate::camera::{CameraFormat, CameraPainter};

/// How soon PipeWire is looked for again when it is missing. Looking costs a system call.
const RETRY: Duration = Duration::from_millis(500);

/// How often the last picture is passed on at the end, and how far apart: who watches has often no room for the first, and
/// keeps the last that it was given when the node is gone.
const FAREWELLS: (u32, Duration) = (3, Duration::from_millis(40));

/// How long to wait for something to happen while nothing is to be sent: for ever would do, since the bell rings.
const IDLE: Duration = Duration::from_secs(5);

/// Offers the node, anew whenever PipeWire comes back, until it is told to stop.
pub(super) fn run(desk: &Arc<Desk>, size: Size) {
    while let Err(fault) = stand(desk, size) {
        let (what, line) = (fault.to_string(), fault.try_this());
        if desk.miss(fault) {
            tracing::debug!(what, "no camera is offered through PipeWire: {line}");
        }
        if desk.stops_within(RETRY) {
            break;
        }
    }
    desk.set_watched(false);
    desk.end();
}

/// What the callbacks have learnt.
#[derive(Debug, Default)]
struct Learnt {
    is_streaming: Cell<bool>,
    fault: RefCell<Option<PipeWireError>>,
}

impl Learnt {
    /// The first fault is the cause of those that follow.
    fn note(&self, fault: PipeWireError) {
        self.fault.borrow_mut().get_or_insert(fault);
    }
}

/// Connects, and offers the node until it is told to stop, which is the only good end.
fn stand(desk: &Arc<Desk>, size: Size) -> Result<(), PipeWireError> {
    let refused = |what: &'static str| {
        move |error: pw::Error| PipeWireError::Refused {
            reason: format!("{what}: {error}"),
        }
    };
    let turns = LoopRc::new(None).map_err(refused("no event loop"))?;
    let context = ContextRc::new(&turns, None).map_err(|_| PipeWireError::NotInstalled {
        reason: "its client.conf or its modules are missing".into(),
    })?;
    let core = context.connect_rc(None).map_err(|_| socket::why_none())?;
    let learnt = Rc::new(Learnt::default());
    let _gone = core
        .add_listener_local()
        .error({
            let learnt = Rc::clone(&learnt);
            move |id, _, result, message| note_error(&learnt, id, result, message)
        })
        .register();
    let stream = StreamRc::new(core.clone(), "Scrim", described()).map_err(refused("no node"))?;
    let _heard = listen(&stream, desk, &learnt, size).map_err(refused("no node"))?;
    let formats = offer::formats(size)?;
    let mut pods = formats
        .iter()
        .map(offer::Message::pod)
        .collect::<Result<Vec<_>, _>>()?;
    let flags = StreamFlags::MAP_BUFFERS | StreamFlags::DRIVER;
    stream
        .connect(Direction::Output, None, flags, &mut pods)
        .map_err(refused("the node"))?;
    let bell = desk.bell().map_err(|error| PipeWireError::Refused {
        reason: format!("no descriptor is left: {error}"),
    })?;
    let _bell = turns.add_io(bell, IoFlags::IN, |bell: &mut OwnedFd| {
        // What it counted means nothing, and it is never waited for.
        let _ = rustix::io::read(&*bell, &mut [0; 8]);
    });

    let mut pace = None;
    loop {
        if desk.is_stopping() {
            part(desk, &learnt, &turns, &stream);
            return Ok(());
        }
        if let Some(fault) = learnt.fault.take() {
            return Err(fault);
        }
        let wait = send_if_due(desk, &learnt, &stream, &mut pace)?;
        let turned = turns.iterate(Timeout::Finite(wait));
        if turned < 0 && Errno::from_raw_os_error(-turned) != Errno::INTR {
            return Err(PipeWireError::Refused {
                reason: format!("its event loop ended with {turned}"),
            });
        }
    }
}

/// Passes on what was put last, which those who watch keep.
fn part(desk: &Desk, learnt: &Learnt, turns: &LoopRc, stream: &Stream) {
    let (has_picture, _) = desk.lies();
    if !has_picture {
        return;
    }
    let (times, apart) = FAREWELLS;
    for _ in 0..times {
        if !learnt.is_streaming.get() || stream.trigger_process().is_err() {
            return;
        }
        let end = Instant::now() + apart;
        while let Some(left) = end.checked_duration_since(Instant::now()) {
            turns.iterate(Timeout::Finite(left + Duration::from_millis(1)));
        }
    }
}

/// What other programs read about the node before they look at its pictures.
fn described() -> PropertiesBox {
    properties! {
        *keys::MEDIA_CLASS => "Video/Source",
        *keys::MEDIA_ROLE => "Camera",
        *keys::NODE_NAME => "scrim",
        *keys::NODE_NICK => "Scrim",
        *keys::NODE_DESCRIPTION => "Scrim",
        "node.virtual" => "true",
    }
}

fn note_error(learnt: &Learnt, id: u32, result: i32, message: &str) {
    if id == pw::core::PW_ID_CORE && Errno::from_raw_os_error(-result) == Errno::PIPE {
        learnt.note(PipeWireError::Gone);
    } else {
        tracing::warn!(id, result, message, "PipeWire complains");
    }
}

/// Sends a picture if it is time, and says how long there is nothing to do then. `pace` lasts while somebody watches.
fn send_if_due(
    desk: &Desk,
    learnt: &Learnt,
    stream: &Stream,
    pace: &mut Option<Pace>,
) -> Result<Duration, PipeWireError> {
    let (has_picture, is_new) = desk.lies();
    if !learnt.is_streaming.get() || !has_picture {
        *pace = None;
        return Ok(IDLE);
    }
    let now = Instant::now();
    let pace = pace.get_or_insert_with(|| Pace::new(now));
    let due = pace.due(is_new);
    if due > now {
        // Milliseconds are all that the loop counts in; cut off, the last one would be spent turning it.
        return Ok(due - now + Duration::from_millis(1));
    }
    pace.sent(now);
    // Calls `process`, and then everybody else.
    match stream.trigger_process() {
        Ok(()) => Ok(Duration::ZERO),
        Err(error) => Err(PipeWireError::Refused {
            reason: format!("it passes no picture on: {error}"),
        }),
    }
}

/// What is drawn, and for whom.
struct Drawing {
    desk: Arc<Desk>,
    learnt: Rc<Learnt>,
    size: Size,
    painter: Option<CameraPainter>,
}

fn listen(
    stream: &Stream,
    desk: &Arc<Desk>,
    learnt: &Rc<Learnt>,
    size: Size,
) -> Result<StreamListener<Drawing>, pw::Error> {
    let drawing = Drawing {
        desk: Arc::clone(desk),
        learnt: Rc::clone(learnt),
        size,
        painter: None,
    };
    stream
        .add_local_listener_with_user_data(drawing)
        .state_changed(|_, drawing, old, new| drawing.turn(&old, new))
        .param_changed(|stream, drawing, id, param| {
            if id == ParamType::Format.as_raw() {
                drawing.agree(stream, param);
            }
        })
        .process(|stream, drawing| drawing.draw(stream))
        .register()
}

impl Drawing {
    fn turn(&self, old: &StreamState, new: StreamState) {
        tracing::debug!(?old, ?new, "PipeWire camera");
        let is_streaming = new == StreamState::Streaming;
        self.learnt.is_streaming.set(is_streaming);
        self.desk.set_watched(is_streaming);
        match new {
            StreamState::Paused | StreamState::Streaming => self.desk.offer(),
            StreamState::Connecting => {}
            StreamState::Unconnected => self.learnt.note(PipeWireError::Gone),
            StreamState::Error(reason) => self.learnt.note(PipeWireError::Refused { reason }),
        }
    }

    /// Those who watch have settled on a layout, or, with none, have gone.
    fn agree(&mut self, stream: &Stream, param: Option<&Pod>) {
        self.painter = None;
        self.desk.set_layout(None);
        let Some(param) = param else {
            return;
        };
        let Some(format) = offer::agreed(param, self.size) else {
            tracing::warn!("PipeWire agreed on a layout that was not offered");
            return;
        };
        match tell_buffers(stream, format, self.size) {
            Ok(()) => {
                tracing::info!(%format, size = %self.size, "the PipeWire camera is read");
                self.painter = Some(CameraPainter::new(format, self.size));
                self.desk.set_layout(Some(format));
            }
            Err(fault) => self.learnt.note(fault),
        }
    }

    fn draw(&mut self, stream: &Stream) {
        let Some(painter) = &mut self.painter else {
            return;
        };
        // Of another layout: it was drawn for those who watched before. The next one comes as it is wanted.
        let Some(composite) = self.desk.take().filter(|it| painter.can_draw(it)) else {
            return;
        };
        // None is free when readers are slow: the next picture may find one.
        let Some(mut buffer) = stream.dequeue_buffer() else {
            return;
        };
        let Some(data) = buffer.datas_mut().first_mut() else {
            return;
        };
        let length = painter.format().bytes(self.size);
        let room = data.data().and_then(|room| room.get_mut(..length));
        let written = room.map_or(0, |room| {
            painter.draw(&composite, room);
            length as u32
        });
        let chunk = data.chunk_mut();
        *chunk.offset_mut() = 0;
        *chunk.size_mut() = written;
        *chunk.stride_mut() = offer::stride(painter.format(), self.size);
    }
}

fn tell_buffers(stream: &Stream, format: CameraFormat, size: Size) -> Result<(), PipeWireError> {
    let message = offer::buffers(format, size)?;
    stream
        .update_params(&mut [message.pod()?])
        .map_err(|error| PipeWireError::Refused {
            reason: format!("the memory of its pictures: {error}"),
        })
}
