//! The last words of a program: the end of its standard error, for messages.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// FFmpeg says what went wrong in its first or last few lines; the rest repeats it.
const LINES_KEPT: usize = 6;
/// Longer lines are cut: no message needs more.
const LINE_BYTES: u64 = 400;

/// The end of what a program said, and whether it may still say more.
#[derive(Default)]
pub(crate) struct LastWords {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    lines: VecDeque<String>,
    is_over: bool,
}

impl LastWords {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads until the program closes its standard error, so that it never waits for a full pipe.
    pub(crate) fn listen(&self, source: impl Read) {
        let mut source = BufReader::new(source);
        let mut line = Vec::new();
        loop {
            line.clear();
            match (&mut source).take(LINE_BYTES).read_until(b'\n', &mut line) {
                Ok(0) | Err(_) => break,
                Ok(_) => self.keep(String::from_utf8_lossy(&line).trim()),
            }
        }
        self.lock().is_over = true;
        self.changed.notify_all();
    }

    fn keep(&self, line: &str) {
        if line.is_empty() {
            return;
        }
        tracing::debug!(line, "ffmpeg");
        let mut state = self.lock();
        if state.lines.back().is_some_and(|last| last == line) {
            return;
        }
        if state.lines.len() == LINES_KEPT {
            state.lines.pop_front();
        }
        state.lines.push_back(line.into());
    }

    /// Waits until the program closed its standard error, which it does by ending; whether it did.
    pub(crate) fn wait_until_over(&self, deadline: Instant) -> bool {
        let left = deadline.saturating_duration_since(Instant::now());
        let (state, _) = self
            .changed
            .wait_timeout_while(self.lock(), left, |state| !state.is_over)
            .unwrap_or_else(PoisonError::into_inner);
        state.is_over
    }

    /// The lines kept, in one; empty when nothing was said.
    pub(crate) fn text(&self) -> String {
        let state = self.lock();
        let (a, b) = state.lines.as_slices();
        [a, b].concat().join("; ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_is_kept_without_repetitions() {
        let words = LastWords::default();
        let lines: Vec<_> = (0..20).map(|i| format!("line {}", i / 2)).collect();
        let said = lines.join("\n\n");
        words.listen(said.as_bytes());
        assert!(words.wait_until_over(Instant::now()));
        assert_eq!(
            words.text(),
            "line 4; line 5; line 6; line 7; line 8; line 9"
        );
    }
}
