// The surround, blurred along rows.
@fragment
fn main(@builtin(position) position: vec4<f32>) -> Surround {
    return blur_along(vec2<i32>(position.xy), vec2<i32>(1, 0));
}
