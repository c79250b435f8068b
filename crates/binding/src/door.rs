//! Panics and errors, folded once.

use std::panic::{AssertUnwindSafe, catch_unwind};

use napi::bindgen_prelude::{AsyncTask, ToNapiValue, TypeName};
use napi::{Env, Error, JsError, Status, Task};
use zemosaic_engine::EngineError;
use zemosaic_room::NoRoom;

/// A failure on its way to TypeScript: a stable code and one line for the user.
#[derive(Debug)]
pub struct Failure {
    code: String,
    message: String,
}

/// A result whose error carries our own code.
pub type Answer<T> = std::result::Result<T, Failure>;

/// What a synchronous export returns: napi throws an Error with `code` and `message`.
/// Named as the macros of napi expect it.
pub type Result<T> = std::result::Result<T, Error<String>>;

impl Failure {
    pub fn new(code: &str, message: impl Into<String>) -> Self {
        Self {
            code: code.to_owned(),
            message: message.into(),
        }
    }

    fn into_error(self) -> Error<String> {
        Error::new(self.code, self.message)
    }
}

macro_rules! coded {
    ($($error:ty),*) => {$(
        impl From<$error> for Failure {
            fn from(e: $error) -> Self {
                Self::new(e.code(), e.to_string())
            }
        }
    )*};
}
coded!(
    EngineError,
    zemosaic_engine::Unavailable,
    zemosaic_fits::FitsError,
    zemosaic_wcs::WcsError,
    zemosaic_wcs::GridError
);

/// Runs `work`; a panic becomes a failure of code `internal`.
fn caught<T>(work: impl FnOnce() -> Answer<T>) -> Answer<T> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        if let Some(short) = panic.downcast_ref::<NoRoom>() {
            return Err(EngineError::from(*short).into());
        }
        let text = panic
            .downcast_ref::<&str>()
            .map(|s| (*s).to_owned())
            .or_else(|| panic.downcast_ref::<String>().cloned())
            .unwrap_or_else(|| "unknown".into());
        Err(Failure::new("internal", format!("internal fault: {text}")))
    })
}

/// For synchronous exports.
pub fn now<T>(work: impl FnOnce() -> Answer<T>) -> Result<T> {
    caught(work).map_err(Failure::into_error)
}

type Work<T> = Box<dyn FnOnce() -> Answer<T> + Send>;

/// Work for a thread of the pool; TypeScript gets a promise.
pub struct Job<T> {
    work: Option<Work<T>>,
    failure: Option<Failure>,
}

/// For asynchronous exports.
pub fn later<T>(work: impl FnOnce() -> Answer<T> + Send + 'static) -> AsyncTask<Job<T>>
where
    T: ToNapiValue + TypeName + Send + 'static,
{
    AsyncTask::new(Job {
        work: Some(Box::new(work)),
        failure: None,
    })
}

impl<T: ToNapiValue + TypeName + Send + 'static> Task for Job<T> {
    type Output = T;
    type JsValue = T;

    fn compute(&mut self) -> napi::Result<T> {
        let work = self.work.take();
        let run = || work.map_or_else(|| Err(Failure::new("internal", "no work")), |w| w());
        caught(run).map_err(|failure| {
            self.failure = Some(failure);
            // `reject` tells TypeScript the real one.
            Error::from_status(Status::GenericFailure)
        })
    }

    fn resolve(&mut self, _env: Env, output: T) -> napi::Result<T> {
        Ok(output)
    }

    fn reject(&mut self, env: Env, error: Error) -> napi::Result<T> {
        Err(match self.failure.take() {
            Some(failure) => JsError::from(failure.into_error()).into_unknown(env).into(),
            None => error,
        })
    }
}
