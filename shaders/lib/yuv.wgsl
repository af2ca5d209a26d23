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
