//! What the tests of this crate share: composites of known pixels, and FFmpeg to look at files with.

use std::io;
use std::path::Path;
use std::process::{Command, Output};
use std::time::Instant;

use scrim_frame::{
    AlphaState, Composite, CompositeContent, CompositePool, Frame, PixelBuffer, PixelFormat,
    PixelLayout, Size,
};

/// What to do when FFmpeg is missing.
pub const NEEDS_FFMPEG: &str = "this test needs ffmpeg and ffprobe: run `cargo xtask setup`";

/// What a composite of the tests is like; change what matters.
#[derive(Clone, Copy)]
pub struct Kind {
    pub size: Size,
    pub format: PixelFormat,
    pub alpha: AlphaState,
    pub is_slate: bool,
    pub captured_at: Instant,
    /// Bytes between the end of a row and the start of the next.
    pub row_padding: usize,
}

impl Kind {
    pub fn new(width: u32, height: u32) -> Self {
        Self {
            size: Size::new(width, height).expect("the tests' sizes are possible"),
            format: PixelFormat::Rgba8,
            alpha: AlphaState::Opaque,
            is_slate: false,
            captured_at: Instant::now(),
            row_padding: 0,
        }
    }
}

/// A composite whose pixels `colour` says, as the bytes of its first plane; all others are 77.
pub fn composite(
    pool: &mut CompositePool,
    kind: Kind,
    colour: impl Fn(u32, u32) -> [u8; 4],
) -> Composite {
    let row_bytes = kind.format.row_bytes(0, kind.size.width());
    let strides: Vec<_> = (0..kind.format.plane_count())
        .map(|plane| kind.format.row_bytes(plane, kind.size.width()) + kind.row_padding)
        .collect();
    let layout = PixelLayout::with_strides(kind.format, kind.size, &strides)
        .expect("the strides are no smaller than the rows");
    #[expect(
        clippy::disallowed_methods,
        reason = "the compositor, which alone makes composites, is not among what a sink may depend on"
    )]
    let draft = pool.draft(layout);
    let mut draft = draft.expect("the test's pool is large enough");
    let buffer = draft.buffer_mut();
    buffer.bytes_mut().fill(77);
    let bytes_per_pixel = row_bytes / kind.size.width() as usize;
    for (y, row) in buffer
        .plane_mut(0)
        .chunks_mut(row_bytes + kind.row_padding)
        .enumerate()
    {
        for (x, pixel) in row[..row_bytes]
            .chunks_exact_mut(bytes_per_pixel)
            .enumerate()
        {
            pixel.copy_from_slice(&colour(x as u32, y as u32)[..bytes_per_pixel]);
        }
    }
    let content = if kind.is_slate {
        CompositeContent::Slate
    } else {
        CompositeContent::Person(any_frame_id())
    };
    draft.finish(content, kind.alpha, kind.captured_at)
}

/// The same, outside any pool.
pub fn one(kind: Kind, colour: impl Fn(u32, u32) -> [u8; 4]) -> Composite {
    composite(&mut CompositePool::new(1), kind, colour)
}

fn any_frame_id() -> scrim_frame::FrameId {
    let size = Size::new(1, 1).expect("1×1 is a size");
    let layout = PixelLayout::packed(PixelFormat::Rgb8, size);
    Frame::new(PixelBuffer::zeroed(layout), Instant::now()).id()
}

/// Saturated patches of 32×32 pixels, four a row, all alike in what a wrong matrix or range does to them: much.
pub const PATCHES: [[u8; 3]; 8] = [
    [255, 0, 0],
    [0, 255, 0],
    [0, 0, 255],
    [255, 255, 0],
    [0, 255, 255],
    [255, 0, 255],
    [255, 255, 255],
    [0, 0, 0],
];

/// The side of a patch.
pub const PATCH: u32 = 32;

/// The patch that a pixel lies in.
pub fn patch_at(x: u32, y: u32) -> [u8; 3] {
    PATCHES[((y / PATCH % 2) * 4 + x / PATCH % 4) as usize]
}

/// Runs a program of FFmpeg's to its end.
pub fn run(program: &str, arguments: &[&str], file: &Path) -> io::Result<Output> {
    let mut command = Command::new(program);
    for argument in arguments {
        if *argument == "FILE" {
            command.arg(file);
        } else {
            command.arg(argument);
        }
    }
    command.output()
}

/// What ffprobe says about the video stream of a file: "key=value" lines.
pub fn probe(file: &Path, entries: &str) -> String {
    let output = run(
        "ffprobe",
        &[
            "-v",
            "error",
            "-count_frames",
            "-select_streams",
            "v:0",
            "-show_entries",
            entries,
            "-of",
            "default=noprint_wrappers=1",
            "FILE",
        ],
        file,
    )
    .expect(NEEDS_FFMPEG);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && errors.is_empty(), "{errors}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// One value that ffprobe says.
pub fn probe_one(file: &Path, entry: &str) -> String {
    let key = entry.split('=').next_back().unwrap_or(entry);
    probe(file, entry)
        .lines()
        .find_map(|line| line.strip_prefix(&format!("{key}=")).map(str::to_owned))
        .unwrap_or_default()
}

/// Decodes a video to RGBA pictures, one after the other, by BT.709 in limited range whatever the file says.
pub fn decode(file: &Path, decoder: &[&str]) -> Vec<u8> {
    let tail = [
        "-i",
        "FILE",
        "-vf",
        "scale=in_color_matrix=bt709:in_range=limited:flags=bicubic+accurate_rnd+full_chroma_int,format=rgba",
        "-f",
        "rawvideo",
        "-",
    ];
    let arguments = [&["-v", "error"], decoder, &tail].concat();
    let output = run("ffmpeg", &arguments, file).expect(NEEDS_FFMPEG);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && errors.is_empty(), "{errors}");
    output.stdout
}

/// The names in a folder, hidden ones too.
pub fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = std::fs::read_dir(folder)
        .expect("the test's folder can be read")
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}
