// Repeats a picture at its own size from the top left corner; its transparent parts lie over black.
@group(0) @binding(2) var picture: texture_2d<f32>;

@fragment
fn main(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    let c = textureLoad(picture, vec2<u32>(position.xy) % params.source, 0);
    return vec4<f32>(encoded_from_linear(c.a * linear_from_encoded(c.rgb)), 1.0);
}
