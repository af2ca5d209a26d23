//! Which tiles of a matte need no filtering, found on the CPU while the samples are at hand.

use scrim_frame::Matte;

use crate::reference::upsample::SURE;

/// Matte samples a side of a tile, as in `shaders/lib/tiles.wgsl`; more than the two window radii and the bilinear
/// neighbour that any pass looks at together, so that a tile with known neighbours is known whatever the pass.
const TILE: usize = 8;

const ROOM: u8 = 0;
const MIXED: u8 = 128;
const PERSON: u8 = 255;

/// Says for each tile whether it and all around it are surely room (0) or surely person (255), or not (128); returns the
/// tiles across and down. `known` keeps its memory.
pub(crate) fn classify(matte: &Matte, known: &mut Vec<u8>) -> (u32, u32) {
    let (width, height) = (
        matte.size().width() as usize,
        matte.size().height() as usize,
    );
    let (across, down) = (width.div_ceil(TILE), height.div_ceil(TILE));
    // The second half holds each tile by itself.
    known.clear();
    known.resize(across * down * 2, MIXED);
    let (known_half, own) = known.split_at_mut(across * down);
    for (tile_row, own) in own.chunks_mut(across).enumerate() {
        let first = tile_row * TILE;
        for (tile_column, own) in own.iter_mut().enumerate() {
            let columns = tile_column * TILE..((tile_column + 1) * TILE).min(width);
            let (mut low, mut high) = (1.0_f32, 0.0_f32);
            for y in first..(first + TILE).min(height) {
                for alpha in &matte.samples()[y * width + columns.start..y * width + columns.end] {
                    low = low.min(*alpha);
                    high = high.max(*alpha);
                }
            }
            *own = if high <= SURE {
                ROOM
            } else if low >= 1.0 - SURE {
                PERSON
            } else {
                MIXED
            };
        }
    }
    for (i, known) in known_half.iter_mut().enumerate() {
        let (x, y) = (i % across, i / across);
        let rows = y.saturating_sub(1)..=(y + 1).min(down - 1);
        let same = rows.into_iter().all(|row| {
            let columns = x.saturating_sub(1)..=(x + 1).min(across - 1);
            own[row * across..][columns]
                .iter()
                .all(|tile| *tile == own[i])
        });
        *known = if same { own[i] } else { MIXED };
    }
    known.truncate(across * down);
    (across as u32, down as u32)
}

#[cfg(test)]
mod tests {
    use scrim_frame::{FrameId, Size};

    use super::*;

    #[test]
    fn one_soft_sample_makes_its_tile_and_all_around_it_mixed() {
        let size = Size::new(45, 41).unwrap();
        let mut samples = vec![0.001; size.pixels()];
        samples[20 * 45 + 20] = 0.5;
        let matte = Matte::new(FrameId::next(), size, samples).unwrap();
        let mut known = Vec::new();
        assert_eq!(classify(&matte, &mut known), (6, 6));
        for (i, tile) in known.iter().enumerate() {
            let near = (1..=3).contains(&(i % 6)) && (1..=3).contains(&(i / 6));
            assert_eq!(*tile, if near { MIXED } else { ROOM }, "{i}");
        }
    }

    #[test]
    fn a_jump_from_room_to_person_is_mixed() {
        let size = Size::new(32, 1).unwrap();
        let samples = (0..32).map(|x| if x < 8 { 0.0 } else { 1.0 }).collect();
        let matte = Matte::new(FrameId::next(), size, samples).unwrap();
        let mut known = Vec::new();
        classify(&matte, &mut known);
        assert_eq!(known, [MIXED, MIXED, PERSON, PERSON]);
    }
}
