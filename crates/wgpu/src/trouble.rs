//! What a device reports outside the calls that cause it: its loss, and errors that no scope caught.

use std::sync::{Arc, Mutex, PoisonError};

use wgpu::{Device, Error, PollType};
use zemosaic_coadd::backend::DeviceError;

use crate::guard::guarded;

#[derive(Debug, Default)]
struct Reports {
    lost: Option<String>,
    /// The first error since the last query.
    error: Option<DeviceError>,
}

/// Listens to a device.
#[derive(Clone, Debug, Default)]
pub(crate) struct Trouble(Arc<Mutex<Reports>>);

impl Trouble {
    /// Listens to the device from now on.
    pub fn of(device: &Device) -> Self {
        let trouble = Self::default();
        let heard = trouble.clone();
        device.set_device_lost_callback(move |_, why| {
            let why = match why.trim() {
                "" => "the driver gave no reason".into(),
                said => said.to_owned(),
            };
            heard.with(|r| {
                r.lost.get_or_insert(why);
            });
        });
        let heard = trouble.clone();
        device.on_uncaptured_error(Arc::new(move |error: Error| {
            heard.with(|r| {
                r.error.get_or_insert(outcome(&error, "the queue"));
            });
        }));
        trouble
    }

    fn with<T>(&self, act: impl FnOnce(&mut Reports) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Waits for the device. wgpu panics if the driver cannot wait; such a device counts as lost.
    pub fn wait(
        &self,
        device: &Device,
        how: PollType,
        at: &'static str,
    ) -> Result<(), DeviceError> {
        let waited = guarded(|| device.poll(how));
        if let Err(why) = &waited {
            self.with(|r| {
                r.lost.get_or_insert_with(|| why.clone());
            });
        }
        self.check()?;
        match waited {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(e)) => Err(DeviceError::Failed(format!("wgpu failed in {at}: {e}"))),
            Err(why) => Err(DeviceError::Lost(why)),
        }
    }

    /// Whether the device is lost.
    pub fn lost(&self) -> bool {
        self.with(|r| r.lost.is_some())
    }

    /// The loss of the device, or the error reported since the last call.
    pub fn check(&self) -> Result<(), DeviceError> {
        self.with(|r| match (&r.lost, r.error.take()) {
            (Some(why), _) => Err(DeviceError::Lost(why.clone())),
            (None, Some(error)) => Err(error),
            (None, None) => Ok(()),
        })
    }
}

/// Translates an error of wgpu; `at` says where it came from.
pub(crate) fn outcome(error: &Error, at: &'static str) -> DeviceError {
    match error {
        Error::OutOfMemory { .. } => DeviceError::OutOfMemory {
            asked: 0,
            free: None,
            total: None,
            at,
        },
        other => DeviceError::Failed(format!("wgpu failed in {at}: {other}")),
    }
}
