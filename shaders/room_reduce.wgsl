// The room in linear light, multiplied by how much of it is seen. A pixel that is an eighth person or more does not
// count: weights of 1 - alpha alone would let the colour of soft edges bleed into the room beside them.
@group(0) @binding(1) var smooth_sampler: sampler;
@group(0) @binding(2) var frame: texture_2d<f32>;
@group(0) @binding(3) var fits: texture_2d<f32>;
@group(0) @binding(4) var tiles: texture_2d<f32>;

@fragment
fn main(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    let first = vec2<u32>(position.xy) * params.cell_px;
    let end = min(first + params.cell_px, params.frame);
    var sum = vec4<f32>(0.0);
    var count = 0.0;
    for (var y = first.y; y < end.y; y += params.step_px) {
        for (var x = first.x; x < end.x; x += params.step_px) {
            let color = textureLoad(frame, vec2<u32>(x, y), 0).rgb;
            let uv = (vec2<f32>(f32(x), f32(y)) + 0.5) / vec2<f32>(params.frame);
            var alpha = tile_at(tiles, textureDimensions(fits), uv);
            if !is_known(alpha) {
                alpha = alpha_from_fit(textureSampleLevel(fits, smooth_sampler, uv, 0.0), luma(color));
            }
            let weight = max(1.0 - 8.0 * alpha, 0.0);
            sum += weight * vec4<f32>(linear_from_encoded(color), 1.0);
            count += 1.0;
        }
    }
    return sum / count;
}
