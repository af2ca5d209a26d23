//! The one place where a composite comes into being.

use std::time::Instant;

use scrim_frame::{
    AlphaState, Composite, CompositeContent, CompositePool, PixelFormat, PixelLayout,
    PoolExhausted, Size,
};

/// What a composite is labelled with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Label {
    pub(crate) content: CompositeContent,
    pub(crate) alpha: AlphaState,
    pub(crate) captured_at: Instant,
}

/// Fills a pooled RGBA composite from rows `stride` bytes apart.
///
/// Called with the rows of the compositor's own output texture, and with the slate's. Nothing that came from a source
/// may be given here.
pub(crate) fn composite_from_rows(
    pool: &mut CompositePool,
    size: Size,
    rows: &[u8],
    stride: usize,
    label: Label,
) -> Result<Composite, PoolExhausted> {
    let layout = PixelLayout::packed(PixelFormat::Rgba8, size);
    #[expect(
        clippy::disallowed_methods,
        reason = "the compositor is the one maker of composites, and this is its one place"
    )]
    let mut draft = pool.draft(layout)?;
    let row_bytes = size.width() as usize * 4;
    let target = draft.buffer_mut().bytes_mut();
    if stride == row_bytes {
        let total = target.len();
        target.copy_from_slice(&rows[..total]);
    } else {
        for (to, from) in target.chunks_exact_mut(row_bytes).zip(rows.chunks(stride)) {
            to.copy_from_slice(&from[..row_bytes]);
        }
    }
    Ok(draft.finish(label.content, label.alpha, label.captured_at))
}
