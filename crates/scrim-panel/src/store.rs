//! The settings file: read at the start, written when settings have settled, never left half-written.

mod text;

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use scrim_pipeline::{
    BackgroundSpec, CameraBackend, CameraRequest, ControlValues, Deliver, Fit, MattingOptions,
    PreviewView, Problem, ProblemSource, Rgb, Settings, Severity, SourceSpec, Upsampling,
};

use crate::facts::PanelFacts;
use text::SourceLine;

/// How many files set aside are counted before the last number is used again.
const KEPT_ASIDE: u32 = 999;

/// The settings file.
///
/// TOML with one line a setting, in the command line's words. Of the outputs, virtual cameras alone are in it: nothing
/// starts to record by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Store {
    path: PathBuf,
}

/// What was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Loaded {
    /// The settings; where the file says nothing, or nothing usable, the defaults.
    pub settings: Settings,
    /// What was not usable, and what became of it.
    pub notices: Vec<Problem>,
    /// Whether it names a source. Where it does not, the source is that of the defaults, and nobody has chosen it.
    pub has_source: bool,
}

impl Loaded {
    /// There is no file.
    #[must_use]
    pub fn nothing(defaults: &Settings) -> Self {
        Self {
            settings: defaults.clone(),
            notices: Vec::new(),
            has_source: false,
        }
    }
}

/// What to start with where nothing was remembered: the first real camera, else the sample; the first background that comes
/// with the program, else a dark gradient.
#[must_use]
pub fn default_settings(facts: &PanelFacts) -> Settings {
    // One that cannot be used is chosen too: what is in its way is told then, and who watches sees no stranger instead.
    let has_camera = facts.has_shut_camera || facts.cameras.iter().any(|it| !it.is_virtual);
    let source = if has_camera {
        SourceSpec::Camera {
            id: None,
            backend: CameraBackend::default(),
            request: CameraRequest::default(),
        }
    } else {
        SourceSpec::Sample
    };
    let background = facts.backgrounds.first().map_or(
        BackgroundSpec::Gradient(Rgb(32, 48, 64), Rgb(128, 144, 160)),
        |b| b.spec.clone(),
    );
    Settings {
        source,
        matting: MattingOptions::default(),
        background,
        fit: Fit::default(),
        mirror: false,
        upsampling: Upsampling::default(),
        deliver: Deliver::default(),
        view: PreviewView::default(),
        outputs: Vec::new(),
        keep_camera_on: false,
        controls: ControlValues::new(),
    }
}

impl Store {
    /// A settings file at this path.
    #[must_use]
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// `settings.toml` in the user's configuration folder (Linux: `~/.config/scrim`).
    ///
    /// # Errors
    /// There is no home folder.
    pub fn in_config_folder() -> Result<Self, Problem> {
        let folders = directories::ProjectDirs::from("", "", "scrim").ok_or_else(|| Problem {
            source: ProblemSource::Settings,
            severity: Severity::Warning,
            what: "Settings are not remembered.".into(),
            why: "No home folder was found.".into(),
            try_this: Some("Set HOME, or name a file with --config.".into()),
        })?;
        Ok(Self::at(folders.config_dir().join("settings.toml")))
    }

    /// Where the file is, or would be.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads the file. Never fails: what cannot be used is replaced by `defaults` and told in the notices.
    ///
    /// A file that is no settings file at all is set aside as `settings.broken-N.toml`; one of a newer version is copied to
    /// `settings.newer-N.toml`, since saving would lose what this version does not know.
    #[must_use]
    pub fn load(&self, defaults: &Settings) -> Loaded {
        let mut loaded = Loaded::nothing(defaults);
        let text = match fs::read(&self.path) {
            Ok(bytes) => String::from_utf8(bytes).map_err(|e| format!("It is not text: {e}.")),
            Err(e) if e.kind() == io::ErrorKind::NotFound => return loaded,
            Err(e) if self.path.is_file() => {
                // Saving would put a new file over what may be the user's own settings.
                loaded
                    .notices
                    .push(self.set_aside(&format!("It cannot be read: {e}.")));
                return loaded;
            }
            Err(e) => {
                loaded.notices.push(self.unreadable(&e));
                return loaded;
            }
        };
        match text.and_then(|text| text::read(&text, defaults)) {
            Ok(read) => {
                loaded.settings = read.settings;
                loaded.has_source = read.has_source;
                if read.is_newer {
                    loaded.notices.push(self.keep_newer());
                }
                let notices = read.remarks.into_iter().map(|r| self.remark(&r));
                loaded.notices.extend(notices);
            }
            Err(why) => loaded.notices.push(self.set_aside(&why)),
        }
        loaded
    }

    /// Writes the file: completely or not at all.
    ///
    /// # Errors
    /// The folder or the file cannot be written. What was there before is still there.
    pub fn save(&self, settings: &Settings) -> Result<(), Problem> {
        self.save_with(settings, SourceLine::Present)
    }

    /// The same without the source: nobody has chosen the one that is in use, and the next start is to look anew.
    ///
    /// # Errors
    /// As [`Store::save`].
    pub fn save_without_source(&self, settings: &Settings) -> Result<(), Problem> {
        self.save_with(settings, SourceLine::Absent)
    }

    fn save_with(&self, settings: &Settings, source: SourceLine) -> Result<(), Problem> {
        let (text, left_out) = text::write(settings, source);
        self.write(&text).map_err(|e| Problem {
            source: ProblemSource::Settings,
            severity: Severity::Warning,
            what: "Settings cannot be saved.".into(),
            why: format!("{}: {e}", self.path.display()),
            try_this: Some(
                "Make the folder writable, or name another file with --config. Until then, changes are forgotten at the \
                 end."
                    .into(),
            ),
        })?;
        match left_out {
            None => Ok(()),
            Some(why) => Err(Problem {
                source: ProblemSource::Settings,
                severity: Severity::Notice,
                what: "One setting cannot be remembered.".into(),
                why,
                try_this: Some("Rename the file.".into()),
            }),
        }
    }

    fn write(&self, text: &str) -> io::Result<()> {
        // Someone who keeps settings elsewhere and links to them wants the link to stay.
        let target = fs::canonicalize(&self.path).unwrap_or_else(|_| self.path.clone());
        let folder = match target.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        fs::create_dir_all(folder)?;
        // In the same folder: a file is only replaced in one step within one file system.
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(text.as_bytes())?;
        file.as_file().sync_all()?;
        file.persist(&target)?;
        Ok(())
    }

    fn unreadable(&self, error: &io::Error) -> Problem {
        Problem {
            source: ProblemSource::Settings,
            severity: Severity::Warning,
            what: "The settings file cannot be read; defaults are used.".into(),
            why: format!("{}: {error}", self.path.display()),
            try_this: Some("Make it a readable file, or name another with --config.".into()),
        }
    }

    fn set_aside(&self, why: &str) -> Problem {
        let kept = self.free_name("broken");
        let (fate, try_this) = match fs::rename(&self.path, &kept) {
            Ok(()) => (
                format!("It was kept as {}.", kept.display()),
                "Look there for what you want back.",
            ),
            Err(e) => (
                format!("It could not be set aside as {}: {e}.", kept.display()),
                "Move the file away yourself: it is overwritten when settings are saved.",
            ),
        };
        Problem {
            source: ProblemSource::Settings,
            severity: Severity::Warning,
            what: "The settings file is broken; defaults are used.".into(),
            why: format!("{}: {why} {fate}", self.path.display()),
            try_this: Some(try_this.into()),
        }
    }

    fn keep_newer(&self) -> Problem {
        let kept = self.free_name("newer");
        let fate = match fs::copy(&self.path, &kept) {
            Ok(_) => format!("It was copied to {}.", kept.display()),
            Err(e) => format!("It could not be copied to {}: {e}.", kept.display()),
        };
        self.remark(&format!(
            "It was written by a newer Scrim; what this one knows of it is used. {fate}"
        ))
    }

    fn remark(&self, why: &str) -> Problem {
        Problem {
            source: ProblemSource::Settings,
            severity: Severity::Notice,
            what: "Not everything in the settings file could be used.".into(),
            why: format!("{}: {why}", self.path.display()),
            try_this: None,
        }
    }

    /// `settings.KIND-N.toml` with the first number that is free.
    fn free_name(&self, kind: &str) -> PathBuf {
        let stem = self.path.file_stem().unwrap_or_default().to_string_lossy();
        let numbered = |n| self.path.with_file_name(format!("{stem}.{kind}-{n}.toml"));
        (1..KEPT_ASIDE)
            .map(numbered)
            .find(|path| !path.exists())
            .unwrap_or_else(|| numbered(KEPT_ASIDE))
    }
}
