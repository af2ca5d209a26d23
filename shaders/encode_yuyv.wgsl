// Two pixels in one texel: Y0 U Y1 V.
@fragment
fn main(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    let pair = vec2<u32>(position.xy);
    let left = pixel_at(pair.x * 2u, pair.y);
    let right = pixel_at(pair.x * 2u + 1u, pair.y);
    let mean = 0.5 * (left + right);
    return vec4<f32>(
        dot(params.luma, left),
        dot(params.blue_difference, mean),
        dot(params.luma, right),
        dot(params.red_difference, mean),
    );
}
