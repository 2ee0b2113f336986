//! Finds the quality that just meets a goal, in few encodes.

use crate::curve::Curve;
use crate::error::OptimizationError;
use crate::expected::{Expected, Point};

/// One encode and what came of it. `value` is what is searched for: a score, or minus a size.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Probe {
    /// Bytes.
    pub(crate) size: u64,
    /// Grows with quality (nearly: the score is not quite monotone).
    pub(crate) value: f64,
}

/// What to search for.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    /// The value to reach.
    pub(crate) value: f64,
    /// A value this far above the target is close enough.
    pub(crate) tolerance: f64,
    /// It is close enough when this far above once [`PATIENCE`] encodes are made.
    pub(crate) relaxed_tolerance: f64,
    /// How the value is expected to grow.
    pub(crate) expected: Expected,
    /// The step to start with.
    pub(crate) start: usize,
    /// A probe that misses the target and has this many bytes or more ends the search: whatever passes is larger.
    pub(crate) bound: Option<u64>,
}

impl Target {
    /// What to aim at: a third of the tolerance above the target, as a near miss costs a whole encode.
    fn aim(&self) -> f64 {
        aim(self.value, self.tolerance)
    }
}

/// What a search for a value aims at.
pub(crate) fn aim(value: f64, tolerance: f64) -> f64 {
    value + tolerance / 3.0
}

/// Encodes beyond this many end the search once something passes. Interpolation takes two to four; this is for
/// curves that are nearly flat or jump.
const MAX_PROBES: usize = 10;
/// Encodes that go into meeting a goal closely; from then on, meeting it is worth more than a percent of size.
const PATIENCE: usize = 3;
/// Smooth curves are met by then; curves with jumps are halved from there on.
const MAX_INTERPOLATIONS: u32 = 3;

/// The lowest step whose value reaches the target, near enough; `None` when none does. `probe`
/// encodes one step and is never asked for the same step twice; it answers `None` when there is no time for another
/// encode, which ends the search. A `guide`, learnt from a sample of the image, says where to look: its curve has the
/// image's shape and lies beside it, by how much each probe tells.
///
/// # Errors
/// The first error of `probe`, or of the guide's.
pub(crate) fn search(
    target: &Target,
    mut guide: Option<&mut Curve<'_>>,
    mut probe: impl FnMut(usize) -> Result<Option<Probe>, OptimizationError>,
) -> Result<Option<usize>, OptimizationError> {
    let expected = &target.expected;
    let Some(last) = expected.steps().checked_sub(1) else { return Ok(None) };
    // The highest step known to miss and the lowest known to pass.
    let mut misses: Option<Point> = None;
    let mut passes: Option<Point> = None;
    let mut interpolations = 0;
    let mut previous: Option<Point> = None;
    let aim = target.aim();
    let start = match &mut guide {
        Some(guide) => guide.step_reaching(aim)?.map_or(target.start, |step| step.ceil() as usize),
        None => target.start,
    };
    let mut step = start.min(last);
    for probes in 1.. {
        let Some(Probe { size, value }) = probe(step)? else { break };
        if value >= target.value {
            passes = Some((step, value));
            let tolerance = if probes < PATIENCE { target.tolerance } else { target.relaxed_tolerance };
            if value - target.value <= tolerance || probes >= MAX_PROBES {
                break;
            }
        } else {
            misses = Some((step, value));
            if target.bound.is_some_and(|bound| size >= bound) {
                break;
            }
        }
        let point = (step, value);
        let before = previous.replace(point);
        // The sample's curve, moved to go through the last point. A sample that has misled twice to the same side is
        // not much like its image.
        let misled = probes >= 2 && (misses.is_none() || passes.is_none());
        let guided = match guide.as_mut().filter(|_| !misled) {
            Some(guide) => match guide.value_at(step as f64) {
                Some(sampled) => {
                    guide.step_reaching(aim - (value - sampled))?.map(|step| step.ceil() as usize)
                }
                None => None,
            },
            None => None,
        };
        step = match (misses, passes) {
            (Some(below), Some(above)) => {
                let (low, high) = (below.0, above.0);
                if high - low <= 1 {
                    break;
                }
                interpolations += 1;
                let between = if interpolations > MAX_INTERPOLATIONS {
                    usize::midpoint(low, high)
                } else {
                    guided.unwrap_or_else(|| expected.first_reaching_through(aim, below, Some(above)))
                };
                between.clamp(low + 1, high - 1)
            }
            (Some((low, _)), None) => {
                if low == last {
                    break;
                }
                guided
                    .unwrap_or_else(|| expected.first_reaching_through(aim, point, before))
                    .clamp(low + 1, last)
            }
            (None, Some((high, _))) => {
                if high == 0 {
                    break;
                }
                guided.unwrap_or_else(|| expected.first_reaching_through(aim, point, before)).min(high - 1)
            }
            (None, None) => break,
        };
    }
    Ok(passes.map(|(step, _)| step))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs a search over a curve; gives the step and the number of encodes.
    fn run(curve: impl Fn(usize) -> f64, target: f64, bound: Option<u64>) -> (Option<usize>, usize) {
        let mut asked = Vec::new();
        let expected = Expected::line(100, (78.0, 80.0), 0.65);
        let target =
            Target { value: target, tolerance: 0.5, relaxed_tolerance: 1.0, expected, start: 78, bound };
        let found = search(&target, None, |step| {
            assert!(!asked.contains(&step), "step {step} was asked for twice");
            asked.push(step);
            Ok(Some(Probe { size: step as u64 * 10, value: curve(step) }))
        });
        (found.unwrap(), asked.len())
    }

    #[test]
    fn a_photo_like_curve_takes_few_encodes_and_lands_just_above_the_target() {
        // Score rises steeply at first and flattens, as real ones do.
        let curve = |shift: f64| move |step: usize| 100.0 - 4000.0 / (step as f64 + shift);
        for shift in [110.0, 130.0, 150.0, 180.0] {
            let (found, encodes) = run(curve(shift), 80.0, None);
            let step = found.unwrap();
            let value = curve(shift)(step);
            assert!((80.0..80.7).contains(&value), "shift {shift}: {value}");
            assert!(encodes <= 5, "shift {shift}: {encodes} encodes");
        }
    }

    #[test]
    fn out_of_reach_is_none_and_always_reached_is_the_lowest() {
        assert_eq!(run(|_| 50.0, 80.0, None).0, None);
        assert_eq!(run(|_| 95.0, 80.0, None).0, Some(0));
    }

    #[test]
    fn a_miss_that_is_too_large_already_ends_the_search() {
        let (found, encodes) = run(|_| 70.0, 80.0, Some(500));
        assert_eq!((found, encodes), (None, 1));
    }

    #[test]
    fn a_jump_between_neighbours_ends_the_search_at_the_upper_one() {
        let (found, _) = run(|step| if step < 41 { 10.0 } else { 99.0 }, 80.0, None);
        assert_eq!(found, Some(41));
    }

    #[test]
    fn out_of_time_means_the_best_so_far() {
        let mut left = 3;
        let target = Target {
            value: 80.0,
            tolerance: 0.01,
            relaxed_tolerance: 0.01,
            expected: Expected::line(100, (99.0, 99.0), 5.0),
            start: 99,
            bound: None,
        };
        let found = search(&target, None, |step| {
            left -= 1;
            Ok((left >= 0).then_some(Probe { size: 1, value: step as f64 }))
        });
        let found = found.unwrap().unwrap();
        assert!((80..99).contains(&found), "{found}");
    }
}
