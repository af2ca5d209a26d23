//! Nothing is allocated per frame once everything has been used once.

#[expect(dead_code, reason = "not every test file uses all of it")]
mod common;
#[path = "../../../tests/support/counting.rs"]
mod counting;

use common::{World, settings};
use counting::allocations;

/// Pools make a slot when it is first needed, which an unlucky moment of scheduling may put off; so some windows of
/// frames may pass before one without any allocation. A pipeline that allocates for each frame has none.
#[test]
fn the_steady_state_allocates_nothing() {
    let (world, _release) = World::new();
    world.set(|state| state.is_logging = false);
    let Some(pipeline) = world.start(settings()) else {
        return;
    };
    let next_frames = || {
        let before = world.state().written_count;
        world.wait("frames", |state| state.written_count >= before + 50);
    };
    next_frames();
    let is_steady = (0..20).any(|_| {
        let before = allocations();
        next_frames();
        allocations() == before
    });
    assert!(is_steady, "every 50 frames something was allocated");
    pipeline.stop();
}
