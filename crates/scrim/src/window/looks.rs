//! Looking for cameras while the window is open.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use scrim_pipeline::capture;
use winit::event_loop::EventLoopProxy;

use super::UserEvent;
use crate::facts;

/// Whether drivers are to be asked in any case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Thoroughly {
    /// They are.
    Yes,
    /// Only when a node or a name has come or gone since the last look: that costs no driver anything.
    IfChanged,
}

/// Lists cameras on a thread of its own, one look at a time: drivers may take their time, and one may hang.
#[derive(Debug, Default)]
pub struct DeviceLooks {
    is_looking: Arc<AtomicBool>,
    /// What was there at the last look.
    names: Arc<Mutex<Option<Vec<String>>>>,
}

impl DeviceLooks {
    /// Looks, and sends what it found as [`UserEvent::Cameras`]. Returns at once; nothing happens while a look is under way.
    pub fn look(&self, proxy: &EventLoopProxy<UserEvent>, thoroughly: Thoroughly) {
        if self.is_looking.swap(true, Ordering::AcqRel) {
            return;
        }
        let (is_looking, names) = (Arc::clone(&self.is_looking), Arc::clone(&self.names));
        let proxy = proxy.clone();
        let look = std::thread::Builder::new()
            .name("scrim-devices".into())
            .spawn(move || {
                let now = capture::node_names();
                let before = std::mem::replace(
                    &mut *names.lock().unwrap_or_else(PoisonError::into_inner),
                    now.clone(),
                );
                if is_worth_asking(thoroughly, before.as_deref(), now.as_deref()) {
                    // The window may be gone.
                    let _ = proxy.send_event(UserEvent::Cameras(facts::cameras().usable));
                }
                is_looking.store(false, Ordering::Release);
            });
        if let Err(error) = look {
            self.is_looking.store(false, Ordering::Release);
            tracing::warn!(%error, "cameras cannot be looked for");
        }
    }
}

/// Where names tell nothing (`None` now), only who asks for it gets a thorough look.
fn is_worth_asking(
    thoroughly: Thoroughly,
    before: Option<&[String]>,
    now: Option<&[String]>,
) -> bool {
    thoroughly == Thoroughly::Yes || (now.is_some() && before != now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drivers_are_asked_when_something_came_or_went() {
        let names = |names: &[&str]| names.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>();
        let (one, two) = (names(&["video0"]), names(&["video0", "video2"]));
        let worth = |before, now| is_worth_asking(Thoroughly::IfChanged, before, now);
        assert!(worth(Some(&one[..]), Some(&two[..])));
        assert!(worth(Some(&two[..]), Some(&one[..])));
        assert!(worth(None, Some(&one[..])), "the first look");
        assert!(!worth(Some(&two[..]), Some(&two[..])));
        assert!(!worth(None, None), "names tell nothing here");
        assert!(is_worth_asking(
            Thoroughly::Yes,
            Some(&two[..]),
            Some(&two[..])
        ));
    }
}
