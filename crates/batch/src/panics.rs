//! A panic in a job costs that job: it is caught, its message becomes the error, and nothing is printed.

use planish::OptimizationError;
use std::any::Any;
use std::cell::{Cell, RefCell};
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

thread_local! {
    static RUNS_JOBS: Cell<bool> = const { Cell::new(false) };
    static LAST_PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Makes panics silent inside [`catch`] and on threads marked with [`mark_job_thread`]. All others print as before.
pub(crate) fn install_hook() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        let print = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if RUNS_JOBS.get() {
                let place = info.location().map(|place| short_place(place.file(), place.line()));
                LAST_PLACE.with(|last| *last.borrow_mut() = place);
            } else {
                print(info);
            }
        }));
    });
}

/// Says that this thread runs jobs and nothing else.
pub(crate) fn mark_job_thread() {
    RUNS_JOBS.set(true);
}

/// Runs a job; a panic in it becomes [`OptimizationError::Internal`].
pub(crate) fn catch<T>(job: impl FnOnce() -> Result<T, OptimizationError>) -> Result<T, OptimizationError> {
    LAST_PLACE.with(|last| last.borrow_mut().take());
    let marked = RUNS_JOBS.replace(true);
    // Whatever the job was working on is dropped with it; nothing half-changed outlives the panic.
    let outcome = panic::catch_unwind(AssertUnwindSafe(job));
    RUNS_JOBS.set(marked);
    outcome.unwrap_or_else(|payload| {
        let message = message_of(payload.as_ref());
        // Unknown when the panic came over from another thread of the pool.
        let place = LAST_PLACE.with(|last| last.borrow_mut().take());
        let message = place.map_or_else(|| message.clone(), |place| format!("{message} ({place})"));
        Err(OptimizationError::Internal { message })
    })
}

/// The last two parts of a source path: enough to find it, without the build machine's folders.
fn short_place(file: &str, line: u32) -> String {
    let parts: Vec<&str> = file.rsplit(['/', '\\']).take(2).collect();
    let tail: Vec<&str> = parts.into_iter().rev().collect();
    format!("{}:{line}", tail.join("/"))
}

fn message_of(payload: &(dyn Any + Send)) -> String {
    let text = payload
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| payload.downcast_ref::<String>().cloned());
    text.unwrap_or_else(|| "a panic without a message".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_an_error_with_its_message_and_place() {
        std::thread::spawn(|| {
            install_hook();
            mark_job_thread();
            let error = catch::<()>(|| panic!("index {} too far", 7)).unwrap_err();
            let OptimizationError::Internal { message } = error else { panic!("{error}") };
            assert!(message.starts_with("index 7 too far (src/panics.rs:"), "{message}");
            assert_eq!(catch(|| Ok(1)), Ok(1));
        })
        .join()
        .unwrap();
    }
}
