//! What the pipeline asks of a compositor.

use scrim_compositor::{AdapterFacts, Compositor, Encoding, GpuError, Look, Preview, PreviewView};
use scrim_frame::{Composite, MattedFrame};

/// Lays people over backgrounds; [`Compositor`] is the real one.
///
/// Between the pipeline and the compositor, so that a test can lose the device whenever it likes.
pub trait Drawing: Send {
    /// What draws.
    fn facts(&self) -> AdapterFacts;

    /// As [`Compositor::set_encoding`].
    fn set_encoding(&mut self, encoding: Option<Encoding>);

    /// As [`Compositor::rehearse`].
    ///
    /// # Errors
    /// The same.
    fn rehearse(&mut self, look: &Look, goes_on: &dyn Fn() -> bool) -> Result<(), GpuError>;

    /// As [`Compositor::render`].
    ///
    /// # Errors
    /// The same.
    fn render(&mut self, picture: &MattedFrame, look: &Look) -> Result<(), GpuError>;

    /// As [`Compositor::read_back`].
    ///
    /// # Errors
    /// The same.
    fn read_back(&mut self) -> Result<Option<Composite>, GpuError>;

    /// As [`Compositor::drain`].
    ///
    /// # Errors
    /// The same.
    fn drain(&mut self) -> Result<Option<Composite>, GpuError>;

    /// As [`Compositor::composite`].
    ///
    /// # Errors
    /// The same.
    fn composite(&mut self, picture: &MattedFrame, look: &Look) -> Result<Composite, GpuError>;

    /// As [`Compositor::preview`]; `None` where there is nothing to show on a screen.
    ///
    /// # Errors
    /// The same.
    fn preview(&mut self, view: PreviewView) -> Result<Option<Preview>, GpuError>;
}

impl Drawing for Compositor {
    fn facts(&self) -> AdapterFacts {
        self.gpu().facts().clone()
    }

    fn set_encoding(&mut self, encoding: Option<Encoding>) {
        self.set_encoding(encoding);
    }

    fn rehearse(&mut self, look: &Look, goes_on: &dyn Fn() -> bool) -> Result<(), GpuError> {
        self.rehearse(look, goes_on)
    }

    fn render(&mut self, picture: &MattedFrame, look: &Look) -> Result<(), GpuError> {
        self.render(picture, look)
    }

    fn read_back(&mut self) -> Result<Option<Composite>, GpuError> {
        self.read_back()
    }

    fn drain(&mut self) -> Result<Option<Composite>, GpuError> {
        self.drain()
    }

    fn composite(&mut self, picture: &MattedFrame, look: &Look) -> Result<Composite, GpuError> {
        self.composite(picture, look)
    }

    fn preview(&mut self, view: PreviewView) -> Result<Option<Preview>, GpuError> {
        self.preview(view).map(Some)
    }
}
