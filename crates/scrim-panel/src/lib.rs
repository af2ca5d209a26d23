//! scrim-panel
