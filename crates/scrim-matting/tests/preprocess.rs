//! Frames to tensors: every format, stride and size, held against another implementation and against hand-worked
//! numbers.

mod common;

use std::time::Instant;

use fast_image_resize::images::{TypedImage, TypedImageRef};
use fast_image_resize::pixels::U8x3;
use fast_image_resize::{FilterType, ResizeAlg, ResizeOptions, Resizer};
use ndarray::Array4;
use scrim_frame::{Frame, PixelBuffer, PixelFormat, PixelLayout, Size, YuvEncoding};
use scrim_matting::Preprocessor;

fn size(width: u32, height: u32) -> Size {
    Size::new(width, height).expect("a size")
}

fn tensor_of(frame: &Frame, width: usize, height: usize) -> Array4<f32> {
    let mut tensor = Array4::from_elem((1, 3, height, width), f32::NAN);
    Preprocessor::default().fill(frame, tensor.view_mut());
    tensor
}

/// The largest difference in codes, 0 to 255.
fn code_difference(a: &Array4<f32>, b: &Array4<f32>) -> f32 {
    a.iter()
        .zip(b)
        .map(|(a, b)| (a - b).abs() * 127.5)
        .fold(0.0, f32::max)
}

#[test]
fn noise_is_scaled_as_fast_image_resize_scales_it() {
    for (from, to) in [
        ((1280, 720), (448, 256)),
        ((641, 359), (448, 256)),
        ((33, 57), (64, 96)),
        ((1, 1), (32, 32)),
        ((3, 200), (32, 64)),
        ((448, 256), (448, 256)),
    ] {
        let mut state = 1_u32;
        let bytes: Vec<u8> = (0..from.0 * from.1 * 3)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 24) as u8
            })
            .collect();
        // Typed, because the other interface compiles the resizer for every pixel type there is.
        let source = TypedImageRef::<U8x3>::from_buffer(from.0, from.1, &bytes).unwrap();
        let mut codes = vec![0; (to.0 * to.1 * 3) as usize];
        let mut scaled = TypedImage::<U8x3>::from_buffer(to.0, to.1, &mut codes).unwrap();
        let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Bilinear));
        Resizer::new()
            .resize_typed(&source, &mut scaled, &options)
            .unwrap();
        let (width, height) = (to.0 as usize, to.1 as usize);
        let expected = Array4::from_shape_fn((1, 3, height, width), |(_, c, y, x)| {
            f32::from(codes[(y * width + x) * 3 + c]) / 127.5 - 1.0
        });
        let layout = PixelLayout::packed(PixelFormat::Rgb8, size(from.0, from.1));
        let frame = Frame::new(PixelBuffer::new(layout, bytes).unwrap(), Instant::now());
        let difference = code_difference(&tensor_of(&frame, width, height), &expected);
        // It rounds to eight bits after each of its two passes.
        assert!(difference <= 1.1, "{from:?} to {to:?}: {difference} codes");
    }
}

#[test]
fn codes_are_normalised_as_modnet_wants_them() {
    let frame = common::frame(PixelFormat::Rgb8, size(40, 30), 0, &|_, _| {
        [0.0, 127.5, 255.0]
    });
    let tensor = tensor_of(&frame, 32, 32);
    for (plane, expected) in [(0, -1.0), (1, 128.0 / 127.5 - 1.0), (2, 1.0)] {
        let found = tensor[[0, plane, 16, 16]];
        assert!((found - expected).abs() < 1e-5, "plane {plane}: {found}");
    }
}

#[test]
fn known_yuv_codes_give_their_colours() {
    // Full-strength primaries as BT.601 and BT.709 print them, limited range.
    for (encoding, yuv, rgb) in [
        (YuvEncoding::BT601_LIMITED, [81, 90, 240], [255.0, 0.0, 0.0]),
        (YuvEncoding::BT601_LIMITED, [145, 54, 34], [0.0, 255.0, 0.0]),
        (
            YuvEncoding::BT709_LIMITED,
            [63, 102, 240],
            [255.0, 0.0, 0.0],
        ),
        (
            YuvEncoding::BT709_LIMITED,
            [32, 240, 118],
            [0.0, 0.0, 255.0],
        ),
        (YuvEncoding::BT601_LIMITED, [16, 128, 128], [0.0, 0.0, 0.0]),
        (
            YuvEncoding::BT601_FULL,
            [255, 128, 128],
            [255.0, 255.0, 255.0],
        ),
    ] {
        let layout = PixelLayout::packed(PixelFormat::Yuyv(encoding), size(4, 4));
        let [y, u, v] = yuv;
        let bytes = [y, u, y, v].repeat(8);
        let frame = Frame::new(PixelBuffer::new(layout, bytes).unwrap(), Instant::now());
        let tensor = tensor_of(&frame, 32, 32);
        for (plane, expected) in rgb.into_iter().enumerate() {
            let found = (tensor[[0, plane, 9, 9]] + 1.0) * 127.5;
            assert!(
                (found - expected).abs() < 2.0,
                "{yuv:?} plane {plane}: {found}"
            );
        }
    }
}

#[test]
fn every_format_and_stride_shows_the_same_picture() {
    let scene = |x: f32, y: f32| [40.0 + x * 0.6, 200.0 - y * 0.7, 90.0 + (x + y) * 0.3];
    for picture in [
        size(160, 120),
        size(161, 119),
        size(97, 33),
        size(2, 2),
        size(1, 1),
    ] {
        let plain = common::frame(PixelFormat::Rgb8, picture, 0, &scene);
        let expected = tensor_of(&plain, 64, 32);
        for format in common::all_formats() {
            for padding in [0, 7, 64] {
                let frame = common::frame(format, picture, padding, &scene);
                let difference = code_difference(&tensor_of(&frame, 64, 32), &expected);
                assert!(
                    difference < 4.0,
                    "{format} {picture} +{padding}: {difference} codes"
                );
            }
        }
    }
}

#[test]
fn one_preprocessor_serves_changing_formats_and_sizes() {
    let scene = |x: f32, y: f32| [x, y, 128.0];
    let mut kept = Preprocessor::default();
    for (index, format) in common::all_formats()
        .into_iter()
        .cycle()
        .take(40)
        .enumerate()
    {
        let picture = size(60 + index as u32 * 3, 90 - index as u32);
        let frame = common::frame(format, picture, index % 5, &scene);
        let mut tensor = Array4::zeros((1, 3, 32, 32 + 32 * (index % 3)));
        kept.fill(&frame, tensor.view_mut());
        assert_eq!(
            tensor,
            tensor_of(&frame, tensor.dim().3, 32),
            "{format} {picture}"
        );
    }
}
