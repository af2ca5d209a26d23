//! Background pictures at the output's size.

use scrim_frame::Size;

use super::color::{encoded_from_linear, linear_from_encoded};
use super::image::Image;
use crate::Fit;

/// Where a picture lies behind the output.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Placement {
    /// Picture pixels for each output pixel, across and down.
    pub scale: [f32; 2],
    /// Where the output's top left corner lies in the picture, in picture pixels.
    pub origin: [f32; 2],
}

impl Placement {
    /// The placement that a fit asks for: centred, aspect kept; tiles start at the top left.
    #[must_use]
    pub fn new(picture: Size, output: Size, fit: Fit) -> Self {
        let picture = [picture.width() as f32, picture.height() as f32];
        let output = [output.width() as f32, output.height() as f32];
        let ratios = [picture[0] / output[0], picture[1] / output[1]];
        let scale = match fit {
            Fit::Fill => ratios[0].min(ratios[1]),
            Fit::Fit => ratios[0].max(ratios[1]),
            Fit::Tile => {
                return Self {
                    scale: [1.0; 2],
                    origin: [0.0; 2],
                };
            }
        };
        Self {
            scale: [scale; 2],
            origin: [0, 1].map(|i| (picture[i] - output[i] * scale) / 2.0),
        }
    }
}

/// The picture at the output's size, opaque and rounded to eight bits: scaled in linear light over black; bars are black.
#[must_use]
pub fn place(picture: &Image, output: Size, fit: Fit) -> Image {
    if fit == Fit::Tile {
        return tile(picture, output);
    }
    place_at(picture, output, Placement::new(picture.size(), output, fit))
}

/// The same for a placement that is known.
#[must_use]
pub fn place_at(picture: &Image, output: Size, placement: Placement) -> Image {
    let size = picture.size();
    let light = light_over_black(picture);
    let placed = Image::from_fn(output, |x, y| {
        let [sx, sy] = placement.scale;
        let px = placement.origin[0] + (x as f32 + 0.5) * sx;
        let py = placement.origin[1] + (y as f32 + 0.5) * sy;
        let inside =
            (0.0..=size.width() as f32).contains(&px) && (0.0..=size.height() as f32).contains(&py);
        if inside {
            area_mean(&light, (px, sx), (py, sy))
        } else {
            [0.0, 0.0, 0.0, 1.0]
        }
    });
    encoded(&placed)
}

fn tile(picture: &Image, output: Size) -> Image {
    let (light, size) = (light_over_black(picture), picture.size());
    let tiled = Image::from_fn(output, |x, y| {
        light.at((x % size.width()).into(), (y % size.height()).into())
    });
    encoded(&tiled)
}

fn light_over_black(picture: &Image) -> Image {
    picture.map(|[r, g, b, a]| {
        let [r, g, b] = [r, g, b].map(|c| a * linear_from_encoded(c));
        [r, g, b, 1.0]
    })
}

fn encoded(light: &Image) -> Image {
    light
        .map(|[r, g, b, a]| {
            let [r, g, b] = [r, g, b].map(encoded_from_linear);
            [r, g, b, a]
        })
        .eight_bit()
}

/// The mean over the area of an output pixel about a middle, at least one source pixel wide: bilinear interpolation when
/// enlarging.
fn area_mean(light: &Image, (px, sx): (f32, f32), (py, sy): (f32, f32)) -> [f32; 4] {
    let (mut sum, mut weights) = ([0.0; 4], 0.0);
    for (y, weight_y) in overlaps(py, sy) {
        for (x, weight_x) in overlaps(px, sx) {
            let p = light.at(x, y);
            sum = std::array::from_fn(|i| sum[i] + weight_x * weight_y * p[i]);
            weights += weight_x * weight_y;
        }
    }
    sum.map(|s| s / weights)
}

/// Source pixels under an output pixel, and how much of each lies there.
fn overlaps(middle: f32, scale: f32) -> impl Iterator<Item = (i64, f32)> {
    let half = scale.max(1.0) / 2.0;
    ((middle - half).floor() as i64..(middle + half).ceil() as i64).map(move |i| {
        let covered = (i as f32 + 1.0).min(middle + half) - (i as f32).max(middle - half);
        (i, covered.max(0.0))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(w: u32, h: u32) -> Size {
        Size::new(w, h).unwrap()
    }

    fn board(w: u32, h: u32) -> Image {
        Image::from_fn(size(w, h), |x, y| {
            let c = f32::from(u8::from((x + y) % 2 == 0));
            [c, c, c, 1.0]
        })
    }

    #[test]
    fn a_fine_chequered_board_becomes_half_the_light() {
        let small = place(&board(64, 64), size(8, 8), Fit::Fill);
        // Half of the light is code 188, not 128.
        assert_eq!(small.codes()[0], 188);
    }

    #[test]
    fn the_same_size_changes_nothing() {
        for fit in [Fit::Fill, Fit::Fit, Fit::Tile] {
            assert_eq!(place(&board(7, 5), size(7, 5), fit), board(7, 5), "{fit:?}");
        }
    }

    #[test]
    fn fill_covers_fit_has_bars_and_tile_repeats() {
        let white = Image::from_fn(size(4, 4), |_, _| [1.0; 4]);
        let wide = size(16, 4);
        let lit = |fit| -> Vec<bool> {
            let placed = place(&white, wide, fit);
            (0..16).map(|x| placed.at(x, 1)[0] > 0.5).collect()
        };
        assert!(lit(Fit::Fill).iter().all(|lit| *lit));
        let bars: Vec<bool> = (0..16).map(|x| (6..10).contains(&x)).collect();
        assert_eq!(lit(Fit::Fit), bars);
        let tiled = place(&board(3, 3), wide, Fit::Tile);
        assert!(tiled.at(3, 0)[0] > 0.5 && tiled.at(0, 0)[0] > 0.5);
        assert!(tiled.at(4, 0)[0] < 0.5 && tiled.at(1, 0)[0] < 0.5);
    }

    #[test]
    fn transparent_parts_of_a_picture_are_black() {
        let clear = Image::from_fn(size(2, 2), |_, _| [1.0, 1.0, 1.0, 0.0]);
        assert_eq!(
            place(&clear, size(2, 2), Fit::Fill).codes()[..4],
            [0, 0, 0, 255]
        );
    }
}
