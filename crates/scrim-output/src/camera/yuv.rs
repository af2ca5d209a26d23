//! RGBA to YUV by BT.601 in limited range, on the CPU.

use scrim_frame::{Size, YuvMatrix};

use super::CameraFormat;

/// RGBA rows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Source<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) stride: usize,
    /// The alpha channel counts; otherwise every pixel is opaque.
    pub(crate) is_straight: bool,
}

impl<'a> Source<'a> {
    pub(crate) fn row(&self, y: usize, row_bytes: usize) -> &'a [u8] {
        &self.bytes[y * self.stride..][..row_bytes]
    }

    /// The pixel over black.
    #[inline]
    pub(crate) fn flatten(&self, pixel: [u8; 4]) -> [u8; 3] {
        let [r, g, b, _] = if self.is_straight {
            over_black(pixel)
        } else {
            pixel
        };
        [r, g, b]
    }
}

#[inline]
fn over_black([r, g, b, a]: [u8; 4]) -> [u8; 4] {
    let times_alpha = |c: u8| ((u32::from(c) * u32::from(a) + 127) / 255) as u8;
    [times_alpha(r), times_alpha(g), times_alpha(b), 255]
}

/// Bits behind the binary point of the weights: with these, results lie within 0.0001 of where exact arithmetic puts them
/// before rounding, and the largest sum, of four pixels, fits an `i32`.
const BITS: u32 = 20;

const KR: f64 = 0.299;
const KB: f64 = 0.114;

/// What a code of full range is worth in limited range (BT.601-7, 2.5.3).
const LUMA_SCALE: f64 = 219.0 / 255.0;
const CHROMA_SCALE: f64 = 224.0 / 255.0;

const Y_RED: i32 = fixed(KR * LUMA_SCALE);
const Y_BLUE: i32 = fixed(KB * LUMA_SCALE);
// What is left of the whole, so that white is exactly 235.
const Y_GREEN: i32 = fixed(LUMA_SCALE) - Y_RED - Y_BLUE;

const U_RED: i32 = fixed(-KR / (2.0 * (1.0 - KB)) * CHROMA_SCALE);
const U_BLUE: i32 = fixed(0.5 * CHROMA_SCALE);
// Their sum is 0, so that no grey has a colour.
const U_GREEN: i32 = -U_RED - U_BLUE;

const V_RED: i32 = fixed(0.5 * CHROMA_SCALE);
const V_BLUE: i32 = fixed(-KB / (2.0 * (1.0 - KR)) * CHROMA_SCALE);
const V_GREEN: i32 = -V_RED - V_BLUE;

const fn fixed(value: f64) -> i32 {
    let half = if value < 0.0 { -0.5 } else { 0.5 };
    (value * (1u32 << BITS) as f64 + half) as i32
}

/// Luma of one pixel.
#[inline]
fn luma([r, g, b]: [i32; 3]) -> u8 {
    let sum = Y_RED * r + Y_GREEN * g + Y_BLUE * b;
    ((sum + (16 << BITS) + (1 << (BITS - 1))) >> BITS) as u8
}

/// U and V of the mean of `2^SHARED_BITS` pixels, of which the sum is given.
#[inline]
fn chroma<const SHARED_BITS: u32>([r, g, b]: [i32; 3]) -> [u8; 2] {
    let bits = BITS + SHARED_BITS;
    let offset = (128 << bits) + (1 << (bits - 1));
    let u = U_RED * r + U_GREEN * g + U_BLUE * b;
    let v = V_RED * r + V_GREEN * g + V_BLUE * b;
    [((u + offset) >> bits) as u8, ((v + offset) >> bits) as u8]
}

#[inline]
fn rgb<const STRAIGHT: bool>(pixel: [u8; 4]) -> [i32; 3] {
    let [r, g, b, _] = if STRAIGHT { over_black(pixel) } else { pixel };
    [r, g, b].map(i32::from)
}

#[inline]
fn plus(a: [i32; 3], b: [i32; 3]) -> [i32; 3] {
    [a[0] + b[0], a[1] + b[1], a[2] + b[2]]
}

/// Writes a picture in `format`. `size` is one that the format takes, and `out` as long as its pictures are.
pub(crate) fn convert(format: CameraFormat, size: Size, source: Source<'_>, out: &mut [u8]) {
    debug_assert!(format.takes(size) && out.len() == format.bytes(size));
    if source.is_straight {
        write::<true>(format, size, source, out);
    } else {
        write::<false>(format, size, source, out);
    }
}

fn write<const STRAIGHT: bool>(
    format: CameraFormat,
    size: Size,
    source: Source<'_>,
    out: &mut [u8],
) {
    let (width, pixels) = (size.width() as usize, size.pixels());
    match format {
        CameraFormat::Yuyv => {
            for (y, out) in out.chunks_exact_mut(width * 2).enumerate() {
                yuyv_row::<STRAIGHT>(source.row(y, width * 4), out);
            }
        }
        CameraFormat::Nv12 => {
            let (lumas, chromas) = out.split_at_mut(pixels);
            luma_plane::<STRAIGHT>(width, source, lumas);
            for (y, out) in chromas.chunks_exact_mut(width).enumerate() {
                let (above, below) = two_rows(source, y, width);
                let out = out.as_chunks_mut::<2>().0;
                for (out, uv) in out.iter_mut().zip(chroma_row::<STRAIGHT>(above, below)) {
                    *out = uv;
                }
            }
        }
        CameraFormat::I420 => {
            let (lumas, chromas) = out.split_at_mut(pixels);
            luma_plane::<STRAIGHT>(width, source, lumas);
            let (us, vs) = chromas.split_at_mut(pixels / 4);
            let rows = us
                .chunks_exact_mut(width / 2)
                .zip(vs.chunks_exact_mut(width / 2));
            for (y, (us, vs)) in rows.enumerate() {
                let (above, below) = two_rows(source, y, width);
                let out = us.iter_mut().zip(vs);
                for ((to_u, to_v), [u, v]) in out.zip(chroma_row::<STRAIGHT>(above, below)) {
                    (*to_u, *to_v) = (u, v);
                }
            }
        }
    }
}

fn yuyv_row<const STRAIGHT: bool>(row: &[u8], out: &mut [u8]) {
    let pairs = row.as_chunks::<8>().0;
    for ([r0, g0, b0, a0, r1, g1, b1, a1], out) in pairs.iter().zip(out.as_chunks_mut::<4>().0) {
        let left = rgb::<STRAIGHT>([*r0, *g0, *b0, *a0]);
        let right = rgb::<STRAIGHT>([*r1, *g1, *b1, *a1]);
        let [u, v] = chroma::<1>(plus(left, right));
        *out = [luma(left), u, luma(right), v];
    }
}

fn luma_plane<const STRAIGHT: bool>(width: usize, source: Source<'_>, out: &mut [u8]) {
    for (y, out) in out.chunks_exact_mut(width).enumerate() {
        let pixels = source.row(y, width * 4).as_chunks::<4>().0;
        for (pixel, out) in pixels.iter().zip(out) {
            *out = luma(rgb::<STRAIGHT>(*pixel));
        }
    }
}

fn two_rows(source: Source<'_>, y: usize, width: usize) -> (&[u8], &[u8]) {
    (
        source.row(2 * y, width * 4),
        source.row(2 * y + 1, width * 4),
    )
}

fn chroma_row<'a, const STRAIGHT: bool>(
    above: &'a [u8],
    below: &'a [u8],
) -> impl Iterator<Item = [u8; 2]> + use<'a, STRAIGHT> {
    let pair = |[r0, g0, b0, a0, r1, g1, b1, a1]: [u8; 8]| {
        plus(
            rgb::<STRAIGHT>([r0, g0, b0, a0]),
            rgb::<STRAIGHT>([r1, g1, b1, a1]),
        )
    };
    let (above, below) = (above.as_chunks::<8>().0, below.as_chunks::<8>().0);
    above
        .iter()
        .zip(below)
        .map(move |(above, below)| chroma::<2>(plus(pair(*above), pair(*below))))
}

// The weights above are those of the type that frames carry.
const _: () = {
    let (kr, kb) = YuvMatrix::Bt601.weights();
    assert!((kr as f64 - KR).abs() < 1e-7 && (kb as f64 - KB).abs() < 1e-7);
};

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The definition, in exact arithmetic but for the last digits of `f64`.
    fn real(rgb: [f64; 3]) -> [f64; 3] {
        let [r, g, b] = rgb;
        let y = KR * r + (1.0 - KR - KB) * g + KB * b;
        [
            16.0 + LUMA_SCALE * y,
            128.0 + CHROMA_SCALE * (b - y) / (2.0 * (1.0 - KB)),
            128.0 + CHROMA_SCALE * (r - y) / (2.0 * (1.0 - KR)),
        ]
    }

    /// `code` is `real` rounded, or one of two where `real` lies in the middle.
    fn is_rounded(code: u8, real: f64) -> bool {
        (f64::from(code) - real).abs() <= 0.5 + 1e-4
    }

    fn picture(
        format: CameraFormat,
        size: (u32, u32),
        pixels: &[[u8; 4]],
        is_straight: bool,
    ) -> Vec<u8> {
        let size = Size::new(size.0, size.1).unwrap();
        let mut out = vec![0; format.bytes(size)];
        let source = Source {
            bytes: pixels.as_flattened(),
            stride: size.width() as usize * 4,
            is_straight,
        };
        convert(format, size, source, &mut out);
        out
    }

    #[test]
    fn the_corners_of_the_cube_are_those_of_the_standard() {
        // BT.601 in limited range, worked by hand: red Y = 16 + 219 · 0.299 = 81.48, U = 128 − 224 · 0.299 / 1.772
        // = 90.20, V = 128 + 112 = 240; and so on.
        for (rgb, yuv) in [
            ([0, 0, 0], [16, 128, 128]),
            ([255, 255, 255], [235, 128, 128]),
            ([255, 0, 0], [81, 90, 240]),
            ([0, 255, 0], [145, 54, 34]),
            ([0, 0, 255], [41, 240, 110]),
            ([255, 255, 0], [210, 16, 146]),
            ([0, 255, 255], [170, 166, 16]),
            ([255, 0, 255], [106, 202, 222]),
            ([128, 128, 128], [126, 128, 128]),
        ] {
            let [r, g, b] = rgb;
            let [y, u, v] = yuv;
            let pixels = [[r, g, b, 255]; 4];
            let yuyv = picture(CameraFormat::Yuyv, (2, 2), &pixels, false);
            assert_eq!(yuyv, [y, u, y, v, y, u, y, v], "{rgb:?}");
            let nv12 = picture(CameraFormat::Nv12, (2, 2), &pixels, false);
            assert_eq!(nv12, [y, y, y, y, u, v], "{rgb:?}");
            assert_eq!(picture(CameraFormat::I420, (2, 2), &pixels, false), nv12);
        }
    }

    #[test]
    fn every_colour_is_rounded_from_the_definition() {
        // Steps of 3 reach both ends, 0 and 255.
        for r in (0..=255).step_by(3) {
            for g in (0..=255).step_by(3) {
                for b in (0..=255).step_by(3) {
                    let pixel = [r, g, b];
                    let exact = real(pixel.map(f64::from));
                    assert!(is_rounded(luma(pixel), exact[0]), "{pixel:?}");
                    let [u, v] = chroma::<0>(pixel);
                    assert!(
                        is_rounded(u, exact[1]) && is_rounded(v, exact[2]),
                        "{pixel:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn greys_have_no_colour() {
        for grey in 0..=255 {
            assert_eq!(chroma::<0>([grey; 3]), [128, 128]);
            assert_eq!(chroma::<2>([grey * 4; 3]), [128, 128]);
        }
    }

    #[test]
    fn planes_and_pairs_stand_where_they_belong() {
        let white = [255, 255, 255, 255];
        let black = [0, 0, 0, 255];
        let red = [255, 0, 0, 255];
        let blue = [0, 0, 255, 255];
        let pixels = [
            white, black, red, red, //
            black, black, blue, blue,
        ];
        // U and V of the mean of red and blue: (90.20 + 240) / 2 = 165.10 and (240 + 109.78) / 2 = 174.89.
        assert_eq!(
            picture(CameraFormat::Yuyv, (4, 2), &pixels, false),
            [
                235, 128, 16, 128, 81, 90, 81, 240, //
                16, 128, 16, 128, 41, 240, 41, 110,
            ]
        );
        let lumas = [235, 16, 81, 81, 16, 16, 41, 41];
        assert_eq!(
            picture(CameraFormat::Nv12, (4, 2), &pixels, false),
            [lumas.as_slice(), &[128, 128, 165, 175]].concat()
        );
        assert_eq!(
            picture(CameraFormat::I420, (4, 2), &pixels, false),
            [lumas.as_slice(), &[128, 165, 128, 175]].concat()
        );
    }

    #[test]
    fn alpha_counts_only_where_it_says_something() {
        let pixels = [[255, 255, 255, 0]; 2];
        assert_eq!(
            picture(CameraFormat::Yuyv, (2, 1), &pixels, false),
            [235, 128, 235, 128]
        );
        assert_eq!(
            picture(CameraFormat::Yuyv, (2, 1), &pixels, true),
            [16, 128, 16, 128]
        );
        let half = [[255, 255, 255, 128]; 2];
        assert_eq!(picture(CameraFormat::Yuyv, (2, 1), &half, true)[0], 126);
    }

    proptest! {
        #[test]
        fn chroma_is_of_the_mean(pixels in proptest::collection::vec(any::<[u8; 4]>(), 4)) {
            let mean = |of: &[[u8; 4]]| -> [f64; 3] {
                std::array::from_fn(|i| of.iter().map(|p| f64::from(p[i])).sum::<f64>() / of.len() as f64)
            };
            let yuyv = picture(CameraFormat::Yuyv, (2, 2), &pixels, false);
            for (row, out) in pixels.as_chunks::<2>().0.iter().zip(yuyv.as_chunks::<4>().0) {
                let [_, u, v] = real(mean(row));
                prop_assert!(is_rounded(out[1], u) && is_rounded(out[3], v));
            }
            let nv12 = picture(CameraFormat::Nv12, (2, 2), &pixels, false);
            let [_, u, v] = real(mean(&pixels));
            prop_assert!(is_rounded(nv12[4], u) && is_rounded(nv12[5], v));
            for (pixel, y) in pixels.iter().zip(&nv12) {
                prop_assert!(is_rounded(*y, real([pixel[0], pixel[1], pixel[2]].map(f64::from))[0]));
            }
        }
    }
}
