//! Keys, and the list of them.

use egui::{Key, KeyboardShortcut, Modifiers, RichText, Ui};

use crate::view::Kind;

/// What a key does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    View(Kind),
    Mirror,
    Blur,
    Refresh,
    Help,
}

const KEYS: [(Key, Action, &str, &str); 8] = [
    (
        Key::Num1,
        Action::View(Kind::Composite),
        "1",
        "View: composite",
    ),
    (Key::Num2, Action::View(Kind::Matte), "2", "View: matte"),
    (Key::Num3, Action::View(Kind::Source), "3", "View: source"),
    (Key::Num4, Action::View(Kind::Split), "4", "View: split"),
    (Key::M, Action::Mirror, "M", "Mirror on or off"),
    (Key::B, Action::Blur, "B", "Blur the room, or back"),
    (Key::F5, Action::Refresh, "F5", "Look for cameras again"),
    (Key::F1, Action::Help, "F1", "Show or hide this list"),
];

const MORE: [(&str, &str); 3] = [
    ("Tab", "Next control"),
    ("Space, Enter", "Press it"),
    ("Left, Right", "Move a slider or the split line"),
];

/// The actions whose keys were pressed; none while text is being typed.
pub(crate) fn pressed(ctx: &egui::Context) -> Vec<Action> {
    if ctx.text_edit_focused() {
        return Vec::new();
    }
    ctx.input_mut(|input| {
        KEYS.iter()
            .filter(|(key, ..)| {
                input.consume_shortcut(&KeyboardShortcut::new(Modifiers::NONE, *key))
            })
            .map(|(_, action, ..)| *action)
            .collect()
    })
}

/// The button that shows the list, and the list.
pub(crate) fn help_button(ui: &mut Ui, open: &mut bool) {
    let button = ui
        .button("Keys")
        .on_hover_text("What the keyboard can do. Key: F1");
    if button.clicked() {
        *open = !*open;
    }
    egui::Popup::from_response(&button)
        .open_bool(open)
        .align(egui::RectAlign::TOP_END)
        .close_behavior(egui::PopupCloseBehavior::CloseOnClickOutside)
        .show(|ui| {
            ui.set_min_width(250.0);
            ui.label(RichText::new("Keys").heading());
            egui::Grid::new("keys").spacing([18.0, 5.0]).show(ui, |ui| {
                let single = KEYS.iter().map(|(_, _, name, what)| (*name, *what));
                for (name, what) in single.chain(MORE) {
                    ui.label(RichText::new(name).monospace().strong());
                    ui.label(what);
                    ui.end_row();
                }
            });
        });
}
