//! The connectivity error: how much of a matte is cut off from its main part.

use super::Alpha;

/// Rhemann et al., "A perceptually motivated online benchmark for image matting" (CVPR 2009), with the constants of the
/// benchmark's code: ten levels, and differences from 0.15 on count.
const LEVELS: u32 = 10;
const THETA: f64 = 0.15;

/// The sum over pixels of the difference of connectedness, not divided by anything.
pub fn connectivity_error(alpha: &Alpha, truth: &Alpha) -> f64 {
    let (a, t) = (alpha.samples(), truth.samples());
    let mut level = vec![1.0; a.len()];
    let mut connected = vec![true; a.len()];
    for k in 1..=LEVELS {
        let step = f64::from(k) / f64::from(LEVELS);
        let both: Vec<bool> = a
            .iter()
            .zip(t)
            .map(|(a, t)| *a >= step && *t >= step)
            .collect();
        let part = largest_part(&both, alpha.width());
        for i in 0..part.len() {
            if connected[i] && !part[i] {
                connected[i] = false;
                level[i] = f64::from(k - 1) / f64::from(LEVELS);
            }
        }
    }
    let connectedness = |excess: f64| if excess >= THETA { 1.0 - excess } else { 1.0 };
    a.iter()
        .zip(t)
        .zip(level)
        .map(|((a, t), level)| (connectedness(a - level) - connectedness(t - level)).abs())
        .sum()
}

/// The largest 4-connected part of a mask; of several as large, the one whose first pixel in reading order comes first.
fn largest_part(mask: &[bool], width: usize) -> Vec<bool> {
    const NONE: u32 = 0;
    let mut labels = vec![NONE; mask.len()];
    let (mut largest, mut most) = (NONE, 0);
    let mut label = NONE;
    let mut waiting = Vec::new();
    for first in 0..mask.len() {
        if !mask[first] || labels[first] != NONE {
            continue;
        }
        label += 1;
        labels[first] = label;
        waiting.push(first);
        let mut count = 0;
        while let Some(i) = waiting.pop() {
            count += 1;
            let x = i % width;
            let neighbours = [
                (x > 0).then(|| i - 1),
                (x + 1 < width).then(|| i + 1),
                i.checked_sub(width),
                (i + width < mask.len()).then(|| i + width),
            ];
            for n in neighbours.into_iter().flatten() {
                if mask[n] && labels[n] == NONE {
                    labels[n] = label;
                    waiting.push(n);
                }
            }
        }
        if count > most {
            (largest, most) = (label, count);
        }
    }
    labels
        .into_iter()
        .map(|l| l != NONE && l == largest)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mask(rows: &[&str]) -> Vec<bool> {
        rows.concat().bytes().map(|b| b == b'#').collect()
    }

    #[test]
    fn corners_do_not_connect_and_the_first_of_equals_counts() {
        let found = largest_part(&mask(&["##..", "..##", "...."]), 4);
        assert_eq!(found, mask(&["##..", "....", "...."]));
        let found = largest_part(&mask(&["#.##", "#..#", "...."]), 4);
        assert_eq!(found, mask(&["..##", "...#", "...."]));
        assert_eq!(largest_part(&[false; 4], 2), [false; 4]);
        // The end of a row and the start of the next are no neighbours.
        assert_eq!(largest_part(&mask(&[".#", "#."]), 2), mask(&[".#", ".."]));
    }

    #[test]
    fn what_is_cut_off_counts_by_its_alpha() {
        // The truth is one bar; the matte has a hole in it, and right of the hole one pixel of .8. Left of the hole all is
        // connected up to level 1; the hole and the pixel are connected at no level, l = 0: the truth's connectedness is
        // 1 − 1 = 0 at both, the matte's 1 in the hole and 1 − .8 at the pixel.
        let truth = Alpha::new(5, vec![1.0; 5]);
        let alpha = Alpha::new(5, vec![1.0, 1.0, 1.0, 0.0, 0.8]);
        let error = connectivity_error(&alpha, &truth);
        assert!((error - 1.2).abs() < 1e-12, "{error}");
    }

    #[test]
    fn differences_below_theta_do_not_count() {
        let truth = Alpha::new(2, vec![1.0; 2]);
        let alpha = Alpha::new(2, vec![0.9, 0.86]);
        // Levels: .9 and .8; the excess of both mattes is .1 or less at the first pixel, and .06 and .2 at the second.
        let error = connectivity_error(&alpha, &truth);
        assert!((error - 0.2).abs() < 1e-12, "{error}");
    }
}
