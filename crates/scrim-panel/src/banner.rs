//! What is wrong, above the preview: what, why, and what to try.

use egui::{CornerRadius, Margin, RichText, Role, ScrollArea, Stroke, Ui, WidgetInfo, vec2};
use scrim_pipeline::{Problem, Severity, StageState, Status};

use crate::paint;
use crate::theme::Palette;

/// The banners, and which of them the user has hidden.
#[derive(Debug, Default)]
pub(crate) struct Banners {
    hidden: Vec<Problem>,
}

impl Banners {
    /// Everything that is to be said, worst first, each once; a stage's own trouble too, should it be missing among the
    /// problems.
    fn collect<'a>(status: &'a Status, notices: &'a [Problem]) -> Vec<&'a Problem> {
        let stages = [&status.source.state, &status.matting, &status.compositor];
        let stages = stages
            .into_iter()
            .chain(status.outputs.iter().map(|o| &o.state))
            .filter_map(|state| match state {
                StageState::Degraded(problem) | StageState::Failed(problem) => Some(problem),
                _ => None,
            });
        let mut all: Vec<&Problem> = Vec::new();
        for problem in status.problems.iter().chain(stages).chain(notices) {
            if !all.contains(&problem) {
                all.push(problem);
            }
        }
        all.sort_by_key(|problem| std::cmp::Reverse(problem.severity));
        all
    }

    /// Whether what failed is to be tried again at once.
    pub(crate) fn show(&mut self, ui: &mut Ui, status: &Status, notices: &[Problem]) -> bool {
        let all = Self::collect(status, notices);
        // A problem that went away and comes back is news.
        self.hidden.retain(|hidden| all.contains(&hidden));
        let shown: Vec<&Problem> = all
            .into_iter()
            .filter(|problem| !self.hidden.contains(problem))
            .collect();
        if shown.is_empty() {
            return false;
        }
        let mut retry = false;
        ScrollArea::vertical()
            .id_salt("banners")
            .max_height(ui.available_height() * 0.45)
            .show(ui, |ui| {
                for problem in shown {
                    if banner(ui, problem) {
                        match problem.severity {
                            Severity::Error => retry = true,
                            _ => self.hidden.push(problem.clone()),
                        }
                    }
                }
            });
        retry
    }
}

pub(crate) fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Notice => "Notice",
        Severity::Warning => "Warning",
        Severity::Error => "Error",
    }
}

/// One banner; true when its button was clicked: "Try again" for an error, which stays until it is mended, else "Hide".
fn banner(ui: &mut Ui, problem: &Problem) -> bool {
    let color = Palette::of(ui).severity(problem.severity);
    let frame = egui::Frame::new()
        .fill(color.gamma_multiply(0.10))
        .stroke(Stroke::new(1.0, color.gamma_multiply(0.55)))
        .corner_radius(CornerRadius::same(6))
        .inner_margin(Margin::symmetric(12, 9));
    let mut clicked = false;
    frame.show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 3.0;
        let (label, button_width) = match problem.severity {
            Severity::Error => ("Try again", 78.0),
            _ => ("Hide", 54.0),
        };
        ui.horizontal_top(|ui| {
            let (rect, sign) = ui.allocate_exact_size(vec2(20.0, 20.0), egui::Sense::hover());
            paint::severity(ui.painter(), rect.center(), problem.severity, color);
            sign.widget_info(|| WidgetInfo::labeled(Role::Image, true, word(problem.severity)));
            let reserved = button_width + ui.spacing().item_spacing.x;
            ui.vertical(|ui| {
                ui.set_width((ui.available_width() - reserved).max(120.0));
                words(ui, problem);
            });
            let button = egui::Button::new(label).min_size(vec2(button_width, 22.0));
            clicked = ui
                .add(button)
                .accessible_name(format!("{label}: {}", problem.what))
                .clicked();
        });
    });
    clicked
}

fn words(ui: &mut Ui, problem: &Problem) {
    ui.label(RichText::new(&problem.what).strong());
    if !problem.why.is_empty() {
        ui.label(&problem.why);
    }
    if let Some(try_this) = &problem.try_this {
        ui.label(RichText::new(format!("Try: {try_this}")).weak());
    }
}

#[cfg(test)]
mod tests {
    use scrim_pipeline::ProblemSource;

    use super::*;

    fn problem(severity: Severity, what: &str) -> Problem {
        Problem {
            source: ProblemSource::Source,
            severity,
            what: what.into(),
            why: String::new(),
            try_this: None,
        }
    }

    #[test]
    fn the_worst_comes_first_and_each_once() {
        let failed = problem(Severity::Error, "broken");
        let warned = problem(Severity::Warning, "slow");
        let mut status = Status {
            matting: StageState::Failed(failed.clone()),
            problems: vec![warned.clone(), failed.clone()],
            ..Status::default()
        };
        let notices = [problem(Severity::Notice, "hello")];
        let all = Banners::collect(&status, &notices);
        assert_eq!(all, [&failed, &warned, &notices[0]]);
        // A stage's trouble is shown even if it is missing among the problems.
        status.problems.clear();
        assert_eq!(Banners::collect(&status, &[]), [&failed]);
    }
}
