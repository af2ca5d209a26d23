//! Where a picture stands in one of another size.

use scrim_frame::Size;

/// A place in a canvas.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Placement {
    /// Columns to its left.
    pub(crate) x: u32,
    /// Rows above it.
    pub(crate) y: u32,
    /// The size it has there.
    pub(crate) size: Size,
}

/// The largest place with the picture's aspect ratio, in the middle of the canvas. A picture that is smaller by one
/// row or column at most, as one with odd sides is, stays as it is.
pub(crate) fn place(picture: Size, canvas: Size) -> Placement {
    let (w, h) = (u64::from(picture.width()), u64::from(picture.height()));
    let (cw, ch) = (u64::from(canvas.width()), u64::from(canvas.height()));
    let is_nearly_full = w <= cw && h <= ch && cw - w <= 1 && ch - h <= 1;
    let (width, height) = if is_nearly_full {
        (w, h)
    } else if w * ch >= h * cw {
        (cw, rounded(h * cw, w).clamp(1, ch))
    } else {
        (rounded(w * ch, h).clamp(1, cw), ch)
    };
    Placement {
        x: ((cw - width) / 2) as u32,
        y: ((ch - height) / 2) as u32,
        size: Size::new(width as u32, height as u32).unwrap_or(canvas),
    }
}

fn rounded(dividend: u64, divisor: u64) -> u64 {
    (dividend + divisor / 2) / divisor
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn size(width: u32, height: u32) -> Size {
        Size::new(width, height).unwrap()
    }

    fn placed(picture: (u32, u32), canvas: (u32, u32)) -> (u32, u32, u32, u32) {
        let place = place(size(picture.0, picture.1), size(canvas.0, canvas.1));
        (place.x, place.y, place.size.width(), place.size.height())
    }

    #[test]
    fn bars_stand_where_the_shapes_differ() {
        assert_eq!(placed((640, 480), (1280, 720)), (160, 0, 960, 720));
        assert_eq!(placed((1920, 1080), (640, 480)), (0, 60, 640, 360));
        assert_eq!(placed((1920, 1080), (1280, 720)), (0, 0, 1280, 720));
        assert_eq!(placed((720, 1280), (1280, 720)), (437, 0, 405, 720));
        assert_eq!(placed((16384, 1), (2, 2)), (0, 0, 2, 1));
    }

    #[test]
    fn odd_sides_are_not_scaled() {
        assert_eq!(placed((1365, 767), (1366, 768)), (0, 0, 1365, 767));
        assert_eq!(placed((1366, 767), (1366, 768)), (0, 0, 1366, 767));
    }

    proptest! {
        #[test]
        fn a_place_lies_within_and_touches_two_sides(
            w in 1u32..5000, h in 1u32..5000, cw in 1u32..5000, ch in 1u32..5000
        ) {
            let (x, y, width, height) = placed((w, h), (cw, ch));
            prop_assert!(x + width <= cw && y + height <= ch);
            prop_assert!(cw - width <= 1 || ch - height <= 1);
        }
    }
}
