//! What the window remembers between two runs.

use scrim_panel::Store;
use scrim_pipeline::{OutputSpec, Problem, ProblemSource, Settings};

/// The settings file, and what must not go into it: what the command line said for this run alone.
#[derive(Debug)]
pub struct Memory {
    store: Option<Store>,
    /// As the file had them, or the defaults.
    remembered: Settings,
    /// With the command line laid over them.
    started: Settings,
    saved: Settings,
}

impl Memory {
    /// `store` is `None` where there is no place for a file; nothing is remembered then.
    pub fn new(store: Option<Store>, remembered: Settings, started: Settings) -> Self {
        Self {
            store,
            saved: remembered.clone(),
            remembered,
            started,
        }
    }

    /// Saves what the user has changed; gives the notices with that of a failure added, or removed after a success.
    pub fn save(&mut self, now: &Settings, notices: &[Problem]) -> Vec<Problem> {
        let mut notices = notices.to_vec();
        let worth = self.worth_remembering(now);
        let (Some(store), false) = (&self.store, worth == self.saved) else {
            return notices;
        };
        let result = store.save(&worth);
        notices.retain(|notice| !is_about_saving(notice));
        match result {
            Ok(()) => self.saved = worth,
            Err(problem) => notices.push(problem),
        }
        notices
    }

    /// What the command line set, and the user left alone since, stays as it was remembered.
    fn worth_remembering(&self, now: &Settings) -> Settings {
        let (before, started) = (&self.remembered, &self.started);
        let mut worth = now.clone();
        if now.source == started.source {
            worth.source = before.source.clone();
        }
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
        worth
    }
}

/// Told apart from what was said of the file when it was read, which stays true.
fn is_about_saving(problem: &Problem) -> bool {
    problem.source == ProblemSource::Settings && problem.what.contains("saved")
}

#[cfg(test)]
mod tests {
    use scrim_panel::{PanelFacts, default_settings};
    use scrim_pipeline::{BackgroundSpec, SourceSpec};

    use super::*;

    fn file(path: &str) -> SourceSpec {
        path.parse().unwrap()
    }

    #[test]
    fn the_command_line_is_for_one_run_and_a_choice_is_for_good() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::at(folder.path().join("settings.toml"));
        let mut remembered = default_settings(&PanelFacts::default());
        remembered.source = file("mine.mp4");
        let mut started = remembered.clone();
        started.source = file("clip.mp4");
        let mut memory = Memory::new(Some(store.clone()), remembered.clone(), started.clone());
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

    #[test]
    fn virtual_cameras_are_remembered_and_recordings_are_not() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::at(folder.path().join("settings.toml"));
        let remembered = default_settings(&PanelFacts::default());
        let output = |text: &str| text.parse::<OutputSpec>().unwrap();
        let mut started = remembered.clone();
        started.outputs.push(output("v4l2:/dev/video7"));
        let mut memory = Memory::new(Some(store.clone()), remembered.clone(), started.clone());
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
        let mut memory = Memory::new(Some(store), remembered.clone(), remembered.clone());
        let mut chosen = remembered;
        chosen.mirror = true;
        let notices = memory.save(&chosen, &[]);
        assert_eq!(notices.len(), 1, "{notices:?}");
        std::fs::remove_file(&in_the_way).unwrap();
        assert!(memory.save(&chosen, &notices).is_empty());
    }
}
