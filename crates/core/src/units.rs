//! Numbers that must not be mistaken for one another: a [`Score`] never lands where a [`Quality`] belongs.

use crate::error::OptimizationError;
use serde::{Deserialize, Serialize};

/// An encoder's own quality scale, 1 (smallest) to 100 (best), in quarters: other values are rounded to the nearest.
/// Not comparable between formats.
///
/// Quarters, because one step of the usual whole numbers can move a score by four points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema), ts(type = "number"))]
#[cfg_attr(test, schemars(with = "f64", extend("minimum" = 1, "maximum" = 100)))]
#[serde(try_from = "f64", into = "QualityNumber")]
pub struct Quality(u16);

/// A quality as it is written: whole where it is whole.
#[derive(Serialize)]
#[serde(untagged)]
enum QualityNumber {
    Whole(u16),
    Fraction(f32),
}

impl From<Quality> for QualityNumber {
    fn from(quality: Quality) -> Self {
        if quality.0.is_multiple_of(4) { Self::Whole(quality.0 / 4) } else { Self::Fraction(quality.get()) }
    }
}

impl Quality {
    /// A whole-numbered quality.
    ///
    /// # Errors
    /// [`OptimizationError::InvalidSetting`] outside 1 to 100.
    pub fn new(value: u8) -> Result<Self, OptimizationError> {
        Self::try_from(f64::from(value))
    }

    /// The plain number: 1.0 to 100.0.
    pub fn get(self) -> f32 {
        f32::from(self.0) / 4.0
    }

    /// Every quality from 1 to 100, `quarters` quarters apart, ascending.
    pub(crate) fn ladder(quarters: u16) -> Vec<Self> {
        (4..=400).step_by(usize::from(quarters.max(1))).map(Self).collect()
    }
}

impl TryFrom<f64> for Quality {
    type Error = OptimizationError;

    fn try_from(value: f64) -> Result<Self, Self::Error> {
        if (1.0..=100.0).contains(&value) {
            Ok(Self((value * 4.0).round() as u16))
        } else {
            Err(OptimizationError::InvalidSetting {
                field: "quality".into(),
                expected: "a number from 1 to 100".into(),
                actual: value.to_string(),
            })
        }
    }
}

impl From<Quality> for f64 {
    fn from(quality: Quality) -> Self {
        f64::from(quality.get())
    }
}

impl std::fmt::Display for Quality {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.get().fmt(f)
    }
}

/// How much time an encoder may spend, 1 (fastest) to 9 (smallest files). Default: 5.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema), ts(type = "number"))]
#[cfg_attr(test, schemars(with = "u8", extend("minimum" = 1, "maximum" = 9)))]
#[serde(try_from = "f64", into = "u8")]
pub struct Effort(u8);

impl Effort {
    /// The quickest.
    pub const LEAST: Self = Self(1);

    /// Checks the range.
    ///
    /// # Errors
    /// [`OptimizationError::InvalidSetting`] outside 1 to 9.
    pub fn new(value: u8) -> Result<Self, OptimizationError> {
        Self::try_from(f64::from(value))
    }

    /// The plain number.
    pub const fn get(self) -> u8 {
        self.0
    }
}

impl TryFrom<f64> for Effort {
    type Error = OptimizationError;

    fn try_from(value: f64) -> Result<Self, Self::Error> {
        if value.fract() == 0.0 && (1.0..=9.0).contains(&value) {
            Ok(Self(value as u8))
        } else {
            Err(OptimizationError::InvalidSetting {
                field: "effort".into(),
                expected: "an integer from 1 to 9".into(),
                actual: value.to_string(),
            })
        }
    }
}

impl From<Effort> for u8 {
    fn from(effort: Effort) -> Self {
        effort.0
    }
}

impl std::fmt::Display for Effort {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl Default for Effort {
    fn default() -> Self {
        Self(5)
    }
}

/// A SSIMULACRA2 score: 100 is identical, 90 is indistinguishable in a flip test, 80 looks the same side by
/// side, 70 is high quality, 50 medium, below 30 low (the scale of the metric's authors).
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema), ts(type = "number"))]
#[cfg_attr(test, schemars(with = "f64", extend("minimum" = 1, "maximum" = 100)))]
#[serde(try_from = "f64", into = "f64")]
pub struct Score(f64);

impl Score {
    /// The score of an identical image.
    pub const IDENTICAL: Self = Self(100.0);

    /// A score to aim for: 1 to 100.
    ///
    /// # Errors
    /// [`OptimizationError::InvalidSetting`] outside that range.
    pub fn target(value: f64) -> Result<Self, OptimizationError> {
        if (1.0..=100.0).contains(&value) {
            Ok(Self(value))
        } else {
            Err(OptimizationError::InvalidSetting {
                field: "score".into(),
                expected: "a number from 1 to 100".into(),
                actual: value.to_string(),
            })
        }
    }

    /// A score as measured: anything up to 100, negative for images that have little in common.
    pub const fn measured(value: f64) -> Self {
        Self(value)
    }

    /// The plain number.
    pub const fn get(self) -> f64 {
        self.0
    }
}

impl Default for Score {
    /// 80: looks the same.
    fn default() -> Self {
        Self(80.0)
    }
}

impl TryFrom<f64> for Score {
    type Error = OptimizationError;

    fn try_from(value: f64) -> Result<Self, Self::Error> {
        Self::target(value)
    }
}

impl From<Score> for f64 {
    fn from(score: Score) -> f64 {
        score.0
    }
}

impl std::fmt::Display for Score {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:.1}", self.0)
    }
}

/// A number of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema), ts(type = "number"))]
#[serde(transparent)]
pub struct Bytes(pub u64);

/// A number of pixels (width × height).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(type = "number"))]
#[serde(transparent)]
pub struct Pixels(pub u64);

impl Pixels {
    /// Width × height.
    pub const fn of(width: u32, height: u32) -> Self {
        Self(width as u64 * height as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::quality_above(Quality::new(101).map(f64::from), "a number from 1 to 100", "101")]
    #[case::quality_below(Quality::try_from(0.99).map(f64::from), "a number from 1 to 100", "0.99")]
    #[case::quality_nan(Quality::try_from(f64::NAN).map(f64::from), "a number from 1 to 100", "NaN")]
    #[case::effort_between(Effort::try_from(2.5).map(|_| 0.0), "an integer from 1 to 9", "2.5")]
    #[case::effort_below(Effort::new(0).map(|_| 0.0), "an integer from 1 to 9", "0")]
    #[case::effort_above(Effort::new(10).map(|_| 0.0), "an integer from 1 to 9", "10")]
    #[case::score_nan(Score::target(f64::NAN).map(Score::get), "a number from 1 to 100", "NaN")]
    #[case::score_above(Score::target(100.5).map(Score::get), "a number from 1 to 100", "100.5")]
    fn out_of_range_numbers_say_what_was_expected_and_what_came(
        #[case] number: Result<f64, OptimizationError>,
        #[case] expected: &str,
        #[case] came: &str,
    ) {
        let error = number.unwrap_err().to_string();
        assert!(error.contains(expected) && error.contains(came), "{error}");
    }

    #[test]
    fn numbers_are_checked_when_they_come_from_json() {
        assert_eq!(serde_json::from_str::<Quality>("80").unwrap(), Quality::new(80).unwrap());
        assert_eq!(serde_json::from_str::<Quality>("80.3").unwrap(), Quality::try_from(80.25).unwrap());
        assert_eq!(Quality::new(80).unwrap().to_string(), "80");
        let written =
            |text: &str| serde_json::to_string(&serde_json::from_str::<Quality>(text).unwrap()).unwrap();
        assert_eq!((written("80"), written("80.3")), ("80".into(), "80.25".into()));
        let error = serde_json::from_str::<Quality>("0").unwrap_err().to_string();
        assert!(error.contains("a number from 1 to 100"), "{error}");
    }
}
