//! `planish --watch`: goes on with files that come or change, until Ctrl-C.
//!
//! The inputs are planned anew once a second, by the walk of any run, and stamps (size, times, place) tell what is new. Nothing
//! depends on events that a system may drop: a file that one look misses is there at the next. Names and rules are those
//! of any run, and the output folder is never looked into.

use super::optimize::{plan, work};
use crate::output::{DIM, Terminal, bytes, display};
use crate::report::ReportKind;
use crate::request::{Request, UsageError};
use crate::{DONE, INTERRUPTED, SOME_FAILED, interrupt};
use planish::CancelFlag;
use planish_batch::{BatchPlan, Engine, FileStamp, PlanError, TaskReport};
use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

/// From one look to the next.
const PAUSE: Duration = Duration::from_secs(1);

/// Looking takes at most one part in so many of the time: large trees are looked at less often.
const SHARE: u32 = 5;

/// How often Ctrl-C is looked for.
const TICK: Duration = Duration::from_millis(50);

/// Optimizes what is there, then what comes, and returns the exit code.
///
/// # Errors
/// [`UsageError`] when the first look is refused.
pub(crate) fn run(request: &Request, terminal: &mut Terminal) -> Result<u8, UsageError> {
    let engine = request.engine.engine(&request.options)?;
    let cancel = CancelFlag::default();
    interrupt::install(&cancel);
    let mut watch = Watch { request, engine, cancel, looks: Looks::default(), total: Total::default() };
    let mut refused = None;
    let mut first = true;
    loop {
        let began = Instant::now();
        match look(request) {
            Ok(plan) => {
                refused = None;
                if first {
                    watch.announce(terminal);
                }
                watch.round(plan, terminal)?;
            }
            Err(error) if first => return Err(error),
            // What came since makes no sense with the rest: that is said once, and may be put right.
            Err(error) => {
                let text = error.to_string();
                if refused.as_ref() != Some(&text) {
                    terminal.error(&text);
                    refused = Some(text);
                }
            }
        }
        first = false;
        if !rest(&watch.cancel, PAUSE.max(began.elapsed() * SHARE)) {
            return Ok(watch.end(terminal));
        }
    }
}

/// What is there now.
fn look(request: &Request) -> Result<BatchPlan, UsageError> {
    match plan(request) {
        // What is not there yet may come.
        Err(UsageError::Plan(PlanError::NothingFound { .. })) => Ok(BatchPlan::default()),
        plan => plan,
    }
}

/// Waits so long; `false` where Ctrl-C came.
fn rest(cancel: &CancelFlag, pause: Duration) -> bool {
    let began = Instant::now();
    while !cancel.is_cancelled() && began.elapsed() < pause {
        thread::sleep(TICK);
    }
    !cancel.is_cancelled()
}

fn stamp_of(path: &Path) -> Option<FileStamp> {
    fs::metadata(path).ok().as_ref().map(FileStamp::of)
}

/// A command that watches.
struct Watch<'a> {
    request: &'a Request,
    engine: Arc<dyn Engine>,
    cancel: CancelFlag,
    looks: Looks,
    total: Total,
}

impl Watch<'_> {
    fn announce(&self, terminal: &mut Terminal) {
        if self.request.report.kind != ReportKind::Quiet {
            let names: Vec<String> = self.request.inputs.all().iter().map(|path| display(path)).collect();
            terminal.line(&terminal.paint(DIM, &format!("watching {}; Ctrl-C ends", names.join(", "))));
        }
    }

    /// Works on those images of a look that are due.
    fn round(&mut self, mut plan: BatchPlan, terminal: &mut Terminal) -> Result<(), UsageError> {
        let stamped = plan.tasks.iter().filter_map(|task| {
            stamp_of(&task.input_path).map(|stamp| (task.input_path.clone(), State::File(stamp)))
        });
        let unreadable = plan.unreadable.iter().map(|report| (report.input_path.clone(), State::Unreadable));
        let due = self.looks.due(stamped.chain(unreadable).collect());
        self.total.failed.retain(|path| self.looks.last.contains_key(path));
        plan.tasks.retain(|task| due.contains(&task.input_path));
        plan.unreadable.retain(|report| due.contains(&report.input_path));
        if plan.tasks.is_empty() && plan.unreadable.is_empty() {
            return Ok(());
        }
        plan.total_bytes = plan.tasks.iter().map(|task| self.looks.size_of(&task.input_path)).sum();
        // Said of the whole tree, at every round.
        (plan.ignored, plan.existing) = (0, 0);
        let in_place: HashSet<PathBuf> = plan
            .tasks
            .iter()
            .filter(|task| task.output_path.is_in_place())
            .map(|task| task.input_path.clone())
            .collect();
        let Self { request, engine, cancel, looks, total } = self;
        let mut observe = |report: &TaskReport| {
            total.count(report);
            if in_place.contains(&report.input_path) {
                looks.replaced(report);
            }
        };
        let ended = work(plan, request, engine, cancel, &mut observe, terminal)?;
        total.undone += ended.summary.skipped;
        Ok(())
    }

    fn end(&self, terminal: &mut Terminal) -> u8 {
        let Total { completed, failed, undone, original_size, optimized_size } = &self.total;
        if self.request.report.kind != ReportKind::Quiet {
            let images = if *completed == 1 { "image" } else { "images" };
            let failures =
                if failed.is_empty() { String::new() } else { format!(", {} failed", failed.len()) };
            let (before, after) = (bytes(*original_size), bytes(*optimized_size));
            terminal.line(&format!("watched: {completed} {images}, {before} -> {after}{failures}"));
        }
        if *undone > 0 {
            INTERRUPTED
        } else if failed.is_empty() {
            DONE
        } else {
            SOME_FAILED
        }
    }
}

/// What a look finds at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    File(FileStamp),
    /// Something that cannot be looked at.
    Unreadable,
}

/// What the last look found, and what was taken up.
#[derive(Debug, Default)]
struct Looks {
    last: HashMap<PathBuf, State>,
    taken: HashMap<PathBuf, State>,
}

impl Looks {
    /// The paths that are to be taken up, and taken up now: this look and the last found them the same, and they are not
    /// what they were when they were taken up. A file that is written while it is read has another stamp at the next look.
    fn due(&mut self, now: HashMap<PathBuf, State>) -> HashSet<PathBuf> {
        // What has gone is new when it comes back.
        self.taken.retain(|path, _| now.contains_key(path));
        let mut due = HashSet::new();
        for (path, state) in &now {
            if self.last.get(path) == Some(state) && self.taken.get(path) != Some(state) {
                self.taken.insert(path.clone(), *state);
                due.insert(path.clone());
            }
        }
        self.last = now;
        due
    }

    fn size_of(&self, path: &Path) -> u64 {
        match self.last.get(path) {
            Some(State::File(stamp)) => stamp.size(),
            _ => 0,
        }
    }

    /// Notes what our own work put in the place of an image, so that it is not taken for a change of somebody else's.
    fn replaced(&mut self, report: &TaskReport) {
        let Ok(delivery) = &report.outcome else { return };
        let written = stamp_of(&report.input_path).filter(|stamp| stamp.size() == delivery.final_size());
        if let Some(stamp) = written {
            self.taken.insert(report.input_path.clone(), State::File(stamp));
        }
    }
}

/// All rounds together.
#[derive(Debug, Default)]
struct Total {
    completed: u64,
    /// What failed when it was tried last, and is still there.
    failed: HashSet<PathBuf>,
    /// Images that Ctrl-C left undone.
    undone: u64,
    original_size: u64,
    optimized_size: u64,
}

impl Total {
    fn count(&mut self, report: &TaskReport) {
        match &report.outcome {
            Ok(delivery) => {
                self.completed += 1;
                self.failed.remove(&report.input_path);
                self.original_size += delivery.result.original_size;
                self.optimized_size += delivery.final_size();
            }
            Err(_) if report.is_cancelled() => {}
            Err(_) => {
                self.failed.insert(report.input_path.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(text: &str) -> State {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.png");
        fs::write(&path, text).unwrap();
        State::File(stamp_of(&path).unwrap())
    }

    fn found(states: &[(&str, State)]) -> HashMap<PathBuf, State> {
        states.iter().map(|(name, state)| (PathBuf::from(name), *state)).collect()
    }

    #[test]
    fn a_file_is_due_once_when_two_looks_agree_and_again_when_it_changed() {
        let mut looks = Looks::default();
        let (half, whole, other) = (state("half"), state("the whole"), state("another picture"));
        let due = |looks: &mut Looks, state| looks.due(found(&[("a.png", state)])).len();
        assert_eq!(due(&mut looks, half), 0, "just seen");
        assert_eq!(due(&mut looks, whole), 0, "it grew");
        assert_eq!(due(&mut looks, whole), 1);
        assert_eq!(looks.size_of(Path::new("a.png")), 9);
        assert_eq!(due(&mut looks, whole), 0, "done");
        assert_eq!(due(&mut looks, other), 0, "it changed just now");
        assert_eq!(due(&mut looks, other), 1);
    }

    #[test]
    fn what_goes_and_comes_back_is_new() {
        let mut looks = Looks::default();
        let whole = state("the whole");
        for expected in [0, 1, 0] {
            assert_eq!(looks.due(found(&[("a.png", whole)])).len(), expected);
        }
        assert!(looks.due(HashMap::new()).is_empty());
        for expected in [0, 1] {
            assert_eq!(looks.due(found(&[("a.png", whole)])).len(), expected);
        }
    }

    #[test]
    fn what_cannot_be_looked_at_is_told_once() {
        let mut looks = Looks::default();
        for expected in [0, 1, 0, 0] {
            assert_eq!(looks.due(found(&[("locked", State::Unreadable)])).len(), expected);
        }
    }
}
