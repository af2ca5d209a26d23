// Looks at one picture: which frame it is, whether its pixels are right, whether it shows anything of the room.

import { Pattern } from "./pattern.js";

// The still card's emblem, which lets a fifth of its cloth through, and how bright that is at most
// (crates/scrim-compositor/src/slate.rs).
const EMBLEM = [132, 139, 155];
const EMBLEM_TOLERANCE = 30;
const CLOTH = 70;
const CLOTH_SHARE = 0.7;
const GREY = 45;
// How far apart a channel's samples may be where a picture is of one colour.
const FLAT = 6;

const near = (r, g, b, colour, tolerance) =>
  Math.abs(r - colour[0]) <= tolerance &&
  Math.abs(g - colour[1]) <= tolerance &&
  Math.abs(b - colour[2]) <= tolerance;

export class Judge {
  // See page_server.py for the options.
  constructor({ pattern = true, background = null, tolerance = 14, room = [], roomTolerance = 12, step = 4 }) {
    Object.assign(this, { pattern, background, tolerance, room, roomTolerance, step });
    this.geometry = null;
  }

  // `pixels`: RGBA, row by row.
  look(pixels, width, height) {
    if (this.geometry?.width !== width || this.geometry?.height !== height) this.geometry = new Pattern(width, height);
    const luma = (x, y) => {
      const at = 4 * (y * width + x);
      return 0.299 * pixels[at] + 0.587 * pixels[at + 1] + 0.114 * pixels[at + 2];
    };
    const index = this.pattern ? this.geometry.index(luma) : -1;
    const expected = index >= 0 && this.background ? this.geometry.expected(index, this.background) : null;
    const seen = { index, samples: 0, room: 0, known: 0, wrong: 0, background: 0, slate: false, flat: null };
    const least = [255, 255, 255];
    const greatest = [0, 0, 0];
    let cloth = 0;
    let emblem = 0;
    let coloured = 0;
    for (let y = this.step >> 1; y < height; y += this.step) {
      for (let x = this.step >> 1; x < width; x += this.step) {
        const at = 4 * (y * width + x);
        const r = pixels[at];
        const g = pixels[at + 1];
        const b = pixels[at + 2];
        seen.samples++;
        for (let channel = 0; channel < 3; channel++) {
          least[channel] = Math.min(least[channel], pixels[at + channel]);
          greatest[channel] = Math.max(greatest[channel], pixels[at + channel]);
        }
        if (this.room.some((colour) => near(r, g, b, colour, this.roomTolerance))) {
          seen.room++;
          seen.roomAt ??= [x, y, r, g, b];
        }
        if (this.background && near(r, g, b, this.background, this.tolerance)) seen.background++;
        const wanted = expected?.(x, y);
        if (wanted) {
          seen.known++;
          if (!near(r, g, b, wanted, this.tolerance)) {
            seen.wrong++;
            seen.wrongAt ??= [x, y, r, g, b, ...wanted];
          }
        }
        const most = Math.max(r, g, b);
        if (most <= CLOTH) cloth++;
        if (most - Math.min(r, g, b) > GREY) coloured++;
        if (near(r, g, b, EMBLEM, EMBLEM_TOLERANCE)) emblem++;
      }
    }
    if (greatest.every((value, channel) => value - least[channel] <= FLAT)) seen.flat = least;
    seen.slate = emblem > 0 && coloured === 0 && cloth >= CLOTH_SHARE * seen.samples;
    return seen;
  }
}
