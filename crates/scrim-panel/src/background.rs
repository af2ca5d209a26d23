//! The section "Background": what is behind the person.

use std::path::PathBuf;

use egui::Ui;
use scrim_pipeline::{BackgroundSpec, Fit, OutputSpec, Rgb, output::VideoCodec};

use crate::dialog::FilePurpose;
use crate::kit::{self, Segment};
use crate::paint;
use crate::panel::Desk;
use crate::path_field::PathField;

const FITS: [Segment<Fit>; 3] = [
    Segment {
        value: Fit::Fill,
        label: "Fill",
        hover: "Covers everything; what sticks out is cut off",
    },
    Segment {
        value: Fit::Fit,
        label: "Fit",
        hover: "Shown whole, with black bars where it is too narrow or too low",
    },
    Segment {
        value: Fit::Tile,
        label: "Tile",
        hover: "Repeated at its own size",
    },
];

/// What was chosen of each kind of background, so that going back to one brings it back.
#[derive(Debug)]
pub(crate) struct BackgroundSection {
    color: Rgb,
    gradient: (Rgb, Rgb),
    blur: f32,
    own: PathField,
    own_kept: Option<PathBuf>,
    /// "Own file" was clicked, and no file named yet.
    own_wanted: bool,
    /// What the blur replaced, for going back with the same key.
    before_blur: Option<BackgroundSpec>,
    hex: [HexField; 3],
}

/// A colour as text while it is being typed.
#[derive(Debug, Default)]
struct HexField {
    text: String,
    of: Option<Rgb>,
}

impl BackgroundSection {
    pub(crate) fn new() -> Self {
        Self {
            // The green of chroma keying, as in the command line's examples.
            color: Rgb(0, 177, 64),
            gradient: (Rgb(32, 48, 64), Rgb(128, 144, 160)),
            blur: BackgroundSpec::DEFAULT_BLUR,
            own: PathField::new(
                FilePurpose::Background,
                "Background file",
                "Picture or clip",
            ),
            own_kept: None,
            own_wanted: false,
            before_blur: None,
            hex: Default::default(),
        }
    }

    /// Follows settings that came from elsewhere.
    pub(crate) fn take_over(&mut self, background: &BackgroundSpec, is_bundled: bool) {
        self.own_wanted = false;
        if let BackgroundSpec::Color(color) = background {
            self.color = *color;
        } else if let BackgroundSpec::Gradient(top, bottom) = background {
            self.gradient = (*top, *bottom);
        } else if let BackgroundSpec::Blur(strength) = background {
            self.blur = *strength;
        } else if let BackgroundSpec::File(path) = background
            && !is_bundled
        {
            self.own.set_path(path);
            self.own_kept = Some(path.clone());
        }
    }

    /// Blur, or back to what was there before; `otherwise` where nothing was.
    pub(crate) fn toggle_blur(
        &mut self,
        background: &mut BackgroundSpec,
        otherwise: Option<&BackgroundSpec>,
    ) {
        self.own_wanted = false;
        *background = if matches!(background, BackgroundSpec::Blur(_)) {
            self.before_blur
                .take()
                .or_else(|| otherwise.cloned())
                .unwrap_or(BackgroundSpec::Color(self.color))
        } else {
            self.before_blur = Some(background.clone());
            BackgroundSpec::Blur(self.blur)
        };
    }

    pub(crate) fn show(&mut self, ui: &mut Ui, desk: &mut Desk<'_>) {
        let summary = name_of(desk);
        kit::section(ui, "Background", &summary, true, |ui| {
            self.tiles(ui, desk);
            self.details(ui, desk);
        });
    }

    fn tiles(&mut self, ui: &mut Ui, desk: &mut Desk<'_>) {
        let mut chosen: Option<BackgroundSpec> = None;
        let mut wants_own = false;
        let size = kit::tile_size(ui);
        let now = desk.settings.background.clone();
        let own_is_chosen =
            self.own_wanted || (matches!(now, BackgroundSpec::File(_)) && !desk.is_bundled(&now));
        let mut tiles: Vec<Tile<'_>> = Vec::with_capacity(desk.facts.backgrounds.len() + 5);
        for (background, texture) in desk.facts.backgrounds.iter().zip(desk.thumbnails) {
            tiles.push(Tile {
                name: &background.name,
                hover: "A background that comes with Scrim",
                spec: Some(background.spec.clone()),
                is_chosen: now == background.spec && !self.own_wanted,
                art: Art::Picture(texture),
            });
        }
        self.plain_tiles(&now, desk.checkers, &mut tiles);
        tiles.push(Tile {
            name: "Own file",
            hover: "A picture or a looping clip of yours",
            spec: None,
            is_chosen: own_is_chosen,
            art: Art::Own,
        });
        for line in tiles.chunks(kit::TILE_COLUMNS) {
            ui.horizontal(|ui| {
                for tile in line {
                    if tile.show(ui, size).clicked() {
                        wants_own = tile.spec.is_none();
                        chosen.clone_from(&tile.spec);
                    }
                }
            });
        }
        if let Some(spec) = chosen {
            self.own_wanted = false;
            desk.settings.background = spec;
        } else if wants_own {
            match &self.own_kept {
                Some(path) => desk.settings.background = BackgroundSpec::File(path.clone()),
                None => self.own_wanted = true,
            }
        }
    }

    fn plain_tiles(
        &self,
        now: &BackgroundSpec,
        checkers: Option<egui::TextureId>,
        tiles: &mut Vec<Tile<'_>>,
    ) {
        let free = !self.own_wanted;
        tiles.push(Tile {
            name: "Blur",
            hover: "Your room, blurred beyond recognition. Key: B",
            spec: Some(BackgroundSpec::Blur(self.blur)),
            is_chosen: free && matches!(now, BackgroundSpec::Blur(_)),
            art: Art::Blur,
        });
        tiles.push(Tile {
            name: "Colour",
            hover: "One colour",
            spec: Some(BackgroundSpec::Color(self.color)),
            is_chosen: free && matches!(now, BackgroundSpec::Color(_)),
            art: Art::Gradient(self.color, self.color),
        });
        tiles.push(Tile {
            name: "Gradient",
            hover: "From one colour at the top to another at the bottom",
            spec: Some(BackgroundSpec::Gradient(self.gradient.0, self.gradient.1)),
            is_chosen: free && matches!(now, BackgroundSpec::Gradient(..)),
            art: Art::Gradient(self.gradient.0, self.gradient.1),
        });
        tiles.push(Tile {
            name: "Transparent",
            hover: "Nothing behind the person: for files that carry transparency",
            spec: Some(BackgroundSpec::Transparent),
            is_chosen: free && *now == BackgroundSpec::Transparent,
            art: Art::Checkers(checkers),
        });
    }

    fn details(&mut self, ui: &mut Ui, desk: &mut Desk<'_>) {
        if self.own_wanted {
            self.own_file(ui, desk);
            kit::remark(ui, "Until a file is named, the background stays as it was.");
            return;
        }
        let is_bundled = desk.is_bundled(&desk.settings.background);
        let background = &mut desk.settings.background;
        if let BackgroundSpec::Color(color) = background {
            color_row(ui, "Colour", color, &mut self.hex[0]);
            self.color = *color;
        } else if let BackgroundSpec::Gradient(top, bottom) = background {
            color_row(ui, "Top", top, &mut self.hex[1]);
            color_row(ui, "Bottom", bottom, &mut self.hex[2]);
            self.gradient = (*top, *bottom);
        } else if let BackgroundSpec::Blur(strength) = background {
            blur_row(ui, strength);
            self.blur = *strength;
        } else if *background == BackgroundSpec::Transparent {
            transparent_remark(ui, desk);
        } else {
            if !is_bundled {
                self.own_file(ui, desk);
            }
            kit::row(
                ui,
                "Fit",
                "When picture and frame differ in shape",
                |ui, _| {
                    if let Some(fit) = kit::segments(ui, "Fit", Some(desk.settings.fit), &FITS) {
                        desk.settings.fit = fit;
                    }
                },
            );
        }
    }

    fn own_file(&mut self, ui: &mut Ui, desk: &mut Desk<'_>) {
        if let Some(path) = self.own.show_existing(ui, desk.dialogs) {
            self.own_kept = Some(path.clone());
            self.own_wanted = false;
            desk.settings.background = BackgroundSpec::File(path);
        }
    }
}

enum Art<'a> {
    Picture(&'a egui::TextureHandle),
    Blur,
    Gradient(Rgb, Rgb),
    Checkers(Option<egui::TextureId>),
    Own,
}

struct Tile<'a> {
    name: &'a str,
    hover: &'static str,
    /// What choosing it sets; `None`: a file that the user names.
    spec: Option<BackgroundSpec>,
    is_chosen: bool,
    art: Art<'a>,
}

impl Tile<'_> {
    fn show(&self, ui: &mut Ui, size: egui::Vec2) -> egui::Response {
        let weak = ui.visuals().weak_text_color();
        let fill = ui.visuals().extreme_bg_color;
        kit::tile(
            ui,
            size,
            self.name,
            self.hover,
            self.is_chosen,
            |p, rect| match &self.art {
                Art::Picture(texture) => {
                    p.image(texture.id(), rect, paint::WHOLE, egui::Color32::WHITE);
                }
                Art::Blur => paint::blurred_room(p, rect),
                Art::Gradient(top, bottom) => {
                    paint::gradient(p, rect, paint::color(*top), paint::color(*bottom));
                }
                Art::Checkers(texture) => {
                    if let Some(texture) = texture {
                        paint::checkers(p, rect, *texture);
                    }
                }
                Art::Own => {
                    p.rect_filled(rect, 5.0, fill);
                    paint::plus(p, rect, weak);
                }
            },
        )
    }
}

fn blur_row(ui: &mut Ui, strength: &mut f32) {
    let hover = "How far the room is blurred. Even at 0 % nothing can be recognised.";
    kit::row(ui, "Strength", hover, |ui, label| {
        let mut percent = *strength * 100.0;
        ui.spacing_mut().slider_width = ui.available_width() - 56.0;
        let slider = egui::Slider::new(&mut percent, 0.0..=100.0)
            .fixed_decimals(0)
            .suffix(" %");
        if ui.add(slider).labelled_by(label).changed() {
            *strength = (percent / 100.0).clamp(0.0, 1.0);
        }
    });
}

fn color_row(ui: &mut Ui, name: &str, color: &mut Rgb, hex: &mut HexField) {
    kit::row(ui, name, "", |ui, label| {
        let mut bytes = [color.0, color.1, color.2];
        ui.spacing_mut().interact_size.x = 56.0;
        let button = ui.color_edit_button_srgb(&mut bytes).labelled_by(label);
        button.on_hover_text("Open the colour picker");
        *color = Rgb(bytes[0], bytes[1], bytes[2]);
        if hex.of != Some(*color) {
            hex.text = hex_text(*color);
            hex.of = Some(*color);
        }
        let field = ui
            .add(egui::TextEdit::singleline(&mut hex.text).desired_width(84.0))
            .accessible_name(format!("{name} as #rrggbb"))
            .on_hover_text("Red, green and blue, two hexadecimal digits each");
        if field.changed()
            && let Some(typed) = hex_color(&hex.text)
        {
            *color = typed;
            hex.of = Some(typed);
        }
        if field.lost_focus() {
            hex.of = None;
        }
    });
}

fn hex_text(color: Rgb) -> String {
    format!("#{:02x}{:02x}{:02x}", color.0, color.1, color.2)
}

fn hex_color(text: &str) -> Option<Rgb> {
    let digits = text.trim().trim_start_matches('#');
    if digits.len() != 6 || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    let value = u32::from_str_radix(digits, 16).ok()?;
    Some(Rgb((value >> 16) as u8, (value >> 8) as u8, value as u8))
}

fn transparent_remark(ui: &mut Ui, desk: &Desk<'_>) {
    let opaque = desk.settings.outputs.iter().any(|output| {
        let OutputSpec::Video { codec, .. } = output else {
            return false;
        };
        *codec == VideoCodec::H264
    });
    kit::remark(
        ui,
        if opaque {
            "The recording under way is H.264, which carries no transparency. Use .mov, .webm or .png."
        } else {
            "Only .mov, .webm and .png files carry transparency."
        },
    );
}

/// What is chosen, in words.
fn name_of(desk: &Desk<'_>) -> String {
    let now = &desk.settings.background;
    if let Some(bundled) = desk.facts.backgrounds.iter().find(|b| b.spec == *now) {
        return bundled.name.clone();
    }
    if let BackgroundSpec::File(path) = now {
        let name = path.file_name().unwrap_or(path.as_os_str());
        return name.to_string_lossy().into_owned();
    }
    // In the command line's words, which are short and plain.
    now.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_read_and_written_as_hexadecimal() {
        for color in [Rgb(0, 177, 64), Rgb(255, 255, 255), Rgb(0, 0, 0)] {
            assert_eq!(hex_color(&hex_text(color)), Some(color));
        }
        assert_eq!(hex_color("00B140"), Some(Rgb(0, 177, 64)));
        for wrong in ["", "#", "#00b14", "#00b1400", "#00b14g", "#+0b140", "grün"] {
            assert_eq!(hex_color(wrong), None, "{wrong:?}");
        }
    }
}
