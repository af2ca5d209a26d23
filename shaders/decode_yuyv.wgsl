// Two pixels in one texel: Y0 U Y1 V. Chroma lies between its two pixels and is interpolated.
@group(0) @binding(2) var pairs: texture_2d<f32>;

@fragment
fn main(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    let pixel = vec2<u32>(position.xy);
    let is_second = (pixel.x & 1u) == 1u;
    let here = vec2<i32>(i32(pixel.x / 2u), i32(pixel.y));
    let last = i32(textureDimensions(pairs).x) - 1;
    let beside = clamp(select(here.x - 1, here.x + 1, is_second), 0, last);
    let own = textureLoad(pairs, here, 0);
    let other = textureLoad(pairs, vec2<i32>(beside, here.y), 0);
    let chroma = 0.75 * own.ga + 0.25 * other.ga;
    return rgb_from_yuv(select(own.r, own.b, is_second), chroma.x, chroma.y);
}
