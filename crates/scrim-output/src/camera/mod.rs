//! Pictures for virtual cameras: one size and one YUV layout for as long as the camera stands, whatever composites come.

mod fit;
mod format;
mod scale;
mod yuv;

use scrim_frame::{AlphaState, Composite, PixelFormat, Size};

pub(crate) use format::parse_size;
pub use format::{CAMERA_SIZE, CameraFormat};

use fit::{Placement, place};
use scale::Scaler;
use yuv::Source;

/// Draws composites for those who watch.
///
/// A composite of another size is scaled in linear light and stands in the middle of black bars. What is transparent is
/// laid over black: no camera has an alpha channel, and the colour of an invisible pixel may be the real room's.
#[derive(Debug)]
pub(crate) struct CameraPainter {
    format: CameraFormat,
    size: Size,
    canvas: Option<Canvas>,
}

/// The picture that goes to those who watch; its memory is used again for each composite.
#[derive(Debug)]
pub(crate) struct CameraPicture {
    painter: CameraPainter,
    bytes: Vec<u8>,
}

/// Where composites of one other size are brought to the camera's.
#[derive(Debug)]
struct Canvas {
    from: Size,
    placement: Placement,
    /// RGBA, opaque, packed; black where the composite does not reach.
    pixels: Vec<u8>,
    scaler: Option<Scaler>,
}

impl CameraPicture {
    /// A picture of this layout and size, whose sides [`CameraFormat::takes`].
    pub(crate) fn new(format: CameraFormat, size: Size) -> Self {
        Self {
            painter: CameraPainter::new(format, size),
            bytes: vec![0; format.bytes(size)],
        }
    }

    /// Its size.
    pub(crate) fn size(&self) -> Size {
        self.painter.size
    }

    /// Its layout.
    pub(crate) fn format(&self) -> CameraFormat {
        self.painter.format
    }

    /// Draws a composite, as [`CameraPainter::draw`] does.
    pub(crate) fn draw(&mut self, composite: &Composite) -> &[u8] {
        self.painter.draw(composite, &mut self.bytes);
        &self.bytes
    }
}

impl CameraPainter {
    /// Draws pictures of this layout and size, whose sides [`CameraFormat::takes`].
    pub(crate) fn new(format: CameraFormat, size: Size) -> Self {
        Self {
            format,
            size,
            canvas: None,
        }
    }

    /// The layout of what it draws.
    pub(crate) fn format(&self) -> CameraFormat {
        self.format
    }

    /// Whether it can draw this composite: RGBA, or laid out as the camera's pictures are.
    pub(crate) fn can_draw(&self, composite: &Composite) -> bool {
        composite.format() == PixelFormat::Rgba8 || self.is_drawn(composite)
    }

    fn is_drawn(&self, composite: &Composite) -> bool {
        composite.format() == self.format.pixel_format() && composite.size() == self.size
    }

    /// Draws a composite that it [can](Self::can_draw) into `out`, which has room for exactly one picture. Allocates only
    /// when the composite is RGBA of another size than that of the last one.
    pub(crate) fn draw(&mut self, composite: &Composite, out: &mut [u8]) {
        if self.is_drawn(composite) {
            copy(composite, out);
            return;
        }
        let plane = composite.plane(0);
        let source = Source {
            bytes: plane.bytes,
            stride: plane.stride,
            is_straight: composite.alpha() == AlphaState::Straight,
        };
        if composite.size() == self.size {
            yuv::convert(self.format, self.size, source, out);
            return;
        }
        let from = composite.size();
        let canvas = match &mut self.canvas {
            Some(canvas) if canvas.from == from => canvas,
            other => other.insert(Canvas::new(from, self.size)),
        };
        canvas.draw(source, self.size);
        let drawn = Source {
            bytes: &canvas.pixels,
            stride: self.size.width() as usize * 4,
            is_straight: false,
        };
        yuv::convert(self.format, self.size, drawn, out);
    }
}

/// Puts the planes of a composite one after the other, without padding.
fn copy(composite: &Composite, out: &mut [u8]) {
    let (format, width) = (composite.format(), composite.size().width());
    let mut rest = out;
    for plane in 0..format.plane_count() {
        let row_bytes = format.row_bytes(plane, width);
        for row in composite.plane(plane).rows(row_bytes) {
            let (to, after) = rest.split_at_mut(row_bytes);
            to.copy_from_slice(row);
            rest = after;
        }
    }
}

impl Canvas {
    fn new(from: Size, to: Size) -> Self {
        let placement = place(from, to);
        Self {
            from,
            placement,
            pixels: vec![0; to.pixels() * 4],
            scaler: (placement.size != from).then(|| Scaler::new(from, placement.size)),
        }
    }

    fn draw(&mut self, source: Source<'_>, canvas: Size) {
        let stride = canvas.width() as usize * 4;
        let Placement { x, y, size } = self.placement;
        let start = y as usize * stride + x as usize * 4;
        let target = &mut self.pixels[start..];
        let row_bytes = size.width() as usize * 4;
        if let Some(scaler) = &mut self.scaler {
            scaler.scale(source, target, stride);
            return;
        }
        for (row, to) in target
            .chunks_mut(stride)
            .take(size.height() as usize)
            .enumerate()
        {
            let from = source.row(row, row_bytes).as_chunks::<4>().0;
            for (pixel, to) in from.iter().zip(to.as_chunks_mut::<4>().0) {
                let [r, g, b] = source.flatten(*pixel);
                *to = [r, g, b, 255];
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::support::{Kind, one};

    fn size(width: u32, height: u32) -> Size {
        Size::new(width, height).unwrap()
    }

    /// Black, by BT.601 in limited range.
    const BLACK: u8 = 16;
    const NEUTRAL: u8 = 128;

    #[test]
    fn a_composite_of_the_cameras_size_is_converted_as_it_is() {
        let mut kind = Kind::new(4, 2);
        kind.row_padding = 12;
        let white = one(kind, |_, _| [255; 4]);
        let mut picture = CameraPicture::new(CameraFormat::Yuyv, size(4, 2));
        assert_eq!(picture.draw(&white), [235, 128, 235, 128].repeat(4));
        assert!(picture.painter.canvas.is_none());
    }

    #[test]
    fn another_size_stands_in_the_middle_of_black_bars() {
        // 4:3 in 16:9: bars left and right, (1280 − 960) / 2 = 160 wide.
        let white = one(Kind::new(640, 480), |_, _| [255; 4]);
        let mut picture = CameraPicture::new(CameraFormat::I420, size(1280, 720));
        let bytes = picture.draw(&white);
        let (luma, chroma) = bytes.split_at(1280 * 720);
        for row in [0, 359, 719] {
            let row = &luma[row * 1280..][..1280];
            assert!(row[..160].iter().all(|y| *y == BLACK));
            assert!(row[160..1120].iter().all(|y| *y == 235));
            assert!(row[1120..].iter().all(|y| *y == BLACK));
        }
        assert!(chroma.iter().all(|c| *c == NEUTRAL));
    }

    #[test]
    fn the_bars_stay_black_when_sizes_change() {
        let mut picture = CameraPicture::new(CameraFormat::Yuyv, size(64, 64));
        let wide = one(Kind::new(64, 32), |_, _| [255; 4]);
        let tall = one(Kind::new(32, 64), |_, _| [255; 4]);
        for _ in 0..2 {
            let bytes = picture.draw(&wide).to_vec();
            assert_eq!(
                (bytes[0], bytes[16 * 64 * 2], bytes[48 * 64 * 2]),
                (16, 235, 16)
            );
            let bytes = picture.draw(&tall).to_vec();
            assert_eq!((bytes[0], bytes[32], bytes[64 * 2 - 2]), (16, 235, 16));
        }
    }

    #[test]
    fn an_odd_side_is_not_scaled() {
        let composite = one(Kind::new(63, 31), |x, y| {
            if (x + y) % 2 == 0 {
                [255; 4]
            } else {
                [0, 0, 0, 255]
            }
        });
        let mut picture =
            CameraPicture::new(CameraFormat::Yuyv, CameraFormat::rounded(composite.size()));
        let bytes = picture.draw(&composite);
        let luma: Vec<u8> = bytes[..128].iter().step_by(2).copied().collect();
        assert_eq!(&luma[..4], [235, 16, 235, 16]);
        assert_eq!(luma[63], BLACK, "the column that makes it even");
    }

    #[test]
    fn nothing_shows_through_where_the_composite_is_transparent() {
        let mut kind = Kind::new(4, 2);
        kind.alpha = AlphaState::Straight;
        let room = one(kind, |_, _| [255, 0, 0, 0]);
        for side in [4, 8] {
            let mut picture = CameraPicture::new(CameraFormat::Yuyv, size(side, side / 2));
            let expected = [BLACK, NEUTRAL].repeat((side * side / 2) as usize);
            assert_eq!(picture.draw(&room), expected, "{side}");
        }
    }

    #[test]
    fn a_picture_that_is_laid_out_already_is_taken_as_it_is() {
        for format in CameraFormat::ALL {
            let mut kind = Kind::new(8, 4);
            kind.format = format.pixel_format();
            kind.row_padding = 4;
            let drawn = one(kind, |x, y| [(16 * y + x) as u8; 4]);
            let mut picture = CameraPicture::new(format, size(8, 4));
            assert!(picture.painter.can_draw(&drawn));
            let mut wanted = Vec::new();
            for plane in 0..drawn.format().plane_count() {
                let row_bytes = drawn.format().row_bytes(plane, 8);
                wanted.extend(drawn.plane(plane).rows(row_bytes).flatten());
            }
            assert_eq!(picture.draw(&drawn), wanted);
            let other = CameraPainter::new(format, size(8, 6));
            assert!(!other.can_draw(&drawn), "of another size");
        }
    }

    #[test]
    #[ignore = "a figure: cargo test --release -p scrim-output --lib -- --ignored --nocapture drawing_costs"]
    fn what_drawing_costs() {
        for from in [size(1280, 720), size(640, 480)] {
            let composite = one(Kind::new(from.width(), from.height()), |x, y| {
                [x as u8, y as u8, (x + y) as u8, 255]
            });
            for format in CameraFormat::ALL {
                let mut picture = CameraPicture::new(format, size(1280, 720));
                let mut spans: Vec<_> = (0..101)
                    .map(|_| {
                        let start = std::time::Instant::now();
                        std::hint::black_box(picture.draw(&composite));
                        start.elapsed()
                    })
                    .collect();
                spans.sort();
                eprintln!("{from} as {format} of 1280×720: {:?} (median)", spans[50]);
            }
        }
    }
}
