//! The whole window.

use std::sync::Arc;
use std::time::Duration;

use egui::{Margin, ScrollArea, TextureHandle, TextureId, TextureOptions, Ui};
use scrim_pipeline::{BackgroundSpec, Problem, Settings, Status};

use crate::background::BackgroundSection;
use crate::banner::Banners;
use crate::dialog::{FileChooser, FileDialogs, SystemChooser};
use crate::facts::PanelFacts;
use crate::model::ModelSection;
use crate::output::OutputSection;
use crate::shortcuts::{self, Action};
use crate::source::SourceSection;
use crate::view::ViewSection;
use crate::{controls, figures, paint, preview, state_line, theme};

/// How long settings must be left alone before they are worth writing to a file: a slider being dragged changes them at
/// every frame.
const SETTLED_AFTER: f64 = 1.0;

/// The picture to show, as egui knows it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PreviewImage {
    /// A texture registered with the renderer; encoded (gamma) colours, sampled linearly.
    pub texture: TextureId,
    /// Width and height in pixels; only their ratio matters.
    pub size: [u32; 2],
}

/// What the user wants.
#[derive(Debug, Clone, PartialEq)]
pub enum PanelEvent {
    /// These settings from now on: for [`Pipeline::apply`](scrim_pipeline::Pipeline::apply). Recording starts and stops
    /// this way too, by an entry in `outputs`.
    Apply(Settings),
    /// The settings have been left alone for a second: worth a [`Store::save`](crate::Store::save).
    Remember(Settings),
    /// Look for cameras again, then call [`Panel::set_facts`].
    RefreshDevices,
    /// The list of cameras is open: look for them again if any came or went since the last look. Sent about once a second;
    /// the look itself must be cheap.
    WatchDevices,
    /// Try again at once what has failed: for [`Pipeline::retry_now`](scrim_pipeline::Pipeline::retry_now).
    Retry,
}

/// The control panel with the preview: the whole content of the window.
pub struct Panel {
    settings: Settings,
    facts: PanelFacts,
    source: SourceSection,
    background: BackgroundSection,
    view: ViewSection,
    model: ModelSection,
    output: OutputSection,
    banners: Banners,
    dialogs: FileDialogs,
    textures: Option<Textures>,
    help_open: bool,
    is_styled: bool,
    /// When the settings changed last, in egui's time, if that is not remembered yet.
    changed_at: Option<f64>,
}

/// What the sections draw with besides text.
struct Textures {
    thumbnails: Vec<TextureHandle>,
    checkers: TextureHandle,
}

/// What all sections work on.
pub(crate) struct Desk<'a> {
    pub(crate) settings: &'a mut Settings,
    pub(crate) facts: &'a PanelFacts,
    pub(crate) status: &'a Status,
    pub(crate) dialogs: &'a mut FileDialogs,
    pub(crate) events: &'a mut Vec<PanelEvent>,
    /// In the order of the facts' backgrounds.
    pub(crate) thumbnails: &'a [TextureHandle],
    pub(crate) checkers: Option<TextureId>,
}

impl Desk<'_> {
    /// Whether a background is one of those that come with the program.
    pub(crate) fn is_bundled(&self, background: &BackgroundSpec) -> bool {
        self.facts.backgrounds.iter().any(|b| b.spec == *background)
    }
}

impl std::fmt::Debug for Panel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Panel")
            .field("settings", &self.settings)
            .field("facts", &self.facts)
            .finish_non_exhaustive()
    }
}

impl Panel {
    /// A panel over these settings, with the system's file dialogs.
    #[must_use]
    pub fn new(settings: Settings, facts: PanelFacts) -> Self {
        Self::with_chooser(settings, facts, Arc::new(SystemChooser))
    }

    /// As [`Self::new`], asking for files in another way.
    #[must_use]
    pub fn with_chooser(
        settings: Settings,
        facts: PanelFacts,
        chooser: Arc<dyn FileChooser>,
    ) -> Self {
        let mut panel = Self {
            source: SourceSection::new(&settings.source),
            background: BackgroundSection::new(),
            view: ViewSection::new(settings.view),
            model: ModelSection::new(&settings.matting.model),
            output: OutputSection::new(facts.recordings.as_deref()),
            banners: Banners::default(),
            dialogs: FileDialogs::new(chooser),
            textures: None,
            help_open: false,
            is_styled: false,
            changed_at: None,
            settings,
            facts,
        };
        panel.take_over();
        panel
    }

    /// The settings as they stand.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Replaces the settings from outside; raises no event.
    pub fn set_settings(&mut self, settings: Settings) {
        self.settings = settings;
        self.take_over();
    }

    /// What the program found, as given last.
    #[must_use]
    pub fn facts(&self) -> &PanelFacts {
        &self.facts
    }

    /// Replaces what the program found: cameras were looked for again, a notice is over.
    pub fn set_facts(&mut self, facts: PanelFacts) {
        self.facts = facts;
        self.textures = None;
    }

    /// Replaces only what the program has to say.
    pub fn set_notices(&mut self, notices: Vec<Problem>) {
        self.facts.notices = notices;
    }

    /// To be called when the next [`Self::show`] draws in another egui context than the last (after a lost graphics device,
    /// say): style and textures are made anew there.
    pub fn forget_context(&mut self) {
        self.textures = None;
        self.is_styled = false;
    }

    /// Draws everything into `ui`, which should be the whole window, and returns what the user wants, in order.
    ///
    /// Does not block. Asks for another frame by itself only where it needs one; whoever runs the window asks for one
    /// when status or preview have changed.
    pub fn show(
        &mut self,
        ui: &mut Ui,
        status: &Status,
        image: Option<PreviewImage>,
    ) -> Vec<PanelEvent> {
        self.prepare(ui);
        let mut events = Vec::new();
        let before = self.settings.clone();
        self.keys(ui, &mut events);
        self.bottom(ui, status);
        self.side(ui, status, &mut events);
        self.middle(ui, status, image, &mut events);
        if self.settings != before {
            events.insert(0, PanelEvent::Apply(self.settings.clone()));
            self.changed_at = Some(ui.input(|i| i.time));
        }
        self.remember(ui, &mut events);
        events
    }

    fn take_over(&mut self) {
        self.source.take_over(&self.settings.source);
        self.view.take_over(self.settings.view);
        self.model.take_over(&self.settings.matting.model);
        self.output.take_over(&self.settings.outputs);
        let bundled = &self.facts.backgrounds;
        let is_bundled = bundled.iter().any(|b| b.spec == self.settings.background);
        self.background
            .take_over(&self.settings.background, is_bundled);
    }

    fn prepare(&mut self, ui: &mut Ui) {
        if !self.is_styled {
            theme::install(ui.ctx());
            let style = ui.ctx().style_of(ui.ctx().theme());
            ui.set_style(style);
            self.is_styled = true;
        }
        if self.textures.is_none() {
            let load = |name: String, image, options| ui.ctx().load_texture(name, image, options);
            self.textures = Some(Textures {
                thumbnails: self
                    .facts
                    .backgrounds
                    .iter()
                    .map(|b| load(b.name.clone(), b.thumbnail.clone(), TextureOptions::LINEAR))
                    .collect(),
                checkers: load(
                    "checkers".into(),
                    paint::checker_image(),
                    TextureOptions::NEAREST_REPEAT,
                ),
            });
        }
    }

    fn keys(&mut self, ui: &Ui, events: &mut Vec<PanelEvent>) {
        for action in shortcuts::pressed(ui.ctx()) {
            match action {
                Action::View(kind) => self.settings.view = self.view.view(kind),
                Action::Mirror => self.settings.mirror = !self.settings.mirror,
                Action::Blur => {
                    let first = self.facts.backgrounds.first().map(|b| &b.spec);
                    self.background
                        .toggle_blur(&mut self.settings.background, first);
                }
                Action::Refresh => events.push(PanelEvent::RefreshDevices),
                Action::Help => self.help_open = !self.help_open,
            }
        }
    }

    fn bottom(&mut self, ui: &mut Ui, status: &Status) {
        let frame = egui::Frame::side_top_panel(ui.style()).inner_margin(Margin::symmetric(12, 6));
        egui::Panel::bottom("state")
            .resizable(false)
            .frame(frame)
            .show(ui, |ui| {
                state_line::show(ui, &self.settings, status, &mut self.help_open);
            });
    }

    fn side(&mut self, ui: &mut Ui, status: &Status, events: &mut Vec<PanelEvent>) {
        let (narrowest, widest, width) = theme::SIDE_WIDTHS;
        let frame = egui::Frame::side_top_panel(ui.style()).inner_margin(Margin {
            left: 10,
            right: 4,
            top: 8,
            bottom: 8,
        });
        let (thumbnails, checkers) = self.textures.as_ref().map_or((&[][..], None), |t| {
            (&t.thumbnails[..], Some(t.checkers.id()))
        });
        let mut desk = Desk {
            settings: &mut self.settings,
            facts: &self.facts,
            status,
            dialogs: &mut self.dialogs,
            events,
            thumbnails,
            checkers,
        };
        egui::Panel::left("controls")
            .resizable(true)
            .default_size(width)
            .size_range(narrowest..=widest)
            .frame(frame)
            .show(ui, |ui| {
                ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
                    self.source.show(ui, &mut desk);
                    controls::show(ui, &mut desk);
                    self.background.show(ui, &mut desk);
                    self.view.show(ui, &mut desk);
                    self.output.show(ui, &mut desk);
                    self.model.show(ui, &mut desk);
                    figures::show(ui, status);
                });
            });
    }

    fn middle(
        &mut self,
        ui: &mut Ui,
        status: &Status,
        image: Option<PreviewImage>,
        events: &mut Vec<PanelEvent>,
    ) {
        let frame = egui::Frame::central_panel(ui.style()).inner_margin(Margin::same(10));
        egui::CentralPanel::default().frame(frame).show(ui, |ui| {
            if self.banners.show(ui, status, &self.facts.notices) {
                events.push(PanelEvent::Retry);
            }
            preview::show(
                ui,
                status,
                image,
                &self.settings.background,
                &mut self.settings.view,
                self.textures.as_ref().map(|t| t.checkers.id()),
            );
        });
        self.view.take_over(self.settings.view);
    }

    fn remember(&mut self, ui: &Ui, events: &mut Vec<PanelEvent>) {
        let Some(changed_at) = self.changed_at else {
            return;
        };
        let left = changed_at + SETTLED_AFTER - ui.input(|i| i.time);
        if left <= 0.0 {
            self.changed_at = None;
            events.push(PanelEvent::Remember(self.settings.clone()));
        } else {
            ui.ctx()
                .request_repaint_after(Duration::from_secs_f64(left));
        }
    }
}
