//! The person over the backdrop.

use scrim_frame::{MattedFrame, Size};

use super::cells::Cells;
use super::decode::decode;
use super::image::{Image, lerp, rgb};
use super::picture::place;
use super::room::blur_room;
use super::surround::Surround;
use super::upsample::upsample;
use crate::{Backdrop, Decontamination, Deliver, Look, Rgb};

/// The space in which person and backdrop are mixed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlendSpace {
    /// Encoded sRGB, as the codes stand.
    Encoded,
    /// Light.
    Linear,
}

/// Encoded, because mattes are made for it: training pictures are composited in encoded colour, so the model's α is the
/// one that makes `αF + (1 − α)B` true there. Mixing the same α in linear light thickens bright edges over dark
/// backdrops and eats dark hair over bright ones.
pub const BLEND_SPACE: BlendSpace = BlendSpace::Encoded;

/// What the compositor shows for this picture and look: straight alpha for [`Backdrop::Transparent`], opaque otherwise.
#[must_use]
pub fn composite(picture: &MattedFrame, look: &Look) -> Image {
    let frame = decode(picture.frame()).map(|[r, g, b, _]| [r, g, b, 1.0]);
    let alpha = upsample(picture.matte(), &frame, look.upsampling);
    let size = frame.size();
    let in_frame = |x: u32| if look.mirror { size.width() - 1 - x } else { x };
    if look.deliver == Deliver::Matte {
        return Image::from_fn(size, |x, y| alpha.at(in_frame(x).into(), y.into()));
    }
    let surround =
        (look.decontamination == Decontamination::On).then(|| Surround::of(&frame, &alpha));
    let behind = backdrop(&frame, &alpha, look);
    Image::from_fn(size, |x, y| {
        let (fx, fy) = (i64::from(in_frame(x)), i64::from(y));
        let a = alpha.at(fx, fy)[0];
        let mut color = rgb(frame.at(fx, fy));
        if let Some(surround) = &surround
            && a > 0.0
            && a < 1.0
        {
            color = surround.person_color(color, a, (in_frame(x), y));
        }
        let [r, g, b] = match &behind {
            Some(behind) => lerp(rgb(behind.at(x.into(), fy)), color, a),
            // Where nothing of the person is seen, the colour of the room must not leave either.
            None if a < 0.5 / 255.0 => return [0.0; 4],
            None => color,
        };
        [r, g, b, if behind.is_some() { 1.0 } else { a }]
    })
}

/// The backdrop at the frame's size, before it is rounded to eight bits; `None` where there is nothing.
fn backdrop(frame: &Image, alpha: &Image, look: &Look) -> Option<Image> {
    let size = frame.size();
    Some(match &look.backdrop {
        Backdrop::Color(color) => gradient(size, *color, *color),
        Backdrop::Gradient(top, bottom) => gradient(size, *top, *bottom),
        Backdrop::Picture(picture, fit) => place(&decode(picture), size, *fit),
        Backdrop::Blur(strength) => {
            let room = blur_room(frame, alpha, *strength);
            let cell = Cells::of(size).cell_px as f32;
            Image::from_fn(size, |x, y| {
                let fx = if look.mirror { size.width() - 1 - x } else { x };
                let p = room.smooth_at((fx as f32 + 0.5) / cell, (y as f32 + 0.5) / cell);
                p.map(|c| c + dither(x, y))
            })
        }
        Backdrop::Transparent => return None,
    })
}

/// From top to bottom in encoded colour, whose steps look even; dithered unless it is one colour.
fn gradient(size: Size, top: Rgb, bottom: Rgb) -> Image {
    let floats = |Rgb(r, g, b): Rgb| [r, g, b, 255].map(|code| f32::from(code) / 255.0);
    Image::from_fn(size, |x, y| {
        let along = (y as f32 + 0.5) / size.height() as f32;
        let noise = if top == bottom { 0.0 } else { dither(x, y) };
        lerp(floats(top), floats(bottom), along).map(|c| c + noise)
    })
}

/// Interleaved gradient noise (Jimenez, "Next Generation Post Processing in Call of Duty: Advanced Warfare", 2014),
/// within half an eight-bit code: smooth backdrops would show bands without it.
#[must_use]
pub fn dither(x: u32, y: u32) -> f32 {
    let along = 0.06711056 * x as f32 + 0.00583715 * y as f32;
    ((52.98292 * along.fract()).fract() - 0.5) / 255.0
}
