//! Files that are read must not be written over, nor one be written twice.

use std::path::{Path, PathBuf};

use scrim_capture::SourceSpec;
use scrim_matting::ModelSource;
use scrim_output::OutputSpec;

use crate::{BackgroundSpec, ConvertJob, Problem, ProblemSource, Settings, Severity};

/// What a run reads.
#[derive(Debug, Clone, Copy)]
struct Read<'a> {
    source: &'a SourceSpec,
    background: &'a BackgroundSpec,
    model: &'a ModelSource,
}

impl<'a> Read<'a> {
    fn files(self) -> impl Iterator<Item = &'a Path> {
        let source = match self.source {
            SourceSpec::File { path, .. } => Some(path),
            _ => None,
        };
        let background = match self.background {
            BackgroundSpec::File(path) => Some(path),
            _ => None,
        };
        let model = match self.model {
            ModelSource::File(path) => Some(path),
            ModelSource::BuiltIn(_) => None,
        };
        let files = [source, background, model];
        files.into_iter().flatten().map(PathBuf::as_path)
    }

    /// The first output that would destroy what is read, or an output before it.
    fn overlap(self, outputs: &[OutputSpec]) -> Option<Problem> {
        let mut each = outputs.iter().enumerate();
        each.find_map(|(index, output)| self.overlap_of(index, output, &outputs[..index]))
    }

    fn overlap_of(
        self,
        index: usize,
        output: &OutputSpec,
        before: &[OutputSpec],
    ) -> Option<Problem> {
        // A virtual camera asks the file system nothing, which can take long to answer.
        let path = output.path()?;
        let why = if self.files().any(|file| output.writes(file)) {
            "It is read in this run, and would be written over."
        } else if before.iter().any(|other| output.shares_files_with(other)) {
            "It is named twice as an output."
        } else {
            return None;
        };
        Some(Problem {
            source: ProblemSource::Output(index),
            severity: Severity::Error,
            what: format!("{} is not written.", path.display()),
            why: why.into(),
            try_this: Some("Give the output another name.".into()),
        })
    }
}

impl Settings {
    /// The first output that would destroy what is read, or an output before it; `None`: all files are each for one thing.
    /// Asks the file system.
    #[must_use]
    pub fn overlap(&self) -> Option<Problem> {
        self.read().overlap(&self.outputs)
    }

    /// Whether this output, which is one of these settings' or to be the next, would destroy what is read, or an output
    /// before it. Asks the file system.
    #[must_use]
    pub fn overlap_of(&self, output: &OutputSpec) -> Option<Problem> {
        let outputs = &self.outputs;
        let known = outputs.iter().position(|other| other == output);
        let index = known.unwrap_or(outputs.len());
        self.read().overlap_of(index, output, &outputs[..index])
    }

    fn read(&self) -> Read<'_> {
        Read {
            source: &self.source,
            background: &self.background,
            model: &self.matting.model,
        }
    }
}

impl ConvertJob {
    /// As [`Settings::overlap`].
    #[must_use]
    pub fn overlap(&self) -> Option<Problem> {
        let read = Read {
            source: &self.source,
            background: &self.background,
            model: &self.matting.model,
        };
        read.overlap(&self.outputs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_not_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let output = |name: &str| path(name).to_str().unwrap().parse::<OutputSpec>().unwrap();
        let source: SourceSpec = path("clip.mp4").to_str().unwrap().parse().unwrap();
        let background = BackgroundSpec::File(path("room-0001.png"));
        let model = ModelSource::File(path("net.png"));
        let read = Read {
            source: &source,
            background: &background,
            model: &model,
        };
        let why = |outputs: &[OutputSpec]| read.overlap(outputs).map(|p| (p.source, p.why));
        for taken in ["clip.mp4", "room-0001.png", "room-####.png", "net.png"] {
            let (source, why) = why(&[output("new.mp4"), output(taken)]).unwrap();
            assert_eq!(source, ProblemSource::Output(1), "{taken}");
            assert!(why.contains("written over"), "{taken}: {why}");
        }
        let (_, twice) =
            why(&[output("new.mp4"), output("../new.mp4"), output("./new.mp4")]).unwrap();
        assert!(twice.contains("twice"), "{twice}");
        let camera: OutputSpec = "v4l2".parse().unwrap();
        assert_eq!(why(&[camera.clone(), output("new.mp4"), camera]), None);
    }
}
