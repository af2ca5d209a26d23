// Three bytes a pixel, uploaded as single-channel texels. Rows wider than a texture lie in several layers.
struct DecodeParams {
    size: vec2<u32>,
    strip: u32,
    _pad: u32,
    red: vec4<f32>,
    green: vec4<f32>,
    blue: vec4<f32>,
}
@group(0) @binding(0) var<uniform> params: DecodeParams;
@group(0) @binding(2) var samples: texture_2d_array<f32>;

@fragment
fn main(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    let pixel = vec2<u32>(position.xy);
    let layer = pixel.x / params.strip;
    let at = vec2<u32>((pixel.x - layer * params.strip) * 3u, pixel.y);
    return vec4<f32>(
        textureLoad(samples, at, layer, 0).r,
        textureLoad(samples, at + vec2<u32>(1u, 0u), layer, 0).r,
        textureLoad(samples, at + vec2<u32>(2u, 0u), layer, 0).r,
        1.0,
    );
}
