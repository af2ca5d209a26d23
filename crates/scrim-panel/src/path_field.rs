//! A path that can be typed or chosen in a dialog.

use std::path::{Path, PathBuf};

use egui::RichText;

use crate::dialog::{Chosen, FileDialogs, FilePurpose};
use crate::theme::Palette;

/// A text field for a path with a button that opens the system's dialog beside it; the field works without any dialog.
#[derive(Debug)]
pub(crate) struct PathField {
    purpose: FilePurpose,
    name: &'static str,
    hint: &'static str,
    pub(crate) text: String,
    complaint: Option<String>,
}

impl PathField {
    pub(crate) fn new(purpose: FilePurpose, name: &'static str, hint: &'static str) -> Self {
        Self {
            purpose,
            name,
            hint,
            text: String::new(),
            complaint: None,
        }
    }

    pub(crate) fn set_path(&mut self, path: &Path) {
        self.text = path.display().to_string();
        self.complaint = None;
    }

    /// Shows what is wrong with the path, until it is edited.
    pub(crate) fn complain(&mut self, complaint: String) {
        self.complaint = Some(complaint);
    }

    /// Draws the field; a path that the user has settled on, whether or not anything lies there.
    pub(crate) fn show(&mut self, ui: &mut egui::Ui, dialogs: &mut FileDialogs) -> Option<PathBuf> {
        let mut settled = None;
        ui.horizontal(|ui| {
            let gap = ui.spacing().item_spacing.x;
            let button_width = 82.0;
            let width = (ui.available_width() - button_width - gap).max(80.0);
            let edit = egui::TextEdit::singleline(&mut self.text)
                .hint_text(self.hint)
                .desired_width(width - 8.0)
                .margin(egui::Margin::symmetric(6, 4));
            let field = ui
                .add_sized([width, 26.0], edit)
                .accessible_name(self.name)
                .on_hover_text("Type or paste a path, then press Enter");
            if field.changed() {
                self.complaint = None;
            }
            if field.lost_focus() && ui.input(|i| i.key_pressed(egui::Key::Enter)) {
                settled = clean(&self.text);
            }
            let button = egui::Button::new("Choose…").min_size(egui::vec2(button_width, 26.0));
            let choose = ui
                .add_enabled(!dialogs.is_open(), button)
                .accessible_name(format!("Choose {}", self.name.to_lowercase()))
                .on_hover_text("Open the system's file dialog")
                .on_disabled_hover_text("A file dialog is open");
            if choose.clicked()
                && let Err(why) = dialogs.ask(self.purpose, ui.ctx())
            {
                self.complaint = Some(no_dialog(&why));
            }
        });
        match dialogs.answer(self.purpose) {
            Some(Chosen::File(path)) => {
                self.set_path(&path);
                settled = Some(path);
            }
            Some(Chosen::Unavailable(why)) => self.complaint = Some(no_dialog(&why)),
            Some(Chosen::Nothing) | None => {}
        }
        if let Some(complaint) = &self.complaint {
            let color = Palette::of(ui).error;
            ui.label(RichText::new(complaint).color(color).small());
        }
        settled
    }

    /// As [`Self::show`], for a file that must be there already: one that is not is complained about.
    pub(crate) fn show_existing(
        &mut self,
        ui: &mut egui::Ui,
        dialogs: &mut FileDialogs,
    ) -> Option<PathBuf> {
        let path = self.show(ui, dialogs)?;
        // Once, when the user has settled on it; the pipeline finds out what is inside.
        match path.metadata() {
            Ok(facts) if facts.is_dir() => {
                self.complaint = Some(format!(
                    "{} is a folder. Name a file in it.",
                    path.display()
                ));
                None
            }
            Ok(_) => Some(path),
            Err(error) => {
                self.complaint = Some(format!(
                    "{} cannot be opened: {error}. Check the path.",
                    path.display()
                ));
                None
            }
        }
    }

    /// The path as it stands in the field.
    pub(crate) fn path(&self) -> Option<PathBuf> {
        clean(&self.text)
    }
}

/// What file managers put into the clipboard: blanks around it, quotes, or a `file://` address.
fn clean(text: &str) -> Option<PathBuf> {
    let text = text.trim();
    let text = text
        .strip_prefix('"')
        .and_then(|t| t.strip_suffix('"'))
        .or_else(|| text.strip_prefix('\'').and_then(|t| t.strip_suffix('\'')))
        .unwrap_or(text);
    if text.is_empty() {
        return None;
    }
    if let Some(address) = text.strip_prefix("file://") {
        return Some(PathBuf::from(percent_decoded(address)));
    }
    if let Some(rest) = text.strip_prefix("~/")
        && let Some(dirs) = directories::UserDirs::new()
    {
        return Some(dirs.home_dir().join(rest));
    }
    Some(PathBuf::from(text))
}

/// RFC 3986, section 2.1; a `%` without two hexadecimal digits stays as it is.
fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let code = (*first == b'%')
            .then(|| tail.get(..2))
            .flatten()
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(code.unwrap_or(*first));
        rest = if code.is_some() { &tail[2..] } else { tail };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn no_dialog(why: &str) -> String {
    format!("No file dialog opened: {why}. Type the path here and press Enter instead.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pasted_paths_are_cleaned() {
        for text in [
            "/a/b c.png",
            "  /a/b c.png\n",
            "\"/a/b c.png\"",
            "'/a/b c.png'",
            "file:///a/b%20c.png",
        ] {
            assert_eq!(clean(text), Some(PathBuf::from("/a/b c.png")), "{text:?}");
        }
        assert_eq!(clean("  "), None);
        assert_eq!(clean("\"\""), None);
    }
}
