//! What a driver's colour fields say about luma and colour difference.

use scrim_frame::{YuvEncoding, YuvMatrix, YuvRange};

/// The encoding that `colorspace`, `ycbcr_enc` and `quantization` of a `v4l2_pix_format` mean.
///
/// Defaults as `V4L2_MAP_YCBCR_ENC_DEFAULT` and `V4L2_MAP_QUANTIZATION_DEFAULT` of `linux/videodev2.h` state them. BT.2020
/// and SMPTE 240M come nearest to BT.709 of the two that frames can have.
pub(super) fn encoding(colorspace: u32, ycbcr_enc: u32, quantization: u32) -> YuvEncoding {
    const SMPTE240M: u32 = 2;
    const REC709: u32 = 3;
    const JPEG: u32 = 7;
    const BT2020: u32 = 10;
    const DCI_P3: u32 = 12;
    let matrix = match ycbcr_enc {
        // V4L2_YCBCR_ENC_709, XV709, BT2020, BT2020_CONST_LUM, SMPTE240M
        2 | 4 | 6..=8 => YuvMatrix::Bt709,
        0 if matches!(colorspace, SMPTE240M | REC709 | BT2020 | DCI_P3) => YuvMatrix::Bt709,
        _ => YuvMatrix::Bt601,
    };
    let range = match quantization {
        1 => YuvRange::Full,
        0 if colorspace == JPEG => YuvRange::Full,
        _ => YuvRange::Limited,
    };
    YuvEncoding { matrix, range }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drivers_that_state_little_mean_the_kernels_defaults() {
        assert_eq!(encoding(0, 0, 0), YuvEncoding::BT601_LIMITED);
        // UVC cameras: sRGB and nothing else.
        assert_eq!(encoding(8, 0, 0), YuvEncoding::BT601_LIMITED);
        assert_eq!(encoding(7, 0, 0), YuvEncoding::BT601_FULL);
        assert_eq!(encoding(3, 0, 0), YuvEncoding::BT709_LIMITED);
    }

    #[test]
    fn what_is_stated_wins() {
        assert_eq!(encoding(3, 1, 1), YuvEncoding::BT601_FULL);
        assert_eq!(encoding(7, 2, 2), YuvEncoding::BT709_LIMITED);
        assert_eq!(encoding(8, 6, 0), YuvEncoding::BT709_LIMITED);
        assert_eq!(encoding(99, 99, 99), YuvEncoding::BT601_LIMITED);
    }
}
