// Interleaved gradient noise (Jimenez, "Next Generation Post Processing in Call of Duty: Advanced Warfare", 2014),
// within half an eight-bit code: smooth backdrops would show bands without it.
fn dither(pixel: vec2<u32>) -> f32 {
    let p = vec2<f32>(pixel);
    return (fract(52.98292 * fract(dot(p, vec2<f32>(0.06711056, 0.00583715)))) - 0.5) / 255.0;
}
