//! What is done for one task: read, optimize, write, report, and try again.

use crate::cache::{ContentHash, Entry, OptimizationCache, Recipe};
use crate::clock::MonotonicClock;
use crate::engine::Engine;
use crate::files::{FileOperation, InputFile, Stamp, read_input};
use crate::journal::{Journal, Record};
use crate::memory::{MemoryGate, Reservation};
use crate::panics;
use crate::pool::PoolOptions;
use crate::progress::ProgressCounters;
use crate::queue::Job;
use crate::task::{Action, Delivery, ImageTask, TaskReport};
use crossbeam_channel::Sender;
use planish::{CancelFlag, Limits, OptimizationError, OptimizeContext, Optimized};
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;
use tracing::info_span;

/// What every job needs.
pub(crate) struct Jobs {
    engine: Arc<dyn Engine>,
    cancel: CancelFlag,
    limits: Limits,
    gate: Arc<MemoryGate>,
    files: FileOperation,
    counters: Arc<ProgressCounters>,
    clock: MonotonicClock,
    cache: Option<Arc<OptimizationCache>>,
    journal: Option<Arc<Journal>>,
    reports: Sender<TaskReport>,
}

/// What is there of a task before it is worked on.
#[allow(clippy::large_enum_variant, reason = "one of them is moved once for each image")]
pub(crate) enum Admitted {
    /// The input is in memory, with the memory its job needs.
    Input {
        input: InputFile,
        /// What its result is remembered under, where there is a cache or a journal.
        source: Option<Source>,
        reservation: Reservation,
    },
    /// The result is known, and has to be written.
    Known { stamp: Stamp, optimized: Optimized, source: Source, reservation: Reservation },
    /// The result is known, and nothing has to be written.
    Done(Delivery),
}

/// What a result is made from.
#[derive(Clone, Copy)]
pub(crate) struct Source {
    /// None without a cache.
    recipe: Option<Recipe>,
    content: ContentHash,
}

/// An optimized image on its way to the disk. It keeps its memory until it is there.
pub(crate) struct Finished {
    pub(crate) job: Job,
    pub(crate) stamp: Stamp,
    pub(crate) optimized: Optimized,
    /// What it was made from, where there is a cache or a journal.
    pub(crate) source: Option<Source>,
    pub(crate) cached: bool,
    pub(crate) reservation: Reservation,
}

impl Jobs {
    pub(crate) fn new(
        engine: Arc<dyn Engine>,
        options: &PoolOptions,
        cancel: CancelFlag,
        reports: Sender<TaskReport>,
    ) -> Self {
        Self {
            engine,
            cancel,
            limits: options.limits,
            gate: MemoryGate::over(options.memory_budget, options.allocator),
            files: FileOperation::new(options.delivery),
            counters: Arc::new(ProgressCounters::new(options.total, options.total_bytes)),
            clock: MonotonicClock::default(),
            cache: options.cache.clone(),
            journal: options.journal.clone(),
            reports,
        }
    }

    /// How far the jobs are.
    pub(crate) fn counters(&self) -> Arc<ProgressCounters> {
        Arc::clone(&self.counters)
    }

    /// Looks up what is known, else reads the file and waits for the memory its job needs.
    pub(crate) fn admit(&self, task: &ImageTask) -> Result<Admitted, OptimizationError> {
        let _span = info_span!("admit", job = task.id.0).entered();
        let Self { cancel, gate, engine, limits, .. } = self;
        if cancel.is_cancelled() {
            return Err(OptimizationError::Cancelled);
        }
        if let Some(delivery) =
            self.journal.as_deref().and_then(|journal| taken_up(task, journal.find(task)?))
        {
            return Ok(Admitted::Done(delivery));
        }
        let cache = self.cache.as_deref();
        let recipe = cache.and_then(|_| Recipe::new(&**engine, &task.settings, limits));
        let lookup = cache.zip(recipe);
        if let Some((cache, recipe)) = lookup
            && let Ok(stamp) = Stamp::of(&task.input_path)
            && let Some(content) = cache.known_content(&task.input_path)
            && let Some(entry) = find(cache, task, recipe, content)
            && let Some(admitted) =
                self.recall_unread(cache, task, &entry, stamp, Source { recipe: Some(recipe), content })?
        {
            cache.count_hit();
            return Ok(admitted);
        }

        let mut reservation = None;
        let seen = SystemTime::now();
        let input = read_input(&task.input_path, limits, |bytes| {
            reservation = gate.reserve(bytes, cancel);
            if reservation.is_some() { Ok(()) } else { Err(OptimizationError::Cancelled) }
        })?;
        let mut reservation = reservation.ok_or(OptimizationError::Cancelled)?;
        let remembered = cache.is_some() || self.journal.is_some();
        let source = remembered.then(|| Source { recipe, content: ContentHash::of(&input.bytes) });
        if let (Some((cache, recipe)), Some(source)) = (lookup, source) {
            cache.note(&task.input_path, input.stamp.metadata(), source.content, seen);
            if let Some(entry) = find(cache, task, recipe, source.content) {
                if let Some(delivery) = self.without_writing(cache, task, &entry) {
                    cache.count_hit();
                    return Ok(Admitted::Done(delivery));
                }
                if !reservation.grow_to(input.bytes.len() as u64 + entry.result.optimized_size, cancel) {
                    return Err(OptimizationError::Cancelled);
                }
                if let Some(optimized) = cache.load(&entry, Some(&input.bytes)) {
                    cache.count_hit();
                    return Ok(Admitted::Known { stamp: input.stamp, optimized, source, reservation });
                }
            }
            cache.count_miss();
        }
        let estimate = panics::catch(|| Ok(engine.estimate_peak_bytes(&input.bytes, &task.settings)))?;
        if !reservation.grow_to(estimate.saturating_add(input.bytes.len() as u64), cancel) {
            return Err(OptimizationError::Cancelled);
        }
        Ok(Admitted::Input { input, source, reservation })
    }

    /// What is known about an input that was not read; `None` when it has to be after all.
    fn recall_unread(
        &self,
        cache: &OptimizationCache,
        task: &ImageTask,
        entry: &Entry,
        stamp: Stamp,
        source: Source,
    ) -> Result<Option<Admitted>, OptimizationError> {
        if let Some(delivery) = self.without_writing(cache, task, entry) {
            return Ok(Some(Admitted::Done(delivery)));
        }
        let reservation = self.gate.reserve(entry.result.optimized_size, &self.cancel);
        let reservation = reservation.ok_or(OptimizationError::Cancelled)?;
        let loaded = cache.load(entry, None);
        Ok(loaded.map(|optimized| Admitted::Known { stamp, optimized, source, reservation }))
    }

    fn without_writing(
        &self,
        cache: &OptimizationCache,
        task: &ImageTask,
        entry: &Entry,
    ) -> Option<Delivery> {
        let delivery =
            self.files.without_writing(task, &entry.result, |path| is_there(cache, path, entry))?;
        Some(Delivery { cached: true, ..delivery })
    }

    /// Makes the image small.
    pub(crate) fn optimize(&self, job: &Job, input: &[u8]) -> Result<Optimized, OptimizationError> {
        let file = job.task.input_path.display();
        let _span = info_span!("optimize", job = job.task.id.0, %file).entered();
        let progress = self.counters.start(job.task.id, &job.task.input_path, input.len() as u64);
        let context = OptimizeContext {
            cancel: self.cancel.clone(),
            progress: &*progress,
            limits: self.limits,
            clock: &self.clock,
            squoosh: None,
        };
        panics::catch(|| {
            context.check_cancelled()?;
            self.engine.optimize(input, &job.task.settings, &context)
        })
    }

    /// Writes the output and reports. A writer waits for the disk anyway, so transient errors are waited for here:
    /// the image need not be optimized once more.
    pub(crate) fn write(&self, finished: Finished) {
        let Finished { mut job, stamp, optimized, source, cached, reservation } = finished;
        let task = &job.task;
        let _span = info_span!("write", job = task.id.0).entered();
        if let Some(source) = source {
            self.remember(task, source, &optimized, cached);
        }
        let original_size = optimized.result.original_size;
        let delivered = job.tries.until_done(&self.cancel, || self.files.deliver(task, &stamp, &optimized));
        drop((optimized, reservation));
        let outcome = delivered.map(|mut delivery| {
            delivery.cached = cached;
            delivery.result.attempts = job.tries.attempt();
            delivery
        });
        self.report(&job, outcome, original_size);
    }

    /// Keeps what was made for later runs; before it is written, so that what is there was always remembered.
    fn remember(&self, task: &ImageTask, source: Source, optimized: &Optimized, known: bool) {
        let output = ContentHash::of(&optimized.bytes);
        if let (Some(cache), Some(recipe)) = (&self.cache, source.recipe) {
            if task.output_path.is_in_place() {
                cache.keep_product(recipe.product(&output), &optimized.result, output);
            }
            if !known {
                cache.keep(recipe.result_of(&source.content), optimized, output);
            }
        }
        if let Some(journal) = &self.journal {
            journal.write_ahead(task, source.content, output, &optimized.result);
        }
    }

    /// Reports a task of which everything is done already.
    pub(crate) fn done(&self, job: &Job, delivery: Delivery) {
        let original_size = delivery.result.original_size;
        self.report(job, Ok(delivery), original_size);
    }

    /// Tries the task again later or reports the error. Nothing is held meanwhile: no memory, no worker.
    pub(crate) fn failed(&self, mut job: Job, error: OptimizationError, input_bytes: u64) {
        match job.tries.again_after(&error) {
            Some(delay) if !self.cancel.is_cancelled() => {
                self.counters.waits(job.task.id);
                job.retry_after(delay);
            }
            _ => self.report(&job, Err(error), input_bytes),
        }
    }

    fn report(&self, job: &Job, outcome: Result<Delivery, OptimizationError>, input_bytes: u64) {
        let id = job.task.id;
        match &outcome {
            Ok(delivery) => {
                self.counters.completed(id, delivery.result.original_size, delivery.final_size());
            }
            Err(OptimizationError::Cancelled) => self.counters.skipped(id),
            Err(_) => self.counters.failed(id, input_bytes),
        }
        // Nobody listens any more when the pool is being dropped.
        let _ = self.reports.send(TaskReport { id, input_path: job.task.input_path.clone(), outcome });
    }
}

/// What an earlier run made of this content, if it did.
fn find(cache: &OptimizationCache, task: &ImageTask, recipe: Recipe, content: ContentHash) -> Option<Entry> {
    // In its own place, what was made by these settings is not made smaller, and worse, once more.
    let in_place = task.output_path.is_in_place();
    let product = in_place.then(|| cache.find(recipe.product(&content))).flatten();
    product.or_else(|| cache.find(recipe.result_of(&content)))
}

/// Whether the output is there as it would be written.
fn is_there(cache: &OptimizationCache, path: &Path, entry: &Entry) -> bool {
    // A link is replaced, whatever it leads to.
    let metadata = fs::symlink_metadata(path);
    metadata.is_ok_and(|metadata| metadata.is_file() && metadata.len() == entry.result.optimized_size)
        && cache.content_of(path) == Some(entry.output)
}

/// What an earlier run that was killed has written, if it is there still and was made from this input.
fn taken_up(task: &ImageTask, record: &Record) -> Option<Delivery> {
    let mut result = record.result.clone();
    let path = task.output_path.for_format(result.input_format, result.format);
    // In place the input is what was written.
    let same_input = path == task.input_path || content_of(&task.input_path)? == record.input;
    if !same_input || content_of(&path)? != record.output {
        return None;
    }
    result.input_path = task.input_path.to_string_lossy().into_owned();
    result.output_path = path.to_string_lossy().into_owned();
    Some(Delivery { result, output_path: path, action: Action::Unchanged, cached: true })
}

fn content_of(path: &Path) -> Option<ContentHash> {
    fs::symlink_metadata(path).ok().filter(fs::Metadata::is_file)?;
    ContentHash::of_file(&fs::File::open(path).ok()?).ok()
}
