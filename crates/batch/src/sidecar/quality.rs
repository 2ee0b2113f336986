//! The lowest quality that reaches a goal, found on a sample.

/// What an encode of the sample brought.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Probe {
    /// The encoder's quality, 1 to 100.
    pub(crate) quality: u8,
    /// SSIMULACRA2.
    pub(crate) score: f64,
    /// Bytes.
    pub(crate) size: f64,
}

/// Encodes of the sample per search, at most. Halving 1 to 100 takes seven; interpolation needs fewer.
const MAX_PROBES: usize = 7;

/// A score this far above its goal is close enough.
const TOLERANCE: f64 = 0.5;

/// What is searched for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Aim {
    /// At least this score, and no more than needed.
    Score(f64),
    /// At most this many bytes, and as many as allowed.
    Bytes(f64),
}

impl Aim {
    /// How far a probe is above the aim: a probe with 0 or more has enough quality (score), or too much (bytes).
    fn excess(self, probe: &Probe) -> f64 {
        match self {
            Self::Score(score) => probe.score - score,
            Self::Bytes(bytes) => (probe.size / bytes).ln(),
        }
    }
}

/// Searches. `start` is the first quality tried. Of `Score`, the lowest quality that reaches it, or 100's probe where
/// none does; of `Bytes`, the highest quality that stays within, or 1's probe where none does.
///
/// # Errors
/// Whatever `measure` gives.
pub(crate) fn search<E>(
    aim: Aim,
    start: u8,
    mut measure: impl FnMut(u8) -> Result<Probe, E>,
) -> Result<Probe, E> {
    let (mut below, mut above): (Option<Probe>, Option<Probe>) = (None, None);
    let mut quality = start.clamp(1, 100);
    for _ in 0..MAX_PROBES {
        let probe = measure(quality)?;
        let excess = aim.excess(&probe);
        if matches!(aim, Aim::Score(_)) && (0.0..=TOLERANCE).contains(&excess) {
            return Ok(probe);
        }
        if excess >= 0.0 {
            above = Some(probe);
        } else {
            below = Some(probe);
        }
        quality = match (&below, &above) {
            (Some(low), Some(high)) => {
                if high.quality <= low.quality + 1 {
                    break;
                }
                let (under, over) = (aim.excess(low), aim.excess(high));
                let share = (-under / (over - under)).clamp(0.1, 0.9);
                let guess = f64::from(low.quality) + share * f64::from(high.quality - low.quality);
                (guess.round() as u8).clamp(low.quality + 1, high.quality - 1)
            }
            (Some(low), None) if low.quality < 100 => low.quality + (100 - low.quality).div_ceil(2),
            (None, Some(high)) if high.quality > 1 => high.quality / 2,
            _ => break,
        };
    }
    let (wanted, other) = match aim {
        Aim::Score(_) => (above, below),
        Aim::Bytes(_) => (below, above),
    };
    match wanted.or(other) {
        Some(probe) => Ok(probe),
        None => measure(quality),
    }
}

/// Score per step of quality that is taken for granted before two encodes of the whole have shown it: less than most
/// pictures have from 70 to 95, so that the next encode rather passes than misses once more.
const SLOPE: f64 = 0.4;

/// Steps that are added at least.
const LEAST_STEP: f64 = 2.0;

/// The quality for another encode of the whole after these missed the wanted score: qualities with their scores, one or
/// more, rising. The sample promised too much: it is only a sample, and in sRGB where the whole has a profile of its own.
/// `None` after 100.
pub(crate) fn raised(wanted: f64, missed: &[(u8, f64)]) -> Option<u8> {
    let &(quality, score) = missed.last()?;
    if quality >= 100 {
        return None;
    }
    let slope = match missed {
        // Half of what they have shown: scores rise less and less.
        [.., (before, lower), _] if quality > *before => (score - lower) / f64::from(quality - before) / 2.0,
        _ => SLOPE,
    };
    let step = ((wanted - score) / slope.max(SLOPE / 4.0)).ceil().max(LEAST_STEP);
    Some((f64::from(quality) + step).min(100.0) as u8)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::convert::Infallible;

    /// An encoder whose score grows with quality and flattens out.
    fn encoder(quality: u8) -> Probe {
        let quality_f = f64::from(quality);
        Probe { quality, score: 95.0 - 9000.0 / (quality_f + 60.0), size: 1000.0 * (quality_f / 30.0).exp() }
    }

    fn run(aim: Aim, start: u8) -> (Probe, usize) {
        let mut probes = 0;
        let found = search(aim, start, |quality| {
            probes += 1;
            Ok::<_, Infallible>(encoder(quality))
        });
        (found.unwrap(), probes)
    }

    #[test]
    fn the_score_is_reached_with_little_to_spare() {
        for goal in [10, 20, 25, 30, 35] {
            for start in [1, 40, 80, 100] {
                let (found, probes) = run(Aim::Score(f64::from(goal)), start);
                let lower = encoder(found.quality - 1).score;
                let tight = found.score <= f64::from(goal) + TOLERANCE || lower < f64::from(goal);
                assert!(found.score >= f64::from(goal) && tight, "{goal} from {start}: {found:?}");
                assert!(probes <= MAX_PROBES, "{probes}");
            }
        }
    }

    #[test]
    fn the_size_is_used_up_but_not_exceeded() {
        for bytes in [2_000.0, 5_000.0, 20_000.0] {
            let (found, _) = run(Aim::Bytes(bytes), 80);
            assert!(found.size < bytes && encoder(found.quality + 2).size > bytes, "{bytes}: {found:?}");
        }
    }

    #[test]
    fn what_the_sample_promised_too_much_is_made_up_for() {
        // The sample said 80 at 60; the whole has 76.
        assert_eq!(raised(80.0, &[(60, 76.0)]), Some(70));
        // Steeper than taken for granted, and flatter.
        assert_eq!(raised(80.0, &[(60, 76.0), (70, 79.5)]), Some(73));
        assert_eq!(raised(80.0, &[(60, 76.0), (70, 78.0)]), Some(90));
        assert_eq!(raised(80.0, &[(60, 79.8)]), Some(62), "at least some");
        assert_eq!(raised(80.0, &[(90, 60.0)]), Some(100), "at most 100");
        assert_eq!(raised(80.0, &[(98, 70.0), (100, 71.0)]), None);
        assert_eq!(raised(80.0, &[(70, 75.0), (80, 74.0)]), Some(100), "a score that falls");
    }

    #[test]
    fn what_cannot_be_reached_gives_the_nearest() {
        assert_eq!(run(Aim::Score(99.0), 80).0.quality, 100);
        assert_eq!(run(Aim::Bytes(10.0), 80).0.quality, 1);
    }
}
