// What the user's own window shows.
struct PreviewParams {
    // Of the frame and the preview, in pixels.
    size: vec2<u32>,
    // 1: left and right of frame and matte exchanged.
    mirror: u32,
    // 0 composite, 1 matte, 2 frame, 3 frame left of the line and composite right of it.
    view: u32,
    // The line's middle, in pixels from the left.
    line_x: f32,
    // Half its width.
    line_half_px: f32,
    // Side of the chequered squares that show through transparent composites.
    square_px: u32,
    _pad: u32,
}
@group(0) @binding(0) var<uniform> params: PreviewParams;
@group(0) @binding(1) var smooth_sampler: sampler;
@group(0) @binding(2) var frame: texture_2d<f32>;
@group(0) @binding(3) var fits: texture_2d<f32>;
@group(0) @binding(4) var composite: texture_2d<f32>;

fn composite_at(pixel: vec2<u32>) -> vec3<f32> {
    let c = textureLoad(composite, pixel, 0);
    let square = pixel / params.square_px;
    let board = select(0.55, 0.7, ((square.x + square.y) & 1u) == 1u);
    return mix(vec3<f32>(board), c.rgb, c.a);
}

@fragment
fn main(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    let pixel = vec2<u32>(position.xy);
    let origin = vec2<u32>(select(pixel.x, params.size.x - 1u - pixel.x, params.mirror == 1u), pixel.y);
    if params.view == 0u {
        return vec4<f32>(composite_at(pixel), 1.0);
    }
    let color = textureLoad(frame, origin, 0).rgb;
    if params.view == 1u {
        let uv = (vec2<f32>(origin) + 0.5) / vec2<f32>(params.size);
        let alpha = alpha_from_fit(textureSampleLevel(fits, smooth_sampler, uv, 0.0), luma(color));
        return vec4<f32>(vec3<f32>(alpha), 1.0);
    }
    if params.view == 2u {
        return vec4<f32>(color, 1.0);
    }
    // White with dark sides, so that it is seen over anything.
    let away = abs(position.x - params.line_x);
    if away <= params.line_half_px {
        return vec4<f32>(1.0);
    }
    if away <= 2.0 * params.line_half_px {
        return vec4<f32>(0.0, 0.0, 0.0, 1.0);
    }
    if position.x < params.line_x {
        return vec4<f32>(color, 1.0);
    }
    return vec4<f32>(composite_at(pixel), 1.0);
}
