// Alpha of one pixel from the fitted matte: the slope of alpha over luma, the model's alpha, the luma it was given for.
// Plain bilinear upsampling is the same with a slope of 0. Only soft alpha follows luma: what the model calls wholly
// person or wholly room stays so, whatever its texture.
fn alpha_from_fit(fit: vec4<f32>, pixel_luma: f32) -> f32 {
    let softness = min(8.0 * fit.y * (1.0 - fit.y), 1.0);
    return clamp(fit.y + softness * fit.x * (pixel_luma - fit.z), 0.0, 1.0);
}

// The tile of the matte that a place in the frame, 0..1 across and down, lies in.
fn tile_at(tiles: texture_2d<f32>, matte_size: vec2<u32>, uv: vec2<f32>) -> f32 {
    let sample = vec2<u32>(uv * vec2<f32>(matte_size));
    return textureLoad(tiles, min(sample, matte_size - 1u) / TILE, 0).r;
}
