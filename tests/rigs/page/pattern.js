// What the source `pattern:` shows, worked out from its frame index: the same geometry and colours as in
// crates/scrim-capture/src/pattern. Beside the Rust code, this says what a browser must see.

const SKIN = [224, 172, 140];
const COLUMNS = 8;
const ROWS = 4;
const INDEX_BITS = 24;
// Parts of the smaller side: the disc's radius, and that of the spokes' tips.
const DISC = Math.fround(0.22);
const TIPS = Math.fround(0.34);
// How far soft edges reach, as a part of the smaller side: the matte has fewer pixels than the picture, and chroma too.
const FRINGE = 1 / 30;

export class Pattern {
  constructor(width, height) {
    this.width = width;
    this.height = height;
    this.block = Math.min(Math.floor(width / (2 * COLUMNS)), Math.floor(height / (2 * ROWS)), 16);
    const smaller = Math.min(width, height);
    this.disc = Math.fround(smaller * DISC);
    this.tips = Math.fround(smaller * TIPS);
    this.side = Math.ceil(2 * this.tips) + 2;
    this.fringe = smaller * FRINGE;
  }

  // The index that stands in the picture, or −1. `luma` gives the brightness at a column and row.
  index(luma) {
    let ones = 0;
    let index = 0;
    for (let cell = 0; cell < COLUMNS * ROWS; cell++) {
      const x = Math.floor(((cell % COLUMNS) + 0.5) * this.block);
      const y = Math.floor((Math.floor(cell / COLUMNS) + 0.5) * this.block);
      const bit = luma(x, y) >= 128 ? 1 : 0;
      if (cell < 2) {
        if (bit !== 1 - cell) return -1;
      } else if (cell < 2 + INDEX_BITS) {
        index += bit * 2 ** (cell - 2);
        ones += bit;
      } else {
        ones -= bit * 2 ** (cell - 2 - INDEX_BITS);
      }
    }
    return ones === 0 ? index : -1;
  }

  // A function of column and row that gives what frame `index` must show there over `background`: a colour, or `null`
  // where it is not known exactly, at soft edges.
  expected(index, background) {
    const bounce = (room, period, phase) => {
      const half = period / 2;
      const at = (index + phase) % period;
      return Math.floor((Math.max(room, 0) * (at < half ? at : period - at)) / half);
    };
    const centreX = bounce(this.width - this.side, 180, 25) + this.side / 2;
    const centreY = bounce(this.height - this.side, 140, 60) + this.side / 2;
    const codeWidth = COLUMNS * this.block;
    const codeHeight = ROWS * this.block;
    return (x, y) => {
      if (x < codeWidth && y < codeHeight) return this.#code(index, x, y);
      if (x < codeWidth + this.fringe && y < codeHeight + this.fringe) return null;
      const radius = Math.hypot(x + 0.5 - centreX, y + 0.5 - centreY);
      if (radius < this.disc - this.fringe) return SKIN;
      return radius > this.tips + this.fringe ? background : null;
    };
  }

  #code(index, x, y) {
    const inner = (at) => {
      const within = (at % this.block) / this.block;
      return within >= 0.25 && within < 0.75;
    };
    if (!inner(x) || !inner(y)) return null;
    const cell = Math.floor(y / this.block) * COLUMNS + Math.floor(x / this.block);
    let bit;
    if (cell < 2) bit = 1 - cell;
    else if (cell < 2 + INDEX_BITS) bit = Math.floor(index / 2 ** (cell - 2)) % 2;
    else bit = Math.floor(ones(index) / 2 ** (cell - 2 - INDEX_BITS)) % 2;
    return bit ? [255, 255, 255] : [0, 0, 0];
  }
}

function ones(index) {
  let count = 0;
  for (let rest = index; rest > 0; rest = Math.floor(rest / 2)) count += rest % 2;
  return count;
}
