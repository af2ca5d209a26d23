// Luma plane, then U and V at half size. Chroma lies in the middle of its four pixels and is interpolated.
@group(0) @binding(1) var smooth_sampler: sampler;
@group(0) @binding(2) var luma_plane: texture_2d<f32>;
@group(0) @binding(3) var u_plane: texture_2d<f32>;
@group(0) @binding(4) var v_plane: texture_2d<f32>;

@fragment
fn main(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    let y = textureLoad(luma_plane, vec2<u32>(position.xy), 0).r;
    let uv = position.xy / (2.0 * vec2<f32>(textureDimensions(u_plane)));
    let u = textureSampleLevel(u_plane, smooth_sampler, uv, 0.0).r;
    let v = textureSampleLevel(v_plane, smooth_sampler, uv, 0.0).r;
    return rgb_from_yuv(y, u, v);
}
