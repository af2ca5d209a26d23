//! Nothing is allocated per frame once everything has been used once.

#[expect(dead_code, reason = "not every test file uses all of it")]
mod common;

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicU64, Ordering};

use common::{World, settings};

struct Counting;

static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);

// SAFETY: every call goes to the system's allocator as it came; only a counter is raised beside it.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller's promises are passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller's promises are passed on.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller's promises are passed on.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

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
        let before = ALLOCATIONS.load(Ordering::Relaxed);
        next_frames();
        ALLOCATIONS.load(Ordering::Relaxed) == before
    });
    assert!(is_steady, "every 50 frames something was allocated");
    pipeline.stop();
}
