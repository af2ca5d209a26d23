//! The colour of the person and of the room near each place.

use super::cells::{Cells, Gauss, blur, reduce};
use super::image::{Image, lerp, rgb, smooth_step};

/// The Gaussian over cells: 12 pixels at 720 lines, about the reach of loose hair.
#[must_use]
pub fn gauss() -> Gauss {
    Gauss::new(1.5)
}

/// The person and the room near each place: encoded colour times weight, and the weight; one pixel for each cell.
#[derive(Debug, Clone)]
pub struct Surround {
    cells: Cells,
    person: Image,
    room: Image,
}

impl Surround {
    /// Weights are the third power of α and of 1 − α, so that mixed pixels hardly count.
    #[must_use]
    pub fn of(frame: &Image, alpha: &Image) -> Self {
        let cells = Cells::of(frame.size());
        let near = |of_alpha: fn(f32) -> f32| {
            let reduced = reduce(frame, alpha, cells, |[r, g, b], alpha| {
                let weight = of_alpha(alpha).powi(3);
                [r, g, b, 1.0].map(|c| c * weight)
            });
            blur(&reduced, gauss())
        };
        Self {
            cells,
            person: near(|alpha| alpha),
            room: near(|alpha| 1.0 - alpha),
        }
    }

    /// The person's own encoded colour at pixel `x`, `y`, where `color` is mixed with the room's.
    ///
    /// Forte, "Approximate Fast Foreground Colour Estimation", 2021, equation 4: the means of both nearby, corrected so
    /// that mixing them again gives the pixel. Where α is 1 that is the pixel itself.
    #[must_use]
    pub fn person_color(&self, color: [f32; 3], alpha: f32, (x, y): (u32, u32)) -> [f32; 3] {
        let cell = self.cells.cell_px as f32;
        let (x, y) = ((x as f32 + 0.5) / cell, (y as f32 + 0.5) / cell);
        let near = |image: &Image| {
            let p = image.smooth_at(x, y);
            let mean = rgb(p).map(|c| c / p[3].max(1e-6));
            lerp(color, mean, smooth_step(1e-3, p[3]))
        };
        let (f, b) = (near(&self.person), near(&self.room));
        std::array::from_fn(|i| {
            let rest = color[i] - alpha * f[i] - (1.0 - alpha) * b[i];
            (f[i] + alpha * rest).clamp(0.0, 1.0)
        })
    }
}

#[cfg(test)]
mod tests {
    use scrim_frame::Size;

    use super::*;

    #[test]
    fn a_red_person_before_a_green_wall_has_red_edges() {
        let size = Size::new(720, 480).unwrap();
        let alpha_of = |x: u32| ((x as f32 - 400.0) / 12.0).clamp(0.0, 1.0);
        let alpha = Image::from_fn(size, |x, _| [alpha_of(x); 4]);
        let frame = Image::from_fn(size, |x, _| {
            let a = alpha_of(x);
            [0.8 * a, 0.6 * (1.0 - a), 0.1, 1.0]
        });
        let surround = Surround::of(&frame, &alpha);
        for x in 402..412 {
            let a = alpha_of(x);
            let mixed = rgb(frame.at(x.into(), 240));
            let [r, g, _] = surround.person_color(mixed, a, (x, 240));
            assert!((r - 0.8).abs() < 0.12, "red {r} at alpha {a}");
            assert!(g < 0.09, "green {g} at alpha {a}, {} before", mixed[1]);
        }
        let solid = rgb(frame.at(500, 240));
        let kept = surround.person_color(solid, 1.0, (500, 240));
        assert!(kept.iter().zip(solid).all(|(a, b)| (a - b).abs() < 1e-6));
    }
}
