//! The one place where panics and errors are turned into errors for TypeScript.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::OnceLock;

use napi::bindgen_prelude::{AsyncTask, JsValue, ToNapiValue, TypeName};
use napi::{Env, Error, JsError, Status, Task};
use napi_derive::napi;
use rayon::ThreadPoolBuilder;
use zemosaic_engine::{EngineError, Unavailable};
use zemosaic_fits::FitsError;
use zemosaic_preview::PreviewError;
use zemosaic_room::NoRoom;
use zemosaic_wcs::WcsError;

/// What went wrong: a stable code, the reason and the way out in the user's words, and separately what it is about.
/// TypeScript makes one line of it.
#[napi(object, js_name = "Problem")]
#[derive(Clone, Debug)]
pub struct Failure {
    pub code: String,
    pub reason: String,
    /// The file that the problem is about.
    pub path: Option<String>,
    /// The HDU of that file; the primary is 0.
    pub hdu: Option<u32>,
    /// The header keyword at fault.
    pub keyword: Option<String>,
}

/// A result whose error has a code of our own.
pub type Answer<T> = std::result::Result<T, Failure>;

/// What a synchronous export returns: napi throws an Error with `code` and `message`.
/// The macros of napi expect this name.
pub type Result<T> = std::result::Result<T, Error<String>>;

impl Failure {
    pub fn new(code: &str, reason: impl Into<String>) -> Self {
        Self {
            code: code.to_owned(),
            reason: without_numbers(reason.into()),
            path: None,
            hdu: None,
            keyword: None,
        }
    }

    /// The failure is about this file, or about one HDU of it.
    pub fn of(self, path: &Path, hdu: Option<usize>) -> Self {
        Self {
            path: Some(path.to_string_lossy().into_owned()),
            hdu: hdu.map(|hdu| hdu as u32),
            ..self
        }
    }

    fn with(self, keyword: Option<&str>) -> Self {
        Self {
            keyword: keyword.map(str::to_owned),
            ..self
        }
    }

    fn into_error(self) -> Error<String> {
        Error::new(self.code, self.reason)
    }

    /// The Error for TypeScript: `code` and `message` as usual, and the other fields as properties.
    fn into_told(self, env: Env) -> napi::Result<Error> {
        let plain: Error<String> = Error::new(self.code, self.reason.clone());
        let error = JsError::from(plain).into_unknown(env);
        let mut fields = error.coerce_to_object()?;
        fields.set("reason", self.reason)?;
        if let Some(path) = self.path {
            fields.set("path", path)?;
        }
        if let Some(hdu) = self.hdu {
            fields.set("hdu", hdu)?;
        }
        if let Some(keyword) = self.keyword {
            fields.set("keyword", keyword)?;
        }
        Ok(error.into())
    }
}

/// The text of the system without the number of its error: `Permission denied (os error 13)`.
fn without_numbers(mut text: String) -> String {
    while let Some(at) = text.find(" (os error ") {
        let Some(end) = text[at..].find(')') else {
            break;
        };
        text.replace_range(at..=at + end, "");
    }
    text
}

impl From<&FitsError> for Failure {
    fn from(e: &FitsError) -> Self {
        Self::new(e.code(), e.to_string())
            .of(&e.path, e.hdu)
            .with(e.keyword())
    }
}

impl From<FitsError> for Failure {
    fn from(e: FitsError) -> Self {
        Self::from(&e)
    }
}

impl From<EngineError> for Failure {
    fn from(e: EngineError) -> Self {
        let failure = Self::new(e.code(), e.to_string()).with(e.keyword());
        match e.file() {
            Some((path, hdu)) => failure.of(path, hdu),
            None => failure,
        }
    }
}

/// A problem of a header. The caller knows which file it belongs to, and adds it.
impl From<WcsError> for Failure {
    fn from(e: WcsError) -> Self {
        Self::new(e.code(), e.to_string()).with(e.keyword())
    }
}

impl From<Unavailable> for Failure {
    fn from(e: Unavailable) -> Self {
        Self::new(e.code(), e.to_string())
    }
}

impl From<PreviewError<FitsError>> for Failure {
    fn from(e: PreviewError<FitsError>) -> Self {
        let failure = Self::new(e.code(), e.to_string());
        match &e {
            PreviewError::Read { source, .. } => failure.of(&source.path, source.hdu),
            PreviewError::Write { path, .. } => failure.of(path, None),
            PreviewError::Shape(_) => failure,
        }
    }
}

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

/// For synchronous exports whose failures are never about a file.
pub fn now<T>(work: impl FnOnce() -> Answer<T>) -> Result<T> {
    caught(work).map_err(Failure::into_error)
}

/// For synchronous exports whose failures may be about a file.
pub fn now_in<T>(env: Env, work: impl FnOnce() -> Answer<T>) -> napi::Result<T> {
    caught(work).or_else(|failure| Err(failure.into_told(env)?))
}

type Work<T> = Box<dyn FnOnce() -> Answer<T> + Send>;

/// Starts the threads that opening and comparing files share. rayon tries this once: no second try, with fewer, is possible.
fn threads() -> Answer<()> {
    static STARTED: OnceLock<std::result::Result<(), String>> = OnceLock::new();
    let start = || {
        let started = ThreadPoolBuilder::new().build_global();
        started.map_err(|e| e.to_string())
    };
    STARTED.get_or_init(start).clone().map_err(no_threads)
}

/// Threads that the system does not allow.
pub fn no_threads(reason: impl std::fmt::Display) -> Failure {
    let way = "raise the limit of processes and threads (ulimit -u)";
    Failure::new("threads", format!("cannot start threads: {reason}; {way}"))
}

/// Work for a thread of the pool. TypeScript gets a promise.
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
        caught(|| threads().and_then(|()| run())).map_err(|failure| {
            self.failure = Some(failure);
            // `reject` hands the real failure to TypeScript.
            Error::from_status(Status::GenericFailure)
        })
    }

    fn resolve(&mut self, _env: Env, output: T) -> napi::Result<T> {
        Ok(output)
    }

    fn reject(&mut self, env: Env, error: Error) -> napi::Result<T> {
        Err(match self.failure.take() {
            Some(failure) => failure.into_told(env)?,
            None => error,
        })
    }
}
