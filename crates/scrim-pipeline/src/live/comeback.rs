//! A camera that went away: which one it was, and how soon to look for it again.

use std::time::{Duration, Instant};

use scrim_capture::{CaptureError, Retry, SourceSpec, VideoSource};

/// For so long after a camera was missing, whatever else fails is put down to its coming back: the node appears first,
/// then its rights, then its lasting name; and whoever had it before may still hold it.
const RETURNING: Duration = Duration::from_secs(5);

/// How soon to try again meanwhile.
const SOON: Duration = Duration::from_millis(200);

#[derive(Debug)]
struct Known {
    /// As long as udev is there, a name that survives another port or number; else the node's path.
    id: String,
    name: String,
}

/// What one capture thread knows of the camera it opened before.
#[derive(Debug, Default)]
pub(crate) struct Comeback {
    known: Option<Known>,
    missing_at: Option<Instant>,
    by_name: bool,
}

impl Comeback {
    /// What to open: of a camera that was named by its number, path or part of its name, the very same one again.
    pub(crate) fn spec(&self, spec: &SourceSpec) -> SourceSpec {
        match (spec, &self.known) {
            (
                SourceSpec::Camera {
                    id: Some(_),
                    backend,
                    request,
                },
                Some(known),
            ) => SourceSpec::Camera {
                id: Some(if self.by_name {
                    known.name.clone()
                } else {
                    known.id.clone()
                }),
                backend: *backend,
                request: *request,
            },
            _ => spec.clone(),
        }
    }

    /// A source was opened for `spec`.
    ///
    /// # Errors
    /// Another camera has taken the path of the one that was there before.
    pub(crate) fn opened(
        &mut self,
        spec: &SourceSpec,
        source: &dyn VideoSource,
    ) -> Result<(), CaptureError> {
        let (SourceSpec::Camera { id: Some(_), .. }, Some(camera)) = (spec, source.camera()) else {
            return Ok(());
        };
        let name = source.description();
        if let Some(known) = &self.known
            && is_path(&known.id)
            && known.name != name
        {
            return Err(CaptureError::NoCamera {
                what: format!(
                    "the camera {} is not back; {name} is in its place",
                    known.name
                ),
            });
        }
        self.known = Some(Known {
            id: camera.id.clone(),
            name: name.to_owned(),
        });
        self.by_name = false;
        Ok(())
    }

    /// It failed; how long to wait before the next try. `None`: until the user changes something.
    pub(crate) fn failed(&mut self, error: &CaptureError, now: Instant) -> Option<Duration> {
        let Retry::After(pause) = error.retry() else {
            return None;
        };
        if error.is_missing() {
            self.missing_at = Some(now);
            // A path is a number given out as cameras come: after a replug it may be another. Its name is tried in turn.
            let has_path = self.known.as_ref().is_some_and(|known| is_path(&known.id));
            self.by_name = has_path && !self.by_name;
            return Some(pause);
        }
        let is_returning = self
            .missing_at
            .is_some_and(|at| now.saturating_duration_since(at) < RETURNING);
        Some(if is_returning { pause.min(SOON) } else { pause })
    }
}

fn is_path(id: &str) -> bool {
    id.starts_with('/')
}

#[cfg(test)]
mod tests {
    use scrim_capture::{CameraRequest, Delivery, OpenCamera, SourceFormat};
    use scrim_frame::{PixelFormat, Size};

    use super::*;

    struct Camera(OpenCamera, &'static str);

    impl VideoSource for Camera {
        fn description(&self) -> &str {
            self.1
        }

        fn format(&self) -> SourceFormat {
            SourceFormat {
                size: Size::new(2, 2).unwrap(),
                pixels: PixelFormat::Rgb8,
                interval: None,
            }
        }

        fn camera(&self) -> Option<&OpenCamera> {
            Some(&self.0)
        }

        fn next_frame(&mut self, _: Duration) -> Result<Delivery, CaptureError> {
            Ok(Delivery::Nothing)
        }
    }

    fn camera(id: &str, name: &'static str) -> Camera {
        let id = id.into();
        let asked = CameraRequest::default();
        Camera(OpenCamera { id, asked }, name)
    }

    fn spec(text: &str) -> SourceSpec {
        text.parse().unwrap()
    }

    fn unplugged() -> CaptureError {
        CaptureError::Unplugged {
            camera: "Cam".into(),
        }
    }

    fn denied() -> CaptureError {
        CaptureError::Denied {
            camera: "Cam".into(),
        }
    }

    #[test]
    fn a_camera_named_by_its_number_is_looked_for_by_its_lasting_name() {
        let mut comeback = Comeback::default();
        let asked = spec("camera:0?size=640x480");
        assert_eq!(comeback.spec(&asked), asked);
        comeback.opened(&asked, &camera("usb-Cam", "Cam")).unwrap();
        comeback.failed(&unplugged(), Instant::now());
        assert_eq!(comeback.spec(&asked), spec("camera:usb-Cam?size=640x480"));
        let first = spec("camera");
        let mut comeback = Comeback::default();
        comeback.opened(&first, &camera("usb-Cam", "Cam")).unwrap();
        assert_eq!(comeback.spec(&first), first, "the first is the first again");
    }

    #[test]
    fn without_lasting_names_the_same_model_is_looked_for_and_no_other_taken() {
        let mut comeback = Comeback::default();
        let asked = spec("camera:/dev/video0");
        let old = camera("/dev/video0", "Cam");
        comeback.opened(&asked, &old).unwrap();
        let now = Instant::now();
        comeback.failed(&unplugged(), now);
        assert_eq!(comeback.spec(&asked), spec("camera:Cam"));
        comeback.failed(&unplugged(), now);
        assert_eq!(comeback.spec(&asked), asked, "in turn");
        let other = camera("/dev/video0", "Another");
        let error = comeback.opened(&asked, &other).unwrap_err();
        assert!(error.is_missing() && error.to_string().contains("Another"));
        comeback
            .opened(&asked, &camera("/dev/video2", "Cam"))
            .unwrap();
        assert_eq!(comeback.spec(&asked), spec("camera:/dev/video2"));
    }

    #[test]
    fn what_fails_while_a_camera_comes_back_is_tried_again_soon() {
        let mut comeback = Comeback::default();
        let now = Instant::now();
        let usual = comeback.failed(&denied(), now).unwrap();
        assert!(usual > Duration::from_secs(1));
        let pause = comeback.failed(&unplugged(), now).unwrap();
        assert!(pause <= Duration::from_millis(500));
        assert_eq!(comeback.failed(&denied(), now + pause), Some(SOON));
        let later = now + RETURNING;
        assert_eq!(comeback.failed(&denied(), later), Some(usual));
        let file = CaptureError::File {
            path: "a".into(),
            reason: String::new(),
            try_this: String::new(),
        };
        assert_eq!(comeback.failed(&file, now), None);
    }
}
