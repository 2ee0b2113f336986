//! What is expected of a curve before anything of it is known, and how it lies when some of it is.

use crate::units::Quality;

/// How a value (a score, or minus a size) is expected to grow from step to step.
///
/// Curves of one encoder differ by more than an offset: an image that is hard to code is further from 100 at every quality.
/// Scores are therefore looked at as the logarithm of what is missing to 100, in which curves are nearly parallel.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Expected {
    /// Per step, on the scale: never falling.
    values: Vec<f64>,
    scale: Scale,
}

/// On which values of different images move alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scale {
    /// The value itself.
    Plain,
    /// Minus the logarithm of what is missing to a score of 100.
    Loss,
}

/// As much as this is missing to 100 at least: a logarithm needs something.
const LEAST_LOSS: f64 = 0.05;
/// An image's curve is at most this many times as steep as expected, and at least its reciprocal: noise can make two
/// points level or falling.
const STEEPEST: f64 = 4.0;

impl Scale {
    fn of(self, value: f64) -> f64 {
        match self {
            Self::Plain => value,
            Self::Loss => -libm::log((100.0 - value).max(LEAST_LOSS)),
        }
    }

    fn value(self, scaled: f64) -> f64 {
        match self {
            Self::Plain => scaled,
            Self::Loss => 100.0 - libm::exp(-scaled),
        }
    }
}

impl Expected {
    /// Scores of these qualities, from some (quality, score) pairs, both ascending: between them by straight lines,
    /// beyond them along the nearest.
    pub(crate) fn scores(qualities: &[Quality], pairs: &[(f64, f64)]) -> Self {
        let scale = Scale::Loss;
        let value = |quality: f64| {
            let above = pairs.partition_point(|&(known, _)| known < quality);
            let first = above.clamp(1, pairs.len().saturating_sub(1).max(1)) - 1;
            match (pairs.get(first), pairs.get(first + 1)) {
                (Some(&(a, low)), Some(&(b, high))) => {
                    let (low, high) = (scale.of(low), scale.of(high));
                    low + (high - low) * (quality - a) / (b - a)
                }
                (Some(&(_, only)), None) => scale.of(only),
                _ => 0.0,
            }
        };
        Self { values: qualities.iter().map(|&quality| value(quality.into())).collect(), scale }
    }

    /// A straight line through a value at a step.
    pub(crate) fn line(steps: usize, (step, value): (f64, f64), slope: f64) -> Self {
        let values = (0..steps).map(|index| value + (index as f64 - step) * slope).collect();
        Self { values, scale: Scale::Plain }
    }

    /// The number of steps.
    pub(crate) fn steps(&self) -> usize {
        self.values.len()
    }

    /// The first step that is expected to reach a value: the number of steps where none is.
    pub(crate) fn first_reaching(&self, value: f64) -> usize {
        let wanted = self.scale.of(value);
        self.values.partition_point(|&expected| expected < wanted)
    }

    /// The first step at which the curve through a known point, and another where there is one, reaches a value; the
    /// number of steps where none does.
    pub(crate) fn first_reaching_through(&self, value: f64, point: Point, other: Option<Point>) -> usize {
        let (step, known) = point;
        let Some(&here) = self.values.get(step) else { return self.values.len() };
        let wanted = here + (self.scale.of(value) - self.scale.of(known)) / self.steepness(point, other);
        self.values.partition_point(|&expected| expected < wanted)
    }

    /// The value at a step (in fractions of one) of the curve through a known point.
    pub(crate) fn value_through(&self, step: f64, point: Point) -> f64 {
        let at = |step: f64| {
            let below = (step.max(0.0) as usize).min(self.values.len().saturating_sub(1));
            let low = self.values.get(below).copied().unwrap_or_default();
            let high = self.values.get(below + 1).copied().unwrap_or(low);
            low + (high - low) * (step - below as f64)
        };
        self.scale.value(self.scale.of(point.1) + at(step) - at(point.0 as f64))
    }

    /// How many times as steep as expected the curve is between two points.
    fn steepness(&self, (step, value): Point, other: Option<Point>) -> f64 {
        let Some((other, other_value)) = other.filter(|(other, _)| *other != step) else { return 1.0 };
        let (Some(here), Some(there)) = (self.values.get(step), self.values.get(other)) else { return 1.0 };
        let apart = there - here;
        if apart.abs() < f64::EPSILON {
            return 1.0;
        }
        let measured = (self.scale.of(other_value) - self.scale.of(value)) / apart;
        measured.clamp(1.0 / STEEPEST, STEEPEST)
    }
}

/// A step and the value that was found there.
pub(crate) type Point = (usize, f64);

#[cfg(test)]
mod tests {
    use super::*;

    const PAIRS: [(f64, f64); 3] = [(50.0, 70.0), (70.0, 80.0), (90.0, 90.0)];

    #[test]
    fn expected_scores_go_through_what_they_were_made_from() {
        let qualities = Quality::ladder(4);
        let expected = Expected::scores(&qualities, &PAIRS);
        for (quality, score) in PAIRS {
            assert_eq!(qualities[expected.first_reaching(score - 1e-9)], Quality::try_from(quality).unwrap());
        }
        assert_eq!(expected.first_reaching(-50.0), 0);
        assert_eq!(expected.first_reaching(99.99), qualities.len());
    }

    #[test]
    fn an_image_with_half_the_loss_everywhere_is_known_from_one_point() {
        let qualities = Quality::ladder(4);
        let expected = Expected::scores(&qualities, &PAIRS);
        // At quality 50 85 instead of 70: so 90 where 80 was expected.
        let step = expected.first_reaching_through(90.0 - 1e-9, (49, 85.0), None);
        assert_eq!(qualities[step], Quality::new(70).unwrap());
        assert!((expected.value_through(69.0, (49, 85.0)) - 90.0).abs() < 1e-9);
    }

    #[test]
    fn two_points_tell_how_steep_the_curve_is() {
        let expected = Expected::line(100, (0.0, 0.0), 1.0);
        assert_eq!(expected.first_reaching_through(30.0, (10, 10.0), Some((5, 0.0))), 20);
        // Level points are not believed.
        assert_eq!(expected.first_reaching_through(11.0, (10, 10.0), Some((5, 10.0))), 14);
    }
}
