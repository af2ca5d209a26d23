//! The place in a file name where a sequence counts.

use std::ops::Range;

/// The most digits that a name may ask for; `u64` cannot count past 20, and nobody's clip is longer.
const MAX_DIGITS: usize = 18;

/// Where the number stands in a file name, and how wide it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Numbering {
    before: String,
    digits: usize,
    after: String,
}

impl Numbering {
    /// Finds a run of two or more `#`, or `%d`, `%05d`, in a file name; `None`: the name holds no number.
    pub(crate) fn find(name: &str) -> Result<Option<Self>, String> {
        let mut places = places(name);
        let Some((range, digits)) = places.next() else {
            return Ok(None);
        };
        if places.next().is_some() {
            return Err(
                "it has two places for the number of the picture; leave one of them".into(),
            );
        }
        if digits > MAX_DIGITS {
            return Err(format!(
                "a number of {digits} digits; at most {MAX_DIGITS} are possible"
            ));
        }
        Ok(Some(Self {
            before: name[..range.start].into(),
            digits,
            after: name[range.end..].into(),
        }))
    }

    /// The file name of picture `number`; numbers wider than their place take the room that they need.
    pub(crate) fn name(&self, number: u64) -> String {
        let Self {
            before,
            digits,
            after,
        } = self;
        format!("{before}{number:0digits$}{after}")
    }

    /// Whether a file name is that of one of the pictures, which are numbered from 1.
    pub(crate) fn gives(&self, name: &str) -> bool {
        let number = name
            .strip_prefix(&self.before)
            .and_then(|rest| rest.strip_suffix(&self.after))
            .and_then(|digits| digits.parse::<u64>().ok());
        number.is_some_and(|number| number >= 1 && self.name(number) == name)
    }

    /// Whether some name is that of a picture of both.
    pub(crate) fn meets(&self, other: &Self) -> bool {
        // Those that need all of the places come sooner or later.
        self.before == other.before && self.after == other.after
    }
}

/// Every place for a number, with its digits.
fn places(name: &str) -> impl Iterator<Item = (Range<usize>, usize)> {
    let bytes = name.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        while at < bytes.len() {
            let start = at;
            let run = |from: usize, wanted: fn(&u8) -> bool| {
                bytes[from..].iter().take_while(|b| wanted(b)).count()
            };
            match bytes[start] {
                b'#' => {
                    let digits = run(start, |b| *b == b'#');
                    at += digits;
                    if digits >= 2 {
                        return Some((start..at, digits));
                    }
                }
                b'%' => {
                    let width = run(start + 1, u8::is_ascii_digit);
                    let end = start + 1 + width;
                    if bytes.get(end) == Some(&b'd') {
                        at = end + 1;
                        let digits = match &name[start + 1..end] {
                            "" => 1,
                            // Too many digits for a usize is too many for a name.
                            width => width.parse().unwrap_or(usize::MAX),
                        };
                        return Some((start..at, digits));
                    }
                    at += 1;
                }
                _ => at += 1,
            }
        }
        None
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(pattern: &str, number: u64) -> String {
        Numbering::find(pattern).unwrap().unwrap().name(number)
    }

    #[test]
    fn both_ways_of_writing_it_mean_the_same() {
        assert_eq!(name("f_#####.png", 7), "f_00007.png");
        assert_eq!(name("f_%05d.png", 7), "f_00007.png");
        assert_eq!(name("ä%d.png", 12), "ä12.png");
        assert_eq!(name("##.png", 12345), "12345.png");
    }

    #[test]
    fn a_name_without_a_place_has_none() {
        for plain in ["a.png", "#1.png", "50%.png", "%.png", "%5.png", "", "%x#%"] {
            assert_eq!(Numbering::find(plain).unwrap(), None, "{plain}");
        }
        assert!(Numbering::find("%03d##.png").is_err());
        assert!(Numbering::find("%99999999999999999999999d.png").is_err());
    }
}
