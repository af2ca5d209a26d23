// Luma of encoded colour with the BT.601 weights: what the matte's edges follow.
fn luma(encoded: vec3<f32>) -> f32 {
    return dot(encoded, vec3<f32>(0.299, 0.587, 0.114));
}

// IEC 61966-2-1, encoded to linear.
fn linear_from_encoded(c: vec3<f32>) -> vec3<f32> {
    let curve = pow((max(c, vec3<f32>(0.0)) + 0.055) / 1.055, vec3<f32>(2.4));
    return select(curve, c / 12.92, c <= vec3<f32>(0.04045));
}

// IEC 61966-2-1, linear to encoded.
fn encoded_from_linear(c: vec3<f32>) -> vec3<f32> {
    let curve = 1.055 * pow(max(c, vec3<f32>(0.0)), vec3<f32>(1.0 / 2.4)) - 0.055;
    return select(curve, c * 12.92, c <= vec3<f32>(0.0031308));
}
