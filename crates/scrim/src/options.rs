//! What the command line says, laid over the settings.

use scrim_pipeline::{ANY_CAMERA, Settings};

use crate::cli::RunArgs;
use crate::exit::Failure;

/// The background where the user named none: the first that comes with the program.
pub const FIRST_BACKGROUND: &str = "bundled:studio";

/// Lays what was said on the command line over `settings`.
///
/// # Errors
/// Together they would destroy a file that they read.
pub fn apply_arguments(settings: &mut Settings, args: &RunArgs) -> Result<(), Failure> {
    if let Some(source) = &args.source {
        settings.source = source.clone();
    }
    if let Some(background) = &args.background {
        settings.background = background.clone();
    }
    settings.mirror |= args.mirror;
    settings.keep_camera_on |= args.keep_camera_on;
    settings.matting = args.matting.over(&settings.matting);
    // Without a word about outputs, the virtual cameras of the last run stay on.
    if !args.output.is_empty() {
        settings.outputs.clone_from(&args.output);
    }
    if !args.control.is_empty() {
        let every = settings.controls.entry(ANY_CAMERA.into()).or_default();
        every.extend(args.control.iter().cloned());
    }
    let refused = settings.overlap();
    refused.map_or(Ok(()), |problem| Err(Failure::refused(&problem)))
}
