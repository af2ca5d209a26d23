// Guide and matte side by side: the frame's mean luma over each matte sample's area, and the sample.
@group(0) @binding(2) var frame: texture_2d<f32>;
@group(0) @binding(3) var matte: texture_2d<f32>;
@group(0) @binding(4) var tiles: texture_2d<f32>;

@fragment
fn main(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    let at = vec2<u32>(position.xy);
    let tile = textureLoad(tiles, at / TILE, 0).r;
    if is_known(tile) {
        return vec4<f32>(0.0, tile, 0.0, 0.0);
    }
    let taps = params.taps;
    var sum = 0.0;
    for (var j = 0u; j < taps; j++) {
        let y = ((2u * (taps * at.y + j) + 1u) * params.frame.y) / (2u * taps * params.matte.y);
        for (var i = 0u; i < taps; i++) {
            let x = ((2u * (taps * at.x + i) + 1u) * params.frame.x) / (2u * taps * params.matte.x);
            sum += luma(textureLoad(frame, vec2<u32>(x, y), 0).rgb);
        }
    }
    return vec4<f32>(sum / f32(taps * taps), snapped(textureLoad(matte, at, 0).r), 0.0, 0.0);
}
