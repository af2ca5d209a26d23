//! What the window remembers between two runs.

use scrim_panel::{Loaded, Store};
use scrim_pipeline::{OutputSpec, Problem, ProblemSource, Settings, Severity, SourceSpec};

/// The settings file, and what must not go into it: what the command line said for this run alone.
#[derive(Debug)]
pub struct Memory {
    store: Option<Store>,
    /// As the file had them, or the defaults.
    remembered: Loaded,
    /// With the command line laid over them.
    started: Settings,
    /// The source that the user has chosen in this run, if any.
    chosen: Option<SourceSpec>,
    saved: Worth,
}

/// What is worth remembering.
#[derive(Debug, PartialEq)]
struct Worth {
    settings: Settings,
    /// Whether its source is: not the sample that plays for want of a camera.
    has_source: bool,
}

impl Memory {
    /// `store` is `None` where there is no place for a file; nothing is remembered then. `remembered` is what it had, or
    /// the defaults.
    pub fn new(store: Option<Store>, remembered: Loaded, started: Settings) -> Self {
        Self {
            store,
            saved: Worth {
                settings: remembered.settings.clone(),
                has_source: is_worth(&remembered),
            },
            remembered,
            started,
            chosen: None,
        }
    }

    /// Saves what the user has changed; gives the notices with that of a failure added, or removed after a success.
    pub fn save(&mut self, now: &Settings, notices: &[Problem]) -> Vec<Problem> {
        let mut notices = notices.to_vec();
        if self.chosen.is_some() || now.source != self.started.source {
            self.chosen = Some(now.source.clone());
        }
        let worth = self.worth_remembering(now);
        let (Some(store), false) = (&self.store, worth == self.saved) else {
            return notices;
        };
        let result = if worth.has_source {
            store.save(&worth.settings)
        } else {
            store.save_without_source(&worth.settings)
        };
        notices.retain(|notice| !is_about_saving(notice));
        // A notice is about one setting that had to be left out; the others are written.
        let is_failure = |problem: &Problem| problem.severity != Severity::Notice;
        if !result.as_ref().is_err_and(is_failure) {
            self.saved = worth;
        }
        notices.extend(result.err());
        notices
    }

    /// What the command line set, and the user left alone since, stays as it was remembered.
    fn worth_remembering(&self, now: &Settings) -> Worth {
        let (before, started) = (&self.remembered.settings, &self.started);
        let mut worth = now.clone();
        let named = self.chosen.as_ref();
        // Back at what the command line named: the choice is undone.
        let named =
            named.filter(|_| now.source != started.source || started.source == before.source);
        worth.source = named.unwrap_or(&before.source).clone();
        if now.background == started.background {
            worth.background = before.background.clone();
        }
        if now.matting == started.matting {
            worth.matting = before.matting.clone();
        }
        if now.mirror == started.mirror {
            worth.mirror = before.mirror;
        }
        if now.keep_camera_on == started.keep_camera_on {
            worth.keep_camera_on = before.keep_camera_on;
        }
        // Recordings are never remembered; as what is worth it, each would count as a change.
        worth.outputs.retain(OutputSpec::is_camera);
        if now
            .outputs
            .iter()
            .filter(|output| output.is_camera())
            .eq(started.outputs.iter().filter(|output| output.is_camera()))
        {
            worth.outputs.clone_from(&before.outputs);
        }
        Worth {
            has_source: named.is_some() || is_worth(&self.remembered),
            settings: worth,
        }
    }
}

/// Whether the source that was there at the start is to be remembered: the file names it, or it is a camera, which is waited
/// for when it is not there another day. The sample may play for want of a camera alone.
fn is_worth(loaded: &Loaded) -> bool {
    loaded.has_source || loaded.settings.source != SourceSpec::Sample
}

/// Told apart from what was said of the file when it was read, which stays true.
fn is_about_saving(problem: &Problem) -> bool {
    let is_about = |word| problem.what.contains(word);
    problem.source == ProblemSource::Settings && (is_about("saved") || is_about("remembered"))
}

#[cfg(test)]
mod tests {
    use scrim_panel::{PanelFacts, default_settings};
    use scrim_pipeline::BackgroundSpec;

    use super::*;

    fn file(path: &str) -> SourceSpec {
        path.parse().unwrap()
    }

    fn loaded(settings: &Settings) -> Loaded {
        Loaded {
            settings: settings.clone(),
            notices: Vec::new(),
            has_source: true,
        }
    }

    #[test]
    fn the_command_line_is_for_one_run_and_a_choice_is_for_good() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::at(folder.path().join("settings.toml"));
        let mut remembered = default_settings(&PanelFacts::default());
        remembered.source = file("mine.mp4");
        let mut started = remembered.clone();
        started.source = file("clip.mp4");
        let mut memory = Memory::new(Some(store.clone()), loaded(&remembered), started.clone());
        assert!(memory.save(&started, &[]).is_empty());
        assert!(
            !store.path().exists(),
            "nothing was chosen, so nothing is written"
        );
        let mut chosen = started.clone();
        chosen.background = BackgroundSpec::Transparent;
        memory.save(&chosen, &[]);
        let read = store.load(&remembered).settings;
        assert_eq!(read.source, file("mine.mp4"));
        assert_eq!(read.background, BackgroundSpec::Transparent);
        chosen.source = file("other.mp4");
        memory.save(&chosen, &[]);
        assert_eq!(store.load(&remembered).settings.source, file("other.mp4"));
    }

    /// A folder with no file yet, on a machine with a camera or without.
    fn fresh(cameras: &[&str]) -> (tempfile::TempDir, Store, Settings) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::at(folder.path().join("settings.toml"));
        let mut defaults = default_settings(&PanelFacts::default());
        assert_eq!(defaults.source, SourceSpec::Sample, "there is no camera");
        if let Some(camera) = cameras.first() {
            defaults.source = camera.parse().unwrap();
        }
        (folder, store, defaults)
    }

    fn mirrored(settings: &Settings) -> Settings {
        let mut settings = settings.clone();
        settings.mirror = true;
        settings
    }

    #[test]
    fn a_sample_for_want_of_a_camera_is_no_choice() {
        let (_folder, store, defaults) = fresh(&[]);
        let mut memory = Memory::new(Some(store.clone()), store.load(&defaults), defaults.clone());
        memory.save(&mirrored(&defaults), &[]);
        let with_camera = fresh(&["camera"]).2;
        let read = store.load(&with_camera);
        assert!(read.settings.mirror && !read.has_source);
        assert_eq!(read.settings.source, with_camera.source);
        // Chosen away from a camera, it is one, and so is the way back.
        let mut memory = Memory::new(Some(store.clone()), read, with_camera.clone());
        for chosen in [SourceSpec::Sample, with_camera.source.clone()] {
            let mut now = with_camera.clone();
            now.source = chosen.clone();
            memory.save(&now, &[]);
            let read = store.load(&defaults);
            assert!(read.has_source);
            assert_eq!(read.settings.source, chosen, "once chosen, it stays");
        }
    }

    #[test]
    fn a_camera_is_waited_for_another_day() {
        let (_folder, store, defaults) = fresh(&["camera"]);
        let mut memory = Memory::new(Some(store.clone()), store.load(&defaults), defaults.clone());
        memory.save(&defaults, &[]);
        assert!(!store.path().exists(), "nothing was changed");
        memory.save(&mirrored(&defaults), &[]);
        let without_camera = fresh(&[]).2;
        assert_eq!(store.load(&without_camera).settings.source, defaults.source);
    }

    #[test]
    fn back_at_the_command_lines_source_there_is_no_choice() {
        let (_folder, store, defaults) = fresh(&[]);
        let mut started = defaults.clone();
        started.source = file("clip.mp4");
        let mut memory = Memory::new(Some(store.clone()), store.load(&defaults), started.clone());
        for (source, has_source) in [(SourceSpec::Sample, true), (file("clip.mp4"), false)] {
            let mut now = started.clone();
            now.source = source.clone();
            memory.save(&now, &[]);
            assert_eq!(store.load(&defaults).has_source, has_source, "{source}");
        }
    }

    #[test]
    fn virtual_cameras_are_remembered_and_recordings_are_not() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::at(folder.path().join("settings.toml"));
        let remembered = default_settings(&PanelFacts::default());
        let output = |text: &str| text.parse::<OutputSpec>().unwrap();
        let mut started = remembered.clone();
        started.outputs.push(output("v4l2:/dev/video7"));
        let mut memory = Memory::new(Some(store.clone()), loaded(&remembered), started.clone());
        let mut now = started;
        now.outputs.push(output("talk.mp4"));
        memory.save(&now, &[]);
        assert!(
            !store.path().exists(),
            "only the command line named a camera"
        );
        now.outputs.push(output("pipewire"));
        memory.save(&now, &[]);
        assert_eq!(
            store.load(&remembered).settings.outputs,
            [output("v4l2:/dev/video7"), output("pipewire")]
        );
        now.outputs.retain(|output| !output.is_camera());
        memory.save(&now, &[]);
        assert_eq!(store.load(&remembered).settings.outputs, []);
    }

    #[test]
    fn a_failure_to_save_is_told_until_it_works() {
        let folder = tempfile::tempdir().unwrap();
        let in_the_way = folder.path().join("file");
        std::fs::write(&in_the_way, "").unwrap();
        let remembered = default_settings(&PanelFacts::default());
        let store = Store::at(in_the_way.join("settings.toml"));
        let mut memory = Memory::new(Some(store), loaded(&remembered), remembered.clone());
        let mut chosen = remembered;
        chosen.mirror = true;
        let notices = memory.save(&chosen, &[]);
        assert_eq!(notices.len(), 1, "{notices:?}");
        std::fs::remove_file(&in_the_way).unwrap();
        assert!(memory.save(&chosen, &notices).is_empty());
    }
}
