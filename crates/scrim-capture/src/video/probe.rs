//! What a video file says about itself.

use std::collections::HashMap;
use std::ffi::OsString;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use scrim_frame::{PixelFormat, Size, YuvEncoding, YuvMatrix, YuvRange};

use super::ffmpeg::{Program, ask};
use crate::CaptureError;
use crate::limits::checked_size;

/// A file above this size is not read through only to know how many frames it has.
const COUNT_UP_TO_BYTES: u64 = 256 * 1024 * 1024;

/// Played at this rate where the file states none that can be believed.
const USUAL_RATE: f64 = 25.0;

/// The facts of a file's first true video stream.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Clip {
    /// The size to be shown: turned as the file says, with square pixels.
    pub(super) size: Size,
    /// The frames handed out.
    pub(super) format: PixelFormat,
    /// The filter and the pixel format that make ffmpeg deliver exactly that.
    pub(super) filter: String,
    pub(super) ffmpeg_format: &'static str,
    /// Mean time between frames.
    pub(super) interval: Duration,
    /// As the container states, if it does.
    pub(super) frames: Option<u64>,
}

/// A path as an argument that ffmpeg takes for a local file whatever its name looks like.
pub(super) fn file_argument(path: &Path) -> OsString {
    let mut argument = OsString::from("file:");
    argument.push(path);
    argument
}

fn ffprobe(path: &Path, options: &[&str]) -> Result<HashMap<String, String>, CaptureError> {
    let mut command = Command::new("");
    command
        .args(["-v", "error", "-protocol_whitelist", "file"])
        .args(["-select_streams", "V:0", "-of", "flat"])
        .args(options)
        .arg(file_argument(path));
    let answer = ask(Program::Ffprobe, &command)?;
    if !answer.status.success() {
        return Err(CaptureError::File {
            path: path.to_owned(),
            reason: format!("ffmpeg cannot read it: {}", answer.words),
            try_this: "Choose a video that other players can show, or convert this one.".into(),
        });
    }
    Ok(flat(&answer.output))
}

/// Reads `key="value"` lines.
fn flat(output: &str) -> HashMap<String, String> {
    output
        .lines()
        .filter_map(|line| line.split_once('='))
        .map(|(key, value)| (key.to_owned(), value.trim_matches('"').to_owned()))
        .collect()
}

/// Asks for a file's facts; with `count`, for the number of its frames too, where the container does not state it and
/// the file is small enough to be read through.
pub(super) fn probe(path: &Path, count: bool) -> Result<Clip, CaptureError> {
    let facts = ffprobe(path, &["-show_streams", "-show_format"])?;
    let mut clip = clip_from_facts(&facts).map_err(|(reason, try_this)| CaptureError::File {
        path: path.to_owned(),
        reason,
        try_this: try_this.to_owned(),
    })?;
    let small = std::fs::metadata(path).is_ok_and(|m| m.len() <= COUNT_UP_TO_BYTES);
    if count && clip.frames.is_none() && small {
        let options = ["-count_packets", "-show_entries", "stream=nb_read_packets"];
        // Only a progress bar needs it; a clip that cannot be read through in time plays all the same.
        match ffprobe(path, &options) {
            Ok(counted) => {
                clip.frames = counted
                    .get("streams.stream.0.nb_read_packets")
                    .and_then(|count| count.parse().ok())
                    .filter(|&count| count > 0);
            }
            Err(error) => {
                tracing::info!(path = %path.display(), %error, "a clip's frames were not counted");
            }
        }
    }
    Ok(clip)
}

/// Tone mapping is left to the user: not every ffmpeg has `zscale`, and how bright white is meant is a matter of taste.
const HDR_ADVICE: &str = "Record in SDR (on phones: switch HDR video off), or convert it: ffmpeg -i HDR.mp4 -vf \
    zscale=t=linear:npl=100,format=gbrpf32le,zscale=p=bt709,tonemap=hable,zscale=t=bt709:m=bt709:r=tv,format=yuv420p \
    SDR.mp4";

type Refusal = (String, &'static str);

fn clip_from_facts(facts: &HashMap<String, String>) -> Result<Clip, Refusal> {
    let stream = |key: &str| {
        facts
            .get(&format!("streams.stream.0.{key}"))
            .map(String::as_str)
            .filter(|value| !matches!(*value, "N/A" | "unknown"))
    };
    let codec = stream("codec_name").ok_or((
        "it holds no video".to_owned(),
        "Choose a video or a picture.",
    ))?;
    if matches!(codec, "ansi" | "bintext" | "xbin" | "idf") {
        // ffmpeg can draw text files as text-mode screens, and takes any text for one.
        return Err((
            "it is a text file, not a video".to_owned(),
            "Choose a video or a picture.",
        ));
    }
    if let Some(transfer @ ("smpte2084" | "arib-std-b67")) = stream("color_transfer") {
        return Err((
            format!("it is an HDR video ({transfer}), whose colours would come out grey"),
            HDR_ADVICE,
        ));
    }
    let number = |key: &str| stream(key).and_then(|value| value.parse::<u32>().ok());
    let (coded_width, coded_height) = (number("width").unwrap_or(0), number("height").unwrap_or(0));
    if coded_width == 0 || coded_height == 0 {
        // What ffmpeg guesses from a name's ending, whatever the file holds.
        return Err((
            "it holds neither a picture nor a video".into(),
            "Choose a picture (PNG, JPEG, WebP) or a video.",
        ));
    }
    let size = shown_size(
        coded_width,
        coded_height,
        stream("sample_aspect_ratio").and_then(|text| ratio(text, ':')),
        rotation(facts),
    )
    .map_err(|reason| (reason, "Convert the video to a smaller size."))?;
    let colour = Colour::choose(
        stream("pix_fmt").unwrap_or("yuv420p"),
        stream("color_space"),
        stream("color_range"),
        coded_width,
        coded_height,
    );
    let rate = ["avg_frame_rate", "r_frame_rate"]
        .iter()
        .filter_map(|key| stream(key).and_then(|text| ratio(text, '/')))
        .find(|rate| (0.1..=1000.0).contains(rate))
        .unwrap_or(USUAL_RATE);
    Ok(Clip {
        size,
        format: colour.format,
        filter: format!(
            "scale={}:{}:flags=bicubic{}",
            size.width(),
            size.height(),
            colour.scale_options
        ),
        ffmpeg_format: colour.ffmpeg_format,
        interval: Duration::from_secs_f64(1.0 / rate),
        frames: stream("nb_frames")
            .and_then(|count| count.parse().ok())
            .filter(|&count| count > 0),
    })
}

fn ratio(text: &str, separator: char) -> Option<f64> {
    let (a, b) = text.split_once(separator)?;
    let (a, b) = (a.parse::<f64>().ok()?, b.parse::<f64>().ok()?);
    (a > 0.0 && b > 0.0).then_some(a / b)
}

/// Degrees, from the display matrix or, in old files, from a tag.
fn rotation(facts: &HashMap<String, String>) -> i32 {
    facts
        .iter()
        .find(|(key, _)| {
            key.starts_with("streams.stream.0.")
                && (key.ends_with(".rotation") || key.ends_with(".tags.rotate"))
        })
        .and_then(|(_, degrees)| degrees.parse().ok())
        .unwrap_or(0)
}

fn shown_size(width: u32, height: u32, sample: Option<f64>, degrees: i32) -> Result<Size, String> {
    // As coded too: pixels may be a quarter as wide, and the decoder has to hold them all.
    checked_size(width, height)?;
    // Beyond four to one it is a mistake in the file rather than a wide pixel.
    let sample = sample
        .filter(|sample| (0.25..=4.0).contains(sample))
        .unwrap_or(1.0);
    let width = (f64::from(width) * sample).round() as u32;
    let sides = if degrees.rem_euclid(180) == 90 {
        (height, width)
    } else {
        (width, height)
    };
    checked_size(sides.0, sides.1)
}

/// In which format frames leave ffmpeg, so that their colours are known.
struct Colour {
    format: PixelFormat,
    ffmpeg_format: &'static str,
    scale_options: String,
}

impl Colour {
    /// YUV without alpha stays YUV with the file's own matrix and range; everything else becomes RGBA.
    fn choose(
        pixels: &str,
        space: Option<&str>,
        range: Option<&str>,
        width: u32,
        height: u32,
    ) -> Self {
        let packed_yuv = [
            "yuy", "uyv", "yvy", "nv", "p0", "p2", "p4", "y2", "xv", "vuyx",
        ];
        let has_alpha = ["yuva", "ayuv", "vuya"]
            .iter()
            .any(|p| pixels.starts_with(p));
        let is_yuv = pixels.starts_with("yuv") || packed_yuv.iter().any(|p| pixels.starts_with(p));
        if !is_yuv && !has_alpha {
            return Self {
                format: PixelFormat::Rgba8,
                ffmpeg_format: "rgba",
                scale_options: String::new(),
            };
        }
        let full = range == Some("pc") || pixels.starts_with("yuvj");
        let (range, range_name) = if full {
            (YuvRange::Full, "pc")
        } else {
            (YuvRange::Limited, "tv")
        };
        let (from, matrix) = matrix_of(space, width, height);
        if has_alpha {
            return Self {
                format: PixelFormat::Rgba8,
                ffmpeg_format: "rgba",
                scale_options: format!(":in_color_matrix={from}:in_range={range_name}"),
            };
        }
        let to = match matrix {
            YuvMatrix::Bt601 => "bt601",
            YuvMatrix::Bt709 => "bt709",
        };
        // Naming a matrix makes ffmpeg convert even where both are the same, so it is named only where they differ.
        let matrices = if from == to {
            String::new()
        } else {
            format!(":in_color_matrix={from}:out_color_matrix={to}")
        };
        Self {
            format: PixelFormat::I420(YuvEncoding { matrix, range }),
            ffmpeg_format: "yuv420p",
            scale_options: format!("{matrices}:in_range={range_name}:out_range={range_name}"),
        }
    }
}

/// The matrix that the file's numbers are in, by ffmpeg's name, and the one that they are handed out in.
fn matrix_of(space: Option<&str>, width: u32, height: u32) -> (&'static str, YuvMatrix) {
    match space {
        Some("bt709") => ("bt709", YuvMatrix::Bt709),
        Some("smpte170m" | "bt470bg" | "fcc") => ("bt601", YuvMatrix::Bt601),
        Some("bt2020nc" | "bt2020c") => ("bt2020", YuvMatrix::Bt709),
        Some("smpte240m") => ("smpte240m", YuvMatrix::Bt709),
        // Where a file says nothing, players take HD for BT.709 and all else for BT.601, with the border there.
        _ if width >= 1280 || height > 576 => ("bt709", YuvMatrix::Bt709),
        _ => ("bt601", YuvMatrix::Bt601),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(pairs: &[(&str, &str)]) -> HashMap<String, String> {
        let mut all: HashMap<_, _> = [
            ("codec_name", "h264"),
            ("width", "640"),
            ("height", "360"),
            ("pix_fmt", "yuv420p"),
            ("avg_frame_rate", "30000/1001"),
        ]
        .iter()
        .chain(pairs)
        .map(|(key, value)| (format!("streams.stream.0.{key}"), (*value).to_owned()))
        .collect();
        all.retain(|_, value| value != "-");
        all
    }

    fn clip(pairs: &[(&str, &str)]) -> Clip {
        clip_from_facts(&facts(pairs)).unwrap()
    }

    #[test]
    fn the_files_own_colours_are_kept() {
        let encoding = |pairs: &[(&str, &str)]| clip(pairs).format.yuv_encoding().unwrap();
        assert_eq!(encoding(&[]), YuvEncoding::BT601_LIMITED);
        assert_eq!(
            encoding(&[("color_space", "bt709")]),
            YuvEncoding::BT709_LIMITED
        );
        assert_eq!(
            encoding(&[("width", "1280"), ("height", "720")]),
            YuvEncoding::BT709_LIMITED
        );
        assert_eq!(
            encoding(&[("pix_fmt", "yuvj422p")]),
            YuvEncoding::BT601_FULL
        );
        assert_eq!(encoding(&[("color_range", "pc")]), YuvEncoding::BT601_FULL);
        let wide = clip(&[("pix_fmt", "yuv420p10le"), ("color_space", "bt2020nc")]);
        assert!(
            wide.filter
                .contains("in_color_matrix=bt2020:out_color_matrix=bt709")
        );
        assert_eq!(wide.format, PixelFormat::I420(YuvEncoding::BT709_LIMITED));
        for pixels in ["rgb24", "gbrp", "pal8", "gray", "bgra", "yuva444p10le"] {
            assert_eq!(
                clip(&[("pix_fmt", pixels)]).format,
                PixelFormat::Rgba8,
                "{pixels}"
            );
        }
        for pixels in ["nv12", "p010le", "yuyv422", "uyvy422", "yuv444p"] {
            let format = clip(&[("pix_fmt", pixels)]).format;
            assert_eq!(
                format,
                PixelFormat::I420(YuvEncoding::BT601_LIMITED),
                "{pixels}"
            );
        }
    }

    #[test]
    fn turned_and_wide_pixelled_clips_have_the_size_they_are_seen_at() {
        let size = |pairs: &[(&str, &str)]| clip(pairs).size.to_string();
        assert_eq!(
            size(&[("side_data_list.side_data.0.rotation", "-90")]),
            "360×640"
        );
        assert_eq!(size(&[("tags.rotate", "180")]), "640×360");
        assert_eq!(size(&[("sample_aspect_ratio", "4:3")]), "853×360");
        assert_eq!(size(&[("sample_aspect_ratio", "0:1")]), "640×360");
    }

    #[test]
    fn rates_and_counts_are_believed_only_where_they_make_sense() {
        let rate = |text| {
            clip(&[("avg_frame_rate", text)])
                .interval
                .as_secs_f64()
                .recip()
        };
        assert!((rate("30000/1001") - 29.97).abs() < 0.001);
        assert!((rate("0/0") - USUAL_RATE).abs() < 1e-6);
        assert!((rate("90000/1") - USUAL_RATE).abs() < 1e-6);
        assert_eq!(clip(&[("nb_frames", "N/A")]).frames, None);
        assert_eq!(clip(&[("nb_frames", "75")]).frames, Some(75));
    }

    #[test]
    fn hdr_is_refused_with_how_to_convert_it() {
        for transfer in ["smpte2084", "arib-std-b67"] {
            let refused = clip_from_facts(&facts(&[("color_transfer", transfer)])).unwrap_err();
            assert!(refused.0.contains("HDR") && refused.0.contains(transfer));
            assert!(refused.1.contains("tonemap") && !refused.1.contains("  "));
        }
        for transfer in ["bt709", "smpte170m", "bt2020-10", "unknown", "iec61966-2-1"] {
            assert!(clip_from_facts(&facts(&[("color_transfer", transfer)])).is_ok());
        }
    }

    #[test]
    fn what_is_no_video_is_refused() {
        let reason = |pairs: &[(&str, &str)]| clip_from_facts(&facts(pairs)).unwrap_err().0;
        assert!(reason(&[("codec_name", "-")]).contains("no video"));
        assert!(reason(&[("codec_name", "ansi")]).contains("text file"));
        assert!(reason(&[("width", "20000")]).contains("20000×360"));
        let many = [("width", "16000"), ("height", "16000")];
        assert!(reason(&many).contains("256 million"));
        assert!(reason(&[&many[..], &[("sample_aspect_ratio", "1:4")]].concat()).contains("256"));
        assert!(reason(&[("height", "-")]).contains("neither a picture"));
    }
}
