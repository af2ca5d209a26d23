//! From luma and colour difference to red, green and blue, and back.

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

/// The rows that `(r, g, b, 1)`, encoded, 0..=1, is multiplied with for y, u and v, samples as 0..=1: the inverse of
/// [`rows`].
pub(crate) fn encoding_rows(encoding: YuvEncoding) -> [[f32; 4]; 3] {
    let (kr, kb) = encoding.matrix.weights();
    let kg = 1.0 - kr - kb;
    let (luma_scale, luma_zero, chroma_scale) = match encoding.range {
        YuvRange::Limited => (219.0 / 255.0, 16.0 / 255.0, 224.0 / 255.0),
        YuvRange::Full => (1.0, 0.0, 1.0),
    };
    let chroma_zero = 128.0 / 255.0;
    let difference = |[r, g, b]: [f32; 3], k: f32| {
        let scale = chroma_scale / (2.0 - 2.0 * k);
        [
            (r - kr) * scale,
            (g - kg) * scale,
            (b - kb) * scale,
            chroma_zero,
        ]
    };
    [
        [kr * luma_scale, kg * luma_scale, kb * luma_scale, luma_zero],
        difference([0.0, 0.0, 1.0], kb),
        difference([1.0, 0.0, 0.0], kr),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encoding_and_decoding_undo_each_other() {
        for encoding in [
            YuvEncoding::BT601_LIMITED,
            YuvEncoding::BT601_FULL,
            YuvEncoding::BT709_LIMITED,
        ] {
            for color in [[1.0, 0.0, 0.0], [0.2, 0.7, 0.4], [1.0, 1.0, 1.0]] {
                let times = |rows: [[f32; 4]; 3], [a, b, c]: [f32; 3]| {
                    rows.map(|row| row[0] * a + row[1] * b + row[2] * c + row[3])
                };
                let samples = times(encoding_rows(encoding), color);
                let back = times(rows(encoding), samples);
                for (have, wanted) in back.into_iter().zip(color) {
                    assert!(
                        (have - wanted).abs() < 1e-5,
                        "{encoding:?} {color:?} {back:?}"
                    );
                }
            }
        }
        let white = encoding_rows(YuvEncoding::BT601_LIMITED)[0];
        assert!((white.iter().sum::<f32>() * 255.0 - 235.0).abs() < 1e-3);
    }
}
