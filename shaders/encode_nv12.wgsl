// The plane of U and V in turn.
@fragment
fn main(@builtin(position) position: vec4<f32>) -> @location(0) vec2<f32> {
    let mean = block_mean(vec2<u32>(position.xy));
    return vec2<f32>(dot(params.blue_difference, mean), dot(params.red_difference, mean));
}
