use super::*;
use crate::batch::run_batch;
use crate::engine::{FileRoute, MockEngine};
use crate::files::OutputPath;
use crate::task::TaskId;
use planish::{
    Format, Goal, ImageSettings, OptimizationError, OptimizationResult, OptimizeContext, Optimized, Score,
    Stage,
};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Obeys what the input says: `panic`, `fail`, `slow`, `wait` (until cancelled), `busy` (transient errors), else halves
/// it.
#[derive(Default)]
struct Obedient {
    running: AtomicUsize,
    most_running: AtomicUsize,
    threads: AtomicUsize,
}

impl Engine for Obedient {
    fn name(&self) -> &'static str {
        "obedient"
    }

    fn version(&self) -> &'static str {
        "1"
    }

    fn estimate_peak_bytes(&self, input: &[u8], _settings: &ImageSettings) -> u64 {
        input.len() as u64
    }

    fn optimize(
        &self,
        input: &[u8],
        settings: &ImageSettings,
        context: &OptimizeContext<'_>,
    ) -> Result<Optimized, OptimizationError> {
        let running = self.running.fetch_add(1, Ordering::SeqCst) + 1;
        self.most_running.fetch_max(running, Ordering::SeqCst);
        self.threads.fetch_max(rayon::current_num_threads(), Ordering::SeqCst);
        context.progress.progress(Stage::Encode, 0.5);
        let result = match input {
            b"panic" => {
                self.running.fetch_sub(1, Ordering::SeqCst);
                panic!("the input said so")
            }
            b"busy" => Err(OptimizationError::TimedOut),
            b"fail" => Err(OptimizationError::UnknownFormat { found: "text".into() }),
            b"wait" => loop {
                if context.check_cancelled().is_err() {
                    break Err(OptimizationError::Cancelled);
                }
                thread::sleep(Duration::from_millis(1));
            },
            _ => {
                if input.starts_with(b"slow") {
                    thread::sleep(Duration::from_millis(20));
                }
                Ok(halved(input, settings.goal))
            }
        };
        self.running.fetch_sub(1, Ordering::SeqCst);
        result
    }
}

/// The start of a PNG, as far as it is looked at before a file is read.
pub(crate) fn png_header(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
    bytes.extend([width.to_be_bytes(), height.to_be_bytes()].concat());
    bytes.extend([8, 2, 0, 0, 0, 0, 0, 0, 0]);
    bytes
}

/// What an engine would return that cuts the input in half.
pub(crate) fn halved(input: &[u8], goal: Goal) -> Optimized {
    let bytes = input[..input.len() / 2].to_vec();
    let result = OptimizationResult {
        input_path: String::new(),
        output_path: String::new(),
        original_size: input.len() as u64,
        optimized_size: bytes.len() as u64,
        compression_ratio: 0.5,
        elapsed_time: 0.0,
        input_format: Format::Png,
        format: Format::Webp,
        width: 1,
        height: 1,
        frames: 1,
        goal,
        quality: None,
        lossless: true,
        score: Score::IDENTICAL,
        score_sampled: false,
        engine: "obedient".into(),
        engine_reason: None,
        original_allowed: false,
        kept_original: None,
        candidates: Vec::new(),
        encodes: 1,
        sample_encodes: 0,
        warnings: Vec::new(),
        timings: Vec::new(),
        attempts: 1,
        peak_bytes: 0,
    };
    Optimized { bytes, result }
}

fn tasks(folder: &TempDir, inputs: &[&[u8]]) -> Vec<ImageTask> {
    let settings = ImageSettings { formats: planish::FormatChoice::Auto, ..ImageSettings::default() };
    (0..)
        .zip(inputs)
        .map(|(id, bytes)| {
            let name = format!("{id}.png");
            let input_path = folder.path().join(&name);
            fs::write(&input_path, bytes).unwrap();
            let output_path = OutputPath::in_folder(
                &folder.path().join("out"),
                Path::new(&name).as_os_str(),
                &settings.formats,
            );
            ImageTask { id: TaskId(id), input_path, output_path, settings: settings.clone(), priority: 0 }
        })
        .collect()
}

fn run(
    tasks: Vec<ImageTask>,
    engine: &Arc<Obedient>,
    options: &PoolOptions,
    cancel: &CancelFlag,
) -> (BTreeMap<u64, TaskReport>, ProcessingProgress) {
    run_on(engine.clone(), tasks, options, cancel)
}

fn run_on(
    engine: Arc<dyn Engine>,
    tasks: Vec<ImageTask>,
    options: &PoolOptions,
    cancel: &CancelFlag,
) -> (BTreeMap<u64, TaskReport>, ProcessingProgress) {
    let mut reports = BTreeMap::new();
    let mut last = None;
    run_batch(
        tasks,
        engine,
        options,
        cancel,
        |report| {
            reports.insert(report.id.0, report);
        },
        |progress| last = Some(progress.clone()),
    )
    .unwrap();
    (reports, last.unwrap())
}

#[test]
fn every_task_is_reported_and_a_panic_or_an_error_costs_only_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let mut tasks = tasks(&folder, &[b"good image", b"panic", b"fail", b"another good image", b"x"]);
    tasks[4].input_path = folder.path().join("missing.png");
    let engine = Arc::default();
    let (reports, progress) = run(tasks, &engine, &PoolOptions::default(), &CancelFlag::default());
    let code = |id: u64| reports[&id].outcome.as_ref().map_err(OptimizationError::code);
    assert_eq!([code(1), code(2), code(4)].map(Result::unwrap_err), ["internal", "unknown_format", "io"]);
    let message = reports[&1].outcome.as_ref().unwrap_err().to_string();
    assert!(message.contains("the input said so"), "{message}");
    let result = &reports[&0].outcome.as_ref().unwrap().result;
    assert_eq!(fs::read(folder.path().join("out/0.webp")).unwrap(), b"good ");
    assert!(result.output_path.ends_with("0.webp") && result.input_path.ends_with("0.png"));
    assert_eq!(fs::read_dir(folder.path().join("out")).unwrap().count(), 2);
    assert_eq!((progress.total, progress.completed, progress.failed, progress.skipped), (5, 2, 3, 0));
    assert_eq!((progress.bytes_saved, progress.active_workers), (14, 0));
}

#[test]
fn jobs_share_one_pool_and_no_more_run_than_were_allowed() {
    let folder = tempfile::tempdir().unwrap();
    let inputs: Vec<&[u8]> = vec![b"slow image"; 24];
    let engine: Arc<Obedient> = Arc::default();
    let options = PoolOptions { jobs: 3, queue_capacity: 2, ..PoolOptions::default() };
    let (reports, _) = run(tasks(&folder, &inputs), &engine, &options, &CancelFlag::default());
    assert_eq!(reports.len(), 24);
    assert!(reports.values().all(|report| report.outcome.is_ok()));
    assert_eq!(engine.most_running.load(Ordering::SeqCst), 3);
    assert_eq!(engine.threads.load(Ordering::SeqCst), 3);
}

#[test]
fn jobs_that_do_not_fit_into_memory_together_run_one_after_another() {
    let folder = tempfile::tempdir().unwrap();
    let inputs: Vec<&[u8]> = vec![b"slow image"; 6];
    let engine: Arc<Obedient> = Arc::default();
    // Each needs twice its 10 bytes: the input and the estimate.
    let options = PoolOptions { jobs: 4, memory_budget: 25, ..PoolOptions::default() };
    let (reports, _) = run(tasks(&folder, &inputs), &engine, &options, &CancelFlag::default());
    assert_eq!(reports.len(), 6);
    assert_eq!(engine.most_running.load(Ordering::SeqCst), 1);
}

#[test]
fn after_cancelling_the_rest_is_reported_as_cancelled() {
    let folder = tempfile::tempdir().unwrap();
    let inputs: Vec<&[u8]> = vec![b"wait"; 50];
    let cancel = CancelFlag::default();
    let canceller = thread::spawn({
        let cancel = cancel.clone();
        move || {
            thread::sleep(Duration::from_millis(100));
            cancel.cancel();
        }
    });
    let options = PoolOptions { jobs: 2, queue_capacity: 4, ..PoolOptions::default() };
    let (reports, progress) = run(tasks(&folder, &inputs), &Arc::default(), &options, &cancel);
    canceller.join().unwrap();
    assert_eq!(reports.len(), 50);
    assert!(reports.values().all(TaskReport::is_cancelled));
    assert_eq!(progress.skipped, 50);
    assert!(!folder.path().join("out").exists());
}

/// Runs the tasks on an engine that has been told what it will be asked for, and checks that it was.
fn run_expecting(
    mut engine: MockEngine,
    tasks: Vec<ImageTask>,
    options: &PoolOptions,
) -> (BTreeMap<u64, TaskReport>, ProcessingProgress) {
    engine.expect_name().return_const("mock");
    engine.expect_version().return_const("1".to_owned());
    engine.expect_estimate_peak_bytes().return_const(1_u64);
    let mut engine = Arc::new(engine);
    let told = run_on(engine.clone(), tasks, options, &CancelFlag::default());
    // A worker lets go of the engine a moment after its last report.
    let gone = Instant::now() + Duration::from_secs(5);
    while Arc::get_mut(&mut engine).is_none() && Instant::now() < gone {
        thread::sleep(Duration::from_millis(1));
    }
    // Here: a panic in a worker would not fail the test.
    Arc::get_mut(&mut engine).expect("nobody else has the engine").checkpoint();
    told
}

#[test]
fn transient_errors_are_tried_again_and_the_attempts_counted() {
    let folder = tempfile::tempdir().unwrap();
    let retry =
        RetryPolicy { first_delay: Duration::from_millis(1), max_attempts: 4, ..RetryPolicy::default() };
    let options = PoolOptions { retry, ..PoolOptions::default() };
    let mut engine = MockEngine::new();
    engine.expect_file_route().returning(|_, _, _| None);
    let mut asked_for = |input: &'static [u8], times: usize, answer: fn() -> Result<Optimized, _>| {
        let asked = engine.expect_optimize().times(times).withf(move |bytes, _, _| bytes == input);
        asked.returning(move |_, _, _| answer());
    };
    asked_for(b"flaky", 2, || Err(OptimizationError::TimedOut));
    asked_for(b"flaky", 1, || Ok(halved(b"flaky", Goal::default())));
    asked_for(b"busy", 4, || Err(OptimizationError::TimedOut));
    asked_for(b"fail", 1, || Err(OptimizationError::UnknownFormat { found: "text".into() }));
    let tasks = tasks(&folder, &[b"flaky", b"busy", b"fail"]);
    let (reports, progress) = run_expecting(engine, tasks, &options);
    assert_eq!(reports[&0].outcome.as_ref().unwrap().result.attempts, 3);
    assert_eq!(reports[&1].outcome.as_ref().unwrap_err().code(), "timed_out");
    assert_eq!(reports[&2].outcome.as_ref().unwrap_err().code(), "unknown_format");
    assert_eq!((progress.completed, progress.failed, progress.active_workers), (1, 2, 0));
}

#[test]
fn what_fails_from_file_to_file_is_read_once_where_it_may_be() {
    let folder = tempfile::tempdir().unwrap();
    let mut engine = MockEngine::new();
    let route = |can_be_read| {
        Some(FileRoute { engine: "other", peak_bytes: 1, reason: "too large".into(), can_be_read })
    };
    engine.expect_file_route().returning(move |look, _, _| route(look.path().ends_with("0.png")));
    let gone = || OptimizationError::Internal { message: "gone".into() };
    engine.expect_optimize_file().times(2).returning(move |_, _, _| Err(gone()));
    let once = engine.expect_optimize().times(1).withf(|input, _, _| input == b"may be read");
    once.returning(|input, _, _| Ok(halved(input, Goal::default())));
    let tasks = tasks(&folder, &[b"may be read", b"too large"]);
    let (reports, _) = run_expecting(engine, tasks, &PoolOptions::default());
    let result = &reports[&0].outcome.as_ref().unwrap().result;
    assert_eq!(result.engine_reason.as_deref(), Some("other: internal error: gone"));
    assert_eq!(reports[&1].outcome.as_ref().unwrap_err(), &gone());
}

#[test]
fn a_task_that_waits_for_its_next_attempt_holds_neither_memory_nor_a_worker() {
    let folder = tempfile::tempdir().unwrap();
    let hour = Duration::from_hours(1);
    let retry = RetryPolicy { first_delay: hour, max_delay: hour, max_attempts: 2 };
    // Room for one job at a time.
    let options = PoolOptions { retry, jobs: 1, memory_budget: 1, ..PoolOptions::default() };
    let mut tasks = tasks(&folder, &[b"busy", b"one", b"two"]);
    tasks[0].priority = 9;
    let cancel = CancelFlag::default();
    let mut done = Vec::new();
    let engine: Arc<dyn Engine> = Arc::new(Obedient::default());
    run_batch(
        tasks,
        engine,
        &options,
        &cancel,
        |report| {
            done.push((report.id.0, report.is_cancelled()));
            if done.len() == 2 {
                cancel.cancel();
            }
        },
        |_| (),
    )
    .unwrap();
    assert_eq!(done, [(1, false), (2, false), (0, true)]);
}

#[test]
fn a_dropped_pool_ends_its_threads() {
    let folder = tempfile::tempdir().unwrap();
    let engine: Arc<dyn Engine> = Arc::new(Obedient::default());
    let pool =
        WorkerPool::start(Arc::clone(&engine), &PoolOptions::default(), CancelFlag::default()).unwrap();
    for task in tasks(&folder, &[b"slow image", b"slow image", b"slow image"]) {
        pool.submit(task);
    }
    drop(pool);
    // A worker lets go of the engine a moment after its last report.
    thread::sleep(Duration::from_millis(100));
    assert_eq!(Arc::strong_count(&engine), 1);
}
