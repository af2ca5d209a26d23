//! How the next frame is drawn, and what is still being prepared for it.

use std::sync::Arc;

use scrim_compositor::{Backdrop, Decontamination, Deliver, Fit, Look, PreviewView, Upsampling};
use scrim_frame::Frame;

use crate::{BackgroundSpec, Settings};

#[derive(Debug, Clone)]
enum Ground {
    /// Needs no file.
    Plain(Backdrop),
    /// The present picture of the background worker with this id.
    Picture(u64, Frame),
}

#[derive(Debug)]
struct Shown {
    ground: Option<Ground>,
    fit: Fit,
    mirror: bool,
    upsampling: Upsampling,
    deliver: Deliver,
    view: PreviewView,
}

/// The look in use, and the one that waits for its background to be decoded.
///
/// A change that brings another background applies as a whole when that background is there; a change that does not applies
/// at once, on top of the old background. A background that cannot be decoded leaves the old one in place.
#[derive(Debug)]
pub(crate) struct Looks {
    wanted: Arc<Settings>,
    shown: Shown,
    /// The worker of the background that is wanted, if it is a file.
    worker: Option<u64>,
    waiting: bool,
    version: u64,
    view_version: u64,
}

fn plain(spec: &BackgroundSpec) -> Option<Backdrop> {
    match spec {
        BackgroundSpec::Color(color) => Some(Backdrop::Color(*color)),
        BackgroundSpec::Gradient(top, bottom) => Some(Backdrop::Gradient(*top, *bottom)),
        BackgroundSpec::Blur(strength) => Some(Backdrop::Blur(*strength)),
        BackgroundSpec::Transparent => Some(Backdrop::Transparent),
        BackgroundSpec::File(_) => None,
    }
}

/// Whether that makes a difference.
fn replace<T: PartialEq>(old: &mut T, new: T) -> bool {
    let is_other = *old != new;
    *old = new;
    is_other
}

impl Looks {
    /// `worker` decodes the background, where it is a file.
    pub(crate) fn new(settings: Arc<Settings>, worker: Option<u64>) -> Self {
        let ground = plain(&settings.background).map(Ground::Plain);
        Self {
            shown: Shown {
                ground,
                fit: settings.fit,
                mirror: settings.mirror,
                upsampling: settings.upsampling,
                deliver: settings.deliver,
                view: settings.view,
            },
            wanted: settings,
            worker,
            waiting: worker.is_some(),
            version: 0,
            view_version: 0,
        }
    }

    /// New settings; `worker` decodes the background, where it is another file than before.
    pub(crate) fn apply(&mut self, next: Arc<Settings>, worker: Option<u64>) {
        let before = std::mem::replace(&mut self.wanted, next);
        let next = Arc::clone(&self.wanted);
        if before.background != next.background {
            self.worker = worker;
            self.waiting = false;
            match plain(&next.background) {
                Some(backdrop) => self.adopt(Ground::Plain(backdrop)),
                None => self.waiting = true,
            }
            return;
        }
        // What an earlier change left waiting goes on waiting; only what this change is about is taken over.
        let shown = &mut self.shown;
        let mut is_other = false;
        if before.mirror != next.mirror {
            is_other |= replace(&mut shown.mirror, next.mirror);
        }
        if before.upsampling != next.upsampling {
            is_other |= replace(&mut shown.upsampling, next.upsampling);
        }
        if before.deliver != next.deliver {
            is_other |= replace(&mut shown.deliver, next.deliver);
        }
        if !self.waiting {
            is_other |= replace(&mut shown.fit, next.fit);
        }
        self.version += u64::from(is_other);
        if before.view != next.view {
            shown.view = next.view;
            self.view_version += 1;
        }
    }

    fn adopt(&mut self, ground: Ground) {
        let wanted = &self.wanted;
        self.shown = Shown {
            ground: Some(ground),
            fit: wanted.fit,
            mirror: wanted.mirror,
            upsampling: wanted.upsampling,
            deliver: wanted.deliver,
            view: wanted.view,
        };
        self.waiting = false;
        self.version += 1;
    }

    /// A picture of a background. The first is adopted with everything that waited for it; later ones show with the
    /// next frame. Whether it was wanted at all.
    pub(crate) fn background(&mut self, worker: u64, picture: Frame) -> bool {
        match &mut self.shown.ground {
            Some(Ground::Picture(id, shown)) if *id == worker => *shown = picture,
            _ if self.worker == Some(worker) => self.adopt(Ground::Picture(worker, picture)),
            _ => return false,
        }
        true
    }

    /// A background that cannot be decoded: the old one stays, what else was wanted applies. Whether it was wanted.
    pub(crate) fn background_failed(&mut self, worker: u64) -> bool {
        if self.worker != Some(worker) {
            return false;
        }
        if self.waiting
            && let Some(ground) = self.shown.ground.clone()
        {
            let fit = self.shown.fit;
            self.adopt(ground);
            self.shown.fit = fit;
        }
        self.waiting = false;
        true
    }

    /// Makes the last frame be drawn again.
    pub(crate) fn touch(&mut self) {
        self.version += 1;
    }

    /// Another number whenever the last frame would look different.
    pub(crate) fn version(&self) -> u64 {
        self.version
    }

    /// Another number whenever the last frame would look different in the preview only.
    pub(crate) fn view_version(&self) -> u64 {
        self.view_version
    }

    /// Whether there will be no look: there is none, and what was wanted cannot be decoded.
    pub(crate) fn is_hopeless(&self) -> bool {
        self.shown.ground.is_none() && !self.waiting
    }

    /// The look; `None` until there is a background. Copies references only.
    pub(crate) fn look(&self) -> Option<(Look, PreviewView)> {
        let shown = &self.shown;
        let backdrop = match shown.ground.as_ref()? {
            Ground::Plain(backdrop) => backdrop.clone(),
            Ground::Picture(_, frame) => Backdrop::Picture(frame.clone(), shown.fit),
        };
        let look = Look {
            backdrop,
            mirror: shown.mirror,
            upsampling: shown.upsampling,
            decontamination: Decontamination::default(),
            deliver: shown.deliver,
        };
        Some((look, shown.view))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use scrim_compositor::Rgb;
    use scrim_frame::{PixelBuffer, PixelFormat, PixelLayout, Size};
    use scrim_matting::MattingOptions;

    use super::*;
    use crate::SourceSpec;

    fn settings(background: BackgroundSpec) -> Settings {
        Settings {
            source: SourceSpec::Sample,
            matting: MattingOptions::default(),
            background,
            fit: Fit::Fill,
            mirror: false,
            upsampling: Upsampling::Guided,
            deliver: Deliver::Composite,
            view: PreviewView::Composite,
            outputs: vec![],
            keep_camera_on: false,
            controls: crate::ControlValues::new(),
        }
    }

    fn picture() -> Frame {
        let layout = PixelLayout::packed(PixelFormat::Rgb8, Size::new(1, 1).unwrap());
        Frame::new(PixelBuffer::zeroed(layout), Instant::now())
    }

    fn look(looks: &Looks) -> Look {
        looks.look().unwrap().0
    }

    #[test]
    fn nothing_is_drawn_before_there_is_a_background() {
        let mut looks = Looks::new(
            Arc::new(settings(BackgroundSpec::File("a".into()))),
            Some(1),
        );
        assert!(looks.look().is_none());
        assert!(looks.background_failed(1));
        assert!(looks.look().is_none(), "a failure does not show the room");
        assert!(looks.background(1, picture()));
        assert!(matches!(look(&looks).backdrop, Backdrop::Picture(..)));
    }

    #[test]
    fn a_change_with_a_slow_background_applies_as_a_whole() {
        let green = BackgroundSpec::Color(Rgb(0, 255, 0));
        let mut looks = Looks::new(Arc::new(settings(green)), None);
        let mut next = settings(BackgroundSpec::File("a".into()));
        next.mirror = true;
        next.fit = Fit::Tile;
        looks.apply(Arc::new(next.clone()), Some(1));
        assert!(!look(&looks).mirror, "not half of it");
        // A live change meanwhile shows at once, and brings nothing of what waits.
        next.view = PreviewView::Matte;
        looks.apply(Arc::new(next), None);
        assert_eq!(looks.look().unwrap().1, PreviewView::Matte);
        assert!(!look(&looks).mirror);
        assert!(looks.background(1, picture()));
        assert!(look(&looks).mirror);
        assert!(matches!(
            look(&looks).backdrop,
            Backdrop::Picture(_, Fit::Tile)
        ));
    }

    #[test]
    fn only_what_is_drawn_otherwise_counts_as_another_look() {
        let green = BackgroundSpec::Color(Rgb(0, 255, 0));
        let mut looks = Looks::new(Arc::new(settings(green.clone())), None);
        let mut next = settings(green);
        let versions = |looks: &Looks| (looks.version(), looks.view_version());
        looks.apply(Arc::new(next.clone()), None);
        assert_eq!(versions(&looks), (0, 0));
        next.view = PreviewView::Matte;
        looks.apply(Arc::new(next.clone()), None);
        assert_eq!(versions(&looks), (0, 1));
        next.mirror = true;
        looks.apply(Arc::new(next), None);
        assert_eq!(versions(&looks), (1, 1));
    }

    #[test]
    fn the_last_background_wins_and_a_bad_one_changes_nothing_else() {
        let green = BackgroundSpec::Color(Rgb(0, 255, 0));
        let mut looks = Looks::new(Arc::new(settings(green)), None);
        looks.apply(
            Arc::new(settings(BackgroundSpec::File("a".into()))),
            Some(1),
        );
        let mut next = settings(BackgroundSpec::File("b".into()));
        next.mirror = true;
        looks.apply(Arc::new(next), Some(2));
        assert!(!looks.background(1, picture()), "overtaken");
        let version = looks.version();
        assert!(looks.background_failed(2));
        assert!(looks.version() > version);
        assert!(look(&looks).mirror);
        assert!(matches!(look(&looks).backdrop, Backdrop::Color(_)));
    }
}
