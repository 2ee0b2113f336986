//! Ctrl-C, and being asked to end.

use planish::CancelFlag;
use std::io::Write;
use std::process;

/// The first signal stops the run: no new image is begun, those in flight end at their next check, and what was done
/// is reported. The second ends the process at once, without leaving temporary files.
pub(crate) fn install(cancel: &CancelFlag) {
    let cancel = cancel.clone();
    let installed = ctrlc::set_handler(move || {
        if cancel.is_cancelled() {
            planish_batch::files::remove_temporary_files();
            process::exit(i32::from(crate::INTERRUPTED));
        }
        cancel.cancel();
        // Nobody may be reading.
        let _ = writeln!(std::io::stderr(), "\ninterrupted; once more to stop at once");
    });
    // Without a handler the system's own takes its place, which ends the process.
    drop(installed);
}
