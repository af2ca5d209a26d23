//! The index of a frame, as blocks that can be read back from the picture.

use scrim_frame::Size;

/// This many blocks in a row and rows, white for one.
const CODE_COLUMNS: u32 = 8;
const CODE_ROWS: u32 = 4;
/// Bits: a white and a black block, then the index, then how many ones the index has.
const INDEX_BITS: u32 = 24;

/// Reads the index of a frame back from its picture; `None` where there is no code to be read (or the picture is too
/// small for one: below 16×8).
///
/// `luma` gives the brightness 0..=255 at a column and row of a picture of `size`, which may be any size that the
/// pattern was scaled to: blocks are looked up by their share of the sides. The index wraps at 2²⁴.
pub fn read_index(size: Size, source: Size, luma: impl Fn(u32, u32) -> u8) -> Option<u64> {
    let code = Code::new(source);
    if code.block == 0 {
        return None;
    }
    let (mut bits, mut at) = (0u64, 0);
    for row in 0..CODE_ROWS {
        for column in 0..CODE_COLUMNS {
            let middle = |cell: u32, side: u32, from: u32| {
                let centre = (f64::from(cell) + 0.5) * f64::from(code.block);
                ((centre * f64::from(side) / f64::from(from)) as u32).min(side - 1)
            };
            let x = middle(column, size.width(), source.width());
            let y = middle(row, size.height(), source.height());
            bits |= u64::from(luma(x, y) >= 128) << at;
            at += 1;
        }
    }
    let index = (bits >> 2) & ((1 << INDEX_BITS) - 1);
    (bits == code_bits(index)).then_some(index)
}

/// The blocks of an index, the first in the lowest bit.
fn code_bits(index: u64) -> u64 {
    let index = index & ((1 << INDEX_BITS) - 1);
    0b01 | (index << 2) | (u64::from(index.count_ones()) << (2 + INDEX_BITS))
}

/// Where the index code stands.
pub(super) struct Code {
    /// Side of a block in pixels; 0 where the picture is too small.
    pub(super) block: u32,
}

impl Code {
    pub(super) fn new(size: Size) -> Self {
        let widest = size.width() / (2 * CODE_COLUMNS);
        let highest = size.height() / (2 * CODE_ROWS);
        Self {
            block: widest.min(highest).min(16),
        }
    }

    /// Calls with the left, the top and the value of each block.
    pub(super) fn cells(&self, index: u64, mut each: impl FnMut(u32, u32, bool)) {
        if self.block == 0 {
            return;
        }
        let bits = code_bits(index);
        for cell in 0..CODE_COLUMNS * CODE_ROWS {
            let (column, row) = (cell % CODE_COLUMNS, cell / CODE_COLUMNS);
            each(column * self.block, row * self.block, bits >> cell & 1 == 1);
        }
    }
}
