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
    use proptest::prelude::*;
    use proptest::sample::select;

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

    /// Few sizes and scores, so that there are ties; each encoder, and the input, at most once, as in a race.
    fn contenders() -> impl Strategy<Value = Vec<Contender>> {
        use EncoderKind::{Aom, Jxl, Mozjpeg, Oxipng, WebpLossy};
        let makers = [None, Some(Mozjpeg), Some(Oxipng), Some(WebpLossy), Some(Aom), Some(Jxl)];
        let made = proptest::sample::subsequence(makers.to_vec(), 0..=makers.len()).prop_shuffle();
        made.prop_flat_map(|makers| {
            let values = proptest::collection::vec((1_u64..5, 78_u8..82), makers.len());
            values.prop_map(move |values| {
                let pairs = makers.iter().zip(values);
                pairs.map(|(maker, (size, score))| contender(size, f64::from(score), *maker)).collect()
            })
        })
    }

    fn goals() -> impl Strategy<Value = Goal> {
        select(vec![Goal::default(), Goal::Lossless, Goal::MaxBytes(Bytes(4))])
    }

    proptest! {
        #[test]
        fn every_contender_has_one_rank_and_none_is_better_than_one_before_it(
            contenders in contenders(),
            goal in goals(),
        ) {
            let order = rank(&contenders, goal);
            let mut indices = order.clone();
            indices.sort_unstable();
            prop_assert!(indices.into_iter().eq(0..contenders.len()));
            for pair in order.windows(2) {
                let (before, after) = (contenders[pair[0]], contenders[pair[1]]);
                if let Goal::MaxBytes(_) = goal {
                    prop_assert!(before.score >= after.score);
                    prop_assert!(before.score > after.score || before.size <= after.size);
                } else {
                    prop_assert!(before.size <= after.size);
                }
            }
        }

        #[test]
        fn the_order_of_the_contenders_does_not_matter(
            (contenders, shuffled) in contenders().prop_flat_map(|all| (Just(all.clone()), Just(all).prop_shuffle())),
            goal in goals(),
        ) {
            let ranked = |list: &[Contender]| rank(list, goal).into_iter().map(|index| list[index]).collect::<Vec<_>>();
            prop_assert_eq!(ranked(&contenders), ranked(&shuffled));
        }
    }
}
