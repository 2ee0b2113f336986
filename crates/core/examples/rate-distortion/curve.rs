//! Bytes over score: a few encodes of one image by one tool, and what lies between them.

use crate::Failure;
use serde::Serialize;

/// One encode.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Sample {
    /// On the tool's own scale.
    pub(crate) quality: f64,
    /// Size of the output.
    pub(crate) bytes: u64,
    /// SSIMULACRA2 of the output.
    pub(crate) score: f64,
    /// Processor seconds, with the start of the process.
    pub(crate) cpu: f64,
}

/// A tool's encodes of one image, by ascending quality.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(transparent)]
pub(crate) struct Curve {
    samples: Vec<Sample>,
}

/// Encodes beyond the starting qualities, per target, at most.
const REFINEMENTS: usize = 4;

/// When the two samples around a target are close enough: the product of their distances from it, in points of
/// score. A straight line through two points of a curve errs by half its curvature times that product; the
/// logarithm of the size curves by about 0.002 per squared point, so the error stays at a tenth of a percent.
const CLOSE_ENOUGH: f64 = 1.0;

impl Curve {
    /// Encodes at the starting qualities, then nearer and nearer to each target. Qualities are whole numbers from
    /// `range`.
    pub(crate) fn sample(
        start: &[f64],
        range: (f64, f64),
        targets: &[f64],
        mut encode: impl FnMut(f64) -> Result<Sample, Failure>,
    ) -> Result<Self, Failure> {
        let mut curve = Self::default();
        for &quality in start {
            let quality = quality.round().clamp(range.0, range.1);
            if !curve.has(quality) {
                curve.add(encode(quality)?);
            }
        }
        for &target in targets {
            for _ in 0..REFINEMENTS {
                let Some(quality) = curve.wanted(target, range) else { break };
                curve.add(encode(quality)?);
            }
        }
        Ok(curve)
    }

    fn has(&self, quality: f64) -> bool {
        self.samples.iter().any(|sample| (sample.quality - quality).abs() < 1e-9)
    }

    fn add(&mut self, sample: Sample) {
        let at = self.samples.partition_point(|other| other.quality < sample.quality);
        self.samples.insert(at, sample);
    }

    /// The index of the first sample, by quality, that reaches the target.
    fn first_reaching(&self, target: f64) -> Option<usize> {
        self.samples.iter().position(|sample| sample.score >= target)
    }

    /// The quality to encode next for a target; `None` when what is there says enough.
    fn wanted(&self, target: f64, range: (f64, f64)) -> Option<f64> {
        let quality = match self.first_reaching(target) {
            Some(0) => {
                let (first, second) = (self.samples.first()?, self.samples.get(1));
                let slope = slope(*first, second.copied());
                // A little further than the line says: the target is to lie between two samples.
                first.quality - ((first.score - target) / slope).ceil().max(1.0)
            }
            Some(above) => {
                let (low, high) = (self.samples[above - 1], self.samples[above]);
                let close = (target - low.score) * (high.score - target) <= CLOSE_ENOUGH;
                if close || high.quality - low.quality <= 1.0 {
                    return None;
                }
                let part = (target - low.score) / (high.score - low.score);
                let quality = (low.quality + part * (high.quality - low.quality)).round();
                quality.clamp(low.quality + 1.0, high.quality - 1.0)
            }
            None => {
                let last = self.samples.last()?;
                let before = self.samples.len().checked_sub(2).and_then(|at| self.samples.get(at));
                let slope = before.map_or(DEFAULT_SLOPE, |before| slope(*before, Some(*last)));
                last.quality + ((target - last.score) / slope).ceil().max(1.0)
            }
        };
        let quality = quality.clamp(range.0, range.1);
        (!self.has(quality)).then_some(quality)
    }

    /// Bytes at a score, interpolated between the two samples around it: the logarithm of the size over the score.
    /// `None` when the score is out of reach, above or below.
    pub(crate) fn bytes_at(&self, target: f64) -> Option<f64> {
        let above = self.first_reaching(target)?;
        let high = self.samples[above];
        if (high.score - target).abs() < 1e-9 {
            return Some(high.bytes as f64);
        }
        let low = self.samples.get(above.checked_sub(1)?)?;
        let part = (target - low.score) / (high.score - low.score);
        let (from, to) = ((low.bytes as f64).ln(), (high.bytes as f64).ln());
        Some((from + part * (to - from)).exp())
    }

    /// Processor seconds of the encode whose score is nearest to a target.
    pub(crate) fn cpu_near(&self, target: f64) -> Option<f64> {
        let distance = |sample: &Sample| (sample.score - target).abs();
        let nearest = self.samples.iter().min_by(|a, b| distance(a).total_cmp(&distance(b)))?;
        Some(nearest.cpu)
    }
}

/// Points of score per step of quality, where nothing is known yet.
const DEFAULT_SLOPE: f64 = 0.6;

/// Points of score per step of quality between two samples; within what encoders do.
fn slope(from: Sample, to: Option<Sample>) -> f64 {
    let measured = to.map(|to| (to.score - from.score) / (to.quality - from.quality));
    measured.filter(|slope| slope.is_finite()).map_or(DEFAULT_SLOPE, |slope| slope.clamp(0.1, 3.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(quality: f64, bytes: u64, score: f64) -> Sample {
        Sample { quality, bytes, score, cpu: quality / 10.0 }
    }

    fn curve(samples: &[(f64, u64, f64)]) -> Curve {
        let mut curve = Curve::default();
        for &(quality, bytes, score) in samples {
            curve.add(sample(quality, bytes, score));
        }
        curve
    }

    #[test]
    fn between_two_samples_sizes_grow_geometrically() {
        let curve = curve(&[(80.0, 4000, 82.0), (70.0, 1000, 78.0)]);
        // Half of the way in score is the geometric mean in size.
        assert!((curve.bytes_at(80.0).unwrap() - 2000.0).abs() < 1e-6);
        assert!((curve.bytes_at(79.0).unwrap() - 1000.0 * 2f64.sqrt()).abs() < 1e-6);
        assert!((curve.bytes_at(82.0).unwrap() - 4000.0).abs() < 1e-6);
    }

    #[test]
    fn nothing_is_said_about_scores_outside_the_samples() {
        let curve = curve(&[(70.0, 1000, 78.0), (80.0, 4000, 82.0)]);
        assert_eq!(curve.bytes_at(77.9), None);
        assert_eq!(curve.bytes_at(82.1), None);
        assert_eq!(Curve::default().bytes_at(80.0), None);
        assert_eq!(Curve::default().cpu_near(80.0), None);
    }

    #[test]
    fn a_dip_counts_from_the_first_quality_that_reaches_the_target() {
        let curve = curve(&[(1.0, 100, 60.0), (2.0, 400, 80.0), (3.0, 500, 79.0), (4.0, 900, 90.0)]);
        assert!((curve.bytes_at(70.0).unwrap() - 200.0).abs() < 1e-6);
        assert!((curve.bytes_at(80.0).unwrap() - 400.0).abs() < 1e-6);
    }

    #[test]
    fn the_time_is_that_of_the_nearest_sample() {
        let curve = curve(&[(70.0, 1000, 78.0), (80.0, 4000, 82.0)]);
        assert_eq!(curve.cpu_near(79.0), Some(7.0));
        assert_eq!(curve.cpu_near(95.0), Some(8.0));
    }

    #[test]
    fn sampling_closes_in_on_every_target_in_few_encodes() {
        // Like a photo's: the size grows faster and faster with the score.
        let score = |quality: f64| 100.0 - 4200.0 / (quality + 130.0);
        let bytes = |score: f64| (1e4 * (0.03 * score + 0.001 * (score - 70.0).powi(2)).exp()) as u64;
        for start in [[62.0, 78.0, 92.0], [20.0, 30.0, 40.0], [98.0, 99.0, 100.0]] {
            let mut encodes = 0;
            let targets = [70.0, 75.0, 80.0];
            let curve = Curve::sample(&start, (1.0, 100.0), &targets, |quality| {
                encodes += 1;
                let score = score(quality);
                Ok(sample(quality, bytes(score), score))
            })
            .unwrap();
            for target in targets {
                let ratio = curve.bytes_at(target).unwrap() / bytes(target) as f64;
                assert!((ratio - 1.0).abs() < 0.002, "{start:?} at {target}: {ratio}");
            }
            assert!(encodes <= 11, "{start:?}: {encodes} encodes");
        }
    }

    #[test]
    fn a_score_out_of_reach_ends_at_the_end_of_the_scale() {
        let mut asked = Vec::new();
        let curve = Curve::sample(&[50.0, 60.0], (1.0, 100.0), &[90.0], |quality| {
            assert!(!asked.contains(&(quality as u32)), "{quality} was asked for twice");
            asked.push(quality as u32);
            Ok(sample(quality, quality as u64, quality / 2.0))
        })
        .unwrap();
        assert_eq!(curve.bytes_at(90.0), None);
        assert_eq!(asked.last(), Some(&100));
    }
}
