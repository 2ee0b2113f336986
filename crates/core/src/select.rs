//! Stage 8: the winner. A pure function of values.

use crate::encode::EncoderKind;
use crate::settings::Goal;
use crate::units::Score;

/// A candidate that meets its goal.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Contender {
    /// Bytes.
    pub(crate) size: u64,
    /// Its score.
    pub(crate) score: Score,
    /// Who made it; `None` for the input itself.
    pub(crate) encoder: Option<EncoderKind>,
}

/// Indices of the contenders, best first: the smallest, or under a size goal the best-looking. Ties go to the
/// smaller file, then to the input itself, then to the encoder that comes first.
pub(crate) fn rank(contenders: &[Contender], goal: Goal) -> Vec<usize> {
    let mut order: Vec<usize> = (0..contenders.len()).collect();
    order.sort_by(|&a, &b| {
        let (a, b) = (&contenders[a], &contenders[b]);
        let by_score = match goal {
            Goal::MaxBytes(_) => b.score.get().total_cmp(&a.score.get()),
            _ => std::cmp::Ordering::Equal,
        };
        by_score.then(a.size.cmp(&b.size)).then(a.encoder.cmp(&b.encoder))
    });
    order
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Bytes;

    fn contender(size: u64, score: f64, encoder: Option<EncoderKind>) -> Contender {
        Contender { size, score: Score::measured(score), encoder }
    }

    #[test]
    fn the_smallest_wins_and_ties_go_to_the_input_then_to_the_first_encoder() {
        let contenders = [
            contender(10, 90.0, Some(EncoderKind::Aom)),
            contender(10, 81.0, Some(EncoderKind::Mozjpeg)),
            contender(10, 100.0, None),
            contender(9, 80.0, Some(EncoderKind::WebpLossy)),
        ];
        assert_eq!(rank(&contenders, Goal::default()), [3, 2, 1, 0]);
    }

    #[test]
    fn under_a_size_goal_the_best_looking_wins() {
        let contenders =
            [contender(5, 70.0, Some(EncoderKind::Mozjpeg)), contender(9, 85.0, Some(EncoderKind::Aom))];
        assert_eq!(rank(&contenders, Goal::MaxBytes(Bytes(10))), [1, 0]);
    }
}
