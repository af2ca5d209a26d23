//! Which provider runs the model: tried one by one, each refusal kept in its own words.

use crate::{InferenceDevice, MattingError, NodeCount, ProviderChoice, Refusal};

/// Makes sessions, one provider at a time; ONNX Runtime's, or a test's.
pub(crate) trait Registrar {
    /// A session that ran once and gave a matte.
    type Session;

    /// Whether the library has the provider at all; cheap, and says nothing of the hardware.
    fn is_compiled_in(&self, device: InferenceDevice) -> bool;

    /// Makes a session on this provider alone and runs it once.
    fn start(&mut self, device: InferenceDevice) -> Result<Started<Self::Session>, NotStarted>;
}

/// A session, and what its provider took of the graph.
#[derive(Debug)]
pub(crate) struct Started<S> {
    pub(crate) session: S,
    /// Empty where the runtime does not tell.
    pub(crate) nodes: Vec<NodeCount>,
}

/// Why a provider gave no session.
#[derive(Debug)]
pub(crate) enum NotStarted {
    /// This provider cannot; another may.
    Refused(String),
    /// No provider can: the model itself is at fault.
    Hopeless(MattingError),
}

/// The session that runs, on which provider, and who refused before.
#[derive(Debug)]
pub(crate) struct Climbed<S> {
    pub(crate) device: InferenceDevice,
    pub(crate) session: S,
    pub(crate) nodes: Vec<NodeCount>,
    pub(crate) refused: Vec<Refusal>,
}

/// Tries the providers of a choice in order until one gives a matte.
pub(crate) fn climb<R: Registrar>(
    choice: ProviderChoice,
    registrar: &mut R,
) -> Result<Climbed<R::Session>, MattingError> {
    let all = InferenceDevice::ALL;
    let only;
    let devices: &[InferenceDevice] = match choice {
        ProviderChoice::Auto => &all,
        ProviderChoice::Only(device) => {
            only = [device];
            &only
        }
    };
    let mut refused = Vec::new();
    for &device in devices {
        match attempt(device, registrar) {
            Ok(started) => {
                return Ok(Climbed {
                    device,
                    session: started.session,
                    nodes: started.nodes,
                    refused,
                });
            }
            Err(NotStarted::Refused(reason)) => {
                tracing::debug!(%device, reason, "provider refused");
                refused.push(Refusal { device, reason });
            }
            Err(NotStarted::Hopeless(error)) => return Err(error),
        }
    }
    Err(MattingError::NoProvider { refused })
}

fn attempt<R: Registrar>(
    device: InferenceDevice,
    registrar: &mut R,
) -> Result<Started<R::Session>, NotStarted> {
    if !registrar.is_compiled_in(device) {
        return Err(NotStarted::Refused(
            "not part of this ONNX Runtime library".into(),
        ));
    }
    let started = registrar.start(device)?;
    let provider = device.provider_name();
    let took_one = started
        .nodes
        .iter()
        .any(|count| count.provider == provider && count.nodes > 0);
    if !started.nodes.is_empty() && !took_one {
        return Err(NotStarted::Refused(format!(
            "took no node of the model; {} would have run it",
            started
                .nodes
                .iter()
                .map(|count| count.provider.as_str())
                .collect::<Vec<_>>()
                .join(" and ")
        )));
    }
    Ok(started)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Providers that the library has, and what comes of starting each.
    struct Fake {
        compiled_in: Vec<InferenceDevice>,
        outcomes: Vec<(InferenceDevice, Outcome)>,
        started: Vec<InferenceDevice>,
    }

    #[derive(Clone)]
    enum Outcome {
        Runs(Vec<(&'static str, usize)>),
        Refuses(&'static str),
        BadModel,
    }

    impl Registrar for Fake {
        type Session = InferenceDevice;

        fn is_compiled_in(&self, device: InferenceDevice) -> bool {
            self.compiled_in.contains(&device)
        }

        fn start(
            &mut self,
            device: InferenceDevice,
        ) -> Result<Started<InferenceDevice>, NotStarted> {
            self.started.push(device);
            let (_, outcome) = self.outcomes.iter().find(|(d, _)| *d == device).unwrap();
            match outcome.clone() {
                Outcome::Runs(nodes) => Ok(Started {
                    session: device,
                    nodes: nodes
                        .into_iter()
                        .map(|(provider, nodes)| NodeCount {
                            provider: provider.into(),
                            nodes,
                        })
                        .collect(),
                }),
                Outcome::Refuses(reason) => Err(NotStarted::Refused(reason.into())),
                Outcome::BadModel => Err(NotStarted::Hopeless(MattingError::Model {
                    model: "m.onnx".into(),
                    reason: "is corrupt".into(),
                    try_this: String::new(),
                })),
            }
        }
    }

    fn fake(outcomes: &[(InferenceDevice, Outcome)]) -> Fake {
        Fake {
            compiled_in: outcomes.iter().map(|(device, _)| *device).collect(),
            outcomes: outcomes.to_vec(),
            started: Vec::new(),
        }
    }

    use InferenceDevice::{Cpu, Cuda, TensorRt, Xnnpack};
    use Outcome::{BadModel, Refuses, Runs};

    #[test]
    fn auto_goes_down_to_the_cpu_and_keeps_every_reason() {
        let mut fake = fake(&[
            (Cuda, Refuses("CUDA driver version is insufficient")),
            (Cpu, Runs(vec![("CPUExecutionProvider", 247)])),
        ]);
        let climbed = climb(ProviderChoice::Auto, &mut fake).unwrap();
        assert_eq!(climbed.device, Cpu);
        assert_eq!(climbed.refused.len(), 6, "all but the CPU");
        let cuda = climbed.refused.iter().find(|r| r.device == Cuda).unwrap();
        assert_eq!(cuda.reason, "CUDA driver version is insufficient");
        let trt = climbed
            .refused
            .iter()
            .find(|r| r.device == TensorRt)
            .unwrap();
        assert!(trt.reason.contains("not part of"), "{}", trt.reason);
        assert_eq!(
            fake.started,
            [Cuda, Cpu],
            "what is not there is not started"
        );
    }

    #[test]
    fn auto_stops_at_the_first_that_works() {
        let mut fake = fake(&[
            (
                Cuda,
                Runs(vec![
                    ("CUDAExecutionProvider", 240),
                    ("CPUExecutionProvider", 7),
                ]),
            ),
            (Cpu, Runs(vec![])),
        ]);
        let climbed = climb(ProviderChoice::Auto, &mut fake).unwrap();
        assert_eq!((climbed.device, climbed.refused.len()), (Cuda, 1));
        assert_eq!(climbed.nodes.len(), 2);
        assert_eq!(fake.started, [Cuda]);
    }

    #[test]
    fn a_provider_without_nodes_is_refused() {
        let mut fake = fake(&[
            (Xnnpack, Runs(vec![("CPUExecutionProvider", 247)])),
            (Cpu, Runs(vec![("CPUExecutionProvider", 247)])),
        ]);
        let climbed = climb(ProviderChoice::Auto, &mut fake).unwrap();
        assert_eq!(climbed.device, Cpu);
        let xnnpack = climbed
            .refused
            .iter()
            .find(|r| r.device == Xnnpack)
            .unwrap();
        assert!(
            xnnpack.reason.contains("took no node"),
            "{}",
            xnnpack.reason
        );
    }

    #[test]
    fn one_provider_or_none() {
        let mut fake = fake(&[(Cuda, Refuses("no device")), (Cpu, Runs(vec![]))]);
        let error = climb(ProviderChoice::Only(Cuda), &mut fake).unwrap_err();
        assert!(error.to_string().contains("CUDA: no device"), "{error}");
        assert_eq!(fake.started, [Cuda], "nothing falls back in silence");
        let climbed = climb(ProviderChoice::Only(Cpu), &mut fake).unwrap();
        assert!(
            climbed.nodes.is_empty(),
            "a runtime that does not count is believed"
        );
    }

    #[test]
    fn a_bad_model_ends_the_climb() {
        let mut fake = fake(&[(Cuda, BadModel), (Cpu, Runs(vec![]))]);
        let error = climb(ProviderChoice::Auto, &mut fake).unwrap_err();
        assert!(matches!(error, MattingError::Model { .. }), "{error}");
        assert_eq!(fake.started, [Cuda]);
    }
}
