//! What the device reported between two calls.

use std::sync::{Arc, Mutex, PoisonError};

use crate::GpuError;

#[derive(Debug, Default)]
struct Reports {
    lost: Option<String>,
    refused: Option<String>,
}

/// Where the device's callbacks leave their words, so that the next call can return them as a [`GpuError`].
///
/// Without callbacks wgpu panics on such reports.
#[derive(Debug, Clone, Default)]
pub(crate) struct Health(Arc<Mutex<Reports>>);

impl Health {
    /// Listens to a device. A device has one listener: an earlier one hears nothing any more.
    pub(crate) fn of(device: &wgpu::Device) -> Self {
        let health = Self::default();
        let lost = health.clone();
        device.set_device_lost_callback(move |reason, words| {
            tracing::error!(?reason, %words, "graphics device lost");
            lost.report(|reports| {
                reports.lost.get_or_insert(words.clone());
            });
        });
        let refused = health.clone();
        device.on_uncaptured_error(Arc::new(move |error: wgpu::Error| {
            tracing::error!(%error, "graphics device refused an operation");
            refused.report(|reports| {
                reports.refused.get_or_insert(error.to_string());
            });
        }));
        health
    }

    fn report(&self, write: impl FnOnce(&mut Reports)) {
        write(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Counts the device as lost, unless it is already.
    pub(crate) fn give_up(&self, reason: &str) {
        tracing::error!(reason, "graphics device given up");
        self.report(|reports| {
            reports.lost.get_or_insert_with(|| reason.into());
        });
    }

    /// Whether the device is lost; takes no report away.
    pub(crate) fn is_lost(&self) -> bool {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .lost
            .is_some()
    }

    /// The oldest report since the last call. A lost device stays lost; a refusal is told once.
    pub(crate) fn check(&self) -> Result<(), GpuError> {
        let mut reports = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(reason) = &reports.lost {
            return Err(GpuError::Lost {
                reason: reason.clone(),
            });
        }
        match reports.refused.take() {
            Some(reason) => Err(GpuError::Refused { reason }),
            None => Ok(()),
        }
    }
}
