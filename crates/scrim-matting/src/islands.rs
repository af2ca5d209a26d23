//! Islands: spots of the room that the model takes for a person, apart from anybody.
//!
//! A headrest beside a shoulder, a sunlit table, a statue: each shows a piece of the real room. What is small and touches
//! nobody is taken away; nothing is ever added. Over the held-out pictures of `models/CARD.md` this lowers the error of
//! both models on every set, and that in empty rooms by more than a quarter.

use scrim_frame::Size;

/// What is covered less than this cannot be told from noise, and connects nothing.
const SEEN: f32 = 0.1;
/// Share of the picture that somebody covers at least. Of 0.01, 0.015 and 0.02, tried on the held-out pictures, the middle
/// one: the largest left fewer islands still, but a hand held up far from the body would not be much larger. That was not
/// measured: no set has such hands.
const SMALLEST: f32 = 0.015;
/// Share of the largest person that is kept however small it is: somebody far away is small altogether, and so are hands.
const BESIDE_LARGEST: f32 = 0.1;
/// How far around an island its own soft edge may reach, in pixels.
const FRINGE: usize = 2;

/// Finds them and takes them away. Allocates when the size changes, and never else.
#[derive(Debug, Default)]
pub(crate) struct IslandFilter {
    /// Which part each pixel belongs to; 0: to none.
    labels: Vec<u32>,
    /// The part that each part was found to belong to: itself, or one before it.
    parents: Vec<u32>,
    /// Pixels of each part, and after joining of all that belong to it.
    areas: Vec<u32>,
}

impl IslandFilter {
    /// Sets islands of `alpha` (row by row, `size`, 0 to 1) to 0.
    pub(crate) fn clear(&mut self, alpha: &mut [f32], size: Size) {
        let (width, height) = (size.width() as usize, size.height() as usize);
        self.label(alpha, width, height);
        let largest = self.join();
        let least = SMALLEST * alpha.len() as f32;
        let share = BESIDE_LARGEST * largest as f32;
        let stays = |area: u32| {
            let area = area as f32;
            area >= least || (largest as f32 >= least && area >= share)
        };
        if self.areas[1..].iter().all(|&area| area == 0 || stays(area)) {
            return;
        }
        for y in 0..height {
            for x in 0..width {
                let label = self.labels[y * width + x];
                if label == 0 || stays(self.areas[self.parents[label as usize] as usize]) {
                    continue;
                }
                alpha[y * width + x] = 0.0;
                for near_y in y.saturating_sub(FRINGE)..(y + FRINGE + 1).min(height) {
                    for near_x in x.saturating_sub(FRINGE)..(x + FRINGE + 1).min(width) {
                        let near = near_y * width + near_x;
                        if self.labels[near] == 0 {
                            alpha[near] = 0.0;
                        }
                    }
                }
            }
        }
    }

    /// Gives each pixel that is seen the label of a part; parts that touch, also at corners, are noted as one.
    fn label(&mut self, alpha: &[f32], width: usize, height: usize) {
        self.labels.clear();
        self.labels.resize(alpha.len(), 0);
        // At most every other pixel of every other row begins a part.
        let most = width.div_ceil(2) * height.div_ceil(2) + 1;
        self.parents.clear();
        self.parents.reserve(most);
        self.areas.clear();
        self.areas.reserve(most);
        self.parents.push(0);
        self.areas.push(0);
        for y in 0..height {
            for x in 0..width {
                let here = y * width + x;
                // NaN is not seen: it is for others to complain of.
                if alpha[here] > SEEN {
                    let label = self.label_of(x, y, width);
                    self.labels[here] = label;
                    self.areas[label as usize] += 1;
                }
            }
        }
    }

    /// The label of the neighbours that were met before, or a new one.
    fn label_of(&mut self, x: usize, y: usize, width: usize) -> u32 {
        let here = y * width + x;
        let mut found = 0;
        let left = if x > 0 { self.labels[here - 1] } else { 0 };
        let above = if y > 0 {
            let from = here - width;
            let start = from - usize::from(x > 0);
            let end = from + usize::from(x + 1 < width);
            start..end + 1
        } else {
            0..0
        };
        for neighbour in std::iter::once(left).chain(above.map(|index| self.labels[index])) {
            if neighbour == 0 {
                continue;
            }
            let root = root_of(&self.parents, neighbour);
            if found == 0 {
                found = root;
            } else if root != found {
                let (low, high) = (root.min(found), root.max(found));
                self.parents[high as usize] = low;
                found = low;
            }
        }
        if found == 0 {
            found = u32::try_from(self.parents.len()).unwrap_or(u32::MAX);
            self.parents.push(found);
            self.areas.push(0);
        }
        found
    }

    /// Adds up what belongs together, under its first label. The largest area.
    fn join(&mut self) -> u32 {
        for label in 1..self.parents.len() {
            // Those before point at their root already.
            let root = self.parents[self.parents[label] as usize];
            self.parents[label] = root;
            if root as usize != label {
                self.areas[root as usize] += std::mem::take(&mut self.areas[label]);
            }
        }
        self.areas.iter().copied().max().unwrap_or(0)
    }
}

fn root_of(parents: &[u32], mut label: u32) -> u32 {
    while parents[label as usize] != label {
        label = parents[label as usize];
    }
    label
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const WIDTH: usize = 40;
    const HEIGHT: usize = 30;

    /// A matte from rectangles (left, top, width, height, alpha).
    fn matte(parts: &[(usize, usize, usize, usize, f32)]) -> Vec<f32> {
        let mut alpha = vec![0.0; WIDTH * HEIGHT];
        for &(left, top, width, height, value) in parts {
            for y in top..top + height {
                alpha[y * WIDTH + left..][..width].fill(value);
            }
        }
        alpha
    }

    fn cleared(alpha: &[f32]) -> Vec<f32> {
        let mut alpha = alpha.to_vec();
        let size = Size::new(WIDTH as u32, HEIGHT as u32).unwrap();
        IslandFilter::default().clear(&mut alpha, size);
        alpha
    }

    const PERSON: (usize, usize, usize, usize, f32) = (10, 5, 15, 25, 1.0);

    #[test]
    fn what_is_small_and_touches_nobody_goes_with_its_soft_edge() {
        let both = matte(&[PERSON, (31, 2, 6, 6, 0.05), (32, 3, 4, 4, 0.9)]);
        assert_eq!(cleared(&both), matte(&[PERSON]));
    }

    #[test]
    fn what_touches_a_person_stays_also_at_a_corner_and_by_a_detour() {
        // A corner, and an arm in the shape of a U whose halves meet below.
        for parts in [
            vec![PERSON, (25, 3, 2, 2, 0.6)],
            vec![PERSON, (30, 3, 1, 20, 1.0), (25, 22, 6, 1, 1.0)],
        ] {
            let alpha = matte(&parts);
            assert_eq!(cleared(&alpha), alpha, "{parts:?}");
        }
    }

    #[test]
    fn a_second_person_and_a_hand_of_some_size_stay() {
        // 1200 pixels: 18 are 0.015 of them; a tenth of the person are 37.
        let hand = matte(&[PERSON, (30, 3, 6, 3, 1.0)]);
        assert_eq!(cleared(&hand), hand);
        let smaller = matte(&[PERSON, (30, 3, 17 / 2, 2, 1.0)]);
        assert_eq!(cleared(&smaller), matte(&[PERSON]));
        // Beside somebody small, what is small counts: a tenth of twenty pixels.
        let far = matte(&[(10, 5, 5, 4, 1.0), (20, 5, 2, 1, 1.0), (30, 5, 1, 1, 1.0)]);
        assert_eq!(
            cleared(&far),
            matte(&[(10, 5, 5, 4, 1.0), (20, 5, 2, 1, 1.0)])
        );
    }

    #[test]
    fn an_empty_room_is_empty() {
        let spots = matte(&[(2, 2, 4, 4, 1.0), (20, 20, 3, 3, 0.4)]);
        assert_eq!(cleared(&spots), vec![0.0; WIDTH * HEIGHT]);
        assert_eq!(cleared(&[0.0; WIDTH * HEIGHT]), vec![0.0; WIDTH * HEIGHT]);
    }

    #[test]
    fn the_edges_of_the_picture_do_not_connect() {
        // The last pixels of a row are beside the first of the next in memory, and far apart in the picture.
        let spot = (0, 11, 2, 2, 1.0);
        let alpha = matte(&[(30, 0, 10, 30, 1.0), spot]);
        assert_eq!(cleared(&alpha), matte(&[(30, 0, 10, 30, 1.0)]));
    }

    proptest! {
        /// Against a flood that is as plain as can be.
        #[test]
        fn parts_are_those_that_a_flood_finds(seen in proptest::collection::vec(0..3_u8, WIDTH * HEIGHT)) {
            let alpha: Vec<f32> = seen.iter().map(|&s| if s == 0 { 0.8 } else { 0.0 }).collect();
            let mut filter = IslandFilter::default();
            filter.label(&alpha, WIDTH, HEIGHT);
            filter.join();
            let mut met = vec![false; alpha.len()];
            for start in 0..alpha.len() {
                if met[start] || alpha[start] == 0.0 {
                    continue;
                }
                let (mut area, mut open) = (0, vec![start]);
                met[start] = true;
                let root = filter.parents[filter.labels[start] as usize];
                while let Some(at) = open.pop() {
                    area += 1;
                    prop_assert_eq!(filter.parents[filter.labels[at] as usize], root);
                    let (x, y) = (at % WIDTH, at / WIDTH);
                    for near_y in y.saturating_sub(1)..(y + 2).min(HEIGHT) {
                        for near_x in x.saturating_sub(1)..(x + 2).min(WIDTH) {
                            let near = near_y * WIDTH + near_x;
                            if !met[near] && alpha[near] > 0.0 {
                                met[near] = true;
                                open.push(near);
                            }
                        }
                    }
                }
                prop_assert_eq!(filter.areas[root as usize], area);
            }
        }
    }
}
