//! From luma and colour difference to red, green and blue.

use scrim_frame::{YuvEncoding, YuvRange};

/// The rows that `(y, u, v, 1)`, samples as 0..=1, is multiplied with for red, green and blue, encoded, 0..=1.
///
/// From the definition in ITU-R BT.601 and BT.709: `y = Kr r + Kg g + Kb b`, `cb = (b − y) / (2 − 2 Kb)`,
/// `cr = (r − y) / (2 − 2 Kr)`; limited range has 219 steps of luma from 16 and 224 of colour difference about 128.
pub(crate) fn rows(encoding: YuvEncoding) -> [[f32; 4]; 3] {
    let (kr, kb) = encoding.matrix.weights();
    let kg = 1.0 - kr - kb;
    let (luma_scale, luma_zero, chroma_scale) = match encoding.range {
        YuvRange::Limited => (255.0 / 219.0, 16.0 / 255.0, 255.0 / 224.0),
        YuvRange::Full => (1.0, 0.0, 1.0),
    };
    let chroma_zero = 128.0 / 255.0;
    let row = |from_cb: f32, from_cr: f32| {
        let (u, v) = (from_cb * chroma_scale, from_cr * chroma_scale);
        let zero = luma_scale * luma_zero + (u + v) * chroma_zero;
        [luma_scale, u, v, -zero]
    };
    [
        row(0.0, 2.0 - 2.0 * kr),
        row(-(2.0 - 2.0 * kb) * kb / kg, -(2.0 - 2.0 * kr) * kr / kg),
        row(2.0 - 2.0 * kb, 0.0),
    ]
}
