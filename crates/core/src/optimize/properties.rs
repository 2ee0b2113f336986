//! What holds for the choice among any files that were made.

use super::*;
use crate::units::Bytes;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

/// A file of a race: its first byte tells whether it passes verification.
#[derive(Debug, Clone)]
struct Entry {
    encoder: EncoderKind,
    size: usize,
    score: u8,
    passes: bool,
    verified: bool,
}

impl Entry {
    fn attempted(&self) -> Attempted {
        let made = Made {
            encoder: self.encoder,
            quality: None,
            bytes: vec![u8::from(self.passes); self.size],
            score: Score::measured(f64::from(self.score)),
            score_sampled: false,
            verified: self.verified,
        };
        Attempted { best: Some(made), others: Vec::new(), error: None }
    }

    /// Whether it can be handed out.
    fn can_win(&self, goal: Goal) -> bool {
        (self.passes || self.verified) && fits(goal, self.size as u64)
    }
}

/// Few sizes and scores, so that there are ties.
fn entries() -> impl Strategy<Value = Vec<Entry>> {
    use EncoderKind::{Aom, Jxl, Mozjpeg, Oxipng, WebpLossy};
    let encoders = [Mozjpeg, Oxipng, WebpLossy, Aom, Jxl];
    let encoders = subsequence(encoders.to_vec(), 0..=encoders.len()).prop_shuffle();
    encoders.prop_flat_map(|encoders| {
        let values = (1_usize..7, 78_u8..82, prop::bool::weighted(0.7), prop::bool::weighted(0.2));
        prop::collection::vec(values, encoders.len()).prop_map(move |values| {
            let pairs = encoders.iter().zip(values);
            let entry = |(encoder, (size, score, passes, verified)): (&EncoderKind, _)| Entry {
                encoder: *encoder,
                size,
                score,
                passes,
                verified,
            };
            pairs.map(entry).collect()
        })
    })
}

fn goals() -> impl Strategy<Value = Goal> {
    select(vec![Goal::default(), Goal::Lossless, Goal::MaxBytes(Bytes(4))])
}

fn choose(entries: &[Entry], original: Option<&[u8]>, goal: Goal) -> Result<Winner, OptimizationError> {
    let attempted = entries.iter().map(Entry::attempted).collect();
    let field = Field { attempted, original, input_format: Format::Png };
    field.select_and_verify(goal, |bytes, _| match bytes[0] {
        0 => Err(OptimizationError::Verify { check: "pixels".into() }),
        _ => Ok(()),
    })
}

proptest! {
    #[test]
    fn what_is_handed_out_meets_the_goal_and_nothing_better_was_passed_over(
        entries in entries(),
        original in option::of(1_usize..7),
        goal in goals(),
    ) {
        let original = original.filter(|size| fits(goal, *size as u64)).map(|size| vec![2; size]);
        let able: Vec<&Entry> = entries.iter().filter(|entry| entry.can_win(goal)).collect();
        let Ok(winner) = choose(&entries, original.as_deref(), goal) else {
            prop_assert!(able.is_empty() && original.is_none());
            return Ok(());
        };
        let size = winner.bytes.len();
        match winner.encoder_name {
            None => prop_assert_eq!(Some(&winner.bytes), original.as_ref()),
            Some(name) => prop_assert!(able.iter().any(|entry| entry.encoder.name() == name && entry.size == size)),
        }
        for entry in able {
            if let Goal::MaxBytes(limit) = goal {
                prop_assert!(size as u64 <= limit.0);
                prop_assert!(winner.score.get() >= f64::from(entry.score), "{:?}", entry);
            } else {
                prop_assert!(size <= entry.size, "{:?}", entry);
            }
        }
        prop_assert!(original.is_none_or(|original| matches!(goal, Goal::MaxBytes(_)) || size <= original.len()));
    }

    #[test]
    fn every_file_is_accounted_for_and_the_chosen_one_is_called_so(entries in entries(), goal in goals()) {
        if let Ok(winner) = choose(&entries, None, goal) {
            prop_assert_eq!(winner.candidates.len(), entries.len());
            let chosen: Vec<_> =
                winner.candidates.iter().filter(|file| file.outcome == Outcome::Selected).collect();
            prop_assert_eq!(chosen.len(), 1);
            prop_assert_eq!(Some(chosen[0].encoder.as_ref()), winner.encoder_name);
        }
    }

    #[test]
    fn the_order_in_which_files_were_made_does_not_matter(
        (entries, shuffled) in entries().prop_flat_map(|all| (Just(all.clone()), Just(all).prop_shuffle())),
        goal in goals(),
    ) {
        let chosen = |entries: &[Entry]| {
            choose(entries, None, goal).ok().map(|winner| (winner.encoder_name, winner.bytes))
        };
        prop_assert_eq!(chosen(&entries), chosen(&shuffled));
    }
}
