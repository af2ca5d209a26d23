//! The egui control panel: settings in, settings out, problems shown.
//!
//! [`Panel`] draws the whole window: controls at the left, problems and the preview in the middle, one line of state at
//! the bottom. It knows nothing of windows, threads or cameras: it is given what there is ([`PanelFacts`]), what happens
//! ([`Status`](scrim_pipeline::Status)) and a texture, and answers with what the user wants ([`PanelEvent`]). [`Store`]
//! keeps the settings in a file between two runs.
//!
//! The only thread it starts is one around an open file dialog, since that call returns when the user likes.

mod background;
mod banner;
mod controls;
mod dialog;
mod facts;
mod figures;
mod kit;
mod model;
mod output;
mod paint;
mod panel;
mod path_field;
mod preview;
mod shortcuts;
mod source;
mod state_line;
mod store;
mod theme;
mod view;
mod virtual_camera;

pub use dialog::{Chosen, FileChooser, FilePurpose, SystemChooser};
pub use facts::{BundledBackground, CameraChoice, PanelFacts, ProviderFact};
pub use panel::{Panel, PanelEvent, PreviewImage};
pub use store::{Loaded, Store, default_settings};
