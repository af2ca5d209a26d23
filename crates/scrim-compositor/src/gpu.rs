//! The graphics device.

use crate::GpuError;

/// What the adapter says of itself.
#[derive(Debug, Clone)]
pub struct AdapterFacts {
    /// Its name.
    pub name: String,
    /// Vulkan, GL, Metal or Direct3D 12.
    pub backend: String,
    /// Whether it is a program on the CPU (lavapipe, llvmpipe, WARP) rather than a graphics chip.
    pub is_software: bool,
}

/// A device and its queue, shared by the window and the compositor. Cloning is cheap.
#[derive(Debug, Clone)]
pub struct Gpu {
    device: wgpu::Device,
    queue: wgpu::Queue,
    facts: AdapterFacts,
}

impl Gpu {
    /// Takes the window's device.
    #[must_use]
    pub fn from_parts(
        device: wgpu::Device,
        queue: wgpu::Queue,
        adapter: &wgpu::AdapterInfo,
    ) -> Self {
        let facts = AdapterFacts {
            name: adapter.name.clone(),
            backend: adapter.backend.to_string(),
            is_software: adapter.device_type == wgpu::DeviceType::Cpu,
        };
        Self {
            device,
            queue,
            facts,
        }
    }

    /// A device without a window.
    ///
    /// # Errors
    /// There is none, or it refuses.
    pub fn headless() -> Result<Self, GpuError> {
        todo!("written by the compositor work")
    }

    /// The device.
    #[must_use]
    pub fn device(&self) -> &wgpu::Device {
        &self.device
    }

    /// Its queue.
    #[must_use]
    pub fn queue(&self) -> &wgpu::Queue {
        &self.queue
    }

    /// What the adapter says of itself.
    #[must_use]
    pub fn facts(&self) -> &AdapterFacts {
        &self.facts
    }
}
