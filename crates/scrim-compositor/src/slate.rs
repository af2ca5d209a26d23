//! The still card: what is shown while there is no person to show.

use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use scrim_frame::{
    AlphaState, Composite, CompositeContent, CompositePool, PixelFormat, PixelLayout, Size,
};

use crate::finish::{Label, composite_from_rows};

/// Slates that can be held at the same time before one is made outside the pool.
const POOLED: usize = 4;

/// Encoded colour at the top and the bottom of the card, and of the emblem.
const TOP: [f32; 3] = [0.135, 0.145, 0.185];
const BOTTOM: [f32; 3] = [0.055, 0.058, 0.075];
const EMBLEM: [f32; 3] = [0.62, 0.65, 0.72];

/// The card drawn last.
#[derive(Debug)]
struct Drawn {
    size: Size,
    pixels: Vec<u8>,
    pool: CompositePool,
}

/// The card at this size, stamped `now`. It depends on nothing else.
pub(crate) fn slate(size: Size, now: Instant) -> Composite {
    static LAST: Mutex<Option<Drawn>> = Mutex::new(None);
    let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
    if last.as_ref().is_none_or(|drawn| drawn.size != size) {
        *last = Some(Drawn {
            size,
            pixels: draw(size),
            pool: CompositePool::new(POOLED),
        });
    }
    let drawn = last.as_mut().expect("drawn just above");
    let label = Label {
        content: CompositeContent::Slate,
        alpha: AlphaState::Opaque,
        captured_at: now,
    };
    let layout = PixelLayout::packed(PixelFormat::Rgba8, size);
    let rows = || [(&drawn.pixels[..], layout.stride(0))];
    composite_from_rows(&mut drawn.pool, layout, rows(), label).unwrap_or_else(|_| {
        composite_from_rows(&mut CompositePool::new(1), layout, rows(), label)
            .expect("a fresh pool has a free place")
    })
}

fn draw(size: Size) -> Vec<u8> {
    let (width, height) = (size.width(), size.height());
    let mut pixels = Vec::with_capacity(size.pixels() * 4);
    for y in 0..height {
        for x in 0..width {
            let color = color_at(size, x as f32 + 0.5, y as f32 + 0.5);
            // An ordered 2×2 pattern within one code hides the bands of so dark a gradient.
            let noise = [[-0.375, 0.125], [0.375, -0.125]][y as usize & 1][x as usize & 1];
            pixels.extend(color.map(|c| (c * 255.0 + noise).round().clamp(0.0, 255.0) as u8));
            pixels.push(255);
        }
    }
    pixels
}

/// Encoded colour: a curtain in the dark, and the outline of a person in front of it.
fn color_at(size: Size, x: f32, y: f32) -> [f32; 3] {
    let (width, height) = (size.width() as f32, size.height() as f32);
    let unit = width.min(height);
    let (u, v) = ((x - width / 2.0) / unit, (y - height / 2.0) / unit);
    let down = y / height;

    // Folds of the scrim: two waves of unlike length, so that they do not look machined, lit from above.
    let folds = (u * 21.0).sin() * 0.6 + (u * 34.0 + 1.3).sin() * 0.4;
    let light = 1.0 + 0.13 * folds * (1.0 - 0.55 * down);
    let vignette = 1.0 - 0.28 * (u * u + v * v).min(1.0);

    let pixel = 1.0 / unit;
    let emblem = 0.8 * outline(u, v, pixel);
    std::array::from_fn(|i| {
        let ground = (TOP[i] + (BOTTOM[i] - TOP[i]) * down) * light * vignette;
        ground + (EMBLEM[i] - ground) * emblem
    })
}

/// How much of the pixel the emblem covers: head and shoulders in one line weight. Coordinates from the middle, in
/// units of the shorter side.
fn outline(u: f32, v: f32, pixel: f32) -> f32 {
    const HALF_LINE: f32 = 0.008;
    let head = (u.hypot(v + 0.075) - 0.075).abs();
    // Shoulders: the upper half of an ellipse, closed below by a straight line.
    let (cx, cy, rx, ry) = (0.0, 0.175, 0.15, 0.125);
    let (ex, ey) = ((u - cx) / rx, (v - cy) / ry);
    let radius = ex.hypot(ey);
    let gradient = (ex / rx).hypot(ey / ry).max(1e-6) / radius.max(1e-6);
    let shoulders = if v <= cy {
        (radius - 1.0).abs() / gradient
    } else {
        f32::MAX
    };
    let base = (v - cy).abs().max(u.abs() - rx);
    let distance = head.min(shoulders).min(base);
    ((HALF_LINE - distance) / pixel + 0.5).clamp(0.0, 1.0)
}
