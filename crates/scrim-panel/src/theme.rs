//! Colours, sizes and spacing of the panel, for dark and light.

use egui::{Color32, CornerRadius, FontFamily, FontId, Margin, Stroke, TextStyle, Theme, Vec2};
use scrim_pipeline::Severity;

/// Widest and narrowest the side panel may be, and how wide it starts, in points.
pub(crate) const SIDE_WIDTHS: (f32, f32, f32) = (300.0, 480.0, 348.0);

/// Colours that egui's style has no place for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Palette {
    /// Behind the preview.
    pub(crate) stage: Color32,
    /// Behind a section.
    pub(crate) card: Color32,
    /// Things that are as they should be.
    pub(crate) good: Color32,
    /// Worth knowing.
    pub(crate) notice: Color32,
    /// Less well than it should.
    pub(crate) warning: Color32,
    /// Does not work.
    pub(crate) error: Color32,
}

impl Palette {
    pub(crate) fn of(ui: &egui::Ui) -> Self {
        if ui.visuals().dark_mode {
            Self {
                stage: Color32::from_rgb(14, 15, 18),
                card: Color32::from_rgb(32, 34, 39),
                good: Color32::from_rgb(108, 196, 140),
                notice: Color32::from_rgb(118, 172, 240),
                warning: Color32::from_rgb(236, 178, 82),
                error: Color32::from_rgb(240, 112, 106),
            }
        } else {
            Self {
                stage: Color32::from_rgb(222, 224, 228),
                card: Color32::from_rgb(252, 252, 253),
                good: Color32::from_rgb(28, 122, 68),
                notice: Color32::from_rgb(28, 92, 178),
                warning: Color32::from_rgb(146, 92, 0),
                error: Color32::from_rgb(178, 34, 30),
            }
        }
    }

    pub(crate) fn severity(self, severity: Severity) -> Color32 {
        match severity {
            Severity::Notice => self.notice,
            Severity::Warning => self.warning,
            Severity::Error => self.error,
        }
    }
}

/// Gives both of egui's themes the panel's looks; which of them is used stays with the system's setting, dark where it
/// has none.
pub(crate) fn install(ctx: &egui::Context) {
    ctx.options_mut(|o| o.fallback_theme = Theme::Dark);
    ctx.all_styles_mut(|style| {
        style.text_styles = [
            (TextStyle::Small, 11.5, FontFamily::Proportional),
            (TextStyle::Body, 13.5, FontFamily::Proportional),
            (TextStyle::Button, 13.5, FontFamily::Proportional),
            (TextStyle::Heading, 17.0, FontFamily::Proportional),
            (TextStyle::Monospace, 12.5, FontFamily::Monospace),
        ]
        .map(|(style, size, family)| (style, FontId::new(size, family)))
        .into();
        let spacing = &mut style.spacing;
        spacing.item_spacing = Vec2::new(8.0, 7.0);
        spacing.button_padding = Vec2::new(9.0, 4.0);
        spacing.interact_size.y = 24.0;
        spacing.slider_width = 140.0;
        spacing.combo_width = 60.0;
        spacing.menu_margin = Margin::same(6);
        // A floating bar would lie over the right edge of the controls.
        spacing.scroll = egui::style::ScrollStyle::thin();
        style.visuals.indent_has_left_vline = false;
        style.visuals.slider_trailing_fill = true;
        style.visuals.handle_shape = egui::style::HandleShape::Circle;
        style.interaction.selectable_labels = false;
    });
    ctx.style_mut_of(Theme::Dark, |style| dark(&mut style.visuals));
    ctx.style_mut_of(Theme::Light, |style| light(&mut style.visuals));
}

fn dark(visuals: &mut egui::Visuals) {
    visuals.panel_fill = Color32::from_rgb(24, 25, 29);
    visuals.window_fill = Color32::from_rgb(34, 36, 42);
    visuals.extreme_bg_color = Color32::from_rgb(17, 18, 21);
    let lines = Stroke::new(1.0, Color32::from_rgb(50, 53, 60));
    let w = &mut visuals.widgets;
    w.noninteractive.bg_stroke = lines;
    w.noninteractive.fg_stroke.color = Color32::from_rgb(198, 201, 208);
    w.inactive.weak_bg_fill = Color32::from_rgb(48, 51, 58);
    w.inactive.bg_fill = Color32::from_rgb(76, 80, 90);
    w.inactive.fg_stroke.color = Color32::from_rgb(222, 224, 229);
    w.hovered.weak_bg_fill = Color32::from_rgb(60, 64, 73);
    w.hovered.bg_fill = Color32::from_rgb(90, 95, 106);
    w.hovered.bg_stroke = Stroke::new(1.0, Color32::from_rgb(96, 102, 116));
    w.open.weak_bg_fill = Color32::from_rgb(54, 58, 66);
    visuals.selection.bg_fill = Color32::from_rgb(44, 92, 150);
    visuals.selection.stroke = Stroke::new(1.0, Color32::from_rgb(226, 238, 252));
    visuals.weak_text_color = Some(Color32::from_rgb(148, 152, 162));
    round(visuals);
}

fn light(visuals: &mut egui::Visuals) {
    visuals.panel_fill = Color32::from_rgb(242, 243, 245);
    visuals.extreme_bg_color = Color32::WHITE;
    visuals.widgets.noninteractive.fg_stroke.color = Color32::from_rgb(46, 49, 56);
    visuals.widgets.noninteractive.bg_stroke.color = Color32::from_rgb(206, 209, 215);
    visuals.selection.bg_fill = Color32::from_rgb(176, 208, 245);
    visuals.selection.stroke = Stroke::new(1.0, Color32::from_rgb(14, 52, 102));
    visuals.weak_text_color = Some(Color32::from_rgb(98, 102, 112));
    round(visuals);
}

fn round(visuals: &mut egui::Visuals) {
    let radius = CornerRadius::same(5);
    let w = &mut visuals.widgets;
    for state in [
        &mut w.noninteractive,
        &mut w.inactive,
        &mut w.hovered,
        &mut w.active,
        &mut w.open,
    ] {
        state.corner_radius = radius;
        state.expansion = 0.0;
    }
}
