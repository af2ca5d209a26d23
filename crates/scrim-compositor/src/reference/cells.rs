//! Reduced pictures, in which one cell stands for a square of frame pixels.

use scrim_frame::Size;

use super::image::{Image, rgb};

/// Cells along the frame's shorter side, roughly: fine enough for the narrowest blur, coarse enough to be cheap.
const CELLS_ON_SHORT_SIDE: u32 = 90;

/// The grid of cells over a frame. The last column and row may reach beyond the frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cells {
    /// Pixels a side of a cell.
    pub cell_px: u32,
    /// In cells.
    pub size: Size,
}

impl Cells {
    /// The grid for a frame of this size.
    ///
    /// # Panics
    /// Never: a grid is no larger than its frame.
    #[must_use]
    pub fn of(frame: Size) -> Self {
        let short = frame.width().min(frame.height());
        let cell_px = (short / CELLS_ON_SHORT_SIDE).max(1);
        let size = Size::new(
            frame.width().div_ceil(cell_px),
            frame.height().div_ceil(cell_px),
        )
        .expect("no larger than the frame");
        Self { cell_px, size }
    }

    /// Every how many pixels, in both directions, a cell looks at the frame: about four times a side, which a Gaussian
    /// of more than one cell hides and which costs a quarter of looking at all of 720 lines.
    #[must_use]
    pub fn step_px(self) -> u32 {
        (self.cell_px / 4).max(1)
    }
}

/// A Gaussian over cells.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gauss {
    /// Standard deviation, in cells.
    pub sigma: f32,
    /// How far it is followed, in cells: three deviations, beyond which lie 0.3 % of its area.
    pub radius: u32,
}

impl Gauss {
    /// A Gaussian followed to three deviations.
    #[must_use]
    pub fn new(sigma: f32) -> Self {
        Self {
            sigma,
            radius: (3.0 * sigma).ceil() as u32,
        }
    }

    /// The weight at a distance in cells.
    #[must_use]
    pub fn weight(self, distance: i32) -> f32 {
        let d = distance as f32 / self.sigma;
        (-0.5 * d * d).exp()
    }
}

/// Cells from a function of pixel and alpha: the mean over the pixels that each cell looks at.
#[must_use]
pub fn reduce(
    frame: &Image,
    alpha: &Image,
    grid: Cells,
    weigh: impl Fn([f32; 3], f32) -> [f32; 4],
) -> Image {
    let step = grid.step_px() as usize;
    Image::from_fn(grid.size, |cx, cy| {
        let (x0, y0) = (cx * grid.cell_px, cy * grid.cell_px);
        let x1 = (x0 + grid.cell_px).min(frame.size().width());
        let y1 = (y0 + grid.cell_px).min(frame.size().height());
        let (mut sum, mut count) = ([0.0; 4], 0.0);
        for y in (y0..y1).step_by(step) {
            for x in (x0..x1).step_by(step) {
                let (x, y) = (i64::from(x), i64::from(y));
                let p = weigh(rgb(frame.at(x, y)), alpha.at(x, y)[0]);
                sum = std::array::from_fn(|i| sum[i] + p[i]);
                count += 1.0;
            }
        }
        sum.map(|s| s / count)
    })
}

/// Gaussian blur; nothing counts beyond the edges.
#[must_use]
pub fn blur(image: &Image, gauss: Gauss) -> Image {
    let along = |image: &Image, dx: i64, dy: i64| {
        let (width, height) = (image.size().width().into(), image.size().height().into());
        Image::from_fn(image.size(), |x, y| {
            let (mut sum, mut weights) = ([0.0; 4], 0.0);
            for k in -i64::from(gauss.radius)..=i64::from(gauss.radius) {
                let (fx, fy) = (i64::from(x) + k * dx, i64::from(y) + k * dy);
                if !(0..width).contains(&fx) || !(0..height).contains(&fy) {
                    continue;
                }
                let weight = gauss.weight(k as i32);
                let p = image.at(fx, fy);
                sum = std::array::from_fn(|i| sum[i] + weight * p[i]);
                weights += weight;
            }
            sum.map(|s| s / weights)
        })
    };
    along(&along(image, 1, 0), 0, 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grid_covers_odd_frames() {
        let cells = Cells::of(Size::new(1366, 768).unwrap());
        assert_eq!((cells.cell_px, cells.step_px()), (8, 2));
        assert_eq!((cells.size.width(), cells.size.height()), (171, 96));
        let one = Cells::of(Size::new(1, 1).unwrap());
        assert_eq!((one.cell_px, one.size.pixels()), (1, 1));
    }

    #[test]
    fn a_blur_keeps_the_sum_and_a_constant() {
        let size = Size::new(41, 41).unwrap();
        let point = Image::from_fn(size, |x, y| [f32::from(u8::from(x == 20 && y == 20)); 4]);
        let blurred = blur(&point, Gauss::new(2.0));
        let sum: f32 = (0..41 * 41).map(|i| blurred.at(i % 41, i / 41)[0]).sum();
        assert!((sum - 1.0).abs() < 1e-4, "{sum}");
        // The peak of a Gaussian of deviation 2 in two dimensions: 1 / (2π · 4) = 0.0398.
        assert!((blurred.at(20, 20)[0] - 0.0398).abs() < 5e-4);
        let flat = blur(&Image::from_fn(size, |_, _| [0.3; 4]), Gauss::new(2.0));
        assert!((flat.at(0, 40)[1] - 0.3).abs() < 1e-6);
    }
}
