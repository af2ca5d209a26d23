// Luma plane, then U and V at half size.
@group(0) @binding(2) var luma_plane: texture_2d<f32>;
@group(0) @binding(3) var u_plane: texture_2d<f32>;
@group(0) @binding(4) var v_plane: texture_2d<f32>;

@fragment
fn main(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    let pixel = vec2<u32>(position.xy);
    let u = chroma_at(u_plane, pixel).x;
    let v = chroma_at(v_plane, pixel).x;
    return rgb_from_yuv(textureLoad(luma_plane, pixel, 0).r, u, v);
}
