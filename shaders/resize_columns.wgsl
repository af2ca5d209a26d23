// Resizes along columns, from linear light to encoded colour; black where the picture does not reach.
@group(0) @binding(2) var rows: texture_2d<f32>;

@fragment
fn main(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    let at = vec2<i32>(position.xy);
    let in_source = params.origin + position.xy * params.scale;
    if any(in_source < vec2<f32>(0.0)) || any(in_source > vec2<f32>(params.source)) {
        return vec4<f32>(0.0, 0.0, 0.0, 1.0);
    }
    let last = i32(params.source.y) - 1;
    let middle = in_source.y;
    let half = max(params.scale.y, 1.0) / 2.0;
    let first = i32(floor(middle - half));
    let end = i32(ceil(middle + half));
    var sum = vec3<f32>(0.0);
    var weights = 0.0;
    for (var j = first; j < end; j++) {
        let weight = overlap(j, middle, params.scale.y);
        sum += weight * textureLoad(rows, vec2<i32>(at.x, clamp(j, 0, last)), 0).rgb;
        weights += weight;
    }
    return vec4<f32>(encoded_from_linear(sum / weights), 1.0);
}
