struct MixParams {
    // Of the frame and the output, in pixels.
    size: vec2<u32>,
    // 1: left and right of frame, matte and room exchanged.
    mirror: u32,
    // 1: smooth backdrops are dithered.
    dithered: u32,
    // Encoded colour at the top and at the bottom; equal for one colour.
    top: vec4<f32>,
    bottom: vec4<f32>,
    // Pixels a side of one cell of the room and surround textures.
    cell_px: f32,
    _pad_x: u32,
    _pad_y: u32,
    _pad_z: u32,
}
@group(0) @binding(0) var<uniform> params: MixParams;

// Constants of the pipeline rather than parameters: software rasterisers run all branches for every pixel.
// 0 top to bottom colours, 1 picture, 2 room, 3 nothing.
override BACKDROP: u32 = 0u;
// The matte as grey instead of the composite.
override SHOW_MATTE: bool = false;
// Soft edges take the estimated colour of the person.
override DECONTAMINATE: bool = false;
