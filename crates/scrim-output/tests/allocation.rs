//! Nothing is allocated for a composite once the first ones went through.

#[path = "../../../tests/support/counting.rs"]
mod counting;
#[expect(dead_code, reason = "each test file uses its part")]
mod support;

use std::time::Duration;

use counting::allocations;
use scrim_frame::{AlphaState, Size};
use scrim_output::{OutputSpec, SinkFormat, Timing, open};
use support::{Kind, NEEDS_FFMPEG, one};

// One test in this file: the count is the whole process's, threads of the sinks included.
#[test]
fn composites_cost_no_memory() {
    let folder = tempfile::tempdir().unwrap();
    let distance = Duration::from_millis(40);
    for (name, timing) in [
        ("null", Timing::Constant(distance)),
        ("a.mp4", Timing::Constant(distance)),
        ("b.mp4", Timing::Live(distance)),
    ] {
        let spec: OutputSpec = match name {
            "null" => OutputSpec::Null,
            name => folder.path().join(name).to_string_lossy().parse().unwrap(),
        };
        // Odd sides, so that the padding runs too.
        let size = Size::new(321, 181).unwrap();
        let alpha = AlphaState::Opaque;
        let mut sink = open(
            &spec,
            SinkFormat {
                size,
                timing,
                alpha,
            },
        )
        .expect(NEEDS_FFMPEG);
        let composite = one(Kind::new(321, 181), |x, y| [x as u8, y as u8, 0, 255]);
        for _ in 0..10 {
            sink.write(&composite).unwrap();
        }
        let before = allocations();
        for _ in 0..100 {
            sink.write(&composite).unwrap();
        }
        let after = allocations();
        assert_eq!(after - before, 0, "{name}");
        sink.finish().unwrap();
    }
}
