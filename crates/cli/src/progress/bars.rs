//! Bars on a terminal: a line for each file in flight, and one for the whole run below them.

use crate::output::{Terminal, bytes, display, shortened};
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use planish_batch::{ActiveTask, ProcessingProgress, TaskId};
use std::cell::Cell;
use std::sync::OnceLock;
use std::time::Duration;

/// Files in flight that have a line, at most. More than these nobody reads.
const MOST_LINES: usize = 8;

/// Columns before a file's name: the stage, how far it is, and a margin.
const PREFIX: usize = 18;

/// A run that is over sooner needs no bars.
const PATIENCE: Duration = Duration::from_millis(300);

/// The bars of this process, for whoever else writes to the terminal.
static BARS: OnceLock<MultiProgress> = OnceLock::new();

thread_local! {
    static ASIDE: Cell<bool> = const { Cell::new(false) };
}

/// Prints with the bars out of the way.
pub(crate) fn beside_bars<T>(print: impl FnOnce() -> T) -> T {
    match BARS.get() {
        // Inside itself it would wait for itself.
        Some(bars) if !ASIDE.get() => bars.suspend(|| {
            ASIDE.set(true);
            let result = print();
            ASIDE.set(false);
            result
        }),
        _ => print(),
    }
}

/// The bars of a run.
pub(crate) struct Bars {
    all: MultiProgress,
    colors: bool,
    whole: Option<ProgressBar>,
    lines: Vec<(TaskId, ProgressBar)>,
}

impl Bars {
    pub(crate) fn new(colors: bool) -> Self {
        let all = BARS.get_or_init(|| MultiProgress::with_draw_target(ProgressDrawTarget::stderr()));
        Self { all: all.clone(), colors, whole: None, lines: Vec::new() }
    }

    pub(super) fn show(&mut self, progress: &ProcessingProgress) {
        if self.whole.is_none() && progress.elapsed < PATIENCE {
            return;
        }
        let style = whole_style(self.colors);
        let whole = self.whole.get_or_insert_with(|| self.all.add(ProgressBar::new(0).with_style(style)));
        // Bytes move more evenly than files do; their own number stands beside.
        whole.set_length(progress.total_bytes.max(1));
        whole.set_position((progress.bytes_done() as u64).min(progress.total_bytes));
        whole.set_message(summary(progress));
        self.show_lines(&progress.active);
    }

    /// Files keep their line while they are worked on: what is read should not jump.
    fn show_lines(&mut self, active: &[ActiveTask]) {
        let of = |id: TaskId| active.iter().find(|task| task.id == id);
        let mut waiting: Vec<TaskId> = active
            .iter()
            .map(|task| task.id)
            .filter(|id| self.lines.iter().all(|(shown, _)| shown != id))
            .collect();
        waiting.reverse();
        for (id, _) in self.lines.iter_mut().filter(|(id, _)| of(*id).is_none()) {
            if let Some(next) = waiting.pop() {
                *id = next;
            }
        }
        self.lines.retain(|(id, bar)| {
            let stays = of(*id).is_some();
            if !stays {
                self.all.remove(bar);
            }
            stays
        });
        while self.lines.len() < MOST_LINES
            && let (Some(next), Some(whole)) = (waiting.pop(), &self.whole)
        {
            let bar = ProgressBar::new(100).with_style(line_style(self.colors));
            self.lines.push((next, self.all.insert_before(whole, bar)));
        }
        let room = Terminal::width_of_stderr().saturating_sub(PREFIX);
        for (id, bar) in &self.lines {
            if let Some(task) = of(*id) {
                let stage = format!("{:?}", task.stage).to_lowercase();
                bar.set_prefix(format!("{stage:<9} {:>3.0} %", task.fraction * 100.0));
                bar.set_message(shortened(&display(&task.input_path), room));
            }
        }
    }

    pub(super) fn finish(&mut self) {
        for (_, bar) in self.lines.drain(..) {
            self.all.remove(&bar);
        }
        if let Some(whole) = self.whole.take() {
            whole.finish_and_clear();
            self.all.remove(&whole);
        }
    }
}

fn whole_style(colors: bool) -> ProgressStyle {
    let bar = if colors { "{bar:24.cyan/dim}" } else { "{bar:24}" };
    // Without a valid style the default one does.
    ProgressStyle::with_template(&format!("{bar} {{wide_msg}}"))
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .progress_chars("━━─")
}

fn line_style(colors: bool) -> ProgressStyle {
    let prefix = if colors { "{prefix:.dim}" } else { "{prefix}" };
    ProgressStyle::with_template(&format!("{prefix}  {{wide_msg}}"))
        .unwrap_or_else(|_| ProgressStyle::default_bar())
}

fn summary(progress: &ProcessingProgress) -> String {
    let mut parts = vec![format!("{}/{}", progress.finished(), progress.total)];
    if let Some(eta) = progress.eta.filter(|eta| *eta >= Duration::from_secs(1)) {
        parts.push(format!("{} left", rounded(eta)));
    }
    if let Ok(saved @ 1..) = u64::try_from(progress.bytes_saved) {
        let done = progress.bytes_processed.max(1);
        parts.push(format!("{} saved ({:.0} %)", bytes(saved), saved as f64 / done as f64 * 100.0));
    }
    if progress.failed > 0 {
        parts.push(format!("{} failed", progress.failed));
    }
    parts.join(" · ")
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

    #[test]
    fn printing_beside_the_bars_may_happen_within_itself() {
        let bars = Bars::new(false);
        assert_eq!(beside_bars(|| beside_bars(|| 3)), 3);
        drop(bars);
    }
}
