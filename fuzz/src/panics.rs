//! Which panics are findings.

use std::panic::{self, Location};
use std::process;
use std::sync::Once;

/// libFuzzer ends the process at every panic. Some codecs panic on damaged files: planish catches that, and it costs no
/// more than the file, so it is let pass. What is not caught still ends the process, where it leaves the target. A
/// panic of planish's own code is a finding, whoever catches it.
pub(crate) fn let_caught_ones_of_codecs_pass() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let report = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if info.location().is_some_and(is_ours) {
                // libFuzzer's hook: tells what happened, and ends the process.
                report(info);
                process::abort();
            }
        }));
    });
}

/// Crates of others are compiled in the registry's folder, the standard library in one that begins like this.
fn is_ours(location: &Location<'_>) -> bool {
    let file = location.file();
    !file.contains("/registry/src/") && !file.starts_with("/rustc/")
}
