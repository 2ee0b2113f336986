//! What the sidecar's processes took: counted for `--stats`, the report and the benchmark.

use super::messages::Cost;
use planish::Format;
use serde::Serialize;
use std::time::Duration;

/// What Sharp's processes took so far. Times are in milliseconds, sizes in bytes.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SidecarUsage {
    /// Processes that were started.
    pub processes: u64,
    /// Of them, those that crashed, hung or spoke garbage.
    pub crashes: u64,
    /// The most memory that one of them was resident with.
    pub peak_memory: u64,
    /// Requests that were answered, by what was asked for.
    pub operations: Vec<OperationUse>,
}

/// Requests of one kind.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OperationUse {
    /// `inspect` (the header), `sample` (pixels to measure), `probe` (an encode of a sample) or `encode` (of the whole).
    pub operation: &'static str,
    /// What was encoded; `null` where nothing was.
    pub format: Option<Format>,
    /// How many.
    pub requests: u64,
    /// From asking to the answer, summed: requests run side by side.
    pub elapsed_time: f64,
    /// The part of it that was spent on the image, in the sidecar.
    pub work_time: f64,
    /// The most memory that a process had had when it answered one of them.
    pub peak_memory: u64,
}

impl SidecarUsage {
    /// Whether anything was started.
    pub const fn is_empty(&self) -> bool {
        self.processes == 0
    }

    /// Counts an answered request.
    pub(crate) fn add(
        &mut self,
        operation: &'static str,
        format: Option<Format>,
        elapsed: Duration,
        cost: Cost,
    ) {
        self.peak_memory = self.peak_memory.max(cost.peak_rss);
        let known =
            self.operations.iter().position(|used| (used.operation, used.format) == (operation, format));
        let index = known.unwrap_or_else(|| {
            let none = OperationUse {
                operation,
                format,
                requests: 0,
                elapsed_time: 0.0,
                work_time: 0.0,
                peak_memory: 0,
            };
            self.operations.push(none);
            self.operations.len() - 1
        });
        let used = &mut self.operations[index];
        used.requests += 1;
        used.elapsed_time += elapsed.as_secs_f64() * 1000.0;
        used.work_time += cost.milliseconds;
        used.peak_memory = used.peak_memory.max(cost.peak_rss);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_summed_by_what_was_asked_for() {
        let mut usage = SidecarUsage::default();
        let mut add = |operation, format, ms: u64, peak_rss| {
            let cost = Cost { milliseconds: ms as f64 - 1.0, peak_rss };
            usage.add(operation, format, Duration::from_millis(ms), cost);
        };
        add("encode", Some(Format::Jpeg), 10, 500);
        add("encode", Some(Format::Png), 20, 900);
        add("encode", Some(Format::Jpeg), 30, 700);
        add("inspect", None, 2, 900);
        assert_eq!((usage.peak_memory, usage.operations.len()), (900, 3));
        let jpeg = &usage.operations[0];
        assert_eq!((jpeg.requests, jpeg.peak_memory), (2, 700));
        assert!((jpeg.elapsed_time - 40.0).abs() < 1e-6 && (jpeg.work_time - 38.0).abs() < 1e-6);
    }
}
