//! The transfer function of sRGB, and luma.

/// IEC 61966-2-1, encoded to linear.
#[must_use]
pub fn linear_from_encoded(c: f32) -> f32 {
    if c <= 0.04045 {
        c / 12.92
    } else {
        ((c + 0.055) / 1.055).powf(2.4)
    }
}

/// IEC 61966-2-1, linear to encoded.
#[must_use]
pub fn encoded_from_linear(c: f32) -> f32 {
    if c <= 0.0031308 {
        c * 12.92
    } else {
        1.055 * c.powf(1.0 / 2.4) - 0.055
    }
}

/// Luma of encoded colour with the BT.601 weights: what the matte's edges follow.
#[must_use]
pub fn luma([r, g, b]: [f32; 3]) -> f32 {
    0.299 * r + 0.587 * g + 0.114 * b
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_values_of_the_transfer_function() {
        // 50 % grey in code 188, and code 10, both from the tables in the standard's annex.
        assert!((linear_from_encoded(188.0 / 255.0) - 0.5029).abs() < 1e-4);
        assert!((linear_from_encoded(10.0 / 255.0) - 0.003035).abs() < 1e-6);
        for code in 0..=255 {
            let c = code as f32 / 255.0;
            assert!((encoded_from_linear(linear_from_encoded(c)) - c).abs() < 1e-5);
        }
    }

    #[test]
    fn luma_of_white_is_one() {
        assert!((luma([1.0; 3]) - 1.0).abs() < 1e-6);
        assert!((luma([0.0, 1.0, 0.0]) - 0.587).abs() < 1e-6);
    }
}
