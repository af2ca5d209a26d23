// First half of the window sums: along rows. Luma I and alpha p give the sums of I, p, I I, I p.
@group(0) @binding(2) var guide: texture_2d<f32>;
@group(0) @binding(3) var tiles: texture_2d<f32>;

@fragment
fn main(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    let at = vec2<i32>(position.xy);
    if is_known(textureLoad(tiles, vec2<u32>(at) / TILE, 0).r) {
        return vec4<f32>(0.0);
    }
    let last = i32(params.matte.x) - 1;
    var sums = vec4<f32>(0.0);
    for (var i = -params.radius; i <= params.radius; i++) {
        let s = textureLoad(guide, vec2<i32>(clamp(at.x + i, 0, last), at.y), 0).rg;
        sums += vec4<f32>(s, s.r * s);
    }
    return sums / f32(2 * params.radius + 1);
}
