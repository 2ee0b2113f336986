//! Whether a result is written, the input is copied, or nothing is done. Pure: nothing here looks at a disk.

use crate::task::SkipReason;
use planish::OptimizationResult;

/// What is done with results.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct DeliveryOptions {
    /// What happens to an output that exists already. Default: it is replaced.
    pub overwrite: Overwrite,
    /// What happens where the result is not smaller than the input. Default: the input is copied.
    pub on_larger: OnLarger,
    /// What a result must save to count as smaller. Default: a byte.
    pub min_savings: MinSavings,
    /// Whether outputs get the times and the permissions of their inputs. Default: no.
    pub preserve: bool,
}

/// What happens to an output that exists already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Overwrite {
    /// It stays, and its input is not worked on.
    Never,
    /// It is replaced by something smaller.
    Smaller,
    /// It is replaced.
    #[default]
    Always,
}

/// What happens where the result is not smaller than the input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnLarger {
    /// The input's bytes become the output. A result in another format or of another picture is written as it is.
    #[default]
    Copy,
    /// Nothing is written.
    Skip,
}

/// What a result must save to count as smaller.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum MinSavings {
    /// This many bytes.
    Bytes(u64),
    /// This share of the input, 0 to 100.
    Percent(f64),
}

impl Default for MinSavings {
    fn default() -> Self {
        Self::Bytes(1)
    }
}

impl MinSavings {
    /// Bytes that a result must save on an input of this size; at least one.
    pub fn required(self, original_size: u64) -> u64 {
        let required = match self {
            Self::Bytes(bytes) => bytes,
            Self::Percent(percent) => (original_size as f64 * percent / 100.0).ceil() as u64,
        };
        required.max(1)
    }

    /// Whether a file that could be so much smaller saves enough.
    pub fn reached(self, original_size: u64, optimized_size: u64) -> bool {
        original_size.saturating_sub(optimized_size) >= self.required(original_size)
    }
}

/// What is to be done with a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Write it.
    Write,
    /// Write the input's bytes.
    CopyInput,
    /// Write nothing.
    Skip(SkipReason),
}

/// Judges a result by its size alone. `in_place`: the output is the input's own file.
pub(super) fn judge(result: &OptimizationResult, options: &DeliveryOptions, in_place: bool) -> Verdict {
    let kept = result.kept_original.is_some();
    if !kept && options.min_savings.reached(result.original_size, result.optimized_size) {
        return Verdict::Write;
    }
    // Where something else than fewer bytes was asked for, it is done whatever it costs.
    let input_would_do = kept || result.original_allowed;
    match options.on_larger {
        OnLarger::Skip => Verdict::Skip(SkipReason::NotSmaller),
        OnLarger::Copy if !input_would_do => Verdict::Write,
        OnLarger::Copy if in_place => Verdict::Skip(SkipReason::NotSmaller),
        OnLarger::Copy => Verdict::CopyInput,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::testing::result;
    use planish::KeptReason;
    use rstest::rstest;

    const SKIP: Verdict = Verdict::Skip(SkipReason::NotSmaller);

    fn options(on_larger: OnLarger, min_savings: MinSavings) -> DeliveryOptions {
        DeliveryOptions { on_larger, min_savings, ..DeliveryOptions::default() }
    }

    #[test]
    fn a_smaller_result_is_written_whatever_the_options() {
        for on_larger in [OnLarger::Copy, OnLarger::Skip] {
            let options = options(on_larger, MinSavings::default());
            assert_eq!(judge(&result(100, 99), &options, false), Verdict::Write);
            assert_eq!(judge(&result(100, 99), &options, true), Verdict::Write);
        }
    }

    #[test]
    fn a_kept_input_is_copied_or_left_out_and_left_alone_in_place() {
        let kept =
            OptimizationResult { kept_original: Some(KeptReason::AlreadySmallest), ..result(100, 100) };
        let copy = options(OnLarger::Copy, MinSavings::default());
        let skip = options(OnLarger::Skip, MinSavings::default());
        assert_eq!(judge(&kept, &copy, false), Verdict::CopyInput);
        assert_eq!(judge(&kept, &copy, true), SKIP);
        assert_eq!(judge(&kept, &skip, false), SKIP);
    }

    #[rstest]
    #[case(MinSavings::Percent(10.0), 90, Verdict::Write)]
    #[case(MinSavings::Percent(10.0), 91, Verdict::CopyInput)]
    #[case(MinSavings::Percent(0.0), 100, Verdict::CopyInput)]
    #[case(MinSavings::Bytes(20), 80, Verdict::Write)]
    #[case(MinSavings::Bytes(20), 81, Verdict::CopyInput)]
    #[case(MinSavings::Percent(100.0), 1, Verdict::CopyInput)]
    fn savings_below_the_least_count_as_none(
        #[case] least: MinSavings,
        #[case] size: u64,
        #[case] expected: Verdict,
    ) {
        assert_eq!(judge(&result(100, size), &options(OnLarger::Copy, least), false), expected);
    }

    #[test]
    fn a_share_of_bytes_is_rounded_up() {
        assert_eq!(MinSavings::Percent(33.3).required(10), 4);
    }

    #[rstest]
    #[case(MinSavings::Percent(5.0), 951, false)]
    #[case(MinSavings::Percent(5.0), 950, true)]
    #[case(MinSavings::Percent(0.0), 999, true)]
    #[case(MinSavings::Percent(0.0), 1000, false)]
    #[case(MinSavings::Percent(0.0), 1001, false)]
    #[case(MinSavings::Bytes(100), 901, false)]
    #[case(MinSavings::Bytes(100), 900, true)]
    fn savings_count_from_the_least_on_and_losses_never(
        #[case] least: MinSavings,
        #[case] optimized: u64,
        #[case] reached: bool,
    ) {
        assert_eq!(least.reached(1000, optimized), reached);
    }

    #[test]
    fn what_was_asked_for_besides_size_is_done_at_any_size_unless_it_may_be_skipped() {
        let converted = OptimizationResult { original_allowed: false, ..result(100, 130) };
        assert_eq!(judge(&converted, &DeliveryOptions::default(), false), Verdict::Write);
        assert_eq!(judge(&converted, &DeliveryOptions::default(), true), Verdict::Write);
        assert_eq!(judge(&converted, &options(OnLarger::Skip, MinSavings::default()), false), SKIP);
    }
}
