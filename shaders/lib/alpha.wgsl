// Alpha of one pixel from the fitted matte: slope, alpha and luma about which the slope turns, plain alpha.
// Plain upsampling is the same with a slope of 0.
fn alpha_from_fit(fit: vec4<f32>, pixel_luma: f32) -> f32 {
    return clamp(fit.y + fit.x * (pixel_luma - fit.z), 0.0, 1.0);
}
