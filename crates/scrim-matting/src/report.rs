//! What was loaded, and what was refused.

use std::path::PathBuf;
use std::time::Duration;

use scrim_frame::Size;

use crate::InferenceDevice;

/// A provider that did not take the model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Which.
    pub device: InferenceDevice,
    /// ONNX Runtime's own words, or why it was not even tried.
    pub reason: String,
}

/// How many nodes of the graph a provider runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeCount {
    /// The provider's name as ONNX Runtime writes it.
    pub provider: String,
    /// Nodes.
    pub nodes: usize,
}

/// What really runs.
#[derive(Debug, Clone)]
pub struct LoadReport {
    /// The model's name from its manifest or file.
    pub model: String,
    /// The library that was loaded.
    pub runtime: PathBuf,
    /// Its version.
    pub runtime_version: String,
    /// The provider that runs the model.
    pub active: InferenceDevice,
    /// Providers that were tried before it, each with the reason.
    pub refused: Vec<Refusal>,
    /// Nodes per provider after partitioning; empty where the runtime does not tell.
    pub nodes: Vec<NodeCount>,
    /// Threads of the CPU kernels.
    pub threads: usize,
    /// The model's input for a 16:9 frame.
    pub input_size: Size,
    /// Time to load the model.
    pub load: Duration,
    /// Time of the first run.
    pub warm_up: Duration,
}

pub(crate) fn join_refusals(refused: &[Refusal]) -> String {
    refused
        .iter()
        .map(|r| format!("{}: {}", r.device, r.reason))
        .collect::<Vec<_>>()
        .join("; ")
}
