// The person over the backdrop. Encoded colour in, encoded colour out, blended as BLEND_SPACE in the compositor says.
@group(0) @binding(1) var smooth_sampler: sampler;
@group(0) @binding(2) var frame: texture_2d<f32>;
@group(0) @binding(3) var fits: texture_2d<f32>;
@group(0) @binding(4) var picture: texture_2d<f32>;
@group(0) @binding(5) var room: texture_2d<f32>;
@group(0) @binding(6) var near_person: texture_2d<f32>;
@group(0) @binding(7) var near_room: texture_2d<f32>;
@group(0) @binding(8) var tiles: texture_2d<f32>;

fn backdrop_at(pixel: vec2<u32>, in_frame: vec2<f32>) -> vec3<f32> {
    switch BACKDROP {
        case 0u: {
            let along = (f32(pixel.y) + 0.5) / f32(params.size.y);
            let noise = f32(params.dithered) * dither(pixel);
            return mix(params.top.rgb, params.bottom.rgb, along) + noise;
        }
        case 1u: {
            return textureLoad(picture, pixel, 0).rgb;
        }
        case 2u: {
            let uv = in_frame / (params.cell_px * vec2<f32>(textureDimensions(room)));
            return textureSampleLevel(room, smooth_sampler, uv, 0.0).rgb + dither(pixel);
        }
        default: {
            return vec3<f32>(0.0);
        }
    }
}

// The person's own colour where it is mixed with the room's (Forte, "Approximate Fast Foreground Colour Estimation",
// 2021): the means of both nearby, corrected so that mixing them again gives the pixel.
fn person_color(color: vec3<f32>, alpha: f32, in_frame: vec2<f32>) -> vec3<f32> {
    let uv = in_frame / (params.cell_px * vec2<f32>(textureDimensions(near_person)));
    let person = textureSampleLevel(near_person, smooth_sampler, uv, 0.0);
    let behind = textureSampleLevel(near_room, smooth_sampler, uv, 0.0);
    let f = mix(color, person.rgb / max(person.a, 1e-6), smoothstep(0.0, 1e-3, person.a));
    let b = mix(color, behind.rgb / max(behind.a, 1e-6), smoothstep(0.0, 1e-3, behind.a));
    return clamp(f + alpha * (color - alpha * f - (1.0 - alpha) * b), vec3<f32>(0.0), vec3<f32>(1.0));
}

@fragment
fn main(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    let pixel = vec2<u32>(position.xy);
    let origin = vec2<u32>(select(pixel.x, params.size.x - 1u - pixel.x, params.mirror == 1u), pixel.y);
    let in_frame = vec2<f32>(origin) + 0.5;
    let uv = in_frame / vec2<f32>(params.size);
    // Most pixels are surely room or surely person, and need neither the matte nor the other picture.
    var alpha = tile_at(tiles, textureDimensions(fits), uv);
    if alpha == 0.0 && !SHOW_MATTE {
        return select(vec4<f32>(backdrop_at(pixel, in_frame), 1.0), vec4<f32>(0.0), BACKDROP == 3u);
    }
    var color = textureLoad(frame, origin, 0).rgb;
    if !is_known(alpha) {
        alpha = alpha_from_fit(textureSampleLevel(fits, smooth_sampler, uv, 0.0), luma(color));
    }
    if SHOW_MATTE {
        return vec4<f32>(vec3<f32>(alpha), 1.0);
    }
    if alpha == 1.0 {
        return vec4<f32>(color, 1.0);
    }
    if DECONTAMINATE && alpha > 0.0 {
        color = person_color(color, alpha, in_frame);
    }
    if BACKDROP == 3u {
        // Where nothing of the person is seen, the colour of the room must not leave either.
        return select(vec4<f32>(0.0), vec4<f32>(color, alpha), alpha >= 0.5 / 255.0);
    }
    return vec4<f32>(mix(backdrop_at(pixel, in_frame), color, alpha), 1.0);
}
