// The person's and the room's encoded colour near each place, multiplied by how purely a pixel is one of them.
@group(0) @binding(1) var smooth_sampler: sampler;
@group(0) @binding(2) var frame: texture_2d<f32>;
@group(0) @binding(3) var fits: texture_2d<f32>;
@group(0) @binding(4) var tiles: texture_2d<f32>;

struct Surround {
    @location(0) person: vec4<f32>,
    @location(1) room: vec4<f32>,
}

@fragment
fn main(@builtin(position) position: vec4<f32>) -> Surround {
    let first = vec2<u32>(position.xy) * params.cell_px;
    let end = min(first + params.cell_px, params.frame);
    var sums = Surround(vec4<f32>(0.0), vec4<f32>(0.0));
    var count = 0.0;
    for (var y = first.y; y < end.y; y += params.step_px) {
        for (var x = first.x; x < end.x; x += params.step_px) {
            let color = vec4<f32>(textureLoad(frame, vec2<u32>(x, y), 0).rgb, 1.0);
            let uv = (vec2<f32>(f32(x), f32(y)) + 0.5) / vec2<f32>(params.frame);
            var alpha = tile_at(tiles, textureDimensions(fits), uv);
            if !is_known(alpha) {
                alpha = alpha_from_fit(textureSampleLevel(fits, smooth_sampler, uv, 0.0), luma(color.rgb));
            }
            let rest = 1.0 - alpha;
            sums.person += alpha * alpha * alpha * color;
            sums.room += rest * rest * rest * color;
            count += 1.0;
        }
    }
    return Surround(sums.person / count, sums.room / count);
}
