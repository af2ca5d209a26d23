//! A PipeWire camera that is given a moving picture.

use std::time::{Duration, Instant};

use scrim_frame::{AlphaState, CompositePool, Size};
use scrim_output::{OutputSpec, SinkError, SinkFormat, Timing, VideoSink, open};

use crate::daemons::within;
use crate::moving::{HEIGHT, WIDTH, colour};
use crate::support::{Kind, composite};

/// Longer than anything takes on a computer that is busy with other things.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// The sink, and the moving picture that goes to it.
pub struct Feed {
    pub sink: Box<dyn VideoSink>,
    pub pool: CompositePool,
    /// The number of the next picture.
    pub next: u32,
}

impl Feed {
    pub fn open() -> Result<Self, SinkError> {
        Ok(Self {
            sink: start()?,
            pool: CompositePool::new(4),
            next: 0,
        })
    }

    pub fn write(&mut self) -> Result<(), SinkError> {
        let n = self.next;
        self.next += 1;
        let kind = Kind::new(WIDTH, HEIGHT);
        let picture = composite(&mut self.pool, kind, |x, y| colour(n, x, y));
        self.sink.write(&picture)
    }

    /// Writes thirty pictures a second until it is so; whether it came to be so in time.
    pub fn until(&mut self, mut is_so: impl FnMut(&dyn VideoSink) -> bool) -> bool {
        let mut next = Instant::now();
        within(PATIENCE, || {
            if Instant::now() >= next {
                next += Duration::from_millis(33);
                self.write().expect("the camera stands");
            }
            is_so(&*self.sink)
        })
    }
}

pub fn start() -> Result<Box<dyn VideoSink>, SinkError> {
    let spec: OutputSpec = format!("pipewire?size={WIDTH}x{HEIGHT}")
        .parse()
        .expect("it names an output");
    // The size of the pictures is not that of the camera: it is fixed by the output alone.
    let format = SinkFormat {
        size: Size::new(64, 64).expect("it is a size"),
        timing: Timing::Live(Duration::from_millis(33)),
        alpha: AlphaState::Opaque,
    };
    open(&spec, format)
}
