// The matte without a guide: plain bilinear upsampling follows from a slope of 0.
@group(0) @binding(2) var matte: texture_2d<f32>;

@fragment
fn main(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    let alpha = snapped(textureLoad(matte, vec2<u32>(position.xy), 0).r);
    return vec4<f32>(0.0, alpha, 0.0, 0.0);
}
