// The plane of luma of the 4:2:0 layouts.
@fragment
fn main(@builtin(position) position: vec4<f32>) -> @location(0) f32 {
    let pixel = vec2<u32>(position.xy);
    return dot(params.luma, pixel_at(pixel.x, pixel.y));
}
