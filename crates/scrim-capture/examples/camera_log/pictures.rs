//! The pictures that a camera in a rig shows: the first ones of the test pattern, over and over.

use std::error::Error;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use scrim_capture::{Delivery, SourceSpec, open, pattern};
use scrim_frame::Size;

use crate::pixels::Pixels;

/// Points are this far apart in both directions.
const GRID: u32 = 9;

/// A point is compared where the picture is flat for so many pixels around it: not on edges, which chroma of half the
/// width and JPEG smear.
const MARGIN: u32 = 4;

/// How far a channel may be off: rounding to limited range, and JPEG at a camera's usual quality.
const TOLERANCE: u8 = 20;

/// Writes `FOLDER/WxH.rgb`: eight bits a channel, one picture after another.
pub fn write(folder: &Path, size: &str, count: &str) -> Result<(), Box<dyn Error>> {
    let spec: SourceSpec = format!("pattern:{size}@inf").parse()?;
    let count: u32 = count.parse()?;
    fs::create_dir_all(folder)?;
    let mut file = File::create(folder.join(format!("{size}.rgb")))?;
    let mut source = open(&spec, 1)?;
    for _ in 0..count {
        let Delivery::Frame(frame) = source.next_frame(Duration::from_secs(10))? else {
            return Err("the pattern ended".into());
        };
        let rgba = frame.plane(0).bytes;
        let rgb: Vec<u8> = rgba
            .chunks_exact(4)
            .flat_map(|pixel| pixel[..3].to_vec())
            .collect();
        file.write_all(&rgb)?;
    }
    Ok(())
}

/// The pictures of one size.
pub struct Pictures {
    size: Size,
    rgb: Vec<u8>,
}

/// How a captured picture compares with the one that it says it is.
pub struct Comparison {
    pub index: u64,
    pub wrong: u32,
    pub points: u32,
}

impl Pictures {
    /// `None` where there are none of this size.
    pub fn read(folder: &Path, size: Size) -> Option<Self> {
        let name = format!("{}x{}.rgb", size.width(), size.height());
        let rgb = fs::read(folder.join(name)).ok()?;
        Some(Self { size, rgb })
    }

    fn rgb(&self, index: u64, x: u32, y: u32) -> Option<[u8; 3]> {
        let picture = index as usize * self.size.pixels();
        let at = (picture + (y * self.size.width() + x) as usize) * 3;
        self.rgb.get(at..at + 3)?.try_into().ok()
    }

    /// `None` where the picture shows no index, or one beyond the last picture.
    pub fn compare(&self, shown: &Pixels) -> Option<Comparison> {
        let size = self.size;
        let index = pattern::read_index(shown.size(), size, |x, y| shown.rgb(x, y)[1])?;
        let (mut wrong, mut points) = (0, 0);
        for y in (MARGIN..size.height() - MARGIN).step_by(GRID as usize) {
            for x in (MARGIN..size.width() - MARGIN).step_by(GRID as usize) {
                let want = self.rgb(index, x, y)?;
                let corners = [
                    (x - MARGIN, y - MARGIN),
                    (x + MARGIN, y - MARGIN),
                    (x - MARGIN, y + MARGIN),
                    (x + MARGIN, y + MARGIN),
                ];
                let is_flat = corners
                    .iter()
                    .all(|&(x, y)| self.rgb(index, x, y).is_some_and(|rgb| near(rgb, want, 2)));
                if is_flat {
                    points += 1;
                    wrong += u32::from(!near(shown.rgb(x, y), want, TOLERANCE));
                }
            }
        }
        Some(Comparison {
            index,
            wrong,
            points,
        })
    }
}

fn near(a: [u8; 3], b: [u8; 3], tolerance: u8) -> bool {
    a.iter().zip(b).all(|(a, b)| a.abs_diff(b) <= tolerance)
}
