//! How many nodes of a model each provider took, as ONNX Runtime itself counts them.

use std::ffi::CStr;
use std::ptr;

use ort::AsPointer;
use ort::session::Session;

use crate::NodeCount;

/// Makes a session remember which provider took which node; without it the counts are refused.
pub(crate) const RECORD_KEY: &str = "session.record_ep_graph_assignment_info";

/// Nodes per provider after partitioning, most first; empty where the runtime does not tell.
pub(crate) fn nodes_per_provider(session: &Session) -> Vec<NodeCount> {
    read(session).unwrap_or_else(|error| {
        tracing::debug!(%error, "nodes per provider are unknown");
        Vec::new()
    })
}

fn read(session: &Session) -> ort::Result<Vec<NodeCount>> {
    let api = ort::api();
    let mut subgraphs = ptr::null();
    let mut count = 0;
    // SAFETY: the session lives through this function and the out-pointers are valid.
    unsafe {
        let status = (api.Session_GetEpGraphAssignmentInfo)(
            session.ptr(),
            &raw mut subgraphs,
            &raw mut count,
        );
        ort::Error::result_from_status(status)?;
    }
    let mut counts: Vec<NodeCount> = Vec::new();
    for index in 0..if subgraphs.is_null() { 0 } else { count } {
        let mut name = ptr::null();
        let mut nodes = ptr::null();
        let mut node_count = 0;
        // SAFETY: ONNX Runtime gave `count` subgraphs, which belong to the session, as do the names.
        let provider = unsafe {
            let subgraph = *subgraphs.add(index);
            ort::Error::result_from_status((api.EpAssignedSubgraph_GetEpName)(
                subgraph,
                &raw mut name,
            ))?;
            ort::Error::result_from_status((api.EpAssignedSubgraph_GetNodes)(
                subgraph,
                &raw mut nodes,
                &raw mut node_count,
            ))?;
            if name.is_null() {
                continue;
            }
            CStr::from_ptr(name).to_string_lossy()
        };
        match counts.iter_mut().find(|known| known.provider == provider) {
            Some(known) => known.nodes += node_count,
            None => counts.push(NodeCount {
                provider: provider.into_owned(),
                nodes: node_count,
            }),
        }
    }
    counts.sort_by_key(|count| std::cmp::Reverse(count.nodes));
    Ok(counts)
}
