//! What all sections are made of: the section itself, labelled rows, segmented choices, tiles.

use egui::collapsing_header::CollapsingState;
use egui::{Align, Align2, Color32, CornerRadius, Id, Layout, Rect, Response, RichText, Role};
use egui::{Sense, Stroke, StrokeKind, TextStyle, Ui, Vec2, WidgetInfo, pos2, vec2};

use crate::theme::Palette;

/// Width of the labels at the left of rows, in points.
const LABEL_WIDTH: f32 = 84.0;

/// A titled part of the side panel that can be folded away; folded, it says `summary`.
pub(crate) fn section(
    ui: &mut Ui,
    title: &str,
    summary: &str,
    open_at_first: bool,
    body: impl FnOnce(&mut Ui),
) {
    let fill = Palette::of(ui).card;
    egui::Frame::new()
        .fill(fill)
        .corner_radius(CornerRadius::same(8))
        .inner_margin(egui::Margin::symmetric(12, 8))
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            let id = Id::unique("section").with(title);
            let mut state = CollapsingState::load_with_default_open(ui.ctx(), id, open_at_first);
            if header(ui, title, summary, &state).clicked() {
                state.toggle(ui);
            }
            state.show_body_unindented(ui, |ui| {
                ui.add_space(2.0);
                body(ui);
                ui.add_space(2.0);
            });
        });
}

fn header(ui: &mut Ui, title: &str, summary: &str, state: &CollapsingState) -> Response {
    let size = vec2(ui.available_width(), 26.0);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    let enabled = ui.is_enabled();
    response.widget_info(|| WidgetInfo::labeled(Role::DisclosureTriangle, enabled, title));
    let open = state.is_open();
    ui.ctx()
        .accesskit_node_builder(response.id, |node| node.set_expanded(open));
    focus_ring(ui, &response, CornerRadius::same(4));

    let visuals = ui.style().interact(&response);
    let (strong, weak) = (visuals.text_color(), ui.visuals().weak_text_color());
    let painter = ui.painter().with_clip_rect(rect.expand(2.0));
    let openness = state.openness(ui.ctx());
    crate::paint::disclosure(
        &painter,
        pos2(rect.left() + 5.0, rect.center().y),
        openness,
        weak,
    );
    let font = egui::FontId::proportional(15.0);
    let title_rect = painter.text(
        pos2(rect.left() + 18.0, rect.center().y),
        Align2::LEFT_CENTER,
        title,
        font,
        strong,
    );
    if openness < 1.0 && !summary.is_empty() {
        let room = rect.right() - title_rect.right() - 16.0;
        let text = RichText::new(summary)
            .small()
            .color(weak.gamma_multiply(1.0 - openness));
        let galley = egui::WidgetText::from(text).into_galley(
            ui,
            Some(egui::TextWrapMode::Truncate),
            room.max(0.0),
            TextStyle::Small,
        );
        let at = pos2(
            rect.right() - galley.size().x,
            rect.center().y - galley.size().y / 2.0,
        );
        painter.galley(at, galley, weak);
    }
    response.on_hover_cursor(egui::CursorIcon::PointingHand)
}

/// A line round what has the keyboard's focus, where egui draws none by itself.
pub(crate) fn focus_ring(ui: &Ui, response: &Response, radius: CornerRadius) {
    if response.has_focus() {
        let color = Palette::of(ui).notice;
        ui.painter().rect_stroke(
            response.rect.expand(2.0),
            radius,
            Stroke::new(1.5, color),
            StrokeKind::Outside,
        );
    }
}

/// A label at the left and a control at the right, which is given the label's id to be labelled by.
pub(crate) fn row<R>(
    ui: &mut Ui,
    label: &str,
    hover: &str,
    control: impl FnOnce(&mut Ui, Id) -> R,
) -> R {
    ui.horizontal(|ui| {
        let id = label_cell(ui, label, hover, LABEL_WIDTH).id;
        control(ui, id)
    })
    .inner
}

pub(crate) fn label_cell(ui: &mut Ui, label: &str, hover: &str, width: f32) -> Response {
    let size = vec2(width, ui.spacing().interact_size.y);
    let response = ui
        .allocate_ui_with_layout(size, Layout::left_to_right(Align::Center), |ui| {
            ui.set_min_width(width);
            ui.add(egui::Label::new(RichText::new(label).weak()).truncate())
        })
        .inner;
    if hover.is_empty() {
        response
    } else {
        response.on_hover_text(hover)
    }
}

/// A label at the left and a value at the right.
pub(crate) fn fact(ui: &mut Ui, label: &str, hover: &str, value: &str) {
    ui.horizontal(|ui| {
        label_cell(ui, label, hover, LABEL_WIDTH + 14.0);
        // Cut short, it shows itself whole when pointed at.
        ui.add(egui::Label::new(value).truncate());
    });
}

/// A row with a drop-down list that fills it.
pub(crate) fn drop_down(
    ui: &mut Ui,
    label: &str,
    hover: &str,
    chosen: &str,
    list: impl FnOnce(&mut Ui),
) {
    row(ui, label, hover, |ui, labelled_by| {
        let width = ui.available_width();
        let response = egui::ComboBox::from_id_salt(label)
            .width(width)
            .truncate()
            .selected_text(chosen)
            .show_ui(ui, |ui| {
                ui.set_min_width(width - 12.0);
                list(ui);
            })
            .response
            .labelled_by(labelled_by);
        if !hover.is_empty() {
            response.on_hover_text(hover);
        }
    });
}

/// One of a few words side by side.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Segment<T> {
    pub(crate) value: T,
    pub(crate) label: &'static str,
    pub(crate) hover: &'static str,
}

/// A row of words of which one is chosen; the word that was clicked, also if it was chosen already.
pub(crate) fn segments<T: Copy + PartialEq>(
    ui: &mut Ui,
    group: &str,
    chosen: Option<T>,
    segments: &[Segment<T>],
) -> Option<T> {
    let mut clicked = None;
    let gap = 3.0;
    let count = segments.len() as f32;
    let width = (ui.available_width() - gap * (count - 1.0)) / count;
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = gap;
        // "Composite" is the longest word, and four fit side by side.
        ui.spacing_mut().button_padding.x = 4.0;
        for segment in segments {
            let is_chosen = chosen == Some(segment.value);
            let button = egui::Button::new(segment.label)
                .selected(is_chosen)
                .truncate()
                .min_size(vec2(width, 26.0));
            let response = ui.add_sized([width, 26.0], button);
            let enabled = ui.is_enabled();
            response.widget_info(|| {
                WidgetInfo::selected(Role::RadioButton, enabled, is_chosen, segment.label)
            });
            ui.ctx().accesskit_node_builder(response.id, |node| {
                node.set_description(format!("{group}. {}", segment.hover));
            });
            if response.on_hover_text(segment.hover).clicked() {
                clicked = Some(segment.value);
            }
        }
    });
    clicked
}

/// Columns of the tile grid.
pub(crate) const TILE_COLUMNS: usize = 3;

/// The size of one tile's picture so that [`TILE_COLUMNS`] fill the width, 16:9.
pub(crate) fn tile_size(ui: &Ui) -> Vec2 {
    let gaps = ui.spacing().item_spacing.x * (TILE_COLUMNS - 1) as f32;
    let width = ((ui.available_width() - gaps) / TILE_COLUMNS as f32).floor();
    vec2(width, (width * 9.0 / 16.0).floor())
}

/// A small picture with its name beneath, of which one is chosen.
pub(crate) fn tile(
    ui: &mut Ui,
    size: Vec2,
    name: &str,
    hover: &str,
    is_chosen: bool,
    paint: impl FnOnce(&egui::Painter, Rect),
) -> Response {
    let label_height = 17.0;
    let (rect, response) = ui.allocate_exact_size(size + vec2(0.0, label_height), Sense::click());
    let enabled = ui.is_enabled();
    response.widget_info(|| WidgetInfo::selected(Role::RadioButton, enabled, is_chosen, name));
    if ui.is_rect_visible(rect) {
        let picture = Rect::from_min_size(rect.min, size);
        paint(&ui.painter().with_clip_rect(picture), picture);
        let palette = Palette::of(ui);
        let (stroke, text) = if is_chosen {
            (
                Stroke::new(2.5, palette.notice),
                ui.visuals().strong_text_color(),
            )
        } else if response.hovered() {
            (
                Stroke::new(1.5, ui.visuals().weak_text_color()),
                ui.visuals().text_color(),
            )
        } else {
            let faint = ui.visuals().widgets.noninteractive.bg_stroke.color;
            (Stroke::new(1.0, faint), ui.visuals().weak_text_color())
        };
        let radius = CornerRadius::same(5);
        ui.painter()
            .rect_stroke(picture, radius, stroke, StrokeKind::Inside);
        tile_label(ui, rect, name, text);
        focus_ring(ui, &response, radius);
    }
    response.on_hover_text(hover)
}

fn tile_label(ui: &Ui, rect: Rect, name: &str, color: Color32) {
    let galley = egui::WidgetText::from(RichText::new(name).small().color(color)).into_galley(
        ui,
        Some(egui::TextWrapMode::Truncate),
        rect.width(),
        TextStyle::Small,
    );
    let at = pos2(
        rect.center().x - galley.size().x / 2.0,
        rect.bottom() - galley.size().y,
    );
    ui.painter().galley(at, galley, color);
}

/// A remark in small, weak letters.
pub(crate) fn remark(ui: &mut Ui, text: &str) {
    ui.label(RichText::new(text).small().weak());
}
