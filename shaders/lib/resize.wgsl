struct ResizeParams {
    // Of the picture, in pixels.
    source: vec2<u32>,
    // Of what is drawn, in pixels.
    out_size: vec2<u32>,
    // Source pixels for each target pixel.
    scale: vec2<f32>,
    // Where the target's corner lies in the source, in source pixels.
    origin: vec2<f32>,
}
@group(0) @binding(0) var<uniform> params: ResizeParams;

// How much of source pixel `index` lies under a target pixel about `middle`. At least one source pixel wide, this is
// bilinear interpolation when enlarging and the mean over the area when reducing.
fn overlap(index: i32, middle: f32, scale: f32) -> f32 {
    let half = max(scale, 1.0) / 2.0;
    return max(min(f32(index) + 1.0, middle + half) - max(f32(index), middle - half), 0.0);
}
