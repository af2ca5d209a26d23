//! Picture to alpha matte: finds ONNX Runtime, loads a MODNet by its manifest on the execution provider that really
//! works, and turns frames into mattes.
//!
//! The crate knows nothing of cameras, windows or outputs, and starts no thread of its own (ONNX Runtime's pool
//! apart).

mod assignment;
mod contract;
mod error;
mod islands;
mod ladder;
mod library;
mod manifest;
mod model;
mod options;
mod preprocess;
mod providers;
mod report;
mod resample;
pub mod runtime;
mod session;
mod size_policy;
mod steady;

use scrim_frame::{Frame, Matte, MattePool};

use islands::IslandFilter;
use model::Model;
use session::{ModelSession, OrtRegistrar, Refine};
use steady::MotionGate;

pub use error::MattingError;
pub use options::{
    BuiltInModel, InferenceDevice, InputSize, Islands, MAX_THREADS, MattingOptions,
    MattingOptionsError, ModelSource, ProviderChoice, Steadying,
};
pub use preprocess::Preprocessor;
pub use report::{LoadReport, NodeCount, Refusal};

/// Something that says how opaque the person is.
pub trait Matting: Send {
    /// The matte of a frame. Blocks for as long as inference takes.
    ///
    /// # Errors
    /// The session failed or gave nonsense; the frame must then not be shown.
    fn estimate(&mut self, frame: &Frame) -> Result<Matte, MattingError>;

    /// Forgets the frames before: the next one is of another source, or of another clip.
    fn reset(&mut self);
}

/// Loads a model: finds the runtime, checks the model, tries the providers in order, and runs once to warm up.
///
/// `mattes` is how many mattes may be held by others at the same time.
///
/// # Errors
/// No runtime, no usable model, or no provider that works; the error says what to try.
pub fn load(
    options: &MattingOptions,
    mattes: usize,
) -> Result<(Box<dyn Matting>, LoadReport), MattingError> {
    let runtime = runtime::load()?;
    let model = Model::read(&options.model)?;
    let threads = session::thread_count(options.threads);
    let mut registrar = OrtRegistrar {
        runtime: &runtime,
        model: &model,
        size: options.size,
        threads,
    };
    let climbed = ladder::climb(options.provider, &mut registrar)?;
    let report = LoadReport {
        model: model.manifest.title(),
        runtime: runtime.info.location.path,
        runtime_version: runtime.info.version,
        active: climbed.device,
        refused: climbed.refused,
        nodes: climbed.nodes,
        threads: threads.get(),
        input_size: climbed.session.input_size(session::sixteen_by_nine()),
        load: climbed.session.load,
        warm_up: climbed.session.warm_up,
    };
    let estimator = Estimator {
        islands: match options.islands {
            Islands::Drop => Some(IslandFilter::default()),
            Islands::Keep => None,
        },
        gate: match options.steadying {
            Steadying::Off => None,
            Steadying::MotionGated => Some(MotionGate::new(model.manifest.input.scale)),
        },
        preprocessor: Preprocessor::new(&model.manifest.input),
        session: climbed.session,
        mattes: MattePool::new(mattes),
    };
    Ok((Box::new(estimator), report))
}

/// SHA-256 of a model's ONNX file in hexadecimal; held against its manifest, if that has one.
///
/// # Errors
/// The file cannot be read, or is not the one that its manifest describes.
pub fn digest(model: &ModelSource) -> Result<String, MattingError> {
    Ok(Model::read(model)?.digest())
}

/// A model at work.
struct Estimator {
    islands: Option<IslandFilter>,
    gate: Option<MotionGate>,
    preprocessor: Preprocessor,
    session: ModelSession,
    mattes: MattePool,
}

impl Matting for Estimator {
    fn estimate(&mut self, frame: &Frame) -> Result<Matte, MattingError> {
        let size = self.session.input_size(frame.size());
        let tensor = self.session.input(size)?;
        self.preprocessor.fill(frame, tensor);
        let refine = Refine {
            islands: self.islands.as_mut(),
            gate: self.gate.as_mut().map(|gate| (gate, frame.captured_at())),
        };
        self.session.run(&mut self.mattes, frame.id(), refine)
    }

    fn reset(&mut self) {
        if let Some(gate) = &mut self.gate {
            gate.reset();
        }
    }
}
