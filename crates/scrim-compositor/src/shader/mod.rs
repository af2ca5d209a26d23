//! The shaders: each pass's file from `shaders/`, after the shared functions that it uses.

use wgpu::TextureFormat::{
    R8Unorm, R32Float, Rg8Unorm, Rg32Float, Rgba8Unorm, Rgba16Float, Rgba32Float,
};

use crate::params::{
    CellParams, DecodeParams, EncodeParams, GuidedParams, MixParams, PreviewParams, ResizeParams,
};
use crate::pass::Read::{Layers, Smooth, Texels};
use crate::pass::Recipe;

macro_rules! wgsl {
    ($($file:literal),+) => {
        concat!(
            include_str!("../../../../shaders/lib/cover.wgsl"),
            $(include_str!(concat!("../../../../shaders/", $file, ".wgsl"))),+
        )
    };
}

macro_rules! recipes {
    ($($name:ident = $label:literal, [$($file:literal),+], $params:ty, [$($read:expr),+] => [$($write:expr),+];)+) => {
        $(pub(crate) const $name: Recipe = Recipe {
            label: $label,
            wgsl: wgsl!($($file),+),
            reads: &[$($read),+],
            writes: &[$($write),+],
            params: size_of::<$params>(),
        };)+

        /// Every pass, for the tests.
        #[cfg(test)]
        pub(crate) const ALL: &[(&Recipe, &str)] = &[$((&$name, stringify!($params))),+];
    };
}

recipes! {
    DECODE_RGB = "decode rgb", ["decode_rgb"], DecodeParams, [Layers] => [Rgba8Unorm];
    DECODE_NV12 = "decode nv12", ["lib/yuv", "decode_nv12"], DecodeParams, [Texels, Texels] => [Rgba8Unorm];
    DECODE_YUYV = "decode yuyv", ["lib/yuv", "decode_yuyv"], DecodeParams, [Texels] => [Rgba8Unorm];
    DECODE_I420 = "decode i420", ["lib/yuv", "decode_i420"], DecodeParams, [Texels, Texels, Texels] => [Rgba8Unorm];
    MATTE_PLAIN = "matte plain", ["lib/tiles", "matte_plain"], GuidedParams, [Texels] => [Rgba16Float];
    GUIDED_LUMA = "guided luma", ["lib/color", "lib/guided", "lib/tiles", "guided_luma"], GuidedParams, [Texels, Texels, Texels] => [Rg32Float];
    GUIDED_ROWS = "guided rows", ["lib/guided", "lib/tiles", "guided_rows"], GuidedParams, [Texels, Texels] => [Rgba32Float];
    GUIDED_FIT = "guided fit", ["lib/guided", "lib/tiles", "guided_fit"], GuidedParams, [Texels, Texels] => [R32Float];
    GUIDED_MEAN_ROWS = "guided mean rows", ["lib/guided", "lib/tiles", "guided_mean_rows"], GuidedParams, [Texels, Texels] => [R32Float];
    GUIDED_MEAN = "guided mean", ["lib/guided", "lib/tiles", "guided_mean"], GuidedParams, [Texels, Texels, Texels] => [Rgba16Float];
    RESIZE_ROWS = "resize rows", ["lib/color", "lib/resize", "resize_rows"], ResizeParams, [Texels] => [Rgba16Float];
    RESIZE_COLUMNS = "resize columns", ["lib/color", "lib/resize", "resize_columns"], ResizeParams, [Texels] => [Rgba8Unorm];
    TILE = "tile", ["lib/color", "lib/resize", "tile"], ResizeParams, [Texels] => [Rgba8Unorm];
    ROOM_REDUCE = "room reduce", ["lib/color", "lib/tiles", "lib/alpha", "lib/cells", "room_reduce"], CellParams, [Texels, Smooth, Texels] => [Rgba16Float];
    ROOM_MEAN = "room mean", ["lib/cells", "room_mean"], CellParams, [Texels] => [Rgba16Float];
    ROOM_ROWS = "room rows", ["lib/cells", "room_rows"], CellParams, [Texels] => [Rgba16Float];
    ROOM_COLUMNS = "room columns", ["lib/color", "lib/cells", "room_columns"], CellParams, [Texels, Texels] => [Rgba16Float];
    SURROUND_REDUCE = "surround reduce", ["lib/color", "lib/tiles", "lib/alpha", "lib/cells", "surround_reduce"], CellParams,
        [Texels, Smooth, Texels] => [Rgba16Float, Rgba16Float];
    SURROUND_ROWS = "surround rows", ["lib/cells", "lib/surround_blur", "surround_rows"], CellParams,
        [Texels, Texels] => [Rgba16Float, Rgba16Float];
    SURROUND_COLUMNS = "surround columns", ["lib/cells", "lib/surround_blur", "surround_columns"], CellParams,
        [Texels, Texels] => [Rgba16Float, Rgba16Float];
    MIX = "mix", ["lib/color", "lib/tiles", "lib/alpha", "lib/dither", "lib/mix_params", "mix"], MixParams,
        [Texels, Smooth, Texels, Smooth, Smooth, Smooth, Texels] => [Rgba8Unorm];
    ENCODE_YUYV = "encode yuyv", ["lib/encode", "encode_yuyv"], EncodeParams, [Texels] => [Rgba8Unorm];
    ENCODE_LUMA = "encode luma", ["lib/encode", "encode_luma"], EncodeParams, [Texels] => [R8Unorm];
    ENCODE_NV12 = "encode nv12", ["lib/encode", "encode_nv12"], EncodeParams, [Texels] => [Rg8Unorm];
    ENCODE_I420 = "encode i420", ["lib/encode", "encode_i420"], EncodeParams, [Texels] => [R8Unorm, R8Unorm];
    PREVIEW = "preview", ["lib/color", "lib/tiles", "lib/alpha", "preview"], PreviewParams, [Texels, Smooth, Texels] => [Rgba8Unorm];
}

#[cfg(test)]
mod tests;
