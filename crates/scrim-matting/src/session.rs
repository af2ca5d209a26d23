//! A loaded model on one provider: builds it, checks it, runs it.

use std::num::NonZeroUsize;
use std::thread;
use std::time::{Duration, Instant};

use ndarray::{ArrayView4, ArrayViewMut4};
use ort::logging::LogLevel;
use ort::memory::Allocator;
use ort::session::builder::{AutoDevicePolicy, GraphOptimizationLevel, SessionBuilder};
use ort::session::{HasSelectedOutputs, OutputSelector, RunOptions, Session};
use ort::value::Tensor;
use ort::{ErrorCode, inputs};
use scrim_frame::{FrameId, Matte, MatteError, MattePool, Size};

use crate::assignment;
use crate::contract::{Contract, shape_text};
use crate::islands::IslandFilter;
use crate::ladder::{NotStarted, Registrar, Started};
use crate::model::Model;
use crate::runtime::Loaded;
use crate::size_policy::SizePolicy;
use crate::steady::MotionGate;
use crate::{InferenceDevice, InputSize, MattingError, providers};

/// How far outside 0..=1 a value may lie and still be taken for the end of the range: what rounding in a sigmoid or a
/// resize leaves behind. Anything further out is a fault of the model or the provider.
const OVERSHOOT: f32 = 1e-3;

/// A session that ran once, with tensors for one input size.
pub(crate) struct ModelSession {
    session: Session,
    contract: Contract,
    sizes: SizePolicy,
    tensors: Tensors,
    pub(crate) load: Duration,
    pub(crate) warm_up: Duration,
}

/// The memory that ONNX Runtime reads the picture from and writes the matte to.
struct Tensors {
    size: Size,
    input: Tensor<f32>,
    /// Holds the output tensor.
    options: RunOptions<HasSelectedOutputs>,
}

impl ModelSession {
    /// The input size for a frame.
    pub(crate) fn input_size(&self, frame: Size) -> Size {
        self.sizes.input_size(frame)
    }

    /// The input tensor of a size, `[1, 3, height, width]`, to be written before [`Self::run`].
    pub(crate) fn input(&mut self, size: Size) -> Result<ArrayViewMut4<'_, f32>, MattingError> {
        if self.tensors.size != size {
            self.tensors =
                Tensors::new(size, &self.contract).map_err(|error| inference_error(&error))?;
        }
        // `extract_array_mut` would do the same, but it allocates the shape for every frame.
        let (_, values) = self.tensors.input.extract_tensor_mut();
        let shape = (1, 3, size.height() as usize, size.width() as usize);
        ArrayViewMut4::from_shape(shape, values).map_err(|error| MattingError::Inference {
            reason: error.to_string(),
        })
    }

    /// Runs the model on the input tensor; the matte is that of frame `made_from`, after what `refine` does to it.
    pub(crate) fn run(
        &mut self,
        mattes: &mut MattePool,
        made_from: FrameId,
        refine: Refine<'_>,
    ) -> Result<Matte, MattingError> {
        let tensors = &self.tensors;
        let outputs = self
            .session
            .run_with_options(inputs![&tensors.input], &tensors.options)
            .map_err(|error| inference_error(&error))?;
        let (_, alpha) = outputs[0]
            .try_extract_tensor::<f32>()
            .map_err(|error| inference_error(&error))?;
        let size = tensors.size;
        let (_, input) = tensors.input.extract_tensor();
        let shape = (1, 3, size.height() as usize, size.width() as usize);
        let input =
            ArrayView4::from_shape(shape, input).map_err(|error| MattingError::Inference {
                reason: error.to_string(),
            })?;
        matte_of(alpha, size, mattes, made_from, |alpha| {
            // First: what is steadied afterwards no longer comes and goes.
            if let Some(islands) = refine.islands {
                islands.clear(alpha, size);
            }
            if let Some((gate, captured_at)) = refine.gate {
                gate.step(alpha, &input, size, captured_at);
            }
        })
    }

    /// The first run: checks the shape that comes out, and that it is a matte.
    fn warm_up(&mut self, model: &Model) -> Result<(), NotStarted> {
        let started = Instant::now();
        let size = self.tensors.size;
        self.tensors.input.extract_tensor_mut().1.fill(0.0);
        // Not into the output tensor: what the model would give of its own accord is to be seen.
        let outputs = self
            .session
            .run(inputs![&self.tensors.input])
            .map_err(|error| NotStarted::Refused(error.to_string()))?;
        let (shape, alpha) = outputs
            .get(&self.contract.output)
            .ok_or_else(|| NotStarted::Hopeless(model.bad("gave no output")))?
            .try_extract_tensor::<f32>()
            .map_err(|error| NotStarted::Refused(error.to_string()))?;
        let expected = [1, 1, i64::from(size.height()), i64::from(size.width())];
        if shape[..] != expected {
            return Err(NotStarted::Hopeless(model.bad(format!(
                "gives {} for a picture of {size}; a matte of it is {}",
                shape_text(shape),
                shape_text(&expected)
            ))));
        }
        matte_of(alpha, size, &mut MattePool::new(1), FrameId::next(), |_| {})
            .map_err(|error| NotStarted::Refused(error.to_string()))?;
        self.warm_up = started.elapsed();
        Ok(())
    }
}

/// What is done to a model's matte.
#[derive(Debug)]
pub(crate) struct Refine<'a> {
    pub(crate) islands: Option<&'a mut IslandFilter>,
    /// With the moment at which the frame was captured.
    pub(crate) gate: Option<(&'a mut MotionGate, Instant)>,
}

fn matte_of(
    alpha: &[f32],
    size: Size,
    mattes: &mut MattePool,
    made_from: FrameId,
    refine: impl FnOnce(&mut [f32]),
) -> Result<Matte, MattingError> {
    let mut draft = mattes.draft(size)?;
    let samples = draft.samples_mut();
    if alpha.len() != samples.len() {
        let have = alpha.len();
        return Err(MatteError::SampleCount { have, size }.into());
    }
    for (sample, &value) in samples.iter_mut().zip(alpha) {
        *sample = without_overshoot(value);
    }
    refine(samples);
    Ok(draft.finish(made_from)?)
}

/// NaN stays NaN: no comparison with it holds.
fn without_overshoot(value: f32) -> f32 {
    if (-OVERSHOOT..0.0).contains(&value) {
        0.0
    } else if value > 1.0 && value <= 1.0 + OVERSHOOT {
        1.0
    } else {
        value
    }
}

/// The frame size that reports speak of.
pub(crate) fn sixteen_by_nine() -> Size {
    const SIZE: Size = match Size::new(1280, 720) {
        Ok(size) => size,
        Err(_) => panic!("1280×720 is a size"),
    };
    SIZE
}

impl Tensors {
    fn new(size: Size, contract: &Contract) -> ort::Result<Self> {
        let (height, width) = (size.height() as usize, size.width() as usize);
        let allocator = Allocator::default();
        let input = Tensor::<f32>::new(&allocator, [1, 3, height, width])?;
        let output = Tensor::<f32>::new(&allocator, [1, 1, height, width])?;
        let name = contract.output.as_str();
        let selector = OutputSelector::no_default()
            .with(name)
            .preallocate(name, output);
        Ok(Self {
            size,
            input,
            options: RunOptions::new()?.with_outputs(selector),
        })
    }
}

fn inference_error(error: &ort::Error) -> MattingError {
    MattingError::Inference {
        reason: error.to_string(),
    }
}

/// The number of threads for the CPU kernels: as chosen, or one fewer than the machine has cores, one to four. The
/// camera, the compositor and the call itself want the rest; past four, MODNet gains little at these sizes.
pub(crate) fn thread_count(chosen: Option<NonZeroUsize>) -> NonZeroUsize {
    let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    chosen
        .or(NonZeroUsize::new(cores.saturating_sub(1).clamp(1, 4)))
        .unwrap_or(NonZeroUsize::MIN)
}

/// Makes sessions of one model.
pub(crate) struct OrtRegistrar<'m> {
    pub(crate) runtime: &'m Loaded,
    pub(crate) model: &'m Model,
    pub(crate) size: InputSize,
    pub(crate) threads: NonZeroUsize,
}

impl Registrar for OrtRegistrar<'_> {
    type Session = ModelSession;

    fn is_compiled_in(&self, device: InferenceDevice) -> bool {
        providers::is_compiled_in(device)
    }

    fn start(&mut self, device: InferenceDevice) -> Result<Started<ModelSession>, NotStarted> {
        let started = Instant::now();
        let session = self
            .builder(device)
            .and_then(|mut builder| builder.commit_from_memory(&self.model.onnx))
            .map_err(|error| self.blame(device, &error))?;
        let contract = Contract::of(&session, &self.model.manifest)
            .map_err(|reason| NotStarted::Hopeless(self.model.bad(reason)))?;
        let sizes = SizePolicy {
            wanted: self.size,
            multiple: self.model.manifest.input.side_multiple,
            fixed: contract.fixed,
        };
        let nodes = assignment::nodes_per_provider(&session);
        let tensors = Tensors::new(sizes.input_size(sixteen_by_nine()), &contract)
            .map_err(|error| NotStarted::Refused(error.to_string()))?;
        let mut session = ModelSession {
            session,
            contract,
            sizes,
            tensors,
            load: started.elapsed(),
            warm_up: Duration::ZERO,
        };
        session
            .warm_up(self.model)
            .map_err(|fault| self.last_resort(device, fault))?;
        Ok(Started { session, nodes })
    }
}

impl OrtRegistrar<'_> {
    fn builder(&self, device: InferenceDevice) -> ort::Result<SessionBuilder> {
        let mut builder = Session::builder(&self.runtime.environment)?
            .with_log_level(LogLevel::Warning)?
            // `ort` lets ONNX Runtime add providers of its own choice, which on a Mac is always CoreML.
            .with_auto_device(AutoDevicePolicy::PreferCPU)?
            .with_optimization_level(GraphOptimizationLevel::All)?
            .with_intra_threads(self.threads.get())?
            .with_inter_threads(1)?
            // Two spinning threads on a busy machine are slower than one that sleeps, and cost a core between frames.
            .with_intra_op_spinning(false)?
            .with_inter_op_spinning(false)?
            // DirectML refuses memory patterns.
            .with_memory_pattern(device != InferenceDevice::DirectMl)?
            .with_config_entry(assignment::RECORD_KEY, "1")?
            .with_execution_providers([providers::registration(device, self.threads)])?;
        if let Some(folder) = self.model.folder.as_ref().and_then(|f| f.to_str()) {
            // The model is handed over as bytes, so ONNX Runtime does not know where weights outside the file lie.
            const KEY: &str = "session.model_external_initializers_file_folder_path";
            builder = builder.with_config_entry(KEY, folder)?;
        }
        Ok(builder)
    }

    /// Whether a failure to load says something of the provider or of the model.
    fn blame(&self, device: InferenceDevice, error: &ort::Error) -> NotStarted {
        let is_model_fault = matches!(
            error.code(),
            ErrorCode::InvalidProtobuf | ErrorCode::InvalidGraph | ErrorCode::NoModel
        );
        if is_model_fault {
            NotStarted::Hopeless(self.unreadable(error.message()))
        } else {
            self.last_resort(device, NotStarted::Refused(error.message().into()))
        }
    }

    /// The CPU runs every valid model, so what it refuses is the model's fault.
    fn last_resort(&self, device: InferenceDevice, fault: NotStarted) -> NotStarted {
        match fault {
            NotStarted::Refused(reason) if device == InferenceDevice::Cpu => {
                NotStarted::Hopeless(self.unreadable(&reason))
            }
            other => other,
        }
    }

    fn unreadable(&self, words: &str) -> MattingError {
        self.model
            .bad(format!("cannot be run by ONNX Runtime: {words}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(
        clippy::float_cmp,
        reason = "values are passed on or replaced, never computed"
    )]
    fn only_a_tiny_overshoot_is_forgiven() {
        assert_eq!(without_overshoot(-0.0005), 0.0);
        assert_eq!(without_overshoot(1.0005), 1.0);
        assert_eq!(without_overshoot(0.5), 0.5);
        assert_eq!(without_overshoot(-0.01), -0.01);
        assert_eq!(without_overshoot(1.01), 1.01);
        assert!(without_overshoot(f32::NAN).is_nan());
    }

    #[test]
    fn threads_are_bounded_unless_chosen() {
        let chosen = NonZeroUsize::new(9);
        assert_eq!(thread_count(chosen).get(), 9);
        assert!((1..=4).contains(&thread_count(None).get()));
    }
}
