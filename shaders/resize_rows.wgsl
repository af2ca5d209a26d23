// Resizes along rows, from encoded colour with straight alpha to linear light over black.
@group(0) @binding(2) var picture: texture_2d<f32>;

@fragment
fn main(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    let at = vec2<i32>(position.xy);
    let last = i32(params.source.x) - 1;
    let middle = params.origin.x + position.x * params.scale.x;
    let half = max(params.scale.x, 1.0) / 2.0;
    let first = i32(floor(middle - half));
    let end = i32(ceil(middle + half));
    var sum = vec3<f32>(0.0);
    var weights = 0.0;
    for (var i = first; i < end; i++) {
        let weight = overlap(i, middle, params.scale.x);
        let c = textureLoad(picture, vec2<i32>(clamp(i, 0, last), at.y), 0);
        sum += weight * c.a * linear_from_encoded(c.rgb);
        weights += weight;
    }
    return vec4<f32>(sum / weights, 1.0);
}
