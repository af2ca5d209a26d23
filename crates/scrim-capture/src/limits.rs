//! How large pictures may be, stills and clips alike.

use scrim_frame::Size;

/// The most pixels a picture may have: what the largest phone cameras take (16320×12240), 800 MB as RGBA.
pub(crate) const MAX_PIXELS: u64 = 200_000_000;

/// The size that a file states, if it can be shown; else why not, in words.
pub(crate) fn checked_size(width: u32, height: u32) -> Result<Size, String> {
    let size = Size::new(width, height).map_err(|e| e.to_string())?;
    if size.pixels() as u64 > MAX_PIXELS {
        return Err(format!(
            "a picture of {size} pixels has {} million of them, and {} million are the most",
            size.pixels() / 1_000_000,
            MAX_PIXELS / 1_000_000
        ));
    }
    Ok(size)
}
