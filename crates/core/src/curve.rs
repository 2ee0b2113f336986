//! How a value (a score, or minus a size) grows with quality, learnt from cheap encodes of a sample.

use crate::error::OptimizationError;
use crate::expected::{Expected, Point};
use crate::search::Probe;
use std::collections::BTreeMap;

/// Encodes one step of the sample.
pub(crate) type ProbeSample<'a> = Box<dyn FnMut(usize) -> Result<Probe, OptimizationError> + Send + 'a>;

/// Probes of one [`Curve::step_reaching`] at most; a call that ends early answers with what it has.
const MAX_PROBES: u32 = 6;

/// What is known of the curve. Every probe is kept, so asking again is cheap.
pub(crate) struct Curve<'a> {
    probe: ProbeSample<'a>,
    known: BTreeMap<usize, Probe>,
    expected: Expected,
    start: usize,
    tolerance: f64,
}

impl<'a> Curve<'a> {
    /// A curve that is expected to have a shape, looked at from step `start` on. Values are found to within
    /// `tolerance`.
    pub(crate) fn new(probe: ProbeSample<'a>, expected: Expected, start: usize, tolerance: f64) -> Self {
        let start = start.min(expected.steps().saturating_sub(1));
        Self { probe, known: BTreeMap::new(), expected, start, tolerance }
    }

    /// The step at which the curve reaches a value, in fractions of a step; `None` where the last step does not.
    ///
    /// # Errors
    /// The first error of the probe.
    pub(crate) fn step_reaching(&mut self, value: f64) -> Result<Option<f64>, OptimizationError> {
        let Some(last) = self.expected.steps().checked_sub(1) else { return Ok(None) };
        for _ in 0..MAX_PROBES {
            let next = match self.bracket(value) {
                (None, None) => self.start,
                (Some(below), Some(above)) => {
                    let ((low, low_value), (high, high_value)) = (below, above);
                    let near = (value - low_value).min(high_value - value) <= self.tolerance;
                    if high - low <= 1 || near && high - low <= last / 8 {
                        break;
                    }
                    self.expected.first_reaching_through(value, below, Some(above)).clamp(low + 1, high - 1)
                }
                (Some(below), None) => {
                    if below.0 == last {
                        return Ok(None);
                    }
                    let other = self.known.range(..below.0).next_back().map(point);
                    let furthest = (below.0 + last / 3).min(last);
                    self.expected
                        .first_reaching_through(value, below, other)
                        .clamp(below.0 + 1, furthest.max(below.0 + 1))
                }
                (None, Some(above)) => {
                    if above.0 == 0 {
                        return Ok(Some(0.0));
                    }
                    let other = self.known.range(above.0 + 1..).next().map(point);
                    self.expected
                        .first_reaching_through(value, above, other)
                        .clamp(above.0.saturating_sub(last / 3), above.0 - 1)
                }
            };
            let probe = (self.probe)(next)?;
            self.known.insert(next, probe);
        }
        Ok(match self.bracket(value) {
            (Some((low, low_value)), Some((high, high_value))) => {
                let between = ((high_value - low_value) / (high - low) as f64).max(f64::EPSILON);
                Some((low as f64 + (value - low_value) / between).min(high as f64))
            }
            (None, Some((high, _))) => Some(high as f64),
            (Some((low, _)), None) if low < last => Some(low as f64 + 1.0),
            _ => None,
        })
    }

    /// The curve's value at a step, between or beyond known ones by straight lines; `None` where nothing is known.
    pub(crate) fn value_at(&self, step: f64) -> Option<f64> {
        self.interpolated(
            step,
            |probe| probe.value,
            |known, value| self.expected.value_through(step, (known, value)),
        )
    }

    /// The sample's size at a step, as a logarithm; `None` where nothing is known.
    pub(crate) fn log_size_at(&self, step: f64) -> Option<f64> {
        self.interpolated(step, |probe| libm::log(probe.size.max(1) as f64), |_, log_size| log_size)
    }

    /// Between known points by a straight line, beyond them as `beyond` says.
    fn interpolated(
        &self,
        step: f64,
        of: impl Fn(&Probe) -> f64,
        beyond: impl Fn(usize, f64) -> f64,
    ) -> Option<f64> {
        let point = |(&step, probe): (&usize, &Probe)| (step, of(probe));
        let below = self.known.range(..=step.floor() as usize).next_back().map(point);
        let above = self.known.range(step.ceil() as usize..).next().map(point);
        match (below, above) {
            (Some((low, low_value)), Some((high, high_value))) if high > low => {
                Some(low_value + (high_value - low_value) * (step - low as f64) / (high - low) as f64)
            }
            (Some((known, value)), _) | (None, Some((known, value))) => Some(beyond(known, value)),
            (None, None) => None,
        }
    }

    /// The highest step known to lie below a value, and the lowest above that one known to reach it.
    fn bracket(&self, value: f64) -> (Option<Point>, Option<Point>) {
        let misses = self.known.iter().rfind(|(_, probe)| probe.value < value).map(point);
        let from = misses.map_or(0, |(step, _)| step + 1);
        let passes = self.known.range(from..).next().map(point);
        (misses, passes)
    }
}

fn point((&step, probe): (&usize, &Probe)) -> Point {
    (step, probe.value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};

    fn curve<'a>(of: impl Fn(usize) -> f64 + Send + 'a, probes: &'a AtomicU32) -> Curve<'a> {
        let probe: ProbeSample<'a> = Box::new(move |step| {
            probes.fetch_add(1, Ordering::Relaxed);
            Ok(Probe { size: 100 + step as u64, value: of(step) })
        });
        Curve::new(probe, Expected::line(100, (78.0, 80.0), 0.65), 78, 0.25)
    }

    #[test]
    fn a_smooth_curve_is_inverted_with_few_probes() {
        let of = |step: f64| 100.0 - 4000.0 / (step + 130.0);
        let probes = AtomicU32::new(0);
        let mut curve = curve(|step| of(step as f64), &probes);
        for value in [80.0, 82.0, 75.0] {
            let step = curve.step_reaching(value).unwrap().unwrap();
            assert!((of(step) - value).abs() < 0.3, "{value}: step {step} has {}", of(step));
            assert!((curve.value_at(step).unwrap() - value).abs() < 0.3);
        }
        drop(curve);
        let probes = probes.into_inner();
        assert!(probes <= 15, "{probes} probes");
    }

    #[test]
    fn out_of_reach_is_none_and_always_reached_is_the_first_step() {
        let probes = AtomicU32::new(0);
        assert_eq!(curve(|_| 10.0, &probes).step_reaching(80.0).unwrap(), None);
        assert_eq!(curve(|_| 95.0, &probes).step_reaching(80.0).unwrap(), Some(0.0));
    }
}
