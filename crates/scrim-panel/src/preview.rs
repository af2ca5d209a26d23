//! The picture in the middle: whole, in its shape, with the line of the split view; or what is being waited for.

use egui::{Align2, Color32, CornerRadius, EventFilter, Id, Key, Rect, Role, Sense, Stroke, Ui};
use egui::{Vec2, WidgetInfo, pos2, vec2};
use scrim_pipeline::{BackgroundSpec, PreviewView, StageState, Status};

use crate::paint;
use crate::panel::PreviewImage;
use crate::theme::Palette;
use crate::view;

/// How far from the line a press still takes hold of it, in points.
const GRAB: f32 = 12.0;
/// How far an arrow key moves the line, in parts of the width; ten times as far with Shift.
const KEY_STEP: f32 = 0.01;

/// Draws the preview into the rest of `ui`. Changes `view` when the line is dragged.
pub(crate) fn show(
    ui: &mut Ui,
    status: &Status,
    image: Option<PreviewImage>,
    background: &BackgroundSpec,
    view: &mut PreviewView,
    checkers: Option<egui::TextureId>,
) {
    let room = ui.available_rect_before_wrap();
    ui.painter()
        .rect_filled(room, CornerRadius::same(8), Palette::of(ui).stage);
    let Some(image) = image else {
        waiting(ui, room, status);
        return;
    };
    let rect = letterbox(room.shrink(1.0), image.size);
    if *background == BackgroundSpec::Transparent
        && let Some(checkers) = checkers
    {
        paint::checkers(ui.painter(), rect, checkers);
    }
    ui.painter()
        .image(image.texture, rect, paint::WHOLE, Color32::WHITE);
    let name = format!(
        "Preview: {}",
        view::name(view::kind_of(*view)).to_lowercase()
    );
    let response = ui.allocate_rect(room, Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &name));
    if let PreviewView::Split(fraction) = view {
        split_line(ui, rect, fraction);
    }
}

/// The largest rectangle of the picture's shape in the middle of `room`, on whole points.
fn letterbox(room: Rect, size: [u32; 2]) -> Rect {
    let size = vec2(size[0].max(1) as f32, size[1].max(1) as f32);
    let scale = (room.width() / size.x).min(room.height() / size.y).max(0.0);
    let fitted = Vec2::new((size.x * scale).floor(), (size.y * scale).floor());
    let min = room.center() - fitted / 2.0;
    Rect::from_min_size(pos2(min.x.round(), min.y.round()), fitted)
}

fn split_line(ui: &mut Ui, rect: Rect, fraction: &mut f32) {
    let id = Id::unique("split line");
    let x_of = |fraction: f32| rect.left() + rect.width() * fraction;
    let line = Rect::from_x_y_ranges(x_of(*fraction)..=x_of(*fraction), rect.y_range());
    let grip = line.expand2(vec2(GRAB, 0.0));
    let response = ui
        .interact(grip, id, Sense::click_and_drag())
        .on_hover_and_drag_cursor(egui::CursorIcon::ResizeHorizontal);
    if response.dragged()
        && let Some(pointer) = response.interact_pointer_pos()
        && rect.width() > 0.0
    {
        *fraction = ((pointer.x - rect.left()) / rect.width()).clamp(0.0, 1.0);
    }
    if response.has_focus() {
        move_by_keys(ui, id, fraction);
    }
    let value = f64::from(*fraction);
    response.widget_info(|| WidgetInfo::slider(true, value, "Split line"));
    let palette = Palette::of(ui);
    let lit = response.hovered() || response.dragged() || response.has_focus();
    let color = if lit { palette.notice } else { Color32::WHITE };
    let x = x_of(*fraction);
    let painter = ui.painter().with_clip_rect(rect);
    painter.vline(
        x,
        rect.y_range(),
        Stroke::new(4.0, Color32::from_black_alpha(90)),
    );
    painter.vline(x, rect.y_range(), Stroke::new(2.0, color));
    let knob = pos2(x, rect.center().y);
    painter.circle(
        knob,
        13.0,
        Color32::from_black_alpha(170),
        Stroke::new(2.0, color),
    );
    for side in [-1.0, 1.0] {
        let tip = knob + vec2(side * 8.0, 0.0);
        let back = knob.x + side * 4.0;
        let points = vec![pos2(back, tip.y - 4.0), tip, pos2(back, tip.y + 4.0)];
        painter.add(egui::epaint::PathShape::line(
            points,
            Stroke::new(1.8, color),
        ));
    }
    let top = rect.top() + 10.0;
    paint::chip(&painter, pos2(x - 20.0, top), Align2::RIGHT_TOP, "Source");
    paint::chip(&painter, pos2(x + 20.0, top), Align2::LEFT_TOP, "Composite");
}

fn move_by_keys(ui: &Ui, id: Id, fraction: &mut f32) {
    // Else the arrows would move the focus to another control.
    let filter = EventFilter {
        horizontal_arrows: true,
        ..EventFilter::default()
    };
    ui.memory_mut(|m| m.set_focus_lock_filter(id, filter));
    let steps = ui.input(|i| {
        let presses = |key| i.num_presses(key) as f32;
        let far = if i.modifiers.shift { 10.0 } else { 1.0 };
        (presses(Key::ArrowRight) - presses(Key::ArrowLeft)) * far
    });
    *fraction = (*fraction + steps * KEY_STEP).clamp(0.0, 1.0);
}

/// No picture yet: which parts are ready, and which is being waited for.
fn waiting(ui: &mut Ui, room: Rect, status: &Status) {
    let parts = [
        ("Source", &status.source.state, "being opened"),
        ("Model", &status.matting, "being loaded"),
        ("Graphics", &status.compositor, "being prepared"),
    ];
    let failed = parts
        .iter()
        .any(|(_, state, _)| matches!(state, StageState::Failed(_)));
    let running = parts
        .iter()
        .all(|(_, state, _)| matches!(state, StageState::Running | StageState::Degraded(_)));
    let title = if failed {
        "No picture"
    } else if running {
        "Waiting for the first picture"
    } else {
        "Starting…"
    };
    let height = 130.0;
    let rect = Rect::from_center_size(room.center(), vec2(260.0, height).min(room.size()));
    let mut inner = ui.new_child(egui::UiBuilder::new().max_rect(rect));
    inner.heading(title);
    inner.add_space(6.0);
    let palette = Palette::of(&inner);
    for (name, state, doing) in parts {
        let (color, words) = match state {
            StageState::Starting => (palette.notice, doing),
            StageState::Running => (palette.good, "ready"),
            StageState::Degraded(_) => (palette.warning, "ready, with trouble"),
            StageState::Failed(_) => (palette.error, "failed, see above"),
            StageState::Stopped => (palette.notice, "stopped"),
            StageState::Resting => (palette.notice, "closed, nobody watches"),
        };
        inner.horizontal(|ui| {
            paint::dot(ui, color);
            ui.label(format!("{name}: {words}"));
        });
    }
    ui.allocate_rect(room, Sense::hover());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_picture_is_whole_and_in_shape() {
        let room = Rect::from_min_size(pos2(100.0, 50.0), vec2(900.0, 700.0));
        for size in [
            [1280, 720],
            [720, 1280],
            [640, 480],
            [1, 1],
            [1, 4000],
            [0, 0],
        ] {
            let rect = letterbox(room, size);
            assert!(room.contains_rect(rect), "{size:?} gives {rect:?}");
            let fills = (rect.width() - room.width()).abs() <= 1.0
                || (rect.height() - room.height()).abs() <= 1.0;
            assert!(fills, "{size:?} gives {rect:?}");
        }
        let wide = letterbox(room, [1600, 900]);
        assert!((wide.aspect_ratio() - 16.0 / 9.0).abs() < 0.01);
    }
}
