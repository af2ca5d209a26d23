// Reduced pictures: one cell stands for a square of frame pixels, and is weighted by how much it may count.
struct CellParams {
    // Of the frame, in pixels.
    frame: vec2<u32>,
    // Of the reduced picture, in cells.
    cells: vec2<u32>,
    // Pixels a side of a cell.
    cell_px: u32,
    // Every how many pixels, in both directions, a cell looks at the frame.
    step_px: u32,
    // Of the Gaussian, in cells: how far it is followed, and its standard deviation.
    radius: i32,
    sigma: f32,
}
@group(0) @binding(0) var<uniform> params: CellParams;

fn gauss(distance: i32) -> f32 {
    let d = f32(distance) / params.sigma;
    return exp(-0.5 * d * d);
}
