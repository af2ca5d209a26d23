//! The command line.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use scrim_pipeline::matting::MAX_THREADS;
use scrim_pipeline::{
    BackgroundSpec, InputSize, Islands, MattingOptions, ModelSource, OutputSpec, ProviderChoice,
    SourceSpec, Steadying, Upsampling,
};

/// Replaces what is behind a person, live.
#[derive(Debug, Parser)]
#[command(version, about, after_help = EXIT_CODES)]
pub struct Cli {
    /// What to do; without it, the window opens.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// Say more on standard error (twice: still more). No message ever holds a picture.
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
}

const EXIT_CODES: &str = "\
Exit codes: 0 done, 1 failed, 2 wrong command line, 3 source, 4 model or runtime, 5 graphics, 6 output,
7 background, 130 interrupted before it was done, 141 nobody reads on what is printed.";

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Opens the window, or works without one (`--headless`)
    Run(RunArgs),
    /// Cuts the person out of one picture
    Image(ImageArgs),
    /// Cuts the person out of every frame of a clip
    Video(VideoArgs),
    /// Lists the cameras with their sizes, rates and controls, and the virtual cameras
    Devices(ReportArgs),
    /// Checks runtime, providers, model, graphics, cameras, virtual cameras and ffmpeg, and says how to mend what is missing
    Doctor(ReportArgs),
    /// Judges a model on pictures and clips whose true matte is known; by its own mattes, but for `--islands drop`, `--steady on`
    Eval(EvalArgs),
}

impl Default for Command {
    fn default() -> Self {
        Self::Run(RunArgs::default())
    }
}

/// Inference.
#[derive(Debug, Clone, Args, Default)]
pub struct MattingArgs {
    /// built-in, built-in:light (less work), or an ONNX file with MODNet's contract [default: built-in]
    #[arg(long, value_name = "MODEL")]
    pub model: Option<ModelSource>,
    /// auto, cpu, cuda, tensorrt, directml, coreml, openvino or xnnpack [default: auto]
    #[arg(long)]
    pub provider: Option<ProviderChoice>,
    /// Threads of the CPU kernels [default: one fewer than cores, at most 4]
    #[arg(long, value_name = "N", value_parser = threads)]
    pub threads: Option<NonZeroUsize>,
    /// How large the model sees the picture: fast, balanced, quality, reference, or its shorter side in pixels
    #[arg(long, value_name = "SIZE")]
    pub size: Option<InputSize>,
    /// Small parts of a matte that touch nobody: drop (they are room) or keep [default: drop; eval: keep]
    #[arg(long, value_name = "WHAT")]
    pub islands: Option<Islands>,
    /// Steady mattes where the picture stands still: on or off [default: on; stills have nothing to steady]
    #[arg(long, value_name = "ON")]
    pub steady: Option<Steadying>,
}

impl MattingArgs {
    /// The options, with `default` where nothing was said.
    pub fn over(&self, default: &MattingOptions) -> MattingOptions {
        MattingOptions {
            model: self.model.clone().unwrap_or_else(|| default.model.clone()),
            provider: self.provider.unwrap_or(default.provider),
            threads: self.threads.or(default.threads),
            size: self.size.unwrap_or(default.size),
            islands: self.islands.unwrap_or(default.islands),
            steadying: self.steady.unwrap_or(default.steadying),
        }
    }
}

/// `scrim run`.
#[derive(Debug, Clone, Args, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of its own on the command line"
)]
pub struct RunArgs {
    /// Work without a window
    #[arg(long, requires = "output")]
    pub headless: bool,
    /// camera, camera:ID, sample, pattern, or a picture's or video's path [default: a camera, or else the sample]
    #[arg(long, value_name = "S")]
    pub source: Option<SourceSpec>,
    /// A picture's or video's path, bundled:NAME, color:#00b140, gradient:#…,#…, blur, or transparent
    #[arg(long, value_name = "B")]
    pub background: Option<BackgroundSpec>,
    /// Where composites go: v4l2 (the first virtual camera; :/dev/video10 after it names one), pipewire (a camera that
    /// PipeWire offers), null, a .png (with # for a sequence), .mp4, .mkv, .mov or .webm; may be given again
    #[arg(long, short, value_name = "O")]
    pub output: Vec<OutputSpec>,
    /// Stop after this many seconds
    #[arg(long, value_name = "N", value_parser = positive_seconds)]
    pub seconds: Option<f64>,
    /// Exchange left and right
    #[arg(long)]
    pub mirror: bool,
    /// Keep the camera open while nobody watches a virtual camera
    #[arg(long)]
    pub keep_camera_on: bool,
    /// Set a control of the camera, by the name and in the numbers that `scrim devices` lists (on and off for switches); may
    /// be given again
    #[arg(long, value_name = "NAME=VALUE", value_parser = control, requires = "headless")]
    pub control: Vec<(String, i64)>,
    /// Print the figures at the end as JSON on standard output
    #[arg(long)]
    pub json: bool,
    /// The settings file of the window [default: in the user's configuration folder]
    #[arg(long, value_name = "FILE", conflicts_with = "headless")]
    pub config: Option<PathBuf>,
    /// Inference.
    #[command(flatten)]
    pub matting: MattingArgs,
}

/// What is made of a still or a clip.
#[derive(Debug, Clone, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "a command line has switches, each independent of the others"
)]
pub struct ConvertArgs {
    /// Where to write
    #[arg(long, short, value_name = "OUT")]
    pub output: PathBuf,
    /// A picture's or video's path, bundled:NAME, color:#00b140, gradient:#…,#…, blur, or transparent
    #[arg(long, value_name = "B", group = "what")]
    pub background: Option<BackgroundSpec>,
    /// Write the alpha matte as a grey picture
    #[arg(long, group = "what")]
    pub matte: bool,
    /// Write the person alone, with alpha
    #[arg(long, group = "what")]
    pub cutout: bool,
    /// Exchange left and right
    #[arg(long)]
    pub mirror: bool,
    /// How the matte is enlarged: guided (edges follow the picture) or bilinear
    #[arg(long, value_name = "HOW", default_value = "guided", value_parser = upsampling)]
    pub upsampling: Upsampling,
    /// Print what ran and how long it took as JSON on standard output
    #[arg(long)]
    pub json: bool,
    /// Inference.
    #[command(flatten)]
    pub matting: MattingArgs,
}

/// `scrim image`.
#[derive(Debug, Clone, Args)]
pub struct ImageArgs {
    /// The picture: PNG, JPEG or WebP
    pub input: PathBuf,
    /// What is made of it.
    #[command(flatten)]
    pub convert: ConvertArgs,
}

/// `scrim video`.
#[derive(Debug, Clone, Args)]
pub struct VideoArgs {
    /// The clip: anything that ffmpeg reads
    pub input: PathBuf,
    /// Stop after this many frames
    #[arg(long, value_name = "N")]
    pub frames: Option<u64>,
    /// What is made of it.
    #[command(flatten)]
    pub convert: ConvertArgs,
}

/// `scrim eval`.
#[derive(Debug, Clone, Args)]
pub struct EvalArgs {
    /// NAME.png with NAME.alpha.png beside it; subfolders are sets, clips/CLIP/0000.png and so on are clips
    #[arg(long, value_name = "DIR")]
    pub pairs: PathBuf,
    /// Print every picture's figures as JSON on standard output
    #[arg(long)]
    pub json: bool,
    /// Inference.
    #[command(flatten)]
    pub matting: MattingArgs,
}

/// `scrim devices`, `scrim doctor`.
#[derive(Debug, Clone, Args)]
pub struct ReportArgs {
    /// Print JSON on standard output
    #[arg(long)]
    pub json: bool,
}

fn positive_seconds(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        // A day is longer than anybody measures, and keeps the number within what `Duration` can hold.
        Ok(seconds) if seconds > 0.0 && seconds <= 86_400.0 => Ok(seconds),
        _ => Err("a number of seconds above 0, at most 86400".into()),
    }
}

fn control(text: &str) -> Result<(String, i64), String> {
    let wrong = || "write it like gain=12 or white_balance_automatic=off".to_owned();
    let (name, value) = text.split_once('=').ok_or_else(wrong)?;
    let value = match value {
        "on" | "true" => 1,
        "off" | "false" => 0,
        number => number.parse().map_err(|_| wrong())?,
    };
    if name.is_empty() {
        return Err(wrong());
    }
    Ok((name.to_owned(), value))
}

fn threads(text: &str) -> Result<NonZeroUsize, String> {
    let threads = text.parse::<NonZeroUsize>().ok();
    threads
        .filter(|threads| threads.get() <= MAX_THREADS)
        .ok_or_else(|| format!("give a number from 1 to {MAX_THREADS}"))
}

fn upsampling(text: &str) -> Result<Upsampling, String> {
    match text {
        "guided" => Ok(Upsampling::Guided),
        "bilinear" => Ok(Upsampling::Bilinear),
        _ => Err("guided or bilinear".into()),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn headless_needs_an_output() {
        assert!(Cli::try_parse_from(["scrim", "run", "--headless"]).is_err());
        assert!(Cli::try_parse_from(["scrim", "run", "--headless", "-o", "null"]).is_ok());
    }

    #[test]
    fn controls_are_numbers_or_on_and_off() {
        let read = |text: &str| control(text).ok();
        assert_eq!(read("gain=-12"), Some(("gain".into(), -12)));
        assert_eq!(read("autofocus=off"), Some(("autofocus".into(), 0)));
        for text in ["gain", "gain=", "=1", "gain=much"] {
            assert_eq!(read(text), None, "{text}");
        }
        let without_headless = ["scrim", "run", "--control", "gain=1"];
        assert!(Cli::try_parse_from(without_headless).is_err());
    }

    #[test]
    fn one_thing_is_made_at_a_time() {
        let parsed = Cli::try_parse_from([
            "scrim", "image", "a.png", "-o", "b.png", "--matte", "--cutout",
        ]);
        assert!(parsed.is_err());
    }

    #[test]
    fn what_is_said_wins_over_the_settings() {
        let args = MattingArgs {
            size: Some(InputSize::Fast),
            ..MattingArgs::default()
        };
        let default = MattingOptions {
            threads: NonZeroUsize::new(3),
            ..MattingOptions::default()
        };
        let options = args.over(&default);
        assert_eq!(
            (options.size, options.threads),
            (InputSize::Fast, NonZeroUsize::new(3))
        );
    }
}
