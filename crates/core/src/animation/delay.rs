//! How long frames are shown, and what becomes of that in formats that count differently.

/// A time in seconds, as a fraction: GIF counts hundredths, WebP thousandths, APNG anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Delay {
    numerator: u32,
    /// Not 0.
    denominator: u32,
}

/// Viewers show frames of up to this long (in nanoseconds) for 100 ms instead.
const SHORTEST_HONOURED: u64 = 10_000_000;
/// Frames are not merged beyond this (in nanoseconds): the longest delay a GIF can hold.
const LONGEST_MERGED: u64 = 655_350_000_000;

impl Delay {
    /// A fraction of a second; a denominator of 0 stands for 100 (APNG specification, `fcTL`).
    pub(crate) const fn new(numerator: u32, denominator: u32) -> Self {
        Self { numerator, denominator: if denominator == 0 { 100 } else { denominator } }
    }

    /// The same in nanoseconds, rounded down.
    pub(crate) const fn nanoseconds(self) -> u64 {
        // Below 2^32 × 10^9 < 2^62.
        self.numerator as u64 * 1_000_000_000 / self.denominator as u64
    }

    /// The fraction.
    pub(crate) const fn parts(self) -> (u32, u32) {
        (self.numerator, self.denominator)
    }

    /// The delay of two equal frames in a row as one, where viewers show that for as long as the two.
    pub(crate) fn merged(self, next: Self) -> Option<Self> {
        let honoured = |delay: Self| delay.nanoseconds() > SHORTEST_HONOURED;
        if self.denominator != next.denominator || !honoured(self) || !honoured(next) {
            return None;
        }
        let sum = Self { numerator: self.numerator.checked_add(next.numerator)?, ..self };
        (sum.nanoseconds() <= LONGEST_MERGED).then_some(sum)
    }
}

/// Delays in whole units of `1 / per_second` seconds, and whether that changed any. What is rounded off one frame is
/// added to the next, so the whole takes as long as before. Frames that viewers show as they are stay long enough
/// for that.
pub(crate) fn in_units(delays: &[Delay], per_second: u32) -> (Vec<u32>, bool) {
    let unit = 1_000_000_000 / u64::from(per_second.max(1));
    let shortest = SHORTEST_HONOURED / unit + 1;
    let mut rounded = false;
    // How much later the next frame starts than it should.
    let mut late = 0i64;
    let units = delays
        .iter()
        .map(|delay| {
            let (numerator, denominator) = delay.parts();
            let exact = u64::from(numerator) * u64::from(per_second);
            let wanted = delay.nanoseconds();
            let units = if late == 0 && exact.is_multiple_of(u64::from(denominator)) {
                return (exact / u64::from(denominator)).min(u64::from(u32::MAX)) as u32;
            } else {
                rounded = true;
                let aim = (wanted as i64).saturating_sub(late).max(0) as u64;
                let least = if wanted > SHORTEST_HONOURED { shortest } else { 0 };
                ((aim + unit / 2) / unit).clamp(least, u64::from(u32::MAX))
            };
            late = late.saturating_add((units * unit) as i64).saturating_sub(wanted as i64);
            // A fraction of a nanosecond is no reason to go on correcting.
            if late.unsigned_abs() < 1_000 {
                late = 0;
            }
            units as u32
        })
        .collect();
    (units, rounded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_that_fit_stay_exact() {
        let delays = [Delay::new(3, 100), Delay::new(0, 100), Delay::new(65_535, 100)];
        assert_eq!(in_units(&delays, 1000), (vec![30, 0, 655_350], false));
        assert_eq!(in_units(&delays, 100), (vec![3, 0, 65_535], false));
    }

    #[test]
    fn delays_that_do_not_fit_keep_the_whole_as_long() {
        let sixtieths = [Delay::new(1, 60); 120];
        let (milliseconds, rounded) = in_units(&sixtieths, 1000);
        assert!(rounded && milliseconds.iter().all(|&delay| delay == 16 || delay == 17));
        assert_eq!(milliseconds.iter().sum::<u32>(), 2000);
        // A GIF frame of one hundredth would be shown for a tenth of a second.
        let (hundredths, _) = in_units(&sixtieths, 100);
        assert!(hundredths.iter().all(|&delay| delay == 2));
    }

    #[test]
    fn only_delays_that_viewers_honour_are_merged() {
        let merged = |a, b| Delay::new(a, 100).merged(Delay::new(b, 100));
        assert_eq!(merged(5, 7), Some(Delay::new(12, 100)));
        assert_eq!(merged(0, 7), None);
        assert_eq!(merged(5, 1), None);
        assert_eq!(merged(65_000, 600), None);
    }
}
