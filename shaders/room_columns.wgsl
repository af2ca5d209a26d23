// Gaussian along columns, then divided by the weight: the blurred room, encoded. Where the person covers everything
// nearby, the mean of all that is seen of the room takes over; where nothing is seen at all, a dark grey.
@group(0) @binding(2) var cells: texture_2d<f32>;
@group(0) @binding(3) var mean_room: texture_2d<f32>;

@fragment
fn main(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    let at = vec2<i32>(position.xy);
    let last = i32(params.cells.y) - 1;
    var sum = vec4<f32>(0.0);
    var weights = 0.0;
    for (var j = max(-params.radius, -at.y); j <= min(params.radius, last - at.y); j++) {
        let weight = gauss(j);
        sum += weight * textureLoad(cells, vec2<i32>(at.x, at.y + j), 0);
        weights += weight;
    }
    let mean = textureLoad(mean_room, vec2<u32>(0u), 0);
    let far = mix(vec3<f32>(0.02), mean.rgb / max(mean.a, 1e-4), smoothstep(0.0, 1e-3, mean.a));
    let near = sum / weights + 1e-3 * vec4<f32>(far, 1.0);
    return vec4<f32>(encoded_from_linear(near.rgb / near.a), 1.0);
}
