//! Small signs, painted: the panel's font has none of them.

use egui::epaint::{PathShape, Vertex};
use egui::{Align2, Color32, FontId, Mesh, Painter, Pos2, Rect, Shape, Stroke, TextureId};
use egui::{pos2, vec2};
use scrim_pipeline::{Rgb, Severity};

/// A colour as egui has it.
pub(crate) fn color(rgb: Rgb) -> Color32 {
    Color32::from_rgb(rgb.0, rgb.1, rgb.2)
}

/// The whole of a texture.
pub(crate) const WHOLE: Rect = Rect {
    min: Pos2::ZERO,
    max: pos2(1.0, 1.0),
};

/// A chevron that points right when closed and down when open.
pub(crate) fn disclosure(painter: &Painter, center: Pos2, openness: f32, color: Color32) {
    let turn = egui::emath::Rot2::from_angle(openness * std::f32::consts::FRAC_PI_2);
    let points = [vec2(-2.0, -4.0), vec2(2.5, 0.0), vec2(-2.0, 4.0)]
        .map(|p| center + turn * p)
        .to_vec();
    painter.add(PathShape::line(points, Stroke::new(1.6, color)));
}

/// The sign of a severity: a circle with i, a triangle with !, a circle with ×. The shapes differ, not only the colours.
pub(crate) fn severity(painter: &Painter, center: Pos2, severity: Severity, color: Color32) {
    let ink = Color32::from_rgb(20, 21, 24);
    match severity {
        Severity::Notice => {
            painter.circle_filled(center, 8.0, color);
            painter.circle_filled(center - vec2(0.0, 3.6), 1.2, ink);
            let stem = [center - vec2(0.0, 0.8), center + vec2(0.0, 4.2)];
            painter.line_segment(stem, Stroke::new(2.0, ink));
        }
        Severity::Warning => {
            let points = vec![
                center + vec2(0.0, -8.5),
                center + vec2(9.0, 7.0),
                center + vec2(-9.0, 7.0),
            ];
            painter.add(PathShape::convex_polygon(points, color, Stroke::NONE));
            let stem = [center + vec2(0.0, -3.6), center + vec2(0.0, 2.0)];
            painter.line_segment(stem, Stroke::new(2.0, ink));
            painter.circle_filled(center + vec2(0.0, 4.6), 1.2, ink);
        }
        Severity::Error => {
            painter.circle_filled(center, 8.0, color);
            for (a, b) in [(-3.0, 3.0), (3.0, -3.0)] {
                let line = [center + vec2(a, -3.0), center + vec2(b, 3.0)];
                painter.line_segment(line, Stroke::new(2.0, ink));
            }
        }
    }
}

/// From `top` to `bottom`.
pub(crate) fn gradient(painter: &Painter, rect: Rect, top: Color32, bottom: Color32) {
    let mut mesh = Mesh::default();
    let corners = [
        (rect.left_top(), top),
        (rect.right_top(), top),
        (rect.right_bottom(), bottom),
        (rect.left_bottom(), bottom),
    ];
    for (pos, color) in corners {
        mesh.vertices.push(Vertex {
            pos,
            uv: egui::epaint::WHITE_UV,
            color,
        });
    }
    mesh.add_triangle(0, 1, 2);
    mesh.add_triangle(0, 2, 3);
    painter.add(Shape::mesh(mesh));
}

/// A small picture of a blurred room: soft discs over a wall.
pub(crate) fn blurred_room(painter: &Painter, rect: Rect) {
    let top = Color32::from_rgb(86, 90, 98);
    gradient(painter, rect, top, Color32::from_rgb(58, 52, 48));
    let discs = [
        (0.22, 0.35, 0.30, Color32::from_rgb(214, 178, 120)),
        (0.74, 0.30, 0.24, Color32::from_rgb(120, 160, 196)),
        (0.52, 0.80, 0.34, Color32::from_rgb(104, 132, 104)),
    ];
    for (x, y, radius, color) in discs {
        let center = rect.lerp_inside(vec2(x, y));
        // Layers of little opacity add up to a soft edge.
        for layer in 1_u8..=6 {
            let r = radius * rect.height() * (0.5 + f32::from(layer) * 0.14);
            painter.circle_filled(center, r, color.gamma_multiply(0.13));
        }
    }
}

/// Squares that say "nothing here": `texture` is the one of [`checker_image`], made to repeat.
pub(crate) fn checkers(painter: &Painter, rect: Rect, texture: TextureId) {
    let squares = rect.size() / 18.0;
    let uv = Rect::from_min_size(Pos2::ZERO, squares);
    painter.image(texture, rect, uv, Color32::WHITE);
}

/// Two by two squares.
pub(crate) fn checker_image() -> egui::ColorImage {
    let (a, b) = (Color32::from_gray(96), Color32::from_gray(128));
    egui::ColorImage::new([2, 2], vec![a, b, b, a])
}

/// A plus sign for "one of your own".
pub(crate) fn plus(painter: &Painter, rect: Rect, color: Color32) {
    let (center, arm) = (rect.center(), rect.height() * 0.18);
    let stroke = Stroke::new(2.0, color);
    painter.line_segment([center - vec2(arm, 0.0), center + vec2(arm, 0.0)], stroke);
    painter.line_segment([center - vec2(0.0, arm), center + vec2(0.0, arm)], stroke);
}

/// A dot of a state.
pub(crate) fn dot(ui: &mut egui::Ui, color: Color32) {
    let (rect, _) = ui.allocate_exact_size(vec2(12.0, 12.0), egui::Sense::hover());
    ui.painter().circle_filled(rect.center(), 4.5, color);
}

/// Words on a dark chip over the preview.
pub(crate) fn chip(painter: &Painter, at: Pos2, anchor: Align2, text: &str) {
    let font = FontId::proportional(12.0);
    let galley = painter.layout_no_wrap(text.into(), font, Color32::from_gray(235));
    let padding = vec2(8.0, 4.0);
    let rect = anchor.anchor_size(at, galley.size() + padding * 2.0);
    painter.rect_filled(rect, 4.0, Color32::from_black_alpha(150));
    painter.galley(rect.min + padding, galley, Color32::WHITE);
}
