//! The bar on standard error.

use crate::output::bytes;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use planish_batch::ProcessingProgress;
use std::time::Duration;

/// A bar that shows how far the batch is; nothing where nobody watches.
pub(crate) struct Bar(ProgressBar);

impl Bar {
    pub(crate) fn new(visible: bool) -> Self {
        let target = if visible { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(Some(0), target);
        // Without a valid style the default one does.
        if let Ok(style) = ProgressStyle::with_template("{bar:28.cyan/dim} {pos}/{len}  {wide_msg}") {
            bar.set_style(style.progress_chars("━━─"));
        }
        Self(bar)
    }

    pub(crate) fn show(&self, progress: &ProcessingProgress) {
        if self.0.is_hidden() {
            return;
        }
        self.0.set_length(progress.total);
        self.0.set_position(progress.finished());
        self.0.set_message(message(progress));
    }

    /// Prints without the bar in the way.
    pub(crate) fn aside<T>(&self, print: impl FnOnce() -> T) -> T {
        self.0.suspend(print)
    }

    pub(crate) fn finish(&self) {
        self.0.finish_and_clear();
    }
}

fn message(progress: &ProcessingProgress) -> String {
    let mut parts = Vec::new();
    if let Ok(saved @ 1..) = u64::try_from(progress.bytes_saved) {
        parts.push(format!("{} saved", bytes(saved)));
    }
    if progress.failed > 0 {
        parts.push(format!("{} failed", progress.failed));
    }
    if let Some(eta) = progress.eta.filter(|eta| *eta >= Duration::from_secs(1)) {
        parts.push(format!("{} left", rounded(eta)));
    }
    if let Some(oldest) = progress.active.first() {
        let name = oldest.input_path.file_name().map(std::path::Path::new);
        parts.push(name.map(crate::output::display).unwrap_or_default());
    }
    parts.join(", ")
}

/// A duration in its two largest units.
fn rounded(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_short() {
        let text = |seconds| rounded(Duration::from_secs(seconds));
        assert_eq!([text(59), text(61), text(7260)], ["59 s", "1 min 1 s", "2 h 1 min"]);
    }
}
