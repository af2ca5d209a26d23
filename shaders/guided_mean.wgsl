// Means of slope and offset, second half, written as a slope that turns about the guide's own luma: alpha there lies
// within 0..1, where the offset can be large and would lose its precision in sixteen bits.
@group(0) @binding(2) var lines: texture_2d<f32>;
@group(0) @binding(3) var guide: texture_2d<f32>;

@fragment
fn main(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    let at = vec2<i32>(position.xy);
    let last = i32(params.matte.y) - 1;
    var sum = vec2<f32>(0.0);
    for (var j = -params.radius; j <= params.radius; j++) {
        sum += textureLoad(lines, vec2<i32>(at.x, clamp(at.y + j, 0, last)), 0).rg;
    }
    let line = sum / f32(2 * params.radius + 1);
    let own = textureLoad(guide, at, 0).rg;
    return vec4<f32>(line.x, line.x * own.r + line.y, own.r, own.g);
}
