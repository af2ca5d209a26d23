//! The graphics device.

use scrim_frame::Size;

use crate::GpuError;
use crate::health::Health;

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
    health: Health,
}

impl Gpu {
    /// Takes the window's device.
    ///
    /// From here on this type listens to the device's loss and errors and returns them from the compositor's calls; other
    /// callbacks on the same device are replaced.
    #[must_use]
    pub fn from_parts(
        device: wgpu::Device,
        queue: wgpu::Queue,
        adapter: &wgpu::AdapterInfo,
    ) -> Self {
        // llvmpipe under GL calls itself "Other", so the name decides there.
        let name = adapter.name.to_lowercase();
        let facts = AdapterFacts {
            name: adapter.name.clone(),
            backend: adapter.backend.to_string(),
            is_software: adapter.device_type == wgpu::DeviceType::Cpu
                || ["llvmpipe", "softpipe", "swiftshader"]
                    .iter()
                    .any(|software| name.contains(software)),
        };
        let health = Health::of(&device);
        Self {
            device,
            queue,
            facts,
            health,
        }
    }

    /// A device without a window: Vulkan (Metal, Direct3D 12) first, then GL. A software rasteriser is accepted, and
    /// [`AdapterFacts::is_software`] says so.
    ///
    /// Blocks while drivers load, typically 20 to 300 ms.
    ///
    /// # Errors
    /// There is none, or it refuses.
    pub fn headless() -> Result<Self, GpuError> {
        let mut reasons = Vec::new();
        for backends in [wgpu::Backends::PRIMARY, wgpu::Backends::GL] {
            match Self::headless_on(backends) {
                Ok(gpu) => return Ok(gpu),
                Err(error) => reasons.push(format!("{backends:?}: {error}")),
            }
        }
        Err(GpuError::NoAdapter {
            reason: reasons.join("; "),
        })
    }

    /// A device without a window on one of these backends.
    ///
    /// # Errors
    /// There is none, or it refuses.
    pub fn headless_on(backends: wgpu::Backends) -> Result<Self, GpuError> {
        let mut descriptor = wgpu::InstanceDescriptor::new_without_display_handle();
        descriptor.backends = backends;
        let instance = wgpu::Instance::new(descriptor);
        let adapter = pollster::block_on(instance.request_adapter(&wgpu::RequestAdapterOptions {
            power_preference: wgpu::PowerPreference::HighPerformance,
            ..Default::default()
        }))
        .map_err(|error| GpuError::NoAdapter {
            reason: error.to_string(),
        })?;
        let (device, queue) = pollster::block_on(adapter.request_device(&wgpu::DeviceDescriptor {
            label: Some("scrim"),
            required_limits: Self::limits(&adapter.limits()),
            ..Default::default()
        }))
        .map_err(|error| GpuError::Refused {
            reason: error.to_string(),
        })?;
        Ok(Self::from_parts(device, queue, &adapter.get_info()))
    }

    /// What the compositor asks of a device: the smallest limits that every backend grants, but textures and buffers
    /// as large as the adapter can. For whoever makes the device, such as the window.
    #[must_use]
    pub fn limits(adapter: &wgpu::Limits) -> wgpu::Limits {
        wgpu::Limits {
            max_buffer_size: adapter.max_buffer_size,
            ..wgpu::Limits::downlevel_defaults().using_resolution(adapter.clone())
        }
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

    /// What the device reported since the last call, if anything. Does not block.
    ///
    /// # Errors
    /// The device is lost, or refused an operation since the last call.
    pub fn check(&self) -> Result<(), GpuError> {
        // A loss is told while polling, and nowhere else; that polling itself then fails says less than the report.
        let _ = self.device.poll(wgpu::PollType::Poll);
        self.health.check()
    }

    /// Whether the device was lost and must be made anew. Unlike [`Self::check`], it takes no report from whoever else draws
    /// with the device. Does not block.
    #[must_use]
    pub fn is_lost(&self) -> bool {
        // As in `check`: the report counts, and comes only while polling.
        let _ = self.device.poll(wgpu::PollType::Poll);
        self.health.is_lost()
    }

    /// Counts the device as lost from now on, unless it is already.
    pub(crate) fn give_up(&self, reason: &str) {
        self.health.give_up(reason);
    }

    /// Refuses what does not fit into one texture.
    pub(crate) fn check_size(&self, size: Size) -> Result<(), GpuError> {
        let limit = self.device.limits().max_texture_dimension_2d;
        if size.width() > limit || size.height() > limit {
            return Err(GpuError::TooLarge { size, limit });
        }
        Ok(())
    }
}
