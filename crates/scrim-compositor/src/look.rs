//! How a composite looks.

use scrim_frame::Frame;

/// A colour, encoded sRGB, eight bits a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rgb(pub u8, pub u8, pub u8);

/// How a background picture meets another aspect ratio.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Fit {
    /// Covers everything; what sticks out is cut off.
    #[default]
    Fill,
    /// Shown whole; bars of [`Rgb`] black fill the rest.
    Fit,
    /// Repeated at its own size.
    Tile,
}

/// What is behind the person.
#[derive(Debug, Clone)]
pub enum Backdrop {
    /// One colour.
    Color(Rgb),
    /// From the first colour at the top to the second at the bottom.
    Gradient(Rgb, Rgb),
    /// A picture, or the present frame of a background video. Uploaded once per frame id.
    Picture(Frame, Fit),
    /// The room, blurred beyond recognition, the person kept out of the blur.
    ///
    /// Strength 0..=1; 0 is a weak blur, never none.
    Blur(f32),
    /// Nothing: straight alpha, for files that carry it.
    Transparent,
}

/// How the matte gets from the model's resolution to the frame's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Upsampling {
    /// Edges follow the frame's luma (joint filtering).
    #[default]
    Guided,
    /// Plain bilinear: the one to beat.
    Bilinear,
}

/// Whether soft edges take an estimate of the person's own colour.
///
/// In hair the camera's colour is `C = αF + (1 − α)B`: it holds the old room, which shows as a halo over a new one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Decontamination {
    /// F is estimated and shown.
    #[default]
    On,
    /// The camera's colour is shown: the one to beat.
    Off,
}

/// What the outputs receive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Deliver {
    /// The person over the backdrop.
    #[default]
    Composite,
    /// The matte as a grey picture.
    Matte,
}

/// What the user's own preview shows. Never an output.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum PreviewView {
    /// The composite.
    #[default]
    Composite,
    /// The matte.
    Matte,
    /// The frame as it came.
    Source,
    /// The source left of this fraction of the width (0..=1), the composite right of it.
    Split(f32),
}

/// Everything that decides how a matted frame is drawn.
#[derive(Debug, Clone)]
pub struct Look {
    /// Behind the person.
    pub backdrop: Backdrop,
    /// Left and right exchanged, for frame and matte (not for the backdrop, unless that is the room itself).
    pub mirror: bool,
    /// How the matte is enlarged.
    pub upsampling: Upsampling,
    /// Whether soft edges take an estimate of the person's own colour.
    pub decontamination: Decontamination,
    /// What the outputs receive.
    pub deliver: Deliver,
}

impl Look {
    /// The person over this backdrop, everything else at its default.
    #[must_use]
    pub fn over(backdrop: Backdrop) -> Self {
        Self {
            backdrop,
            mirror: false,
            upsampling: Upsampling::default(),
            decontamination: Decontamination::default(),
            deliver: Deliver::default(),
        }
    }
}
