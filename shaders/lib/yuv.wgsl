struct DecodeParams {
    // Of the picture, in pixels.
    size: vec2<u32>,
    // RGB only: pixels in one layer of the upload.
    strip: u32,
    _pad: u32,
    // YUV only: what (y, u, v, 1) is multiplied with, samples as 0..1.
    red: vec4<f32>,
    green: vec4<f32>,
    blue: vec4<f32>,
}
@group(0) @binding(0) var<uniform> params: DecodeParams;

fn rgb_from_yuv(y: f32, u: f32, v: f32) -> vec4<f32> {
    let s = vec4<f32>(y, u, v, 1.0);
    let rgb = vec3<f32>(dot(params.red, s), dot(params.green, s), dot(params.blue, s));
    return vec4<f32>(clamp(rgb, vec3<f32>(0.0), vec3<f32>(1.0)), 1.0);
}

// Chroma of half size at a pixel: it lies in the middle of the four pixels that share it, so a pixel is made of nine
// sixteenths of its own and of its neighbours'. Not left to a sampler: some round the result to eight bits.
fn chroma_at(plane: texture_2d<f32>, pixel: vec2<u32>) -> vec2<f32> {
    let last = vec2<i32>(textureDimensions(plane)) - 1;
    let own = vec2<i32>(pixel / 2u);
    let toward = vec2<i32>(pixel & vec2<u32>(1u)) * 2 - 1;
    let beside = clamp(own + toward, vec2<i32>(0), last);
    return 0.5625 * textureLoad(plane, own, 0).rg
        + 0.1875 * textureLoad(plane, vec2<i32>(beside.x, own.y), 0).rg
        + 0.1875 * textureLoad(plane, vec2<i32>(own.x, beside.y), 0).rg
        + 0.0625 * textureLoad(plane, beside, 0).rg;
}
