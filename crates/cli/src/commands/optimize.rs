//! `planish PATH… -o OUT`: optimizes a batch.

use crate::output::Terminal;
use crate::progress::{Progress, beside_bars};
use crate::report::{ReportKind, Reporter, Summary};
use crate::request::{Mode, Request, UsageError};
use crate::stats::Stats;
use crate::{CHECK_FAILED, DONE, INTERRUPTED, SOME_FAILED, interrupt};
use planish::CancelFlag;
use planish_batch::files::Overwrite;
use planish_batch::{BatchPlan, Delivery, Engine, PoolOptions, TaskId, TaskReport, plan_batch, run_batch};
use std::cell::RefCell;
use std::sync::Arc;
use std::time::Instant;

/// How a run ended.
pub(super) struct Ended {
    /// The exit code.
    pub(super) code: u8,
    /// What was done.
    pub(super) summary: Summary,
}

/// Optimizes everything and returns the exit code.
///
/// # Errors
/// [`UsageError`] when nothing was done.
pub(crate) fn run(request: &Request, terminal: &mut Terminal) -> Result<u8, UsageError> {
    let plan = plan(request)?;
    let engine = request.engine.engine(&request.options)?;
    let cancel = CancelFlag::default();
    interrupt::install(&cancel);
    work(plan, request, &engine, &cancel, &mut |_| {}, terminal).map(|ended| ended.code)
}

/// What there is to be done.
///
/// # Errors
/// [`UsageError::Plan`].
pub(super) fn plan(request: &Request) -> Result<BatchPlan, UsageError> {
    let mut plan = plan_batch(&request.inputs, &request.destination, &request.settings)?;
    if request.options.delivery.overwrite == Overwrite::Never {
        plan.leave_out_existing();
    }
    Ok(plan)
}

/// Does what was planned. `observe` is told of each file as soon as it is done.
///
/// # Errors
/// [`UsageError`] when nothing was done.
pub(super) fn work(
    plan: BatchPlan,
    request: &Request,
    engine: &Arc<dyn Engine>,
    cancel: &CancelFlag,
    observe: &mut dyn FnMut(&TaskReport),
    terminal: &mut Terminal,
) -> Result<Ended, UsageError> {
    let Request { options, settings, cache, report, progress, mode, stats, .. } = request;
    let kind = report.kind;
    if kind != ReportKind::Quiet {
        for collision in &plan.case_only {
            terminal.warning(&format!(
                "outputs that differ only in case are one file on many systems: {collision}"
            ));
        }
    }

    let mut ids: Vec<TaskId> = plan.tasks.iter().map(|task| task.id).collect();
    ids.extend(plan.unreadable.iter().map(|report| report.id));
    ids.sort_unstable();
    let mut reporter = Reporter::new(report.clone(), settings, ids, terminal);
    reporter.stats = stats.then(Stats::default);
    reporter.summary.existing = plan.existing;
    for report in plan.unreadable {
        observe(&report);
        reporter.add(report, terminal);
    }

    let options = PoolOptions { total_bytes: plan.total_bytes, cache: cache.clone(), ..options.clone() };
    let in_place = plan.tasks.iter().any(|task| task.output_path.is_in_place());
    let journal = super::journal::open(&plan.tasks, request, &**engine, &options).unwrap_or_else(|error| {
        terminal.warning(&format!("this run cannot be taken up if it is killed: {error}"));
        None
    });
    let journal = journal.map(Arc::new);
    let options = PoolOptions { journal: journal.clone(), ..options };
    let bars = kind == ReportKind::Lines && Terminal::is_watched();
    let progress = RefCell::new(Progress::new(*progress, bars, terminal.stderr_has_colors()));
    progress.borrow_mut().start(plan.tasks.len() as u64, plan.total_bytes);
    let started = Instant::now();
    let mut last = None;
    let mut could_be_smaller = 0_u64;
    run_batch(
        plan.tasks,
        Arc::clone(engine),
        &options,
        cancel,
        |report| {
            observe(&report);
            progress.borrow_mut().report(&report);
            could_be_smaller += u64::from(counts(&report, *mode));
            if let Some(stats) = &mut reporter.stats {
                stats.add(&report);
            }
            beside_bars(|| reporter.add(report, terminal));
        },
        |now| {
            progress.borrow_mut().show(now);
            last = Some(now.clone());
        },
    )?;
    progress.borrow_mut().finish();
    if let Some(journal) = journal {
        if let Some(problem) = journal.problem() {
            terminal.warning(problem);
        }
        match (cancel.is_cancelled(), in_place && cache.is_none()) {
            (true, _) => {}
            (false, true) => journal.keep(),
            (false, false) => journal.complete(),
        }
    }
    if let Some(cache) = cache {
        cache.finish();
        if let Some(problem) = cache.problem().filter(|_| kind != ReportKind::Quiet) {
            terminal.warning(problem);
        }
    }
    reporter.sidecar = engine.usage();
    if let Some(stats) = &mut reporter.stats {
        stats.finish(options.jobs, started.elapsed(), last.as_ref(), engine.usage());
    }

    let summary = reporter.summary.clone();
    let failed = summary.failed > 0;
    let ended = |code| Ok(Ended { code, summary });
    if let Err(error) = reporter.finish(started.elapsed(), plan.ignored, terminal) {
        terminal.error(&format!("the report cannot be written: {error}"));
        return ended(SOME_FAILED);
    }
    ended(if cancel.is_cancelled() {
        INTERRUPTED
    } else if failed {
        SOME_FAILED
    } else if could_be_smaller > 0 {
        let images = if could_be_smaller == 1 { "image" } else { "images" };
        terminal.error(&format!("{could_be_smaller} {images} can be made smaller (--check)"));
        CHECK_FAILED
    } else {
        DONE
    })
}

/// Whether this is a file that `--check` is there to find.
fn counts(report: &TaskReport, mode: Mode) -> bool {
    match (&report.outcome, mode) {
        (Ok(Delivery { result, .. }), Mode::Check(least)) => {
            least.reached(result.original_size, result.optimized_size)
        }
        _ => false,
    }
}
