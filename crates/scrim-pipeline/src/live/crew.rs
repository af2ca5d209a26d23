//! The threads: named, joined, and left behind only when a foreign call never returns.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{Builder, JoinHandle};
use std::time::Instant;

use crate::sync::{Leave, lock};

/// Set once a thread of any pipeline was left behind.
static LEFT_BEHIND: AtomicBool = AtomicBool::new(false);

/// Whether a pipeline of this process has left a thread behind in a foreign call, in which it may still be.
///
/// Such a process must not end by `exit`, or by returning from `main`: that runs the libraries' clean-up (ONNX Runtime's,
/// a driver's) under the feet of the call, which then crashes.
pub fn has_left_threads_behind() -> bool {
    LEFT_BEHIND.load(Ordering::Relaxed)
}

#[derive(Debug)]
struct Member {
    name: String,
    handle: JoinHandle<()>,
    leave: Arc<Leave>,
    completes: bool,
}

/// All threads of a pipeline.
#[derive(Debug, Default)]
pub(crate) struct Crew(Mutex<Vec<Member>>);

impl Crew {
    /// Starts a thread. One that `completes` something may take longer at the end. `on_panic` is told when it ends by a
    /// panic, which the thread does not outlive.
    pub(crate) fn start(
        &self,
        name: String,
        leave: &Arc<Leave>,
        completes: bool,
        run: impl FnOnce() + Send + 'static,
        on_panic: impl FnOnce() + Send + 'static,
    ) -> io::Result<()> {
        let left = Arc::clone(leave);
        let handle = Builder::new().name(name.clone()).spawn(move || {
            if catch_unwind(AssertUnwindSafe(run)).is_err() {
                on_panic();
            }
            left.mark_left();
        })?;
        let mut members = lock(&self.0);
        members.retain(|member| !member.handle.is_finished());
        members.push(Member {
            name,
            handle,
            leave: Arc::clone(leave),
            completes,
        });
        Ok(())
    }

    /// Asks everybody to go.
    pub(crate) fn ask_all(&self) {
        for member in lock(&self.0).iter() {
            member.leave.ask();
        }
    }

    /// Joins everybody who has gone `soon`, or by `late` where something is to be completed, and leaves the others behind:
    /// they are in a foreign call that does not return, hold nothing but shares of the pipeline's memory, and go as soon
    /// as the call returns.
    pub(crate) fn join_all(&self, soon: Instant, late: Instant) {
        let members = std::mem::take(&mut *lock(&self.0));
        for member in members {
            let deadline = if member.completes { late } else { soon };
            if member.leave.wait_left(deadline) {
                // Panics were caught inside.
                let _ = member.handle.join();
            } else {
                LEFT_BEHIND.store(true, Ordering::Relaxed);
                tracing::warn!(
                    thread = member.name,
                    "left behind in a call that does not return"
                );
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::sync_channel;
    use std::time::Duration;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_stuck_thread_is_left_behind_in_time() {
        let crew = Crew::default();
        let (_keep, never) = sync_channel::<()>(1);
        let never = Mutex::new(never);
        let stuck = move || {
            let _ = lock(&never).recv();
        };
        crew.start("stuck".into(), &Arc::default(), false, stuck, || {})
            .unwrap();
        let leave = Arc::new(Leave::default());
        let obedient = Arc::clone(&leave);
        let run = move || {
            obedient.pause(None);
        };
        crew.start("obedient".into(), &leave, true, run, || {})
            .unwrap();
        crew.ask_all();
        let start = Instant::now();
        crew.join_all(start + Duration::from_millis(50), start + SECOND * 20);
        assert!(start.elapsed() < Duration::from_millis(500));
        assert!(leave.wait_left(Instant::now()));
        assert!(has_left_threads_behind());
    }

    #[test]
    fn a_panic_is_told_and_does_not_spread() {
        let crew = Crew::default();
        let (tell, told) = sync_channel(1);
        let on_panic = move || tell.send(()).unwrap();
        crew.start(
            "p".into(),
            &Arc::default(),
            false,
            || panic!("on purpose"),
            on_panic,
        )
        .unwrap();
        told.recv_timeout(Duration::from_secs(5)).unwrap();
        let deadline = Instant::now() + SECOND * 5;
        crew.join_all(deadline, deadline);
    }
}
