//! Files that are read must not be written over, nor one be written twice.

use std::path::{Path, PathBuf};

use scrim_capture::SourceSpec;
use scrim_matting::ModelSource;
use scrim_output::OutputSpec;

use crate::{BackgroundSpec, Problem, ProblemSource, Settings, Severity};

/// The first output that would destroy what is read, or an output before it; `None`: all files are each for one thing.
/// Links are followed.
#[must_use]
pub fn overlap(
    source: &SourceSpec,
    background: &BackgroundSpec,
    model: &ModelSource,
    outputs: &[OutputSpec],
) -> Option<Problem> {
    let mut read = Vec::new();
    if let SourceSpec::File { path, .. } = source {
        read.push(path);
    }
    if let BackgroundSpec::File(path) = background {
        read.push(path);
    }
    if let ModelSource::File(path) = model {
        read.push(path);
    }
    let read: Vec<_> = read.into_iter().filter_map(|path| whole(path)).collect();
    let mut written = Vec::new();
    for (index, path) in outputs.iter().map(OutputSpec::path).enumerate() {
        let Some(path) = path else { continue };
        // One that is not there yet has no other names.
        let there = whole(path).or_else(|| std::path::absolute(path).ok());
        let refused = |why: &str| Some(refused(index, path, why));
        if there.as_ref().is_some_and(|there| read.contains(there)) {
            return refused("It is read in this run, and would be written over.");
        }
        if there.as_ref().is_some_and(|there| written.contains(there)) {
            return refused("It is named twice as an output.");
        }
        written.extend(there);
    }
    None
}

impl Settings {
    /// The first of `outputs`, whether or not they are among these settings' own, that would destroy what is read, or an
    /// output before it.
    #[must_use]
    pub fn overlap_with(&self, outputs: &[OutputSpec]) -> Option<Problem> {
        overlap(&self.source, &self.background, &self.matting.model, outputs)
    }
}

/// The one name of a file that is there, whatever links lead to it.
fn whole(path: &Path) -> Option<PathBuf> {
    path.canonicalize().ok()
}

fn refused(index: usize, path: &Path, why: &str) -> Problem {
    Problem {
        source: ProblemSource::Output(index),
        severity: Severity::Error,
        what: format!("{} is not written.", path.display()),
        why: why.into(),
        try_this: Some("Give the output another name.".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_not_written_over_whatever_it_is_called() {
        let folder = tempfile::tempdir().unwrap();
        let clip = folder.path().join("clip.mp4");
        let link = folder.path().join("link.mp4");
        std::fs::write(&clip, "a clip").unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink(&clip, &link).unwrap();
        let output = |path: &Path| path.to_str().unwrap().parse::<OutputSpec>().unwrap();
        let source: SourceSpec = clip.to_str().unwrap().parse().unwrap();
        let background = BackgroundSpec::Transparent;
        let refused = |source: &SourceSpec, background: &BackgroundSpec, outputs: &[OutputSpec]| {
            overlap(source, background, &ModelSource::default(), outputs).is_some()
        };
        assert!(refused(&source, &background, &[output(&clip)]));
        #[cfg(unix)]
        assert!(refused(&source, &background, &[output(&link)]));
        let as_background = BackgroundSpec::File(clip.clone());
        assert!(refused(
            &SourceSpec::Sample,
            &as_background,
            &[output(&clip)]
        ));
        let new = folder.path().join("new.mp4");
        let same = folder.path().join(".").join("new.mp4");
        assert!(refused(
            &source,
            &background,
            &[output(&new), output(&same)]
        ));
        assert!(!refused(&source, &background, &[output(&new)]));
        // One from an earlier run may be made anew.
        assert!(!refused(&SourceSpec::Sample, &background, &[output(&clip)]));
    }
}
