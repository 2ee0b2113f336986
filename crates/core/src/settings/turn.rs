//! Quarter turns and mirrors, on top of the orientation that is always applied.

use crate::error::OptimizationError;
use serde::{Deserialize, Serialize};

/// A turn clockwise, in degrees. In JSON: 0, 90, 180 or 270.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema), ts(type = "0 | 90 | 180 | 270"))]
#[cfg_attr(test, schemars(with = "u16", extend("enum" = [0, 90, 180, 270])))]
#[serde(try_from = "u16", into = "u16")]
pub enum Rotation {
    /// None.
    #[default]
    None,
    /// 90° clockwise.
    Quarter,
    /// 180°.
    Half,
    /// 270° clockwise.
    ThreeQuarters,
}

impl TryFrom<u16> for Rotation {
    type Error = OptimizationError;

    fn try_from(degrees: u16) -> Result<Self, Self::Error> {
        match degrees {
            0 => Ok(Self::None),
            90 => Ok(Self::Quarter),
            180 => Ok(Self::Half),
            270 => Ok(Self::ThreeQuarters),
            _ => Err(OptimizationError::InvalidSetting {
                field: "rotate".into(),
                expected: "0, 90, 180 or 270 degrees clockwise".into(),
                actual: degrees.to_string(),
            }),
        }
    }
}

impl From<Rotation> for u16 {
    fn from(rotation: Rotation) -> Self {
        match rotation {
            Rotation::None => 0,
            Rotation::Quarter => 90,
            Rotation::Half => 180,
            Rotation::ThreeQuarters => 270,
        }
    }
}

/// A mirror.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Flip {
    /// Left becomes right.
    Horizontal,
    /// Top becomes bottom.
    Vertical,
}

#[cfg(test)]
mod tests {
    use super::Rotation;

    #[test]
    fn only_quarter_turns_are_turns() {
        for degrees in [0, 90, 180, 270] {
            assert_eq!(Rotation::try_from(degrees).map(u16::from), Ok(degrees));
        }
        assert!(Rotation::try_from(45).unwrap_err().to_string().contains("90"));
    }
}
