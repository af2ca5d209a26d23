//! `scrim eval`.

use std::time::{Duration, Instant};

use image::RgbImage;
use indicatif::ProgressBar;
use scrim_matting::{Matting, MattingError, ModelSource};
use scrim_pipeline::frame::{Frame, PixelBuffer, PixelFormat, PixelLayout, Size};
use scrim_pipeline::{Islands, MattingOptions, Problem, Steadying};

use crate::cli::EvalArgs;
use crate::eval::{
    Alpha, ClipResult, Figures, Group, Motion, PictureResult, Report, SetResult, clips_of, sets_of,
    unusable,
};
use crate::exit::Failure;
use crate::print::say;

/// How far apart a clip's frames are said to be, whose files do not say it.
const FRAME_TIME: Duration = Duration::from_millis(40);

/// `scrim eval --pairs DIR`.
pub fn eval(args: &EvalArgs) -> Result<(), Failure> {
    let (sets, clips) = (sets_of(&args.pairs)?, clips_of(&args.pairs)?);
    let pictures: usize = sets
        .iter()
        .chain(&clips)
        .map(|group| group.pairs.len())
        .sum();
    if pictures == 0 {
        return Err(unusable(
            format!("{} cannot be judged on:", args.pairs.display()),
            "it holds no pair of picture and truth.",
            "Put NAME.png and NAME.alpha.png side by side, in the folder or in one per set.",
        ));
    }
    // Unless it is asked for, no filter: a figure is that of the model alone.
    let options = args.matting.over(&MattingOptions {
        islands: Islands::Keep,
        steadying: Steadying::Off,
        ..MattingOptions::default()
    });
    let sha256 = scrim_matting::digest(&options.model).map_err(failure)?;
    let (matting, _) = scrim_matting::load(&options, 1).map_err(failure)?;
    let (name, file) = names(&options.model);
    let mut judge = Judge {
        matting,
        bar: super::convert::progress_bar("pictures"),
        name: name.clone(),
        clock: Instant::now(),
    };
    judge.bar.set_length(pictures as u64);
    let mut report = Report::new(name, file, sha256, &options);
    for set in sets {
        if let Some(result) = judge.set(&set)? {
            report.add_set(set.name, result);
        }
    }
    for clip in clips {
        let result = judge.clip(&clip)?;
        report.add_clip(clip.name, clip.pairs.len(), result);
    }
    judge.bar.finish_and_clear();
    if args.json {
        let json = serde_json::to_string_pretty(&report);
        say!(
            "{}",
            json.map_err(|error| Failure::other(error.to_string()))?
        );
    } else {
        say!("{}", report.table().trim_end());
    }
    Ok(())
}

/// A model at work on pairs.
struct Judge {
    matting: Box<dyn Matting>,
    bar: ProgressBar,
    name: String,
    /// When the last frame is said to have been captured.
    clock: Instant,
}

impl Judge {
    fn set(&mut self, set: &Group) -> Result<Option<SetResult>, Failure> {
        let mut pictures = Vec::with_capacity(set.pairs.len());
        for pair in &set.pairs {
            let (picture, truth) = pair.read()?;
            let size = picture.dimensions().into();
            self.matting.reset();
            let (alpha, input) = self.alpha(picture)?;
            pictures.push(PictureResult {
                picture: pair.name.clone(),
                size,
                input,
                figures: Figures::of(&alpha, &truth),
            });
            self.bar.inc(1);
        }
        Ok(SetResult::of(&self.name, pictures))
    }

    fn clip(&mut self, clip: &Group) -> Result<ClipResult, Failure> {
        let (mut motion, mut mad, mut sides) = (Motion::default(), 0.0, None);
        let mut last_input = [0, 0];
        self.matting.reset();
        for pair in &clip.pairs {
            let (picture, truth) = pair.read()?;
            if *sides.get_or_insert(picture.dimensions()) != picture.dimensions() {
                return Err(unusable(
                    format!("{} does not fit its clip:", pair.picture.display()),
                    "its size is not that of the first frame.",
                    "Give all frames of a clip the same sides.",
                ));
            }
            let (alpha, input) = self.alpha(picture.clone())?;
            last_input = input;
            let differences = alpha.samples().iter().zip(truth.samples());
            mad +=
                differences.map(|(a, t)| (a - t).abs()).sum::<f64>() / alpha.samples().len() as f64;
            motion.add(&picture, alpha, truth);
            self.bar.inc(1);
        }
        Ok(ClipResult {
            model: self.name.clone(),
            input: last_input,
            dtssd: motion.dtssd(),
            flicker: motion.flicker(),
            mad: Some(mad / clip.pairs.len() as f64),
        })
    }

    /// The matte at the picture's sides, and width and height of the model's input.
    fn alpha(&mut self, picture: RgbImage) -> Result<(Alpha, [u32; 2]), Failure> {
        let (width, height) = picture.dimensions();
        let size = Size::new(width, height).map_err(|error| Failure::other(error.to_string()))?;
        let layout = PixelLayout::packed(PixelFormat::Rgb8, size);
        let pixels = PixelBuffer::new(layout, picture.into_raw())
            .map_err(|error| Failure::other(error.to_string()))?;
        self.clock += FRAME_TIME;
        let frame = Frame::new(pixels, self.clock);
        let matte = self.matting.estimate(&frame).map_err(failure)?;
        let input = [matte.size().width(), matte.size().height()];
        Ok((Alpha::of_model(&matte, size), input))
    }
}

/// A model's name, which is its file's without `.onnx`, and its file.
fn names(model: &ModelSource) -> (String, String) {
    match model {
        ModelSource::BuiltIn(_) => (model.to_string(), "(built in)".into()),
        ModelSource::File(path) => {
            let name = path
                .file_name()
                .unwrap_or(path.as_os_str())
                .to_string_lossy();
            let stem = name.strip_suffix(".onnx").unwrap_or(&name);
            (stem.to_owned(), path.display().to_string())
        }
    }
}

#[expect(clippy::needless_pass_by_value, reason = "for `map_err`")]
fn failure(error: MattingError) -> Failure {
    Problem::matting(&error).into()
}
