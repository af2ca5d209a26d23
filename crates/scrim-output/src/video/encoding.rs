//! What FFmpeg is told: one place for every option.

use std::ffi::OsString;
use std::path::Path;

use scrim_frame::{AlphaState, Size};

use super::rate::FrameRate;
use crate::{SinkFormat, Timing, VideoCodec};

/// x264's constant rate factor, 0 to 51, lower is better. FFmpeg's H.264 guide calls 17 or 18 visually
/// lossless or nearly so.
const H264_CRF: u32 = 18;
/// libvpx's quality for VP9, 0 to 63, lower is better. Google's recommendation for 1080p is 31; a matte's edge on a
/// flat background shows blocks earlier than a film does.
const VP9_CRF: u32 = 24;
/// Ticks a second of a live recording's clock.
const LIVE_TICKS: u32 = 1000;

/// FFmpeg's name for the encoder.
pub(crate) const fn encoder_name(codec: VideoCodec) -> &'static str {
    match codec {
        VideoCodec::H264 => "libx264",
        VideoCodec::ProRes4444 => "prores_ks",
        VideoCodec::Vp9 => "libvpx-vp9",
    }
}

/// The size of the pictures in the file. 4:2:0 H.264 has no odd sides: one column or row more then, which repeats the
/// edge, rather than one less, which would lose picture.
pub(crate) fn coded_size(codec: VideoCodec, size: Size) -> Size {
    match codec {
        VideoCodec::H264 => {
            // `MAX_SIDE` is even, so this never leaves what a `Size` can be.
            let even = |side: u32| side.next_multiple_of(2);
            Size::new(even(size.width()), even(size.height())).unwrap_or(size)
        }
        VideoCodec::ProRes4444 | VideoCodec::Vp9 => size,
    }
}

/// What this FFmpeg calls the option that leaves the times of pictures alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TimingOption {
    /// Since 5.1.
    FpsMode,
    /// Before; later versions warn of it.
    Vsync,
}

/// The command line: RGBA pictures from standard input to `file`.
pub(crate) fn arguments(
    codec: VideoCodec,
    format: SinkFormat,
    rate: FrameRate,
    timing_option: TimingOption,
    file: &Path,
) -> Vec<OsString> {
    let size = coded_size(codec, format.size);
    let mut words: Vec<String> = Vec::new();
    let mut say = |text: &str| words.extend(text.split(' ').map(String::from));
    // `-xerror`: without it, a disk that is full at the very end still counts as success.
    say("-hide_banner -nostats -loglevel error -xerror -y");
    match format.timing {
        Timing::Constant(_) => say(&format!(
            "-f rawvideo -pixel_format rgba -video_size {}x{} -framerate {rate}",
            size.width(),
            size.height()
        )),
        // The header says all there is to know: look no further before starting.
        Timing::Live(_) => say("-f matroska -probesize 32 -analyzeduration 0 -fpsprobesize 0"),
    }
    say("-i pipe:0");
    // RGB becomes YUV here and nowhere else. Left alone, FFmpeg would use BT.601 and not say so in the file.
    say(&format!(
        "-vf scale=out_color_matrix=bt709:out_range=limited:flags=bicubic+accurate_rnd+full_chroma_int+full_chroma_inp,\
         format={},setparams=colorspace=bt709:color_primaries=bt709:color_trc=bt709:range=limited",
        pixel_format(codec, format.alpha)
    ));
    say(&format!("-c:v {}", encoder_name(codec)));
    let is_live = matches!(format.timing, Timing::Live(_));
    match (codec, is_live) {
        (VideoCodec::H264, true) => say(&format!("-preset veryfast -crf {H264_CRF}")),
        (VideoCodec::H264, false) => say(&format!("-preset medium -crf {H264_CRF}")),
        (VideoCodec::ProRes4444, _) => say("-profile:v 4444 -vendor apl0"),
        (VideoCodec::Vp9, _) => {
            say(&format!("-crf {VP9_CRF} -b:v 0 -row-mt 1"));
            say(if is_live {
                "-deadline realtime -cpu-used 8"
            } else {
                "-deadline good -cpu-used 4"
            });
            if format.alpha == AlphaState::Straight {
                // libvpx encodes alpha as a second video, which must not have frames that the first has not.
                say("-auto-alt-ref 0");
            }
        }
    }
    say("-colorspace bt709 -color_primaries bt709 -color_trc bt709 -color_range tv");
    if is_live {
        // Otherwise times are rounded to the nominal rate.
        say(&format!("-enc_time_base 1:{LIVE_TICKS}"));
        // Otherwise `.mp4` and `.mov` get a constant rate, of one picture for each tick.
        say(match timing_option {
            TimingOption::FpsMode => "-fps_mode passthrough",
            TimingOption::Vsync => "-vsync passthrough",
        });
    }
    if file
        .extension()
        .is_some_and(|e| e.eq_ignore_ascii_case("mp4"))
    {
        say("-movflags +faststart");
    }
    let mut arguments: Vec<OsString> = words.into_iter().map(OsString::from).collect();
    // A bare path with a colon or a leading dash would be taken for something else.
    let mut target = OsString::from("file:");
    target.push(file);
    arguments.push(target);
    arguments
}

const fn pixel_format(codec: VideoCodec, alpha: AlphaState) -> &'static str {
    match (codec, alpha) {
        (VideoCodec::H264, _) | (VideoCodec::Vp9, AlphaState::Opaque) => "yuv420p",
        (VideoCodec::ProRes4444, AlphaState::Straight) => "yuva444p10le",
        (VideoCodec::ProRes4444, AlphaState::Opaque) => "yuv444p10le",
        (VideoCodec::Vp9, AlphaState::Straight) => "yuva420p",
    }
}
