// Luma plane and interleaved U V at half size.
@group(0) @binding(2) var luma_plane: texture_2d<f32>;
@group(0) @binding(3) var chroma_plane: texture_2d<f32>;

@fragment
fn main(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    let pixel = vec2<u32>(position.xy);
    let chroma = chroma_at(chroma_plane, pixel);
    return rgb_from_yuv(textureLoad(luma_plane, pixel, 0).r, chroma.x, chroma.y);
}
