//! `planish --watch`: goes on with files that come or change, until Ctrl-C.
//!
//! Events only say that it is worth looking again; what is new is found by planning anew and comparing each input's
//! size and time with what they were when it was taken up. So a missed event costs nothing but time, names and rules
//! are those of any run, and our own outputs are never inputs: a plan that would make them so is refused.

use super::optimize::{Ended, plan, work};
use crate::output::{DIM, Terminal, bytes, display};
use crate::request::{Request, UsageError};
use crate::{DONE, INTERRUPTED, SOME_FAILED, interrupt};
use notify::{EventKind, RecursiveMode, Watcher};
use planish::CancelFlag;
use planish_batch::{BatchPlan, Engine, PlanError};
use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant, SystemTime};

/// A file is complete when its size and time stay as they are for so long.
const SETTLE: Duration = Duration::from_millis(500);

/// How often Ctrl-C is looked for.
const TICK: Duration = Duration::from_millis(100);

/// What a file was when it was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    size: u64,
    modified: SystemTime,
}

impl Stamp {
    fn of(path: &Path) -> Option<Self> {
        let metadata = fs::metadata(path).ok()?;
        Some(Self { size: metadata.len(), modified: metadata.modified().ok()? })
    }
}

/// Which files were taken up, and which are still being written.
#[derive(Debug, Default)]
struct Seen {
    done: HashMap<PathBuf, Stamp>,
    growing: HashMap<PathBuf, (Stamp, Instant)>,
}

impl Seen {
    /// Whether the file is complete and not what it was when it was last taken up.
    fn is_due(&mut self, path: &Path, stamp: Stamp, now: Instant) -> bool {
        if self.done.get(path) == Some(&stamp) {
            self.growing.remove(path);
            return false;
        }
        let since = match self.growing.get(path) {
            Some((known, since)) if *known == stamp => *since,
            _ => {
                self.growing.insert(path.to_owned(), (stamp, now));
                now
            }
        };
        // One that was last written long ago has settled already.
        let rested = stamp.modified.elapsed().is_ok_and(|age| age >= SETTLE);
        let due = rested || now.duration_since(since) >= SETTLE;
        if due {
            self.growing.remove(path);
            self.done.insert(path.to_owned(), stamp);
        }
        due
    }
}

/// All rounds together.
#[derive(Debug, Default)]
struct Total {
    completed: u64,
    failed: u64,
    original_size: u64,
    optimized_size: u64,
}

/// Optimizes what is there, then what comes, and returns the exit code.
///
/// # Errors
/// [`UsageError`] when the first round is refused, or the folders cannot be watched.
pub(crate) fn run(request: &Request, terminal: &mut Terminal) -> Result<u8, UsageError> {
    let engine = request.engine.engine(&request.options)?;
    let cancel = CancelFlag::default();
    interrupt::install(&cancel);
    let (sender, events) = channel();
    let watching = |error: notify::Error| UsageError::Watch(error.to_string());
    // Watched before the first look: nothing that comes in between is missed.
    let mut watcher = notify::recommended_watcher(sender).map_err(watching)?;
    for path in &request.inputs.paths {
        // Editors replace files: a file's folder is watched, not the file.
        let (folder, mode) = match path.parent() {
            _ if path.is_dir() => (path.as_path(), RecursiveMode::Recursive),
            Some(parent) if !parent.as_os_str().is_empty() => (parent, RecursiveMode::NonRecursive),
            _ => (Path::new("."), RecursiveMode::NonRecursive),
        };
        watcher.watch(folder, mode).map_err(watching)?;
    }
    let mut seen = Seen::default();
    let mut total = Total::default();
    let mut announced = false;
    let mut news = false;
    loop {
        let code = round(request, &engine, &cancel, &mut seen, &mut total, terminal)?;
        if code == Some(INTERRUPTED) || cancel.is_cancelled() {
            tell(&total, terminal);
            return Ok(match code {
                Some(INTERRUPTED) => INTERRUPTED,
                _ if total.failed > 0 => SOME_FAILED,
                _ => DONE,
            });
        }
        if !announced {
            let names: Vec<String> = request.inputs.paths.iter().map(|path| display(path)).collect();
            terminal.line(&terminal.paint(DIM, &format!("watching {}; Ctrl-C ends", names.join(", "))));
            announced = true;
        }
        // What is put into a new folder before that is watched makes no event: after each there is a second look.
        news = wait(&events, &cancel, news || !seen.growing.is_empty());
    }
}

/// Looks once, and works on what is due. The exit code of the work, if there was any.
fn round(
    request: &Request,
    engine: &Arc<dyn Engine>,
    cancel: &CancelFlag,
    seen: &mut Seen,
    total: &mut Total,
    terminal: &mut Terminal,
) -> Result<Option<u8>, UsageError> {
    let mut plan = match plan(request) {
        // What is not there yet may come.
        Err(UsageError::Plan(PlanError::NothingFound { .. })) => BatchPlan::default(),
        plan => plan?,
    };
    let now = Instant::now();
    plan.tasks.retain(|task| {
        let stamp = Stamp::of(&task.input_path);
        stamp.is_some_and(|stamp| seen.is_due(&task.input_path, stamp, now))
    });
    // What vanished between two looks is no error here.
    plan.unreadable.clear();
    if plan.tasks.is_empty() {
        return Ok(None);
    }
    plan.total_bytes =
        plan.tasks.iter().filter_map(|task| seen.done.get(&task.input_path)).map(|stamp| stamp.size).sum();
    let inputs: Vec<PathBuf> = plan
        .tasks
        .iter()
        .filter(|task| task.output_path.is_in_place())
        .map(|task| task.input_path.clone())
        .collect();
    let Ended { code, summary } = work(plan, request, Arc::clone(engine), cancel, terminal)?;
    // In place, what we wrote is what is there now.
    for path in inputs {
        if let Some(stamp) = Stamp::of(&path) {
            seen.done.insert(path, stamp);
        }
    }
    total.completed += summary.completed;
    total.failed += summary.failed;
    total.original_size += summary.original_size;
    total.optimized_size += summary.optimized_size;
    Ok(Some(code))
}

/// Waits for something to look at: an event, or the time in which a growing file may have settled or a new folder been
/// filled (`soon`). Whether it was an event.
fn wait(events: &Receiver<notify::Result<notify::Event>>, cancel: &CancelFlag, soon: bool) -> bool {
    let began = Instant::now();
    let mut news = false;
    while !cancel.is_cancelled() {
        match events.recv_timeout(TICK) {
            // Reading is no change.
            Ok(Ok(event)) if matches!(event.kind, EventKind::Access(_)) => {}
            Ok(_) => {
                news = true;
                break;
            }
            Err(RecvTimeoutError::Timeout) if soon && began.elapsed() >= SETTLE => break,
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => std::thread::sleep(TICK),
        }
    }
    // Events come in crowds; one look is enough for all that are there.
    while events.try_recv().is_ok() {}
    news
}

fn tell(total: &Total, terminal: &mut Terminal) {
    let Total { completed, failed, original_size, optimized_size } = *total;
    let images = if completed == 1 { "image" } else { "images" };
    let failures = if failed == 0 { String::new() } else { format!(", {failed} failed") };
    let (before, after) = (bytes(original_size), bytes(optimized_size));
    terminal.line(&format!("watched: {completed} {images}, {before} -> {after}{failures}"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_due_once_when_it_has_settled_and_again_when_it_changed() {
        let mut seen = Seen::default();
        let (path, now) = (Path::new("a.png"), Instant::now());
        let fresh = |size| Stamp { size, modified: SystemTime::now() + Duration::from_mins(1) };
        let first = fresh(1);
        assert!(!seen.is_due(path, first, now), "just seen");
        let second = fresh(2);
        assert!(!seen.is_due(path, second, now + SETTLE), "it grew");
        assert!(seen.is_due(path, second, now + SETTLE * 2));
        assert!(!seen.is_due(path, second, now + SETTLE * 9), "done");
        assert!(seen.growing.is_empty());
        let old = Stamp { size: 3, modified: SystemTime::UNIX_EPOCH };
        assert!(seen.is_due(path, old, now), "written long ago");
    }
}
