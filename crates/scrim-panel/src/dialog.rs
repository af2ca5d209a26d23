//! The system's file dialog, on a thread of its own.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError, sync_channel};
use std::time::{Duration, Instant};

/// What a file is wanted for; decides title and filter, and whether it is opened or written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FilePurpose {
    /// A picture or clip to play.
    Source,
    /// A picture or clip behind the person.
    Background,
    /// An ONNX model.
    Model,
    /// A file to record to.
    Recording,
}

/// How a file dialog ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Chosen {
    /// With this file.
    File(PathBuf),
    /// The user closed it.
    Nothing,
    /// It never opened; why.
    Unavailable(String),
}

/// Something that asks the user for a file.
pub trait FileChooser: Send + Sync {
    /// Asks, and blocks for as long as the user takes. Never called on the thread that draws.
    fn choose(&self, purpose: FilePurpose) -> Chosen;
}

/// The system's own dialog (on Linux the desktop portal, else zenity).
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemChooser;

/// Faster than this nobody reads a dialog and closes it again: it never opened. rfd does not tell the two apart.
/// A refused D-Bus call takes single milliseconds, a dialog's opening alone takes longer than this.
const NEVER_OPENED: Duration = Duration::from_millis(150);

const PICTURES_AND_CLIPS: [&str; 11] = [
    "png", "jpg", "jpeg", "webp", "mp4", "mkv", "mov", "webm", "avi", "m4v", "gif",
];

impl FileChooser for SystemChooser {
    fn choose(&self, purpose: FilePurpose) -> Chosen {
        let dialog = rfd::FileDialog::new();
        let started = Instant::now();
        let answer = match purpose {
            FilePurpose::Source => dialog
                .set_title("Play a picture or clip")
                .add_filter("Pictures and clips", &PICTURES_AND_CLIPS)
                .add_filter("All files", &["*"])
                .pick_file(),
            FilePurpose::Background => dialog
                .set_title("Choose a background")
                .add_filter("Pictures and clips", &PICTURES_AND_CLIPS)
                .add_filter("All files", &["*"])
                .pick_file(),
            FilePurpose::Model => dialog
                .set_title("Choose a model")
                .add_filter("ONNX models", &["onnx"])
                .add_filter("All files", &["*"])
                .pick_file(),
            FilePurpose::Recording => dialog
                .set_title("Record to")
                .set_file_name("scrim.mp4")
                .save_file(),
        };
        match answer {
            Some(path) => Chosen::File(path),
            None if started.elapsed() < NEVER_OPENED => Chosen::Unavailable(
                "the desktop has no file chooser (neither xdg-desktop-portal nor zenity answered)"
                    .into(),
            ),
            None => Chosen::Nothing,
        }
    }
}

/// The dialog that is open, at most one.
pub(crate) struct FileDialogs {
    chooser: Arc<dyn FileChooser>,
    open: Option<(FilePurpose, Receiver<Chosen>)>,
}

impl FileDialogs {
    pub(crate) fn new(chooser: Arc<dyn FileChooser>) -> Self {
        Self {
            chooser,
            open: None,
        }
    }

    pub(crate) fn is_open(&self) -> bool {
        self.open.is_some()
    }

    /// Opens a dialog and wakes `ctx` when it has ended. A second one while the first is open is not opened.
    pub(crate) fn ask(&mut self, purpose: FilePurpose, ctx: &egui::Context) -> Result<(), String> {
        if self.open.is_some() {
            return Ok(());
        }
        let (answer, answers) = sync_channel(1);
        let chooser = Arc::clone(&self.chooser);
        let ctx = ctx.clone();
        // Detached on purpose: closing the program must not wait for a dialog that the user left open.
        std::thread::Builder::new()
            .name("file-dialog".into())
            .spawn(move || {
                // The panel may be gone by now; then nobody wants the answer.
                let _ = answer.send(chooser.choose(purpose));
                ctx.request_repaint();
            })
            .map_err(|e| format!("the system starts no thread for it: {e}"))?;
        self.open = Some((purpose, answers));
        Ok(())
    }

    /// The answer to the dialog that was opened for `purpose`, once.
    pub(crate) fn answer(&mut self, purpose: FilePurpose) -> Option<Chosen> {
        let (open_for, answers) = self.open.as_ref()?;
        if *open_for != purpose {
            return None;
        }
        let answer = match answers.try_recv() {
            Ok(answer) => answer,
            Err(TryRecvError::Empty) => return None,
            Err(TryRecvError::Disconnected) => Chosen::Unavailable("it ended unexpectedly".into()),
        };
        self.open = None;
        Some(answer)
    }
}
