//! Keeps a sidecar running: restarts it after a crash, with growing pauses, and gives up after too many.

use super::connection::{Answer, Connection, RequestError, StartError};
use super::find::Launch;
use super::messages::{Cost, Failure, Hello, PROTOCOL, Welcome};
use super::usage::{MadeFile, SidecarUsage};
use planish::{CancelFlag, Format};
use serde::Serialize;
use serde_json::Value;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// Crashes in a row after which no sidecar is started any more in this run.
const GIVE_UP_AFTER: u32 = 5;

/// The pause after the first crash; it doubles with each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(100);

/// Why Sharp did not serve a request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SidecarError {
    /// It is not there, and how to get it.
    #[error("Sharp cannot be used: {reason}. To install it: {install}")]
    NotInstalled { reason: String, install: String },
    /// It is there, of another version than this command speaks to.
    #[error("the sidecar does not fit this command ({reason}); install the one that came with it")]
    WrongVersion { reason: String },
    /// It crashed too often and is not started any more.
    #[error("Sharp crashed {GIVE_UP_AFTER} times in a row and is not used any more; the last time: {reason}")]
    GivenUp { reason: String },
    /// This request ended two processes.
    #[error("Sharp crashed twice on this image: {reason}")]
    CrashedTwice { reason: String },
    /// It said why.
    #[error("{}", .0.message)]
    Failed(Failure),
    /// The deadline passed.
    #[error("Sharp took longer than allowed")]
    TimedOut,
    /// The run was cancelled.
    #[error("cancelled")]
    Cancelled,
}

/// Requests to Sharp, whatever becomes of the processes that serve them.
#[derive(Debug)]
pub(crate) struct Supervisor {
    launch: Launch,
    hello: Hello,
    state: Mutex<State>,
    usage: Mutex<SidecarUsage>,
}

#[derive(Debug, Default)]
struct State {
    connection: Option<Arc<Connection>>,
    crashes_in_a_row: u32,
    /// No process is started before.
    not_before: Option<Instant>,
    /// Known once and for all.
    refused: Option<SidecarError>,
}

impl Supervisor {
    /// Nothing is started before the first request. `concurrency`: threads for one image. `cache_megabytes`:
    /// libvips' cache of operations, 0 for none.
    pub(crate) fn new(launch: Launch, concurrency: usize, cache_megabytes: u64) -> Self {
        let hello = Hello { protocol: PROTOCOL, cache_megabytes, concurrency: concurrency.max(1) };
        Self { launch, hello, state: Mutex::default(), usage: Mutex::default() }
    }

    /// What its processes took so far.
    pub(crate) fn usage(&self) -> SidecarUsage {
        self.used().clone()
    }

    /// Counts an answered request.
    pub(crate) fn count(
        &self,
        operation: &'static str,
        format: Option<Format>,
        elapsed: Duration,
        answer: &Answer,
    ) {
        let cost = serde_json::from_value(Value::Object(answer.header.clone()));
        // An answer that does not say what it cost is counted all the same.
        self.used().add(operation, format, elapsed, cost.unwrap_or_else(|_| Cost::default()));
    }

    /// Counts a file that was made and measured.
    pub(crate) fn made(&self, file: &MadeFile) {
        self.used().add_file(file);
    }

    fn used(&self) -> MutexGuard<'_, SidecarUsage> {
        self.usage.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts it where it is not running, and says who it is.
    ///
    /// # Errors
    /// [`SidecarError`] when there is none to be had.
    pub(crate) fn welcome(&self, cancel: &CancelFlag) -> Result<Welcome, SidecarError> {
        Ok(self.connected(cancel)?.welcome().clone())
    }

    /// Sends a request. One whose process crashes is sent once more, alone on a process of its own, so that a
    /// second crash names the image that causes it.
    ///
    /// # Errors
    /// [`SidecarError`].
    pub(crate) fn request(
        &self,
        header: &impl Serialize,
        body: &[u8],
        deadline: Duration,
        cancel: &CancelFlag,
    ) -> Result<Answer, SidecarError> {
        let connection = self.connected(cancel)?;
        match connection.request(header, body, deadline, cancel) {
            Err(RequestError::Crashed(reason)) => {
                self.crashed(&connection, &reason);
                drop(connection);
                tracing::warn!(target: "planish::sidecar", "Sharp crashed ({reason}); trying once more");
                self.request_alone(header, body, deadline, cancel)
            }
            outcome => self.settled(outcome),
        }
    }

    fn request_alone(
        &self,
        header: &impl Serialize,
        body: &[u8],
        deadline: Duration,
        cancel: &CancelFlag,
    ) -> Result<Answer, SidecarError> {
        self.pause(cancel)?;
        let alone = self.start()?;
        match alone.request(header, body, deadline, cancel) {
            Err(RequestError::Crashed(reason)) => {
                self.count_crash(&reason);
                Err(SidecarError::CrashedTwice { reason })
            }
            outcome => self.settled(outcome),
        }
    }

    fn settled(&self, outcome: Result<Answer, RequestError>) -> Result<Answer, SidecarError> {
        match outcome {
            Ok(answer) => {
                self.state().crashes_in_a_row = 0;
                Ok(answer)
            }
            Err(RequestError::Failed(failure)) => Err(SidecarError::Failed(failure)),
            Err(RequestError::TimedOut) => Err(SidecarError::TimedOut),
            Err(RequestError::Cancelled) => Err(SidecarError::Cancelled),
            Err(RequestError::Crashed(reason)) => Err(SidecarError::CrashedTwice { reason }),
        }
    }

    /// The running sidecar, started where there is none.
    fn connected(&self, cancel: &CancelFlag) -> Result<Arc<Connection>, SidecarError> {
        loop {
            self.pause(cancel)?;
            // The lock is held while one starts: nobody should start a second one.
            let mut state = self.state();
            if let Some(error) = &state.refused {
                return Err(error.clone());
            }
            if let Some(connection) = state.connection.as_ref().filter(|connection| connection.is_alive()) {
                return Ok(Arc::clone(connection));
            }
            state.connection = None;
            self.used().processes += 1;
            match Connection::start(&self.launch, &self.hello) {
                Ok(connection) => {
                    let connection = Arc::new(connection);
                    state.connection = Some(Arc::clone(&connection));
                    return Ok(connection);
                }
                Err(error) => {
                    drop(state);
                    self.could_not_start(error)?;
                }
            }
        }
    }

    fn start(&self) -> Result<Connection, SidecarError> {
        loop {
            if let Some(error) = &self.state().refused {
                return Err(error.clone());
            }
            self.used().processes += 1;
            match Connection::start(&self.launch, &self.hello) {
                Ok(connection) => return Ok(connection),
                Err(error) => self.could_not_start(error)?,
            }
        }
    }

    /// What cannot become better is remembered; a crash may be tried again until there were too many.
    fn could_not_start(&self, error: StartError) -> Result<(), SidecarError> {
        let refused = match error {
            StartError::Crashed(reason) => {
                self.count_crash(&reason);
                return self.state().refused.clone().map_or(Ok(()), Err);
            }
            StartError::NotInstalled(reason) => {
                SidecarError::NotInstalled { reason, install: self.launch.install_command() }
            }
            StartError::WrongVersion(reason) => SidecarError::WrongVersion { reason },
        };
        self.state().refused = Some(refused.clone());
        Err(refused)
    }

    fn crashed(&self, connection: &Arc<Connection>, reason: &str) {
        let mut state = self.state();
        // Of many requests on one process only the first to notice counts its crash.
        let current = state.connection.as_ref().is_some_and(|current| Arc::ptr_eq(current, connection));
        if current {
            state.connection = None;
        }
        drop(state);
        if current {
            self.count_crash(reason);
        }
    }

    fn count_crash(&self, reason: &str) {
        self.used().crashes += 1;
        let mut state = self.state();
        state.crashes_in_a_row += 1;
        if state.crashes_in_a_row >= GIVE_UP_AFTER {
            state.refused = Some(SidecarError::GivenUp { reason: reason.to_owned() });
        }
        let pause = FIRST_PAUSE * 2_u32.pow(state.crashes_in_a_row.min(GIVE_UP_AFTER) - 1);
        state.not_before = Some(Instant::now() + pause);
    }

    /// Waits until a process may be started again.
    fn pause(&self, cancel: &CancelFlag) -> Result<(), SidecarError> {
        const TICK: Duration = Duration::from_millis(20);
        loop {
            if cancel.is_cancelled() {
                return Err(SidecarError::Cancelled);
            }
            let not_before = self.state().not_before;
            match not_before.and_then(|time| time.checked_duration_since(Instant::now())) {
                Some(left) if !left.is_zero() => thread::sleep(left.min(TICK)),
                _ => return Ok(()),
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
