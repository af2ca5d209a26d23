//! Settings as TOML, in the command line's words.

use std::fmt::Display;
use std::num::NonZeroUsize;
use std::path::Path;

use scrim_pipeline::matting::MAX_THREADS;
use scrim_pipeline::{
    ANY_CAMERA, BackgroundSpec, ControlValues, Deliver, Fit, ModelSource, OutputSpec, PreviewView,
    Settings, SourceSpec, Upsampling,
};
use toml::{Table, Value};

/// The version of the format that this program writes. Version 1 is the first.
const VERSION: i64 = 1;

const FITS: [(&str, Fit); 3] = [("fill", Fit::Fill), ("fit", Fit::Fit), ("tile", Fit::Tile)];
const UPSAMPLINGS: [(&str, Upsampling); 2] = [
    ("guided", Upsampling::Guided),
    ("bilinear", Upsampling::Bilinear),
];
const DELIVERIES: [(&str, Deliver); 2] =
    [("composite", Deliver::Composite), ("matte", Deliver::Matte)];
const VIEWS: [&str; 4] = ["composite", "matte", "source", "split"];

/// Whether the source is written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SourceLine {
    Present,
    Absent,
}

/// What a text said.
#[derive(Debug)]
pub(super) struct Read {
    pub(super) settings: Settings,
    /// Whether it names a source that is one.
    pub(super) has_source: bool,
    /// What could not be used, in sentences.
    pub(super) remarks: Vec<String>,
    pub(super) is_newer: bool,
}

/// Reads what is usable; the rest is `defaults`.
///
/// # Errors
/// The text is no TOML, or has no version.
pub(super) fn read(text: &str, defaults: &Settings) -> Result<Read, String> {
    let table: Table = text
        .parse()
        .map_err(|e: toml::de::Error| format!("It is no TOML: {}.", first_line(&e)))?;
    let mut reader = Reader {
        table,
        remarks: Vec::new(),
    };
    let version = match reader.table.remove("version") {
        Some(Value::Integer(version)) if version >= 1 => version,
        Some(other) => return Err(format!("Its version is {other}, which is none.")),
        None if reader.table.is_empty() => VERSION,
        None => return Err("It names no version.".into()),
    };
    let mut settings = defaults.clone();
    let has_source = reader.parsed("source", &mut settings.source);
    reader.settings(&mut settings);
    let mut remarks = reader.remarks;
    if version <= VERSION {
        let unknown = reader
            .table
            .keys()
            .map(|key| format!("\"{key}\" is no setting; it is ignored."));
        remarks.extend(unknown);
    }
    Ok(Read {
        settings,
        has_source,
        remarks,
        is_newer: version > VERSION,
    })
}

fn first_line(error: &toml::de::Error) -> &str {
    error
        .message()
        .lines()
        .next()
        .unwrap_or_default()
        .trim_end_matches('.')
}

/// Takes what it knows out of the table; what stays is unknown.
struct Reader {
    table: Table,
    remarks: Vec<String>,
}

impl Reader {
    fn settings(&mut self, settings: &mut Settings) {
        self.parsed("background", &mut settings.background);
        self.word("fit", &FITS, &mut settings.fit);
        if let Some(mirror) = self.take("mirror", "true or false", Value::as_bool) {
            settings.mirror = mirror;
        }
        if let Some(keep) = self.take("keep_camera_on", "true or false", Value::as_bool) {
            settings.keep_camera_on = keep;
        }
        self.virtual_cameras(&mut settings.outputs);
        self.controls(&mut settings.controls);
        self.word("upsampling", &UPSAMPLINGS, &mut settings.upsampling);
        self.word("deliver", &DELIVERIES, &mut settings.deliver);
        self.view(&mut settings.view);
        self.parsed("model", &mut settings.matting.model);
        self.parsed("provider", &mut settings.matting.provider);
        self.parsed("size", &mut settings.matting.size);
        self.parsed("islands", &mut settings.matting.islands);
        self.parsed("steady", &mut settings.matting.steadying);
        let wanted = format!("\"auto\" or a number from 1 to {MAX_THREADS}");
        let threads = self.take("threads", &wanted, |v| match v {
            Value::String(s) if s == "auto" => Some(None),
            Value::Integer(n) => usize::try_from(*n)
                .ok()
                .and_then(NonZeroUsize::new)
                .filter(|threads| threads.get() <= MAX_THREADS)
                .map(Some),
            _ => None,
        });
        if let Some(threads) = threads {
            settings.matting.threads = threads;
        }
    }

    /// A text in the list that names no virtual camera is left out; the others count.
    fn virtual_cameras(&mut self, outputs: &mut Vec<OutputSpec>) {
        const KEY: &str = "virtual_cameras";
        let wanted = "a list such as [\"v4l2\", \"pipewire\"]";
        let Some(list) = self.take(KEY, wanted, |value| value.as_array().cloned()) else {
            return;
        };
        outputs.retain(|output| !output.is_camera());
        for value in &list {
            match virtual_camera(value) {
                Ok(camera) => outputs.push(camera),
                Err(why) => self.ignored(KEY, value, &why),
            }
        }
    }

    /// What is no number under a camera's name is left out; the other controls count.
    fn controls(&mut self, controls: &mut ControlValues) {
        const KEY: &str = "controls";
        let wanted = "tables of numbers, such as { \"usb-1234\" = { gain = 10 } }";
        let Some(cameras) = self.take(KEY, wanted, |value| value.as_table().cloned()) else {
            return;
        };
        controls.clear();
        for (camera, values) in &cameras {
            let key = format!("{KEY}.{camera}");
            let Some(values) = values.as_table() else {
                self.ignored(&key, values, "it should be a table, such as { gain = 10 }");
                continue;
            };
            for (control, value) in values {
                if let Some(number) = value.as_integer() {
                    let of_camera = controls.entry(camera.clone()).or_default();
                    of_camera.insert(control.clone(), number);
                } else {
                    let key = format!("{key}.{control}");
                    self.ignored(&key, value, "it should be a whole number");
                }
            }
        }
    }

    fn ignored(&mut self, key: &str, value: &Value, why: &str) {
        self.remarks
            .push(format!("\"{key}\" has {value}; {why}; it is ignored."));
    }

    fn view(&mut self, view: &mut PreviewView) {
        let fraction = self.take("split", "a number from 0 to 1", |v| {
            number(v).filter(|f| (0.0..=1.0).contains(f))
        });
        let split = match (fraction, *view) {
            (Some(fraction), _) | (None, PreviewView::Split(fraction)) => fraction,
            _ => 0.5,
        };
        let named = [
            (VIEWS[0], PreviewView::Composite),
            (VIEWS[1], PreviewView::Matte),
            (VIEWS[2], PreviewView::Source),
            (VIEWS[3], PreviewView::Split(split)),
        ];
        self.word("view", &named, view);
    }

    /// What `convert` makes of the value; a value that it makes nothing of is told.
    fn take<T>(
        &mut self,
        key: &str,
        wanted: &str,
        convert: impl FnOnce(&Value) -> Option<T>,
    ) -> Option<T> {
        let value = self.table.remove(key)?;
        let converted = convert(&value);
        if converted.is_none() {
            self.remarks.push(format!(
                "\"{key}\" is {value}, but should be {wanted}; the default is used."
            ));
        }
        converted
    }

    fn word<T: Copy>(&mut self, key: &str, words: &[(&str, T)], target: &mut T) {
        let wanted = words
            .iter()
            .map(|(w, _)| format!("\"{w}\""))
            .collect::<Vec<_>>();
        let value = self.take(key, &wanted.join(" or "), |v| {
            let text = v.as_str()?;
            words
                .iter()
                .find(|(w, _)| *w == text)
                .map(|(_, value)| *value)
        });
        if let Some(value) = value {
            *target = value;
        }
    }

    /// Whether the value is usable, and in `target` now.
    fn parsed<T>(&mut self, key: &str, target: &mut T) -> bool
    where
        T: std::str::FromStr<Err: Display>,
    {
        let Some(text) = self.take(key, "a text", |v| Some(v.as_str()?.to_owned())) else {
            return false;
        };
        match text.parse() {
            Ok(value) => {
                *target = value;
                true
            }
            Err(error) => {
                self.remarks
                    .push(format!("\"{key}\": {error}; the default is used."));
                false
            }
        }
    }
}

fn number(value: &Value) -> Option<f32> {
    match value {
        Value::Float(f) => Some(*f as f32),
        Value::Integer(i) => Some(*i as f32),
        _ => None,
    }
}

fn virtual_camera(value: &Value) -> Result<OutputSpec, String> {
    let text = value.as_str().ok_or("it should be a text")?;
    OutputSpec::camera(text).map_err(|error| error.reason)
}

/// The text for these settings, with the source or without, and what had to be left out of it, if anything.
pub(super) fn write(settings: &Settings, source: SourceLine) -> (String, Option<String>) {
    let mut lines = Lines {
        text: String::from(
            "# What Scrim remembers, in the words of its command line. Scrim rewrites this file.\n",
        ),
        left_out: None,
    };
    lines.put("version", VERSION);
    match (&settings.source, source) {
        (_, SourceLine::Absent) => {}
        (SourceSpec::File { path, .. }, _) => lines.put_path("source", path, &settings.source),
        (source, _) => lines.put("source", source.to_string()),
    }
    match &settings.background {
        BackgroundSpec::File(path) => lines.put_path("background", path, &settings.background),
        background => lines.put("background", background.to_string()),
    }
    lines.put("fit", word_for(&FITS, settings.fit));
    lines.put("mirror", settings.mirror);
    lines.put("keep_camera_on", settings.keep_camera_on);
    let cameras = settings.outputs.iter().filter(|output| output.is_camera());
    let cameras: Vec<_> = cameras.map(OutputSpec::to_string).collect();
    lines.put("virtual_cameras", cameras);
    lines.controls(&settings.controls);
    lines.put("upsampling", word_for(&UPSAMPLINGS, settings.upsampling));
    lines.put("deliver", word_for(&DELIVERIES, settings.deliver));
    lines.view(settings.view);
    lines.model(&settings.matting.model);
    lines.put("provider", settings.matting.provider.to_string());
    lines.put("size", settings.matting.size.to_string());
    lines.put("islands", settings.matting.islands.to_string());
    lines.put("steady", settings.matting.steadying.to_string());
    match settings.matting.threads {
        // More threads than fit are no threads that anyone has.
        Some(n) => lines.put("threads", i64::try_from(n.get()).unwrap_or(i64::MAX)),
        None => lines.put("threads", "auto"),
    }
    (lines.text, lines.left_out)
}

struct Lines {
    text: String,
    left_out: Option<String>,
}

impl Lines {
    fn put(&mut self, key: &str, value: impl Into<Value>) {
        // `Value` writes itself as TOML, with quotes and escapes.
        let line = format!("{key} = {}\n", value.into());
        self.text.push_str(&line);
    }

    fn put_path(&mut self, key: &str, path: &Path, as_text: &impl Display) {
        if path.to_str().is_some() {
            self.put(key, as_text.to_string());
        } else {
            self.left_out = Some(format!(
                "{} is not UTF-8, which a settings file has to be.",
                path.display()
            ));
        }
    }

    /// What the command line set on every camera is for one run.
    fn controls(&mut self, controls: &ControlValues) {
        let table: Table = controls
            .iter()
            .filter(|(camera, values)| *camera != ANY_CAMERA && !values.is_empty())
            .map(|(camera, values)| {
                let values = values.iter();
                let values: Table = values
                    .map(|(key, value)| (key.clone(), Value::Integer(*value)))
                    .collect();
                (camera.clone(), Value::Table(values))
            })
            .collect();
        if !table.is_empty() {
            self.put("controls", table);
        }
    }

    fn view(&mut self, view: PreviewView) {
        let word = match view {
            PreviewView::Composite => VIEWS[0],
            PreviewView::Matte => VIEWS[1],
            PreviewView::Source => VIEWS[2],
            PreviewView::Split(_) => VIEWS[3],
        };
        self.put("view", word);
        if let PreviewView::Split(fraction) = view {
            self.put("split", f64::from(fraction));
        }
    }

    fn model(&mut self, model: &ModelSource) {
        match model {
            ModelSource::BuiltIn(_) => self.put("model", model.to_string()),
            ModelSource::File(path) => self.put_path("model", path, model),
        }
    }
}

fn word_for<T: Copy + PartialEq>(words: &[(&'static str, T)], value: T) -> &'static str {
    words
        .iter()
        .find(|(_, known)| *known == value)
        .map_or("", |(word, _)| word)
}
