// Mean of the lines' slopes over the window, second half, beside what it turns about: the model's own alpha and the
// luma it was given for. The offsets are not needed: where luma does not explain the edge, the model's alpha stays as
// it is, while the filter's own alpha would be blurred over the window.
@group(0) @binding(2) var slopes: texture_2d<f32>;
@group(0) @binding(3) var guide: texture_2d<f32>;
@group(0) @binding(4) var tiles: texture_2d<f32>;

@fragment
fn main(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    let at = vec2<i32>(position.xy);
    let tile = textureLoad(tiles, vec2<u32>(at) / TILE, 0).r;
    if is_known(tile) {
        return vec4<f32>(0.0, tile, 0.0, 0.0);
    }
    let last = i32(params.matte.y) - 1;
    var sum = 0.0;
    for (var j = -params.radius; j <= params.radius; j++) {
        sum += textureLoad(slopes, vec2<i32>(at.x, clamp(at.y + j, 0, last)), 0).r;
    }
    let own = textureLoad(guide, at, 0).rg;
    return vec4<f32>(sum / f32(2 * params.radius + 1), own.g, own.r, 0.0);
}
