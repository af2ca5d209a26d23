//! The passes' parameters, laid out as the shaders declare them. A test compares each with what naga reads.

use bytemuck::{Pod, Zeroable};

/// `DecodeParams` of `shaders/lib/yuv.wgsl` and `decode_rgb.wgsl`.
#[derive(Debug, Clone, Copy, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct DecodeParams {
    pub(crate) size: [u32; 2],
    pub(crate) strip: u32,
    pub(crate) _pad: u32,
    pub(crate) red: [f32; 4],
    pub(crate) green: [f32; 4],
    pub(crate) blue: [f32; 4],
}

/// `GuidedParams` of `shaders/lib/guided.wgsl`.
#[derive(Debug, Clone, Copy, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct GuidedParams {
    pub(crate) frame: [u32; 2],
    pub(crate) matte: [u32; 2],
    pub(crate) radius: i32,
    pub(crate) epsilon: f32,
    pub(crate) taps: u32,
    pub(crate) _pad: u32,
}

/// `MixParams` of `shaders/lib/mix_params.wgsl`.
#[derive(Debug, Clone, Copy, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct MixParams {
    pub(crate) size: [u32; 2],
    pub(crate) mirror: u32,
    pub(crate) dithered: u32,
    pub(crate) top: [f32; 4],
    pub(crate) bottom: [f32; 4],
    pub(crate) cell_px: f32,
    pub(crate) _pad_x: u32,
    pub(crate) _pad_y: u32,
    pub(crate) _pad_z: u32,
}

/// `PreviewParams` of `shaders/preview.wgsl`.
#[derive(Debug, Clone, Copy, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct PreviewParams {
    pub(crate) size: [u32; 2],
    pub(crate) mirror: u32,
    pub(crate) view: u32,
    pub(crate) line_x: f32,
    pub(crate) line_half_px: f32,
    pub(crate) square_px: u32,
    pub(crate) _pad: u32,
}

/// `ResizeParams` of `shaders/lib/resize.wgsl`.
#[derive(Debug, Clone, Copy, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct ResizeParams {
    pub(crate) source: [u32; 2],
    pub(crate) out_size: [u32; 2],
    pub(crate) scale: [f32; 2],
    pub(crate) origin: [f32; 2],
}

/// `EncodeParams` of `shaders/lib/encode.wgsl`.
#[derive(Debug, Clone, Copy, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct EncodeParams {
    pub(crate) size: [u32; 2],
    pub(crate) _pad_x: u32,
    pub(crate) _pad_y: u32,
    pub(crate) luma: [f32; 4],
    pub(crate) blue_difference: [f32; 4],
    pub(crate) red_difference: [f32; 4],
}

/// `CellParams` of `shaders/lib/cells.wgsl`.
#[derive(Debug, Clone, Copy, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct CellParams {
    pub(crate) frame: [u32; 2],
    pub(crate) cells: [u32; 2],
    pub(crate) cell_px: u32,
    pub(crate) step_px: u32,
    pub(crate) radius: i32,
    pub(crate) sigma: f32,
}
