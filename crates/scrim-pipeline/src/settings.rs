//! What the user wants: one immutable snapshot, compared to say what must be rebuilt.

use std::collections::BTreeMap;

use scrim_capture::SourceSpec;
use scrim_compositor::{Deliver, Fit, PreviewView, Upsampling};
use scrim_frame::AlphaState;
use scrim_matting::MattingOptions;
use scrim_output::{OutputSpec, VideoCodec};

use crate::{BackgroundSpec, Problem, ProblemSource, Severity};

/// What was set on cameras: by a camera's lasting id, then by the control's key.
pub type ControlValues = BTreeMap<String, BTreeMap<String, i64>>;

/// Stands for every camera in [`ControlValues`]; what is set on one by its own id wins.
pub const ANY_CAMERA: &str = "*";

/// One snapshot of everything that can be chosen.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Where pictures come from.
    pub source: SourceSpec,
    /// Model, provider, threads, input size.
    pub matting: MattingOptions,
    /// Behind the person.
    pub background: BackgroundSpec,
    /// How a background picture meets another aspect ratio.
    pub fit: Fit,
    /// Left and right exchanged.
    pub mirror: bool,
    /// How the matte is enlarged.
    pub upsampling: Upsampling,
    /// What the outputs receive.
    pub deliver: Deliver,
    /// What the user's own preview shows.
    pub view: PreviewView,
    /// Where composites go.
    pub outputs: Vec<OutputSpec>,
    /// Keep the source open while nobody watches: no wait for the camera when a call begins, but its light stays on.
    pub keep_camera_on: bool,
    /// What is set on cameras whenever they are opened. A control that is not named here is left as it is.
    pub controls: ControlValues,
}

/// What a change of settings takes; several may be needed at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each stage is rebuilt or not, independently of the others"
)]
pub struct Rebuild {
    /// The source must be opened again.
    pub reopen_source: bool,
    /// The model must be loaded again.
    pub reload_model: bool,
    /// The background must be read again.
    pub reload_background: bool,
    /// Outputs must be opened again.
    pub reopen_outputs: bool,
}

impl Settings {
    /// What is wanted of the controls of the camera with this id.
    #[must_use]
    pub fn controls_of(&self, camera: &str) -> BTreeMap<String, i64> {
        let named = |id: &str| self.controls.get(id).into_iter().flatten();
        named(ANY_CAMERA)
            .chain(named(camera))
            .map(|(key, value)| (key.clone(), *value))
            .collect()
    }

    /// What going from `self` to `next` takes.
    #[must_use]
    pub fn rebuild_for(&self, next: &Self) -> Rebuild {
        Rebuild {
            reopen_source: self.source != next.source,
            reload_model: self.matting != next.matting,
            reload_background: self.background != next.background,
            reopen_outputs: self.outputs != next.outputs,
        }
    }
}

impl Rebuild {
    /// Whether the change applies to the very next frame, since nothing has to be prepared.
    #[must_use]
    pub fn is_live(&self) -> bool {
        *self == Self::default()
    }
}

/// The formats that carry alpha, for messages.
const ALPHA_FORMATS: &str = "PNG pictures, .mov (ProRes 4444) and .webm (VP9)";

/// What the alpha channel of the composites says under these choices. A matte is a grey picture, opaque throughout.
pub(crate) fn alpha_state(background: &BackgroundSpec, deliver: Deliver) -> AlphaState {
    match (background, deliver) {
        (BackgroundSpec::Transparent, Deliver::Composite) => AlphaState::Straight,
        _ => AlphaState::Opaque,
    }
}

/// Whether an output can take composites with this alpha, and if not, why.
pub(crate) fn check_alpha(index: usize, spec: &OutputSpec, alpha: AlphaState) -> Option<Problem> {
    let carries_alpha = match spec {
        OutputSpec::Video { codec, .. } => match codec {
            VideoCodec::H264 => false,
            VideoCodec::ProRes4444 | VideoCodec::Vp9 => true,
        },
        // A virtual camera carries none, and lays it over black: to refuse would be to close the device.
        OutputSpec::Null
        | OutputSpec::Picture(_)
        | OutputSpec::PictureSequence(_)
        | OutputSpec::V4l2(_)
        | OutputSpec::PipeWire(_) => true,
    };
    (alpha == AlphaState::Straight && !carries_alpha).then(|| Problem {
        source: ProblemSource::Output(index),
        severity: Severity::Error,
        what: "This output cannot be transparent.".into(),
        why: format!("{spec} carries no alpha; {ALPHA_FORMATS} do."),
        try_this: Some("Choose one of those formats, or another background.".into()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> Settings {
        Settings {
            source: SourceSpec::Sample,
            matting: MattingOptions::default(),
            background: BackgroundSpec::Transparent,
            fit: Fit::Fill,
            mirror: false,
            upsampling: Upsampling::Guided,
            deliver: Deliver::Composite,
            view: PreviewView::Composite,
            outputs: vec![],
            keep_camera_on: false,
            controls: ControlValues::new(),
        }
    }

    #[test]
    fn only_what_changed_is_rebuilt() {
        let old = settings();
        let mut new = old.clone();
        new.mirror = true;
        new.view = PreviewView::Split(0.3);
        new.fit = Fit::Tile;
        new.controls.entry("usb-Cam".into()).or_default();
        assert!(old.rebuild_for(&new).is_live());
        new.background = BackgroundSpec::Blur(0.2);
        assert!(old.rebuild_for(&new).reload_background);
        assert!(!old.rebuild_for(&new).reopen_source);
        new.outputs.push(OutputSpec::Null);
        new.source = SourceSpec::File {
            path: "a".into(),
            playback: scrim_capture::Playback::Once,
            pace: scrim_capture::Pace::Unpaced,
        };
        let rebuild = old.rebuild_for(&new);
        assert!(rebuild.reopen_outputs && rebuild.reopen_source && !rebuild.reload_model);
    }

    #[test]
    fn what_is_set_on_one_camera_wins_over_what_is_set_on_all() {
        let mut settings = settings();
        let set = [
            (ANY_CAMERA, "gain", 1),
            (ANY_CAMERA, "hue", 2),
            ("usb-Cam", "gain", 3),
        ];
        for (camera, key, value) in set {
            let camera = settings.controls.entry(camera.into()).or_default();
            camera.insert(key.into(), value);
        }
        let of = |camera| settings.controls_of(camera).into_iter().collect::<Vec<_>>();
        assert_eq!(of("usb-Cam"), [("gain".into(), 3), ("hue".into(), 2)]);
        assert_eq!(of("usb-Other"), [("gain".into(), 1), ("hue".into(), 2)]);
    }

    #[test]
    fn only_some_outputs_carry_alpha() {
        let mp4 = OutputSpec::Video {
            path: "a.mp4".into(),
            codec: VideoCodec::H264,
        };
        let webm = OutputSpec::Video {
            path: "a.webm".into(),
            codec: VideoCodec::Vp9,
        };
        assert!(check_alpha(0, &mp4, AlphaState::Opaque).is_none());
        assert!(check_alpha(0, &webm, AlphaState::Straight).is_none());
        let transparent = settings();
        let alpha = alpha_state(&transparent.background, transparent.deliver);
        assert_eq!(alpha, AlphaState::Straight);
        assert_eq!(
            alpha_state(&transparent.background, Deliver::Matte),
            AlphaState::Opaque
        );
    }
}
