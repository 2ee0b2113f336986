//! What is done for one task: read, optimize, write, report, and try again. Files that an engine takes as files are
//! not read.

use crate::cache::{ContentHash, Entry, OptimizationCache, Recipe};
use crate::clock::MonotonicClock;
use crate::engine::{Engine, FileJob, FileRoute};
use crate::files::{FileOperation, InputFile, Stamp, TemporaryFile, io_error, read_input};
use crate::journal::{Journal, Record};
use crate::look::Look;
use crate::memory::{MemoryGate, Reservation};
use crate::panics;
use crate::pool::PoolOptions;
use crate::progress::ProgressCounters;
use crate::queue::Job;
use crate::router::note_fallback;
use crate::task::{Action, Delivery, ImageTask, TaskId, TaskReport};
use crossbeam_channel::Sender;
use planish::{
    CancelFlag, Limits, OptimizationError, OptimizationResult, OptimizeContext, Optimized, Pixels,
};
use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};
use tracing::info_span;

/// Larger outputs that were made as files are not put into the cache: they would drive out hundreds of others, and
/// would have to be held to be handed out again. Their accounts are, so that an output that is there still is left alone.
const LARGEST_KEPT: u64 = 64 << 20;

/// What every job needs.
pub(crate) struct Jobs {
    engine: Arc<dyn Engine>,
    cancel: CancelFlag,
    limits: Limits,
    /// The bound on images that are not read into memory.
    streamed_pixels: Pixels,
    /// Tasks that failed from file to file and are to be read, and why.
    sent_back: Mutex<HashMap<TaskId, String>>,
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
    /// The input stays where it is, and an engine takes it from there.
    File { stamp: Stamp, source: Option<Source>, route: FileRoute, reservation: Reservation },
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
    pub(crate) made: Made,
    /// What it was made from, where there is a cache or a journal.
    pub(crate) source: Option<Source>,
    pub(crate) cached: bool,
    pub(crate) reservation: Reservation,
}

/// A result and where its bytes are.
#[allow(clippy::large_enum_variant, reason = "one of them is moved once for each image")]
pub(crate) enum Made {
    InMemory(Optimized),
    /// `None` where the result is that the input is kept.
    AsFile {
        result: OptimizationResult,
        file: Option<TemporaryFile>,
    },
}

impl Made {
    pub(crate) const fn result(&self) -> &OptimizationResult {
        match self {
            Self::InMemory(optimized) => &optimized.result,
            Self::AsFile { result, .. } => result,
        }
    }

    /// Bytes of the output that are held until it is written, or kept.
    pub(crate) const fn held_bytes(&self) -> u64 {
        match self {
            Self::InMemory(optimized) => optimized.bytes.len() as u64,
            Self::AsFile { result, .. } if result.optimized_size <= LARGEST_KEPT => result.optimized_size,
            Self::AsFile { .. } => 0,
        }
    }

    /// The hash of the output. `input`: that of the input.
    fn content(&self, input: ContentHash) -> io::Result<ContentHash> {
        match self {
            Self::InMemory(optimized) => Ok(ContentHash::of(&optimized.bytes)),
            Self::AsFile { result, .. } if result.kept_original.is_some() => Ok(input),
            Self::AsFile { file: Some(file), .. } => ContentHash::of_file(&fs::File::open(file.path())?),
            Self::AsFile { file: None, .. } => Err(io::ErrorKind::NotFound.into()),
        }
    }
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
            streamed_pixels: options.streamed_pixels.unwrap_or(Pixels(options.memory_budget)),
            sent_back: Mutex::default(),
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

        if let Some(admitted) = self.admit_unread(task, lookup)? {
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

    /// Admits a file that an engine takes as it is; `None` where it is to be read.
    fn admit_unread(
        &self,
        task: &ImageTask,
        lookup: Option<(&OptimizationCache, Recipe)>,
    ) -> Result<Option<Admitted>, OptimizationError> {
        if self.sent_back().contains_key(&task.id) {
            return Ok(None);
        }
        // Reading says what is wrong with a file that cannot be looked at.
        let Ok(stamp) = Stamp::of(&task.input_path) else { return Ok(None) };
        let look = Look::at(&task.input_path, stamp.metadata().len());
        let route = panics::catch(|| Ok(self.engine.file_route(&look, &task.settings, &self.limits)))?;
        let Some(route) = route else { return Ok(None) };
        // Nothing is held of it while it is hashed.
        let content = match (lookup, &self.journal) {
            (Some((cache, _)), _) => cache.content_of(&task.input_path),
            (None, Some(_)) => content_of(&task.input_path),
            (None, None) => None,
        };
        let source = content.map(|content| Source { recipe: lookup.map(|(_, recipe)| recipe), content });
        if let (Some((cache, recipe)), Some(source)) = (lookup, source) {
            if let Some(entry) = find(cache, task, recipe, source.content)
                && let Some(admitted) = self.recall_unread(cache, task, &entry, stamp.clone(), source)?
            {
                cache.count_hit();
                return Ok(Some(admitted));
            }
            cache.count_miss();
        }
        let reservation = self.gate.reserve(route.peak_bytes, &self.cancel);
        let reservation = reservation.ok_or(OptimizationError::Cancelled)?;
        Ok(Some(Admitted::File { stamp, source, route, reservation }))
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
        let mut optimized = panics::catch(|| {
            context.check_cancelled()?;
            self.engine.optimize(input, &job.task.settings, &context)
        })?;
        if let Some(failure) = self.sent_back().get(&job.task.id) {
            note_fallback(&mut optimized.result, failure);
        }
        Ok(optimized)
    }

    /// Makes the image small without reading it: an engine does, into a file beside the output.
    pub(crate) fn optimize_file(
        &self,
        job: &Job,
        stamp: &Stamp,
        route: &FileRoute,
    ) -> Result<Made, OptimizationError> {
        let task = &job.task;
        let file = task.input_path.display();
        let _span = info_span!("optimize_file", job = task.id.0, %file).entered();
        let source_bytes = stamp.metadata().len();
        let progress = self.counters.start(task.id, &task.input_path, source_bytes);
        let context = OptimizeContext {
            cancel: self.cancel.clone(),
            progress: &*progress,
            limits: Limits { max_pixels: self.streamed_pixels, ..self.limits },
            clock: &self.clock,
            squoosh: None,
        };
        let target = self.files.temporary_for(task)?;
        let mut result = panics::catch(|| {
            context.check_cancelled()?;
            let job = FileJob { source: &task.input_path, source_bytes, target: target.path(), route };
            self.engine.optimize_file(&job, &task.settings, &context)
        })?;
        let failed = |error: &io::Error| io_error("read", &task.input_path, error);
        if !stamp.is_same(&fs::metadata(&task.input_path).map_err(|error| failed(&error))?) {
            let changed = "the file changed while it was worked on";
            return Err(failed(&io::Error::new(io::ErrorKind::ResourceBusy, changed)));
        }
        result.engine_reason.get_or_insert_with(|| route.reason.clone());
        let file = result.kept_original.is_none().then_some(target);
        Ok(Made::AsFile { result, file })
    }

    /// Queues a task again that failed from file to file, to be read this time.
    pub(crate) fn send_back(&self, job: Job, route: &FileRoute, error: &OptimizationError) {
        tracing::warn!(file = %job.task.input_path.display(), "{}: {error}; trying another engine", route.engine);
        self.sent_back().insert(job.task.id, format!("{}: {error}", route.engine));
        self.counters.waits(job.task.id);
        job.retry_after(Duration::ZERO);
    }

    fn sent_back(&self) -> std::sync::MutexGuard<'_, HashMap<TaskId, String>> {
        // Nothing that could panic happens while it is held.
        self.sent_back.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes the output and reports. A writer waits for the disk anyway, so transient errors are waited for here:
    /// the image need not be optimized once more.
    pub(crate) fn write(&self, finished: Finished) {
        let Finished { mut job, stamp, mut made, source, cached, reservation } = finished;
        let task = &job.task;
        let _span = info_span!("write", job = task.id.0).entered();
        if let Some(source) = source {
            self.remember(task, source, &made, cached);
        }
        let original_size = made.result().original_size;
        let delivered = job.tries.until_done(&self.cancel, || match &mut made {
            Made::InMemory(optimized) => self.files.deliver(task, &stamp, optimized),
            Made::AsFile { result, file } => self.files.deliver_file(task, &stamp, result, file),
        });
        drop((made, reservation));
        let outcome = delivered.map(|mut delivery| {
            delivery.cached = cached;
            delivery.result.attempts = job.tries.attempt();
            delivery
        });
        self.report(&job, outcome, original_size);
    }

    /// Keeps what was made for later runs; before it is written, so that what is there was always remembered.
    fn remember(&self, task: &ImageTask, source: Source, made: &Made, known: bool) {
        // What cannot be read now cannot be delivered either, and that is told.
        let Ok(output) = made.content(source.content) else { return };
        if let (Some(cache), Some(recipe)) = (&self.cache, source.recipe) {
            if task.output_path.is_in_place() {
                cache.keep_product(recipe.product(&output), made.result(), output);
            }
            let key = recipe.result_of(&source.content);
            match made {
                _ if known => {}
                Made::InMemory(optimized) => cache.keep(key, &optimized.bytes, &optimized.result, output),
                Made::AsFile { result, file: Some(file) } if made.held_bytes() > 0 => {
                    if let Ok(bytes) = fs::read(file.path()) {
                        cache.keep(key, &bytes, result, output);
                    }
                }
                // Without its bytes, which are too many, or those of the input.
                Made::AsFile { result, .. } => cache.keep(key, &[], result, output),
            }
        }
        if let Some(journal) = &self.journal {
            journal.write_ahead(task, source.content, output, made.result());
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
