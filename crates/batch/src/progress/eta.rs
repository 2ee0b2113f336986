//! How much longer the batch takes.
//!
//! Work is counted in bytes, with something for each file: a folder's last files are as often its largest as its
//! smallest, and ten thousand icons are mostly files. The rate is that of the later half of the run so far, so that
//! a beginning unlike the rest (small files, or files an earlier run has done) is forgotten. What is told is
//! smoothed: it counts down, and follows a changed rate within a tenth of what is left.

use std::time::Duration;

/// What a file costs beside its bytes, in bytes: opening, starting, writing and syncing.
const FILE_COST: f64 = 16_384.0;

/// The part of the work that must be done before anything is said: the first files say little about the rest.
const ENOUGH: f64 = 0.05;

/// And the time that must have passed.
const SETTLED: Duration = Duration::from_millis(500);

/// How many looks are remembered. When there are more, every second one is forgotten.
const REMEMBERED: usize = 128;

/// How much there is to do or done.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Work {
    /// Files; a part of a file counts as such.
    pub(crate) files: f64,
    /// Their bytes.
    pub(crate) bytes: f64,
}

impl Work {
    fn cost(self) -> f64 {
        self.bytes + self.files * FILE_COST
    }
}

/// Estimates the time that is left from looks at the work done.
#[derive(Debug, Default)]
pub(crate) struct TimeLeft {
    looks: Vec<Look>,
    told: Option<Told>,
}

#[derive(Debug, Clone, Copy)]
struct Look {
    at: f64,
    done: f64,
}

/// What was said last: when, and for when the end was announced. Seconds since the start.
#[derive(Debug, Clone, Copy)]
struct Told {
    at: f64,
    end: f64,
}

impl TimeLeft {
    /// The time that is left after `elapsed`; `None` until enough is done to tell.
    pub(crate) fn after(&mut self, elapsed: Duration, done: Work, total: Work) -> Option<Duration> {
        let (now, done, total) = (elapsed.as_secs_f64(), done.cost(), total.cost());
        self.remember(Look { at: now, done });
        if elapsed < SETTLED || done <= 0.0 || done < total * ENOUGH {
            return None;
        }
        let left = (total - done).max(0.0) / self.rate(now, done)?;
        let end = match self.told {
            None => now + left,
            Some(told) => {
                let weight = (now - told.at) / (left * 0.1).max(1.0);
                told.end + (now + left - told.end) * weight.clamp(0.0, 1.0)
            }
        };
        self.told = Some(Told { at: now, end });
        // Nothing is left when nothing is left, whatever was said before.
        let left = if done >= total { 0.0 } else { (end - now).max(0.0) };
        Duration::try_from_secs_f64(left).ok()
    }

    fn remember(&mut self, look: Look) {
        if self.looks.len() >= REMEMBERED {
            let mut index = 0;
            self.looks.retain(|_| {
                index += 1;
                index % 2 == 1
            });
        }
        self.looks.push(look);
    }

    /// Cost per second over the later half of the run; over all of it while nothing was done in that half.
    fn rate(&self, now: f64, done: f64) -> Option<f64> {
        let start = Look { at: 0.0, done: 0.0 };
        let half = self.looks.iter().rev().find(|look| look.at <= now / 2.0).copied().unwrap_or(start);
        [half, start]
            .into_iter()
            .map(|from| (done - from.done) / (now - from.at))
            .find(|rate| rate.is_finite() && *rate > 0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file in a simulated run: its bytes, and the seconds a worker spends on it.
    type File = (f64, f64);

    struct Random(u64);

    impl Random {
        /// 0 to 1, the same on every machine.
        fn unit(&mut self) -> f64 {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (self.0 >> 33) as f64 / (1_u64 << 31) as f64
        }

        /// 1 in the middle; a third of the draws are beyond a factor of e^spread.
        fn log_normal(&mut self, spread: f64) -> f64 {
            let sum: f64 = (0..12).map(|_| self.unit()).sum();
            ((sum - 6.0) * spread).exp()
        }
    }

    /// Photos of very different sizes and difficulty.
    fn photos(count: usize) -> Vec<File> {
        let mut random = Random(7);
        let file = |_| {
            let bytes = 400_000.0 * random.log_normal(0.9);
            (bytes, 0.02 + bytes / 1.0e6 * random.log_normal(0.5))
        };
        (0..count).map(file).collect()
    }

    /// Runs the files on two workers, asks ten times a second, and returns (part of the run, told / true time left).
    fn simulate(files: &[File]) -> Vec<(f64, Option<f64>, f64)> {
        let mut free = [0.0_f64; 2];
        let jobs: Vec<(f64, f64, f64)> = files
            .iter()
            .map(|(bytes, seconds)| {
                let worker = usize::from(free[0] > free[1]);
                let start = free[worker];
                free[worker] += seconds;
                (start, free[worker], *bytes)
            })
            .collect();
        let end = free[0].max(free[1]);
        let total = Work { files: files.len() as f64, bytes: files.iter().map(|(bytes, _)| bytes).sum() };
        let mut estimate = TimeLeft::default();
        (1..(end * 10.0) as u32)
            .map(|tick| {
                let now = f64::from(tick) / 10.0;
                let mut done = Work::default();
                for (start, finish, bytes) in &jobs {
                    let part = if finish > start {
                        ((now - start) / (finish - start)).clamp(0.0, 1.0)
                    } else {
                        f64::from(now >= *start)
                    };
                    done.files += part.floor();
                    done.bytes += bytes * part;
                }
                let told = estimate.after(Duration::from_secs_f64(now), done, total);
                (now / end, told.map(|told| told.as_secs_f64()), end - now)
            })
            .collect()
    }

    /// The worst factor between what was told and what was true, from a fifth of the run to a twentieth before its
    /// end; then the largest rise of what was told from one tick to the next, as a part of the whole run.
    fn worst(run: &[(f64, Option<f64>, f64)]) -> (f64, f64) {
        let later: Vec<(f64, f64)> = run
            .iter()
            .filter(|(part, ..)| (0.2..0.95).contains(part))
            .map(|(_, told, truth)| (told.expect("something is told after a fifth"), *truth))
            .collect();
        assert!(later.len() > 20);
        let whole = run.last().unwrap().0.recip() * run.len() as f64 / 10.0;
        let factor = later.iter().map(|(told, truth)| (told / truth).max(truth / told)).fold(1.0, f64::max);
        let rise = later.windows(2).map(|pair| (pair[1].0 - pair[0].0) / whole).fold(0.0, f64::max);
        (factor, rise)
    }

    #[test]
    fn equal_files_are_foretold_closely() {
        let (factor, rise) = worst(&simulate(&vec![(500_000.0, 0.5); 400]));
        assert!(factor < 1.15 && rise < 0.01, "{factor} {rise}");
    }

    #[test]
    fn photos_of_all_sizes_are_foretold_within_a_factor() {
        let (factor, rise) = worst(&simulate(&photos(400)));
        assert!(factor < 1.6 && rise < 0.02, "{factor} {rise}");
    }

    #[test]
    fn a_folder_that_begins_with_icons_is_foretold_within_a_factor() {
        let mut random = Random(3);
        let mut files: Vec<File> = (0..2000).map(|_| (2_000.0, 0.015 * random.log_normal(0.3))).collect();
        files.extend(photos(100));
        let (factor, rise) = worst(&simulate(&files));
        assert!(factor < 2.0 && rise < 0.03, "{factor} {rise}");
    }

    #[test]
    fn files_an_earlier_run_has_done_are_forgotten_soon() {
        let mut files = photos(400);
        for (_, seconds) in &mut files[..200] {
            *seconds = 0.001;
        }
        let (factor, rise) = worst(&simulate(&files));
        assert!(factor < 2.0 && rise < 0.05, "{factor} {rise}");
    }

    #[test]
    fn nothing_is_told_too_early_and_nothing_is_left_at_the_end() {
        let total = Work { files: 10.0, bytes: 1_000_000.0 };
        let part = |part: f64| Work { files: total.files * part, bytes: total.bytes * part };
        let seconds = Duration::from_secs_f64;
        let mut estimate = TimeLeft::default();
        assert_eq!(estimate.after(seconds(0.2), part(0.5), total), None);
        assert_eq!(TimeLeft::default().after(seconds(9.0), part(0.01), total), None);
        assert_eq!(TimeLeft::default().after(seconds(9.0), Work::default(), Work::default()), None);
        assert_eq!(TimeLeft::default().after(seconds(9.0), part(0.5), total), Some(seconds(9.0)));
        assert_eq!(estimate.after(seconds(30.0), total, total), Some(Duration::ZERO));
    }

    #[test]
    fn a_run_of_any_length_is_remembered_in_a_few_looks() {
        let mut estimate = TimeLeft::default();
        let total = Work { files: 1.0e6, bytes: 0.0 };
        for tick in 1..100_000_u32 {
            let done = Work { files: f64::from(tick), bytes: 0.0 };
            estimate.after(Duration::from_secs(tick.into()), done, total);
        }
        assert!(estimate.looks.len() <= REMEMBERED);
        let left = estimate.after(Duration::from_secs(100_000), Work { files: 1.0e5, bytes: 0.0 }, total);
        assert!((left.unwrap().as_secs_f64() / 900_000.0 - 1.0).abs() < 0.01, "{left:?}");
    }
}
