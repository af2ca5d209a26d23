// Gaussian along rows of a weighted picture. Nothing counts beyond its edges.
@group(0) @binding(2) var cells: texture_2d<f32>;

@fragment
fn main(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    let at = vec2<i32>(position.xy);
    let last = i32(params.cells.x) - 1;
    var sum = vec4<f32>(0.0);
    var weights = 0.0;
    for (var i = max(-params.radius, -at.x); i <= min(params.radius, last - at.x); i++) {
        let weight = gauss(i);
        sum += weight * textureLoad(cells, vec2<i32>(at.x + i, at.y), 0);
        weights += weight;
    }
    return sum / weights;
}
