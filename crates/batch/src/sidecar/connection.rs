//! One running sidecar and the requests in flight on it.
//!
//! A thread reads its answers, one its log lines, and a watchdog ends it when it has been silent for too long: a
//! peer that hangs, crashes or speaks garbage costs its process and the requests on it, never the command.

use super::find::Launch;
use super::frame::{Frame, Kind, read_frame, write_frame};
use super::messages::{Failure, Hello, PROTOCOL, Welcome};
use planish::CancelFlag;
use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::{HashMap, VecDeque};
use std::io::{self, BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// How often the watchdog looks, and pings, in the time that a sidecar may be silent.
const LOOKS: u32 = 10;

/// How long a start may take. Loading Sharp from a cold disk takes seconds.
const START: Duration = Duration::from_mins(1);

/// How often a waiting request looks at its cancel flag and its deadline.
const TICK: Duration = Duration::from_millis(50);

/// Bodies are written in pieces of this size, each a sign of life.
const PIECE: usize = 1 << 20;

/// Lines of its log that a crash report quotes.
const QUOTED_LINES: usize = 5;

/// The exit code of a sidecar that could not load Sharp; `native/PROTOCOL.md`.
const NOT_INSTALLED: i32 = 69;

/// Why a request brought no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RequestError {
    /// The sidecar said why.
    Failed(Failure),
    /// The process ended, hung or spoke garbage.
    Crashed(String),
    /// The deadline passed.
    TimedOut,
    /// The run was cancelled.
    Cancelled,
}

/// Why there is no sidecar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum StartError {
    /// Node or Sharp is missing.
    NotInstalled(String),
    /// It speaks another version of the protocol.
    WrongVersion(String),
    /// It started and did not come up.
    Crashed(String),
}

/// What came back.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Answer {
    pub(crate) header: Map<String, Value>,
    pub(crate) body: Vec<u8>,
}

type Reply = Result<Answer, RequestError>;

/// A running sidecar.
#[derive(Debug)]
pub(crate) struct Connection {
    shared: Arc<Shared>,
    next_id: AtomicU32,
    welcome: Welcome,
    threads: Vec<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    child: Mutex<Child>,
    /// `None` once it is closed.
    pipe: Mutex<Option<ChildStdin>>,
    waiting: Mutex<Waiting>,
    closing: AtomicBool,
}

#[derive(Debug)]
struct Waiting {
    replies: HashMap<u32, Sender<Reply>>,
    heard: Instant,
    /// Why nothing more will come.
    gone: Option<String>,
    log: VecDeque<String>,
}

impl Connection {
    /// Starts a process and shakes hands.
    ///
    /// # Errors
    /// [`StartError`]; no process is left then.
    pub(crate) fn start(launch: &Launch, hello: &Hello) -> Result<Self, StartError> {
        let mut child = Command::new(&launch.node)
            .args(&launch.arguments)
            .arg(&launch.script)
            .env("UV_THREADPOOL_SIZE", launch.requests_at_once.clamp(1, 128).to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| {
                StartError::NotInstalled(format!("{} cannot be started: {error}", launch.node.display()))
            })?;
        let (pipe, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let shared = Arc::new(Shared {
            child: Mutex::new(child),
            pipe: Mutex::new(pipe),
            waiting: Mutex::new(Waiting {
                replies: HashMap::new(),
                heard: Instant::now(),
                gone: None,
                log: VecDeque::new(),
            }),
            closing: AtomicBool::new(false),
        });
        let mut connection = Self {
            shared,
            next_id: AtomicU32::new(1),
            welcome: Welcome { protocol: 0, node: String::new(), sharp: String::new(), vips: String::new() },
            threads: Vec::new(),
        };
        let (Some(stdout), Some(stderr)) = (stdout, stderr) else {
            return Err(StartError::Crashed("its pipes are missing".into()));
        };
        let crashed = |error: io::Error| StartError::Crashed(error.to_string());
        // Before anything is read: a process that greets at once would find nobody who waits for it.
        let welcome =
            connection.shared.expect_reply(0).map_err(|_| StartError::Crashed("it is gone".into()))?;
        let (reader, logger, watchdog) =
            (Arc::clone(&connection.shared), Arc::clone(&connection.shared), Arc::clone(&connection.shared));
        connection.spawn("log", move || logger.read_log(BufReader::new(stderr))).map_err(crashed)?;
        connection.spawn("reader", move || reader.read_answers(stdout)).map_err(crashed)?;
        let silence = launch.silence;
        connection.spawn("watchdog", move || watchdog.watch(silence)).map_err(crashed)?;
        connection.welcome = connection.shake_hands(hello, &welcome)?;
        Ok(connection)
    }

    /// Who it is.
    pub(crate) const fn welcome(&self) -> &Welcome {
        &self.welcome
    }

    /// The process's number.
    #[cfg(test)]
    pub(crate) fn process_id(&self) -> u32 {
        self.shared.child().id()
    }

    /// Whether it still serves.
    pub(crate) fn is_alive(&self) -> bool {
        self.shared.waiting().gone.is_none()
    }

    /// Sends a request and waits for its answer. Where the run is cancelled or the deadline passes the process is
    /// killed: libvips cannot be stopped otherwise, and what it holds is wanted back.
    pub(crate) fn request(
        &self,
        header: &impl Serialize,
        body: &[u8],
        deadline: Duration,
        cancel: &CancelFlag,
    ) -> Reply {
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        let end = Instant::now() + deadline;
        let replies = self.shared.expect_reply(id)?;
        // A pipe that breaks is noticed by the reader, which says why.
        let _ = self.shared.send(id, Kind::Request, header, body);
        loop {
            match replies.recv_timeout(TICK) {
                Ok(reply) => return reply,
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(RequestError::Crashed(self.shared.reason()));
                }
                Err(RecvTimeoutError::Timeout) if cancel.is_cancelled() => {
                    self.shared.kill("the run was cancelled");
                    return Err(RequestError::Cancelled);
                }
                Err(RecvTimeoutError::Timeout) if Instant::now() >= end => {
                    self.shared.kill("a request took longer than its deadline");
                    return Err(RequestError::TimedOut);
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
    }

    fn shake_hands(&self, hello: &Hello, welcome: &Receiver<Reply>) -> Result<Welcome, StartError> {
        let crashed = |error: RequestError| match error {
            RequestError::Failed(failure) => StartError::WrongVersion(failure.message),
            RequestError::Crashed(_) if self.shared.exit_code() == Some(NOT_INSTALLED) => {
                StartError::NotInstalled(self.shared.last_words())
            }
            RequestError::Crashed(reason) => StartError::Crashed(reason),
            RequestError::TimedOut | RequestError::Cancelled => {
                StartError::Crashed("it did not answer".into())
            }
        };
        let _ = self.shared.send(0, Kind::Hello, hello, &[]);
        let answer = match welcome.recv_timeout(START) {
            Ok(reply) => reply.map_err(crashed)?,
            Err(RecvTimeoutError::Disconnected) => {
                return Err(crashed(RequestError::Crashed(self.shared.reason())));
            }
            Err(RecvTimeoutError::Timeout) => {
                self.shared.kill("it did not answer its greeting");
                return Err(crashed(RequestError::TimedOut));
            }
        };
        let welcome: Welcome = serde_json::from_value(Value::Object(answer.header))
            .map_err(|error| StartError::WrongVersion(format!("its welcome cannot be read: {error}")))?;
        if welcome.protocol == PROTOCOL {
            Ok(welcome)
        } else {
            Err(StartError::WrongVersion(format!("expected protocol {PROTOCOL}, got {}", welcome.protocol)))
        }
    }

    fn spawn(&mut self, name: &str, work: impl FnOnce() + Send + 'static) -> io::Result<()> {
        let thread = thread::Builder::new().name(format!("planish-sidecar-{name}"));
        self.threads.push(thread.spawn(work)?);
        Ok(())
    }
}

impl Drop for Connection {
    /// Ends the process: it goes by itself when its input ends, and is killed where it does not.
    fn drop(&mut self) {
        const GRACE: Duration = Duration::from_secs(2);
        self.shared.closing.store(true, Ordering::Relaxed);
        let busy = !self.shared.waiting().replies.is_empty();
        // Whoever holds the pipe is writing to a process that does not read.
        if let Ok(mut pipe) = self.shared.pipe.try_lock() {
            pipe.take();
        }
        let end = Instant::now() + GRACE;
        while !busy && self.shared.exit_code().is_none() && Instant::now() < end {
            thread::sleep(Duration::from_millis(5));
        }
        self.shared.kill("it is not needed any more");
        for thread in self.threads.drain(..) {
            // A thread that panicked has nothing left to wait for.
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn child(&self) -> MutexGuard<'_, Child> {
        self.child.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn expect_reply(&self, id: u32) -> Result<Receiver<Reply>, RequestError> {
        let (sender, receiver) = channel();
        let mut waiting = self.waiting();
        if let Some(reason) = &waiting.gone {
            return Err(RequestError::Crashed(reason.clone()));
        }
        if waiting.replies.is_empty() {
            // Silence counts from the first thing that is asked.
            waiting.heard = Instant::now();
        }
        waiting.replies.insert(id, sender);
        Ok(receiver)
    }

    fn send(&self, id: u32, kind: Kind, header: &impl Serialize, body: &[u8]) -> io::Result<()> {
        let mut pipe = self.pipe.lock().unwrap_or_else(PoisonError::into_inner);
        match pipe.as_mut() {
            Some(pipe) => write_frame(&mut Lively { pipe, shared: self }, id, kind, header, body),
            None => Err(io::ErrorKind::BrokenPipe.into()),
        }
    }

    fn read_answers(&self, mut stdout: ChildStdout) {
        let reason = loop {
            match read_frame(&mut stdout) {
                Ok(Some(frame)) => self.take(frame),
                Ok(None) => break self.how_it_ended(),
                Err(error) => break format!("it could not be understood: {error}"),
            }
        };
        self.kill(&reason);
    }

    fn take(&self, Frame { id, kind, header, body }: Frame) {
        let mut waiting = self.waiting();
        waiting.heard = Instant::now();
        let reply = match kind {
            Kind::Answer | Kind::Welcome => Ok(Answer { header, body }),
            Kind::Failure => Err(RequestError::Failed(failure_of(header))),
            _ => return,
        };
        if let Some(sender) = waiting.replies.remove(&id) {
            // Whoever asked may have given up.
            let _ = sender.send(reply);
        }
    }

    fn read_log(&self, lines: impl BufRead) {
        for line in lines.split(b'\n') {
            let Ok(line) = line else { return };
            let line = String::from_utf8_lossy(&line);
            let (level, message) = parse_log(&line);
            match level {
                "error" => tracing::error!(target: "planish::sidecar", "{message}"),
                "info" => tracing::info!(target: "planish::sidecar", "{message}"),
                _ => tracing::warn!(target: "planish::sidecar", "{message}"),
            }
            if !message.trim().is_empty() {
                let mut waiting = self.waiting();
                if waiting.log.len() == QUOTED_LINES {
                    waiting.log.pop_front();
                }
                waiting.log.push_back(message.chars().take(300).collect());
            }
        }
    }

    /// Pings while there is something to wait for, and ends what has been silent for too long.
    fn watch(&self, silence: Duration) {
        let mut looked = Instant::now();
        while !self.closing.load(Ordering::Relaxed) && self.waiting().gone.is_none() {
            thread::sleep(TICK);
            if looked.elapsed() < silence / LOOKS {
                continue;
            }
            looked = Instant::now();
            let (busy, silent) = {
                let waiting = self.waiting();
                (!waiting.replies.is_empty(), waiting.heard.elapsed())
            };
            if !busy {
                continue;
            }
            if silent > silence {
                self.kill(&format!("it was silent for {} s", silent.as_secs()));
                return;
            }
            // Where the pipe is taken, somebody is writing, and that is noticed.
            if let Ok(mut pipe) = self.pipe.try_lock()
                && let Some(pipe) = pipe.as_mut()
            {
                let _ = write_frame(pipe, 0, Kind::Ping, &Map::new(), &[]);
            }
        }
    }

    /// Ends the process and everything that waits for it. The first reason is the one that is told, so it is noted
    /// before the process goes, which the reader notices too.
    fn kill(&self, reason: &str) {
        self.waiting().gone.get_or_insert_with(|| reason.to_owned());
        {
            let mut child = self.child();
            // It may have ended by itself.
            let _ = child.kill();
            let _ = child.wait();
        }
        // Dropping a sender tells its receiver.
        self.waiting().replies.clear();
    }

    fn how_it_ended(&self) -> String {
        let end = Instant::now() + Duration::from_secs(1);
        // Its output closes a moment before it is gone.
        while self.exit_code().is_none() && Instant::now() < end {
            thread::sleep(Duration::from_millis(5));
        }
        let status = self.child().try_wait().ok().flatten();
        let how =
            status.map_or_else(|| "its output ended".to_owned(), |status| format!("it ended with {status}"));
        match self.last_words() {
            words if words.is_empty() => how,
            words => format!("{how}: {words}"),
        }
    }

    /// The exit code, where it has ended with one.
    fn exit_code(&self) -> Option<i32> {
        self.child().try_wait().ok().flatten().map(|status| status.code().unwrap_or(-1))
    }

    fn reason(&self) -> String {
        self.waiting().gone.clone().unwrap_or_else(|| "it gave no answer".into())
    }

    fn last_words(&self) -> String {
        let waiting = self.waiting();
        waiting.log.iter().map(String::as_str).collect::<Vec<_>>().join("; ")
    }
}

fn failure_of(header: Map<String, Value>) -> Failure {
    serde_json::from_value(Value::Object(header)).unwrap_or_else(|error| Failure {
        code: "internal".into(),
        message: format!("a failure that cannot be read: {error}"),
        transient: false,
    })
}

/// The level and the message of a line on standard error.
fn parse_log(line: &str) -> (&'static str, String) {
    #[derive(serde::Deserialize)]
    struct Line {
        level: String,
        message: String,
    }
    match serde_json::from_str::<Line>(line) {
        Ok(Line { level, message }) => match level.as_str() {
            "error" => ("error", message),
            "info" => ("info", message),
            _ => ("warn", message),
        },
        Err(_) => ("warn", line.trim_end().to_owned()),
    }
}

/// Writes in pieces, and takes each piece that goes through for a sign of life.
struct Lively<'a> {
    pipe: &'a mut ChildStdin,
    shared: &'a Shared,
}

impl Write for Lively<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.pipe.write(&bytes[..bytes.len().min(PIECE)])?;
        self.shared.waiting().heard = Instant::now();
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.pipe.flush()
    }
}
