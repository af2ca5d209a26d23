//! The report of an evaluation, as JSON and as text.

use std::fmt::Write as _;

use scrim_pipeline::{MattingOptions, Steadying};
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use super::Figures;
use super::figures::mean;

/// The format's version, shared with the Python evaluation.
const FORMAT: u32 = 1;

/// What a model did on a folder of pairs.
#[derive(Debug, Serialize)]
pub struct Report {
    format: u32,
    tool: String,
    size: String,
    /// Whether mattes of clips were steadied: figures of the model alone are without.
    steady: bool,
    /// What became of islands: figures of the model alone are with them.
    islands: String,
    models: [ModelFacts; 1],
    sets: Vec<SetEntry>,
    clips: Vec<ClipEntry>,
}

#[derive(Debug, Serialize)]
struct ModelFacts {
    name: String,
    file: String,
    sha256: String,
    kind: &'static str,
}

#[derive(Debug, Serialize)]
struct SetEntry {
    set: String,
    count: usize,
    results: [SetResult; 1],
}

#[derive(Debug, Serialize)]
struct ClipEntry {
    clip: String,
    frames: usize,
    results: [ClipResult; 1],
}

/// A model's figures on a set.
#[derive(Debug, Serialize)]
pub struct SetResult {
    model: String,
    means: Means,
    worst: Worst,
    /// To peers, of which the program runs none.
    ratio: Option<Means>,
    pictures: Vec<PictureResult>,
}

/// A model's figures on a picture.
#[derive(Debug, Serialize)]
pub struct PictureResult {
    /// Its name.
    pub picture: String,
    /// Its width and height.
    pub size: [u32; 2],
    /// Width and height of the model's input.
    pub input: [u32; 2],
    /// The figures.
    #[serde(flatten)]
    pub figures: Figures,
}

/// A model's figures on a clip.
#[derive(Debug, Serialize)]
pub struct ClipResult {
    /// The model's name.
    pub model: String,
    /// Width and height of its input.
    pub input: [u32; 2],
    /// How far the matte changes otherwise than the truth.
    pub dtssd: Option<f64>,
    /// How far it changes where the frames do not.
    pub flicker: Option<f64>,
    /// The mean of the frames' mean absolute differences.
    pub mad: Option<f64>,
}

#[derive(Debug, Serialize)]
struct Worst {
    picture: String,
    mad: f64,
}

/// Figures by name; none where no picture has the figure.
#[derive(Debug)]
struct Means(Vec<(&'static str, Option<f64>)>);

impl Serialize for Means {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in &self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

impl SetResult {
    /// Sums up a set; none of no pictures.
    pub fn of(model: &str, pictures: Vec<PictureResult>) -> Option<Self> {
        let first = pictures.first()?;
        let names = first.figures.named().map(|(name, _)| name);
        let figure =
            |index: usize| mean(pictures.iter().filter_map(|p| p.figures.named()[index].1));
        let means = names
            .iter()
            .enumerate()
            .map(|(index, name)| (*name, figure(index)))
            .collect();
        let worst = pictures.iter().fold(first, |worst, picture| {
            if picture.figures.mad > worst.figures.mad {
                picture
            } else {
                worst
            }
        });
        Some(Self {
            model: model.into(),
            means: Means(means),
            worst: Worst {
                picture: worst.picture.clone(),
                mad: worst.figures.mad,
            },
            ratio: None,
            pictures,
        })
    }
}

impl Report {
    /// A report without results on the model of a name, file and digest, run with these options.
    pub fn new(name: String, file: String, sha256: String, options: &MattingOptions) -> Self {
        Self {
            format: FORMAT,
            tool: concat!("scrim ", env!("CARGO_PKG_VERSION")).into(),
            size: options.size.to_string(),
            steady: options.steadying != Steadying::Off,
            islands: options.islands.to_string(),
            models: [ModelFacts {
                name,
                file,
                sha256,
                kind: "modnet",
            }],
            sets: Vec::new(),
            clips: Vec::new(),
        }
    }

    /// Adds a set's figures.
    pub fn add_set(&mut self, set: String, result: SetResult) {
        self.sets.push(SetEntry {
            set,
            count: result.pictures.len(),
            results: [result],
        });
    }

    /// Adds a clip's figures.
    pub fn add_clip(&mut self, clip: String, frames: usize, result: ClipResult) {
        self.clips.push(ClipEntry {
            clip,
            frames,
            results: [result],
        });
    }

    /// The figures as a table for sets and one for clips.
    pub fn table(&self) -> String {
        let mut text = String::new();
        for (
            index,
            SetEntry {
                set,
                count,
                results: [result],
            },
        ) in self.sets.iter().enumerate()
        {
            if index == 0 {
                let names = result
                    .means
                    .0
                    .iter()
                    .map(|(name, _)| format!("  {name:>16}"));
                let names: String = names.collect();
                let _ = writeln!(text, "{:<16}{:>8}{names}  worst picture", "set", "pictures");
            }
            let means = result
                .means
                .0
                .iter()
                .map(|(_, value)| format!("  {:>16}", number(*value)));
            let means: String = means.collect();
            let Worst { picture, mad } = &result.worst;
            let _ = writeln!(text, "{set:<16}{count:>8}{means}  {picture} ({mad:.4})");
        }
        for (
            index,
            ClipEntry {
                clip,
                frames,
                results: [result],
            },
        ) in self.clips.iter().enumerate()
        {
            if index == 0 {
                let _ = writeln!(
                    text,
                    "{:<16}{:>8}  {:>8}  {:>8}  {:>8}",
                    "clip", "frames", "dtssd", "flicker", "mad"
                );
            }
            let [dtssd, flicker, mad] = [result.dtssd, result.flicker, result.mad].map(number);
            let _ = writeln!(
                text,
                "{clip:<16}{frames:>8}  {dtssd:>8}  {flicker:>8}  {mad:>8}"
            );
        }
        text
    }
}

fn number(value: Option<f64>) -> String {
    value.map_or_else(|| "–".into(), |v| format!("{v:.4}"))
}
