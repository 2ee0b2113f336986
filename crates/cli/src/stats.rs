//! What a run cost: processor time, memory, and where the time went. `--stats`.

use crate::output::bytes;
use planish::{Format, Timing};
use planish_batch::{FormatUse, OperationUse, ProcessingProgress, SidecarUsage, TaskReport};
use serde::Serialize;
use std::time::Duration;

/// The figures of a run. Times are in milliseconds, sizes in bytes.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Stats {
    /// Threads that optimize.
    workers: usize,
    /// From the first file to the last.
    elapsed_time: f64,
    /// What this process used; `None` where the system does not say.
    process: Option<ProcessUse>,
    /// What the processes that run Sharp took; `None` where none was started.
    sidecar: Option<SidecarUsage>,
    /// Time per stage, summed over threads.
    stages: Vec<Timing>,
    /// What was made, by format, in the order of the formats' names.
    formats: Vec<FormatCost>,
}

/// What the system says about this process, since it began.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct ProcessUse {
    /// Processor time in our own code, all threads.
    user_time: f64,
    /// Processor time in the system on our behalf.
    system_time: f64,
    /// The most memory that was resident at once.
    peak_memory: u64,
}

/// Files that became one format.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct FormatCost {
    format: Format,
    files: u64,
    original_size: u64,
    optimized_size: u64,
    /// The sum over files; they run side by side.
    elapsed_time: f64,
}

impl Stats {
    /// Counts a file.
    pub(crate) fn add(&mut self, report: &TaskReport) {
        let Ok(delivery) = &report.outcome else { return };
        let result = &delivery.result;
        let place = self.formats.binary_search_by_key(&result.format.name(), |cost| cost.format.name());
        let index = place.unwrap_or_else(|index| {
            let format = result.format;
            let none =
                FormatCost { format, files: 0, original_size: 0, optimized_size: 0, elapsed_time: 0.0 };
            self.formats.insert(index, none);
            index
        });
        let cost = &mut self.formats[index];
        cost.files += 1;
        cost.original_size += result.original_size;
        cost.optimized_size += result.optimized_size;
        cost.elapsed_time += result.elapsed_time;
    }

    /// Takes the rest at the end of the run.
    pub(crate) fn finish(
        &mut self,
        workers: usize,
        elapsed: Duration,
        last: Option<&ProcessingProgress>,
        sidecar: Option<SidecarUsage>,
    ) {
        self.workers = workers;
        self.sidecar = sidecar;
        self.elapsed_time = elapsed.as_secs_f64() * 1000.0;
        self.process = process_use();
        self.stages = last.map(|last| last.stages.clone()).unwrap_or_default();
    }

    /// The figures as tables for people.
    pub(crate) fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        if let Some(process) = self.process {
            let ProcessUse { user_time, system_time, peak_memory } = process;
            let busy = (user_time + system_time) / self.elapsed_time.max(1.0);
            lines.push(format!(
                "processor  {} user, {} system: {busy:.1} cores busy, {} workers",
                seconds(user_time),
                seconds(system_time),
                self.workers
            ));
            let each = peak_memory / self.workers.max(1) as u64;
            lines.push(format!("memory     {} at most, {} per worker", bytes(peak_memory), bytes(each)));
        }
        if let Some(sidecar) = &self.sidecar {
            lines.extend(sidecar_lines(sidecar));
        }
        if !self.formats.is_empty() {
            lines.push(format!(
                "{:<9}  {:>6}  {:>8}  {:>8}  {:>9}",
                "format", "files", "before", "after", "time"
            ));
        }
        for cost in &self.formats {
            lines.push(format!(
                "{:<9}  {:>6}  {:>8}  {:>8}  {:>9}",
                cost.format.name(),
                cost.files,
                bytes(cost.original_size),
                bytes(cost.optimized_size),
                seconds(cost.elapsed_time)
            ));
        }
        let all: f64 = self.stages.iter().map(|timing| timing.ms).sum();
        if all > 0.0 {
            lines.push(format!("{:<9}  {:>6}  {:>9}", "stage", "share", "time"));
        }
        for timing in self.stages.iter().filter(|_| all > 0.0) {
            let name = format!("{:?}", timing.stage).to_lowercase();
            let share = format!("{:.1}%", timing.ms / all * 100.0);
            lines.push(format!("{name:<9}  {share:>6}  {:>9}", seconds(timing.ms)));
        }
        lines
    }
}

/// Sharp's processes as a table.
fn sidecar_lines(sidecar: &SidecarUsage) -> Vec<String> {
    let SidecarUsage { processes, crashes, peak_memory, operations, formats, .. } = sidecar;
    let plural = if *processes == 1 { "process" } else { "processes" };
    let crashed = if *crashes == 0 { String::new() } else { format!(", {crashes} crashed") };
    let mut lines =
        vec![format!("sharp      {} at most, {processes} {plural}{crashed}", bytes(*peak_memory))];
    if !operations.is_empty() {
        lines.push(format!(
            "{:<14}  {:>8}  {:>9}  {:>9}  {:>8}",
            "request", "answered", "in all", "each", "memory"
        ));
    }
    for used in operations {
        let OperationUse { operation, format, requests, elapsed_time, peak_memory, .. } = used;
        let name = format.map_or_else(|| (*operation).to_owned(), |format| format!("{operation} {format}"));
        lines.push(format!(
            "{name:<14}  {requests:>8}  {:>9}  {:>6.1} ms  {:>8}",
            seconds(*elapsed_time),
            elapsed_time / (*requests).max(1) as f64,
            bytes(*peak_memory)
        ));
    }
    if !formats.is_empty() {
        lines.push(format!(
            "{:<9}  {:>6}  {:>12}  {:>8}  {:>10}  {:>6}",
            "by sharp", "files", "each MP", "memory", "bits/pixel", "score"
        ));
    }
    for used in formats {
        let FormatUse { format, files, peak_memory, score, .. } = used;
        lines.push(format!(
            "{:<9}  {files:>6}  {:>9.1} ms  {:>8}  {:>10.3}  {score:>6.1}",
            format.name(),
            used.time_per_megapixel(),
            bytes(*peak_memory),
            used.bits_per_pixel(),
        ));
    }
    lines
}

fn seconds(milliseconds: f64) -> String {
    format!("{:.2} s", milliseconds / 1000.0)
}

#[cfg(unix)]
fn process_use() -> Option<ProcessUse> {
    use nix::sys::resource::{UsageWho, getrusage};
    use nix::sys::time::TimeValLike;
    // macOS counts bytes, the others KiB.
    const UNIT: u64 = if cfg!(target_vendor = "apple") { 1 } else { 1024 };
    let usage = getrusage(UsageWho::RUSAGE_SELF).ok()?;
    Some(ProcessUse {
        user_time: usage.user_time().num_microseconds() as f64 / 1000.0,
        system_time: usage.system_time().num_microseconds() as f64 / 1000.0,
        peak_memory: u64::try_from(usage.max_rss()).ok()? * UNIT,
    })
}

#[cfg(not(unix))]
fn process_use() -> Option<ProcessUse> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use planish::Stage;

    #[test]
    fn tables_have_what_there_is_and_no_empty_headings() {
        let mut stats = Stats { workers: 2, elapsed_time: 1000.0, ..Stats::default() };
        assert_eq!(stats.lines(), Vec::<String>::new());
        stats.process = Some(ProcessUse { user_time: 1500.0, system_time: 250.0, peak_memory: 200_000_000 });
        stats.stages =
            vec![Timing { stage: Stage::Decode, ms: 250.0 }, Timing { stage: Stage::Encode, ms: 750.0 }];
        let text = stats.lines().join("\n");
        for part in [
            "1.50 s user, 0.25 s system: 1.8 cores busy, 2 workers",
            "200 MB at most, 100 MB per worker",
            "75.0%",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert!(!text.contains("format"), "{text}");
    }

    #[test]
    fn what_sharp_made_has_a_line_for_each_format() {
        let made = FormatUse {
            format: Format::Webp,
            files: 3,
            pixels: 6_000_000,
            bytes: 600_000,
            score: 80.25,
            elapsed_time: 900.0,
            peak_memory: 120_000_000,
        };
        let sidecar = SidecarUsage { processes: 1, formats: vec![made], ..SidecarUsage::default() };
        let text = sidecar_lines(&sidecar).join("\n");
        for part in ["120 MB", "150.0 ms", "0.800", "80.2", "webp"] {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert!(!text.contains("request"), "{text}");
    }

    #[cfg(unix)]
    #[test]
    fn the_system_says_what_this_process_used() {
        let used = process_use().unwrap();
        assert!(used.peak_memory > 1 << 20 && used.user_time + used.system_time > 0.0, "{used:?}");
    }
}
