struct GuidedParams {
    // Of the frame, in pixels.
    frame: vec2<u32>,
    // Of the matte, in samples.
    matte: vec2<u32>,
    // Samples to each side of the window's middle.
    radius: i32,
    // Added to the luma's variance, so that flat areas get no slope.
    epsilon: f32,
    // Luma is looked at on a grid of this many positions a side in each sample's area.
    taps: u32,
    _pad: u32,
}
@group(0) @binding(0) var<uniform> params: GuidedParams;
