//! Composites as a camera's pictures.

use scrim_frame::{PixelFormat, Size};

use super::image::Image;
use super::picture::{Placement, place_at};
use crate::{Encoding, Fit, yuv};

/// Where a composite stands in a camera's picture: whole, in the middle. One that is smaller by a row or a column at
/// most, as one with odd sides is, stays as it is.
#[must_use]
pub fn letterbox(composite: Size, camera: Size) -> Placement {
    let is_nearly = |have: u32, wanted: u32| wanted.checked_sub(have).is_some_and(|gap| gap <= 1);
    let is_nearly_full = is_nearly(composite.width(), camera.width())
        && is_nearly(composite.height(), camera.height());
    if is_nearly_full {
        Placement {
            scale: [1.0; 2],
            origin: [0.0; 2],
        }
    } else {
        Placement::new(composite, camera, Fit::Fit)
    }
}

/// The bytes of each plane, rows without padding. `composite` is in encoded colour with straight alpha.
#[must_use]
pub fn encode(composite: &Image, encoding: Encoding) -> Vec<Vec<u8>> {
    let size = encoding.size();
    let composite = composite.eight_bit();
    let flat = if composite.size() == size {
        composite.map(|[r, g, b, a]| [r * a, g * a, b * a, 1.0])
    } else {
        let placement = letterbox(composite.size(), size);
        place_at(&composite, size, placement)
    };
    let rows = yuv::encoding_rows(encoding.yuv());
    let code = |row: usize, pixel: [f32; 4]| {
        let sum: f32 = rows[row].iter().zip(pixel).map(|(a, b)| a * b).sum();
        (sum.clamp(0.0, 1.0) * 255.0).round() as u8
    };
    let (width, height) = (size.width(), size.height());
    let luma = || all(width, height).map(|(x, y)| code(0, flat.at(x, y)));
    let chroma = |row: usize, x: i64, y: i64| {
        let block = [(0, 0), (1, 0), (0, 1), (1, 1)].map(|(i, j)| flat.at(2 * x + i, 2 * y + j));
        code(row, mean(&block))
    };
    let quarter = || all(width / 2, height / 2);
    match encoding.format() {
        PixelFormat::Nv12(_) => vec![
            luma().collect(),
            quarter()
                .flat_map(|(x, y)| [chroma(1, x, y), chroma(2, x, y)])
                .collect(),
        ],
        PixelFormat::I420(_) => vec![
            luma().collect(),
            quarter().map(|(x, y)| chroma(1, x, y)).collect(),
            quarter().map(|(x, y)| chroma(2, x, y)).collect(),
        ],
        _ => {
            let pair = |(x, y)| {
                let pair = [flat.at(2 * x, y), flat.at(2 * x + 1, y)];
                let shared = mean(&pair);
                [
                    code(0, pair[0]),
                    code(1, shared),
                    code(0, pair[1]),
                    code(2, shared),
                ]
            };
            vec![all(width / 2, height).flat_map(pair).collect()]
        }
    }
}

fn all(width: u32, height: u32) -> impl Iterator<Item = (i64, i64)> {
    (0..i64::from(height)).flat_map(move |y| (0..i64::from(width)).map(move |x| (x, y)))
}

fn mean(pixels: &[[f32; 4]]) -> [f32; 4] {
    std::array::from_fn(|i| pixels.iter().map(|p| p[i]).sum::<f32>() / pixels.len() as f32)
}

#[cfg(test)]
mod tests {
    use scrim_frame::YuvEncoding;

    use super::*;

    fn size(w: u32, h: u32) -> Size {
        Size::new(w, h).unwrap()
    }

    #[test]
    fn what_is_transparent_is_black() {
        let clear = Image::from_fn(size(2, 2), |_, _| [1.0, 0.0, 0.0, 0.0]);
        let i420 = PixelFormat::I420(YuvEncoding::BT601_LIMITED);
        for side in [2, 4] {
            let planes = encode(&clear, Encoding::new(i420, size(side, side)).unwrap());
            assert!(planes[0].iter().all(|y| *y == 16));
            assert!(planes[1].iter().chain(&planes[2]).all(|c| *c == 128));
        }
    }

    #[test]
    fn an_odd_side_is_not_scaled_and_others_are_fitted() {
        let odd = letterbox(size(63, 31), size(64, 32));
        assert!(odd.scale.iter().all(|scale| (scale - 1.0).abs() < 1e-6));
        let bars = letterbox(size(640, 480), size(1280, 720));
        assert!((bars.scale[0] - 2.0 / 3.0).abs() < 1e-6);
        assert!((bars.origin[0] + 320.0 / 3.0).abs() < 1e-3 && bars.origin[1].abs() < 1e-3);
    }
}
