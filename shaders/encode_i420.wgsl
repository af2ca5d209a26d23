// The planes of U and of V.
struct Planes {
    @location(0) u: f32,
    @location(1) v: f32,
}

@fragment
fn main(@builtin(position) position: vec4<f32>) -> Planes {
    let mean = block_mean(vec2<u32>(position.xy));
    return Planes(dot(params.blue_difference, mean), dot(params.red_difference, mean));
}
