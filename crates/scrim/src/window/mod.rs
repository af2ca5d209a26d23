//! The window: live composite and control panel.

mod app;
mod graphics;
mod looks;
mod memory;
mod sight;

use scrim_panel::{CameraChoice, Loaded, Store, default_settings};
use winit::error::EventLoopError;
use winit::event_loop::EventLoop;

use crate::cli::RunArgs;
use crate::exit::Failure;
use crate::facts;
use crate::options::apply_arguments;
use memory::Memory;

/// What wakes the window besides its own events.
#[derive(Debug)]
pub enum UserEvent {
    /// The pipeline has a new picture or status.
    PipelineChanged,
    /// egui wants to be drawn again, now.
    Repaint,
    /// A screen reader or another assistive program.
    Accessibility(egui_winit::accesskit_winit::Event),
    /// The cameras that are there now.
    Cameras(Vec<CameraChoice>),
    /// The user interrupted the program from the terminal.
    Interrupted,
}

impl From<egui_winit::accesskit_winit::Event> for UserEvent {
    fn from(event: egui_winit::accesskit_winit::Event) -> Self {
        Self::Accessibility(event)
    }
}

/// Opens the window and stays until it is closed.
pub fn run(args: &RunArgs) -> Result<(), Failure> {
    let event_loop = EventLoop::<UserEvent>::with_user_event().build().map_err(|error| {
        Failure::new(
            format!("no window can be opened: {}", reason(&error)),
            "Start Scrim from a graphical session, or without a window: scrim run --headless --output FILE.",
        )
    })?;
    let mut facts = facts::look_around();
    let defaults = default_settings(&facts);
    let (store, remembered) = match args
        .config
        .clone()
        .map_or_else(Store::in_config_folder, |path| Ok(Store::at(path)))
    {
        Ok(store) => {
            let loaded = store.load(&defaults);
            facts.notices.clone_from(&loaded.notices);
            (Some(store), loaded)
        }
        Err(problem) => {
            facts.notices.push(problem);
            (None, Loaded::nothing(&defaults))
        }
    };
    let mut settings = remembered.settings.clone();
    apply_arguments(&mut settings, args)?;
    let memory = Memory::new(store, remembered, settings.clone());
    let proxy = event_loop.create_proxy();
    ctrlc::set_handler(move || {
        // The window may be gone already; then there is nothing left to stop.
        let _ = proxy.send_event(UserEvent::Interrupted);
    })
    .map_err(|error| Failure::other(format!("signals cannot be caught: {error}")))?;
    let mut app = app::App::new(&event_loop, settings, memory, facts, args.seconds);
    event_loop
        .run_app(&mut app)
        .map_err(|error| Failure::other(format!("the window failed: {error}")))?;
    app.into_result()
}

/// Without the place in the library's code, which the words of the system come behind: "os error at mod.rs:765: no display".
fn reason(error: &EventLoopError) -> String {
    let text = error.to_string();
    match (error, text.split_once(": ")) {
        (EventLoopError::Os(_), Some((_, words))) => words.trim_end_matches('.').to_owned(),
        _ => text,
    }
}
