//! The compositor: frames in, pictures out.

use std::time::{Duration, Instant};

use scrim_frame::{
    AlphaState, Composite, CompositeContent, MattedFrame, PixelFormat, PixelLayout, Size,
};

use crate::finish::Label;
use crate::pass::Kit;
use crate::readback::{self, ReadBack};
use crate::stages::decode::Decode;
use crate::stages::encode::Encode;
use crate::stages::matte::FitMatte;
use crate::stages::mix::{Inputs, Mix};
use crate::stages::picture::PreparePicture;
use crate::stages::preview::DrawPreview;
use crate::stages::room::BlurRoom;
use crate::stages::surround::Surround;
use crate::{
    AdapterFacts, Backdrop, Decontamination, Deliver, Encoding, Gpu, GpuError, Look, Preview,
    PreviewView, rehearsal, slate,
};

/// How long a live picture may take to come back before the device counts as lost.
///
/// Whoever draws live also decides what is shown while nothing can be drawn, and must not be kept from it by a driver
/// that hangs. Drivers reset a device that does nothing for about two seconds themselves (Windows' TDR: 2 s); one that
/// has not done so by then will not.
const LIVE_PATIENCE: Duration = Duration::from_secs(2);

/// The same for a device that draws on the CPU, where no driver hangs: it draws 1080p in well under a tenth of a second, but
/// builds shaders when they are first used, and a slow or busy computer takes many seconds for that. To begin anew on
/// another such device would only make it build them once more. Measured on an emulated processor: 33 s for four pictures.
const SOFTWARE_PATIENCE: Duration = Duration::from_secs(30);

/// The same for a single picture, which nobody waits for live: the largest photographs take a software device on a busy
/// machine many seconds.
const STILL_PATIENCE: Duration = Duration::from_mins(1);

/// What the output texture shows.
#[derive(Debug, Clone, Copy)]
struct Rendered {
    size: Size,
    label: Label,
    mirror: bool,
    encoding: Option<Encoding>,
    is_read: bool,
}

/// Lays people over backgrounds, frame after frame.
#[derive(Debug)]
pub struct Compositor {
    kit: Kit,
    decode: Decode,
    matte: FitMatte,
    picture: PreparePicture,
    room: BlurRoom,
    surround: Surround,
    mix: Mix,
    encode: Encode,
    encoding: Option<Encoding>,
    preview: DrawPreview,
    rendered: Option<Rendered>,
    read_back: ReadBack,
}

impl Compositor {
    /// Builds the passes. `composites` is how many composites may be held by others at the same time.
    ///
    /// # Errors
    /// The device is lost or refuses a pass.
    pub fn new(gpu: &Gpu, composites: usize) -> Result<Self, GpuError> {
        let kit = Kit::new(gpu);
        gpu.check()?;
        Ok(Self {
            kit,
            decode: Decode::new(),
            matte: FitMatte::new(),
            picture: PreparePicture::new(),
            room: BlurRoom::new(),
            surround: Surround::new(),
            mix: Mix::new(),
            encode: Encode::new(),
            encoding: None,
            preview: DrawPreview::new(),
            rendered: None,
            read_back: ReadBack::new(composites),
        })
    }

    /// The device it runs on.
    #[must_use]
    pub fn gpu(&self) -> &Gpu {
        &self.kit.gpu
    }

    /// How what is rendered from now on is laid out when it is read back; `None`: RGBA at the frame's size, with its
    /// alpha. The preview is not concerned.
    pub fn set_encoding(&mut self, encoding: Option<Encoding>) {
        self.encoding = encoding;
    }

    /// Draws a frame with its look into the composite texture. Submits work and returns; nothing is read back.
    ///
    /// # Errors
    /// The device is lost or out of memory, or the frame is larger than its textures can be.
    pub fn render(&mut self, picture: &MattedFrame, look: &Look) -> Result<(), GpuError> {
        // Until this frame is drawn whole, there is nothing to show: half a frame must not be read back.
        self.rendered = None;
        let done = self.record(picture, look);
        if done.is_err() {
            self.decode.forget();
            self.picture.forget();
        }
        done?;
        let frame = picture.frame();
        let content = match look.deliver {
            Deliver::Composite => CompositeContent::Person(frame.id()),
            Deliver::Matte => CompositeContent::Matte(frame.id()),
        };
        let alpha = match (look.deliver, &look.backdrop) {
            (Deliver::Composite, Backdrop::Transparent) => AlphaState::Straight,
            _ => AlphaState::Opaque,
        };
        self.rendered = Some(Rendered {
            size: frame.size(),
            label: Label {
                content,
                alpha,
                captured_at: frame.captured_at(),
            },
            mirror: look.mirror,
            encoding: self.encoding,
            is_read: false,
        });
        Ok(())
    }

    /// Draws made-up pictures with this look, and waits until they are drawn: where shaders are built when they are first
    /// used, that takes seconds, and the first real picture would wait for it. Nothing can be read back or shown afterwards.
    /// Between two of them it is asked whether to go on.
    ///
    /// # Errors
    /// As [`Self::render`].
    pub fn rehearse(&mut self, look: &Look, goes_on: &dyn Fn() -> bool) -> Result<(), GpuError> {
        for picture in rehearsal::pictures().take_while(|_| goes_on()) {
            let rendered = self.render(&picture, look);
            self.rendered = None;
            self.decode.forget();
            rendered?;
            readback::wait_idle(&self.kit.gpu, STILL_PATIENCE)?;
        }
        Ok(())
    }

    fn record(&mut self, picture: &MattedFrame, look: &Look) -> Result<(), GpuError> {
        let kit = &self.kit;
        kit.gpu.check()?;
        let (frame, size) = (picture.frame(), picture.frame().size());
        let mut encoder = encoder(&kit.gpu, "render");
        self.decode.load(kit, &mut encoder, frame)?;
        let decoded = self.decode.tex().unwrap_or(&kit.nothing);
        self.matte.load(
            kit,
            &mut encoder,
            picture.matte(),
            (decoded, size),
            look.upsampling,
        )?;
        let fits = self.matte.tex().unwrap_or(&kit.nothing);
        let tiles = self.matte.tiles().unwrap_or(&kit.nothing);
        match &look.backdrop {
            Backdrop::Picture(picture, fit) => {
                self.picture.load(kit, &mut encoder, picture, *fit, size)?;
            }
            Backdrop::Blur(strength) => {
                self.room
                    .draw(kit, &mut encoder, size, *strength, [decoded, fits, tiles]);
            }
            Backdrop::Color(_) | Backdrop::Gradient(..) | Backdrop::Transparent => {}
        }
        if look.decontamination == Decontamination::On {
            self.surround
                .draw(kit, &mut encoder, size, [decoded, fits, tiles]);
        }
        let [near_person, near_room] = self.surround.tex();
        let inputs = Inputs {
            frame: decoded,
            fits,
            picture: self.picture.tex().unwrap_or(&kit.nothing),
            room: self.room.tex().unwrap_or(&kit.nothing),
            near_person: near_person.unwrap_or(&kit.nothing),
            near_room: near_room.unwrap_or(&kit.nothing),
            tiles,
        };
        self.mix.draw(kit, &mut encoder, size, look, &inputs);
        if let (Some(encoding), Some(output)) = (self.encoding, self.mix.tex()) {
            self.encode.draw(kit, &mut encoder, output, size, encoding);
        }
        kit.gpu.queue().submit([encoder.finish()]);
        kit.gpu.check()
    }

    /// Starts reading back what was rendered last, and returns the oldest picture whose read-back has finished.
    ///
    /// Read-backs run in a ring of three, so that the GPU never waits for the CPU: the first calls return `None`, and the
    /// picture returned belongs to an earlier frame (its content names which). Nothing is read back twice; only when
    /// all three are under way does it wait, for the oldest.
    ///
    /// # Errors
    /// The device is lost, or all composites are held elsewhere (the picture is then offered again).
    pub fn read_back(&mut self) -> Result<Option<Composite>, GpuError> {
        let waited = if self.read_back.is_full() {
            self.read_back
                .wait_for_oldest(&self.kit.gpu, live_patience(self.kit.gpu.facts()))?
        } else {
            None
        };
        self.start_read_back()?;
        if waited.is_some() {
            return Ok(waited);
        }
        self.read_back.take_ready(&self.kit.gpu)
    }

    fn start_read_back(&mut self) -> Result<(), GpuError> {
        let (Some(rendered), Some(output)) = (&mut self.rendered, self.mix.tex()) else {
            return Ok(());
        };
        if rendered.is_read {
            return Ok(());
        }
        let Rendered { size, label, .. } = *rendered;
        if let Some(encoding) = rendered.encoding {
            let label = Label {
                // Laid over black.
                alpha: AlphaState::Opaque,
                ..label
            };
            let (planes, layout) = (self.encode.planes(), encoding.layout());
            self.read_back.start(&self.kit, planes, layout, label)?;
        } else {
            let layout = PixelLayout::packed(PixelFormat::Rgba8, size);
            let planes = std::iter::once(output);
            self.read_back.start(&self.kit, planes, layout, label)?;
        }
        rendered.is_read = true;
        Ok(())
    }

    /// Waits for the read-backs under way; the next one, oldest first, or `None` when none is left.
    ///
    /// # Errors
    /// The device is lost (or gives nothing for two seconds, half a minute where the CPU draws, which counts as that), or all
    /// composites are held elsewhere (the picture is then offered again).
    pub fn drain(&mut self) -> Result<Option<Composite>, GpuError> {
        let patience = live_patience(self.kit.gpu.facts());
        self.read_back.wait_for_oldest(&self.kit.gpu, patience)
    }

    /// Renders and waits for the picture: for stills and clips, where nothing else could run meanwhile. Read-backs that
    /// were under way are given up.
    ///
    /// # Errors
    /// As [`Self::render`] and [`Self::read_back`].
    pub fn composite(&mut self, picture: &MattedFrame, look: &Look) -> Result<Composite, GpuError> {
        self.read_back.abandon();
        self.render(picture, look)?;
        self.start_read_back()?;
        self.read_back
            .wait_for_oldest(&self.kit.gpu, STILL_PATIENCE)?
            .ok_or_else(|| GpuError::Refused {
                reason: "nothing came back".into(),
            })
    }

    /// Draws what was rendered last into the preview texture: what the outputs receive, the matte, the source, or source
    /// and composite split. Only the user's own window shows this; it never becomes a [`Composite`].
    ///
    /// Transparent composites lie over a chequered ground. The texture is `Rgba8Unorm` with encoded colour, opaque.
    ///
    /// # Errors
    /// The device is lost or out of memory, or nothing was rendered yet ([`GpuError::NothingRendered`]).
    pub fn preview(&mut self, view: PreviewView) -> Result<Preview, GpuError> {
        let kit = &self.kit;
        kit.gpu.check()?;
        let (Some(rendered), Some(frame), Some(fits), Some(output)) = (
            self.rendered,
            self.decode.tex(),
            self.matte.tex(),
            self.mix.tex(),
        ) else {
            return Err(GpuError::NothingRendered);
        };
        let shown = if view == PreviewView::Composite && rendered.label.alpha == AlphaState::Opaque
        {
            // Already what is to be seen: a pass would only copy it.
            output
        } else {
            let mut encoder = encoder(&kit.gpu, "preview");
            let inputs = [frame, fits, output];
            let shown = self.preview.draw(
                kit,
                &mut encoder,
                rendered.size,
                view,
                rendered.mirror,
                inputs,
            );
            kit.gpu.queue().submit([encoder.finish()]);
            kit.gpu.check()?;
            shown
        };
        Ok(Preview {
            view: shown.view.clone(),
            size: rendered.size,
            generation: shown.id(),
        })
    }

    /// The still card that is shown until there is a person to show, and after failures: made on the CPU, so that it
    /// needs no working GPU. Opaque RGBA; the same for every call with the same size but for its time.
    ///
    /// # Panics
    /// Never: the slate has memory of its own.
    #[must_use]
    pub fn slate(size: Size, now: Instant) -> Composite {
        slate::slate(size, now)
    }
}

fn encoder(gpu: &Gpu, label: &str) -> wgpu::CommandEncoder {
    gpu.device()
        .create_command_encoder(&wgpu::CommandEncoderDescriptor { label: Some(label) })
}

fn live_patience(facts: &AdapterFacts) -> Duration {
    if facts.is_software {
        SOFTWARE_PATIENCE
    } else {
        LIVE_PATIENCE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_on_the_cpu_gets_time_to_build_its_shaders() {
        let facts = |is_software| AdapterFacts {
            name: "device".into(),
            backend: "vulkan".into(),
            is_software,
        };
        assert_eq!(live_patience(&facts(false)), LIVE_PATIENCE);
        assert!(live_patience(&facts(true)) > 5 * LIVE_PATIENCE);
    }
}
