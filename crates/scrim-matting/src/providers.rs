//! ONNX Runtime's execution providers: what they are called and how each is set up.

use std::num::NonZeroUsize;

use ort::ep::{self, ExecutionProvider, ExecutionProviderDispatch};

use crate::InferenceDevice;

impl InferenceDevice {
    /// The name that ONNX Runtime writes.
    #[must_use]
    pub const fn provider_name(self) -> &'static str {
        match self {
            Self::Cpu => ep::CPU::NAME,
            Self::Cuda => ep::CUDA::NAME,
            Self::TensorRt => ep::TensorRT::NAME,
            Self::DirectMl => ep::DirectML::NAME,
            Self::CoreMl => ep::CoreML::NAME,
            Self::OpenVino => ep::OpenVINO::NAME,
            Self::Xnnpack => ep::XNNPACK::NAME,
        }
    }
}

/// The providers inside the loaded library, fastest kind first.
pub(crate) fn compiled_in() -> Vec<InferenceDevice> {
    InferenceDevice::ALL
        .into_iter()
        .filter(|device| is_compiled_in(*device))
        .collect()
}

pub(crate) fn is_compiled_in(device: InferenceDevice) -> bool {
    let answer = match device {
        InferenceDevice::Cpu => Ok(true),
        InferenceDevice::Cuda => ep::CUDA::is_available(),
        InferenceDevice::TensorRt => ep::TensorRT::is_available(),
        InferenceDevice::DirectMl => ep::DirectML::is_available(),
        InferenceDevice::CoreMl => ep::CoreML::is_available(),
        InferenceDevice::OpenVino => ep::OpenVINO::is_available(),
        InferenceDevice::Xnnpack => ep::XNNPACK::is_available(),
    };
    answer.unwrap_or(false)
}

/// The provider's registration; it fails rather than leave the work to another.
pub(crate) fn registration(
    device: InferenceDevice,
    threads: NonZeroUsize,
) -> ExecutionProviderDispatch {
    match device {
        InferenceDevice::Cpu => ep::CPU::default().build(),
        InferenceDevice::Cuda => ep::CUDA::default().build(),
        InferenceDevice::TensorRt => ep::TensorRT::default().build(),
        InferenceDevice::DirectMl => ep::DirectML::default().build(),
        InferenceDevice::CoreMl => ep::CoreML::default().build(),
        // OpenVINO's CPU plug-in runs on every x86-64 and is faster than ONNX Runtime's own kernels (106 against 131 ms
        // at 288×512 on one Zen 5 core). Its GPU plug-in has not been tried by this project.
        InferenceDevice::OpenVino => ep::OpenVINO::default()
            .with_device_type("CPU")
            .with_num_threads(threads.get())
            .build(),
        InferenceDevice::Xnnpack => ep::XNNPACK::default()
            .with_intra_op_num_threads(threads)
            .build(),
    }
    .error_on_failure()
}
