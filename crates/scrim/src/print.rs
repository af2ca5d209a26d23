//! What is printed for people and for other programs.

use std::fmt;
use std::io::{ErrorKind, Write as _};

use crate::exit::{UNHEARD, end_at_once};

/// `println!` for results: ends the program in silence where nobody reads on, as `scrim devices | head -1` does, instead
/// of breaking off with the words of a crash.
macro_rules! say {
    ($($words:tt)*) => { $crate::print::line(format_args!($($words)*)) };
}
pub(crate) use say;

/// See [`say`].
pub fn line(words: fmt::Arguments<'_>) {
    match writeln!(std::io::stdout(), "{words}") {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::BrokenPipe => end_at_once(UNHEARD),
        Err(error) => {
            eprintln!("error: results cannot be printed: {error}");
            end_at_once(1);
        }
    }
}
