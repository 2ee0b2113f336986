//! A whole batch from its tasks to its reports.

use crate::engine::Engine;
use crate::files::remove_leftovers;
use crate::pool::{PoolOptions, WorkerPool};
use crate::progress::ProcessingProgress;
use crate::task::{ImageTask, TaskReport};
use crossbeam_channel::RecvTimeoutError;
use planish::CancelFlag;
use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

/// How often progress is told at most.
const PROGRESS_INTERVAL: Duration = Duration::from_millis(100);

/// Runs the tasks. `on_report` gets each report as it comes, in the order in which tasks end; `on_progress` is
/// called a few times a second and once at the end. Both run on the calling thread.
///
/// # Errors
/// When the system refuses a thread. What happens to a single file is in its report.
///
/// # Examples
/// ```
/// use planish::{CancelFlag, ImageSettings};
/// use planish_batch::{CoreEngine, Destination, Inputs, PoolOptions, plan_batch, run_batch};
/// use std::sync::Arc;
///
/// # let folder = tempfile::tempdir()?;
/// # let (photos, out) = (folder.path().join("photos"), folder.path().join("out"));
/// # std::fs::create_dir(&photos)?;
/// # let file = std::fs::File::create(photos.join("a.png"))?;
/// # let mut encoder = png::Encoder::new(file, 64, 48);
/// # encoder.set_color(png::ColorType::Rgb);
/// # let pixels: Vec<u8> = (0..64 * 48 * 3).map(|at| (at % 192 + at / 192) as u8).collect();
/// # encoder.write_header()?.write_image_data(&pixels)?;
/// // Every image below `photos`, to the same place below `out`.
/// let plan = plan_batch(&Inputs::named([photos]), &Destination::Folder(out.clone()), &ImageSettings::default())?;
/// let mut failed = 0;
/// run_batch(
///     plan.tasks,
///     Arc::new(CoreEngine::default()),
///     &PoolOptions::default(),
///     &CancelFlag::default(),
///     |report| match report.outcome {
///         Ok(delivery) => println!("{}: {} bytes", report.input_path.display(), delivery.result.optimized_size),
///         Err(_) => failed += 1,
///     },
///     |progress| println!("{} of {}", progress.completed, progress.total),
/// )?;
/// assert!(failed == 0 && out.join("a.png").is_file());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn run_batch(
    tasks: Vec<ImageTask>,
    engine: Arc<dyn Engine>,
    options: &PoolOptions,
    cancel: &CancelFlag,
    mut on_report: impl FnMut(TaskReport),
    mut on_progress: impl FnMut(&ProcessingProgress),
) -> io::Result<()> {
    let options = PoolOptions { total: tasks.len() as u64, ..options.clone() };
    let pool = WorkerPool::start(engine, &options, cancel.clone())?;
    thread::scope(|scope| {
        scope.spawn(|| {
            remove_leftovers(&output_folders(&tasks));
            for task in tasks {
                pool.submit(task);
            }
            pool.close();
        });
        let mut told = Instant::now();
        on_progress(&pool.progress());
        loop {
            match pool.results().recv_timeout(PROGRESS_INTERVAL) {
                Ok(report) => on_report(report),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            if told.elapsed() >= PROGRESS_INTERVAL {
                on_progress(&pool.progress());
                told = Instant::now();
            }
        }
        on_progress(&pool.progress());
    });
    Ok(())
}

/// Where outputs and backups go, and what killed runs were writing may be left.
fn output_folders(tasks: &[ImageTask]) -> BTreeSet<PathBuf> {
    let outputs = tasks.iter().filter_map(|task| task.output_path.possible_paths().into_iter().next());
    let backups = tasks.iter().filter_map(|task| task.output_path.backup().map(Path::to_owned));
    outputs.chain(backups).map(|path| path.parent().unwrap_or(Path::new("")).to_owned()).collect()
}
