//! The one place where a composite comes into being.

use std::time::Instant;

use scrim_frame::{
    AlphaState, Composite, CompositeContent, CompositePool, PixelLayout, PoolExhausted,
};

/// What a composite is labelled with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Label {
    pub(crate) content: CompositeContent,
    pub(crate) alpha: AlphaState,
    pub(crate) captured_at: Instant,
}

/// Fills a pooled composite of this layout, whose planes have no padding, from each plane's rows and their stride.
///
/// Called with the rows of the compositor's own output textures, and with the slate's. Nothing that came from a source
/// may be given here.
pub(crate) fn composite_from_rows<'r>(
    pool: &mut CompositePool,
    layout: PixelLayout,
    planes: impl IntoIterator<Item = (&'r [u8], usize)>,
    label: Label,
) -> Result<Composite, PoolExhausted> {
    #[expect(
        clippy::disallowed_methods,
        reason = "the compositor is the one maker of composites, and this is its one place"
    )]
    let mut draft = pool.draft(layout)?;
    for (plane, (rows, stride)) in planes.into_iter().enumerate() {
        let row_bytes = layout.stride(plane);
        let target = draft.buffer_mut().plane_mut(plane);
        if stride == row_bytes {
            let total = target.len();
            target.copy_from_slice(&rows[..total]);
        } else {
            for (to, from) in target.chunks_exact_mut(row_bytes).zip(rows.chunks(stride)) {
                to.copy_from_slice(&from[..row_bytes]);
            }
        }
    }
    Ok(draft.finish(label.content, label.alpha, label.captured_at))
}
