// Second half of the window sums, along columns, and the slope of the line through them, alpha over luma (He, Sun and
// Tang, "Guided Image Filtering", 2010, equation 5).
@group(0) @binding(2) var sums: texture_2d<f32>;
@group(0) @binding(3) var tiles: texture_2d<f32>;

@fragment
fn main(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    let at = vec2<i32>(position.xy);
    if is_known(textureLoad(tiles, vec2<u32>(at) / TILE, 0).r) {
        return vec4<f32>(0.0);
    }
    let last = i32(params.matte.y) - 1;
    var mean = vec4<f32>(0.0);
    for (var j = -params.radius; j <= params.radius; j++) {
        mean += textureLoad(sums, vec2<i32>(at.x, clamp(at.y + j, 0, last)), 0);
    }
    mean /= f32(2 * params.radius + 1);
    let variance = max(mean.z - mean.x * mean.x, 0.0);
    let slope = (mean.w - mean.x * mean.y) / (variance + params.epsilon);
    return vec4<f32>(slope, 0.0, 0.0, 0.0);
}
