struct EncodeParams {
    // Of the picture, in pixels; both even.
    size: vec2<u32>,
    _pad_x: u32,
    _pad_y: u32,
    // What (r, g, b, 1), encoded, is multiplied with for the samples as 0..1.
    luma: vec4<f32>,
    blue_difference: vec4<f32>,
    red_difference: vec4<f32>,
}
@group(0) @binding(0) var<uniform> params: EncodeParams;
@group(0) @binding(2) var composite: texture_2d<f32>;

// A pixel over black: no camera has an alpha channel, and the colour of an invisible pixel may be the real room's.
// The fourth channel is the one that the offsets are multiplied with.
fn pixel_at(x: u32, y: u32) -> vec4<f32> {
    let c = textureLoad(composite, vec2<u32>(x, y), 0);
    return vec4<f32>(c.rgb * c.a, 1.0);
}

// The mean of the four pixels that share their chroma in the 4:2:0 layouts.
fn block_mean(block: vec2<u32>) -> vec4<f32> {
    let p = block * 2u;
    let upper = pixel_at(p.x, p.y) + pixel_at(p.x + 1u, p.y);
    let lower = pixel_at(p.x, p.y + 1u) + pixel_at(p.x + 1u, p.y + 1u);
    return 0.25 * (upper + lower);
}
