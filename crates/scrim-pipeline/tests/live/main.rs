//! The live pipeline with parts that do what the test says.

#[path = "../common/mod.rs"]
mod common;

mod cameras;
mod demand;
mod encoding;
mod flow;
mod leaving;
mod matting;
mod outputs;
mod sources;

use std::time::{Duration, Instant};

use scrim_pipeline::{Pipeline, StageState, Status};

const SECOND: Duration = Duration::from_secs(1);

fn stop(pipeline: Pipeline) -> Status {
    let start = Instant::now();
    let status = pipeline.stop();
    assert!(
        start.elapsed() < SECOND,
        "stopping took {:?}",
        start.elapsed()
    );
    status
}

fn is_failed(state: &StageState) -> bool {
    matches!(state, StageState::Failed(_))
}
