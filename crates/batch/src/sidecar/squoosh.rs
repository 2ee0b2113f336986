//! Squoosh's codecs in a Node process of their own, for settings that name them.
//!
//! The core hands out raw pixels; they travel as a frame's body, and the answer's body is the file. The process is
//! started with the first image that needs it, and is another one than Sharp's: an encode of minutes in WebAssembly
//! keeps nobody else waiting.

use super::find::{Launch, Missing};
use super::messages::Failure;
use super::supervisor::{SidecarError, Supervisor};
use planish::{CancelFlag, RawImage, SquooshEncoders, SquooshError, SquooshOptions};
use serde::Serialize;
use std::sync::OnceLock;
use std::time::Duration;

/// Longest time for one encode: libjxl's highest effort takes minutes for a large image.
const DEADLINE: Duration = Duration::from_mins(30);

/// The request; `native/PROTOCOL.md` describes it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Request<'a> {
    operation: &'static str,
    codec: &'static str,
    /// Of the package: another one may give other bytes.
    version: &'static str,
    width: u32,
    height: u32,
    bits: u8,
    options: &'a SquooshOptions,
    deadline_seconds: u64,
}

/// Squoosh's codecs, looked for when the first image wants them.
#[derive(Debug)]
pub(crate) struct Squoosh {
    jobs: usize,
    supervisor: OnceLock<Result<Supervisor, Missing>>,
}

impl Squoosh {
    /// For `jobs` images at once. Nothing is looked for or started yet.
    pub(crate) const fn new(jobs: usize) -> Self {
        Self { jobs, supervisor: OnceLock::new() }
    }

    /// In a process that is started so.
    #[cfg(test)]
    pub(crate) fn launched(launch: Launch) -> Self {
        let squoosh = Self::new(1);
        let _ = squoosh.supervisor.set(Ok(Supervisor::new(launch, 1, 0)));
        squoosh
    }

    fn supervisor(&self) -> Result<&Supervisor, SquooshError> {
        let found = self
            .supervisor
            .get_or_init(|| Launch::find(self.jobs).map(|launch| Supervisor::new(launch, self.jobs, 0)));
        found.as_ref().map_err(|missing| SquooshError::Unavailable(format!("none: {missing}")))
    }
}

impl SquooshEncoders for Squoosh {
    fn encode(
        &self,
        image: &RawImage<'_>,
        options: &SquooshOptions,
        cancel: &CancelFlag,
    ) -> Result<Vec<u8>, SquooshError> {
        let codec = options.codec();
        let request = Request {
            operation: "squoosh",
            codec: codec.name(),
            version: codec.version(),
            width: image.width,
            height: image.height,
            bits: image.bits,
            options,
            deadline_seconds: DEADLINE.as_secs(),
        };
        // The sidecar keeps the deadline itself; this one is for a sidecar that does not.
        let deadline = DEADLINE + Duration::from_secs(30);
        match self.supervisor()?.request(&request, image.rgba, deadline, cancel) {
            Ok(answer) => Ok(answer.body),
            Err(error) => Err(error_of(error)),
        }
    }
}

/// What cannot be had is told apart from what failed on these pixels.
fn error_of(error: SidecarError) -> SquooshError {
    let text = error.to_string();
    match error {
        SidecarError::Cancelled => SquooshError::Cancelled,
        SidecarError::NotInstalled { .. } | SidecarError::WrongVersion { .. } => {
            SquooshError::Unavailable(format!("none: {text}"))
        }
        SidecarError::Failed(Failure { code, message, .. }) => match code.as_str() {
            "cancelled" => SquooshError::Cancelled,
            "unsupported" => SquooshError::Unavailable(message),
            _ => SquooshError::Failed(message),
        },
        _ => SquooshError::Failed(text),
    }
}
