//! Whether PipeWire runs, asked of itself.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::{Duration, Instant};

use ::pipewire as pw;
use pw::context::ContextRc;
use pw::loop_::{LoopRc, Timeout};
use pw::types::ObjectType;

use super::{PipeWireError, PipeWireReport, socket};

/// How long the daemon may take to answer. Chosen: it takes some milliseconds.
const LIMIT: Duration = Duration::from_secs(2);

/// What session managers keep their default devices in; only they make it.
const DEFAULTS: &str = "default";

#[derive(Debug, Default)]
struct Heard {
    version: RefCell<Option<String>>,
    has_manager: Cell<bool>,
    is_all: Cell<bool>,
}

/// See [`super::pipewire_report`].
pub(super) fn report() -> Result<PipeWireReport, PipeWireError> {
    let refused = |error: pw::Error| PipeWireError::Refused {
        reason: error.to_string(),
    };
    let turns = LoopRc::new(None).map_err(refused)?;
    let context = ContextRc::new(&turns, None).map_err(|_| PipeWireError::NotInstalled {
        reason: "its client.conf or its modules are missing".into(),
    })?;
    let core = context.connect_rc(None).map_err(|_| socket::why_none())?;
    let heard = Rc::new(Heard::default());
    let _core = core
        .add_listener_local()
        .info({
            let heard = Rc::clone(&heard);
            move |info| *heard.version.borrow_mut() = Some(info.version().to_owned())
        })
        .done({
            let heard = Rc::clone(&heard);
            move |_, _| heard.is_all.set(true)
        })
        .register();
    let registry = core.get_registry().map_err(refused)?;
    let _registry = registry
        .add_listener_local()
        .global({
            let heard = Rc::clone(&heard);
            move |global| {
                let name = global.props.and_then(|props| props.get("metadata.name"));
                if global.type_ == ObjectType::Metadata && name == Some(DEFAULTS) {
                    heard.has_manager.set(true);
                }
            }
        })
        .register();
    // Answered after all that was asked before.
    core.sync(0).map_err(refused)?;

    let deadline = Instant::now() + LIMIT;
    while !heard.is_all.get() {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(PipeWireError::Silent { limit: LIMIT });
        }
        turns.iterate(Timeout::Finite(left + Duration::from_millis(1)));
    }
    let version = heard.version.take();
    Ok(PipeWireReport {
        version: version.unwrap_or_else(|| "of unknown version".into()),
        problem: (!heard.has_manager.get()).then_some(PipeWireError::NoSessionManager),
    })
}
