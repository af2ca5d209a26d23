// Means of equal tiles of a reduced picture; drawn twice, down to one texel.
@group(0) @binding(2) var cells: texture_2d<f32>;

@fragment
fn main(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    let size = textureDimensions(cells);
    let at = vec2<u32>(position.xy);
    let first = at * size / params.cells;
    let end = (at + 1u) * size / params.cells;
    var sum = vec4<f32>(0.0);
    for (var y = first.y; y < end.y; y++) {
        for (var x = first.x; x < end.x; x++) {
            sum += textureLoad(cells, vec2<u32>(x, y), 0);
        }
    }
    let area = end - first;
    return sum / f32(area.x * area.y);
}
