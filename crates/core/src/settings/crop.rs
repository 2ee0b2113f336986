//! A part of the image.

use crate::error::OptimizationError;
use serde::{Deserialize, Serialize};

/// A rectangle, in pixels of the upright image. In JSON: `{"x": 10, "y": 20, "width": 300, "height": 200}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Crop {
    /// Left edge. Default: 0.
    #[serde(default)]
    pub x: u32,
    /// Upper edge. Default: 0.
    #[serde(default)]
    pub y: u32,
    /// Width, at least 1.
    pub width: u32,
    /// Height, at least 1.
    pub height: u32,
}

impl Crop {
    /// Checks that the rectangle lies within an image.
    ///
    /// # Errors
    /// [`OptimizationError::InvalidSetting`] when it is empty or does not.
    pub fn check(&self, width: u32, height: u32) -> Result<(), OptimizationError> {
        let fits = |start: u32, length: u32, edge: u32| {
            length > 0 && start.checked_add(length).is_some_and(|end| end <= edge)
        };
        if fits(self.x, self.width, width) && fits(self.y, self.height, height) {
            return Ok(());
        }
        Err(OptimizationError::InvalidSetting {
            field: "crop".into(),
            expected: format!("a rectangle within the image's {width} × {height} pixels"),
            actual: self.to_string(),
        })
    }
}

impl std::fmt::Display for Crop {
    /// As `--crop` takes it: `300x200+10+20`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}x{}+{}+{}", self.width, self.height, self.x, self.y)
    }
}

#[cfg(test)]
mod tests {
    use super::Crop;

    #[test]
    fn a_rectangle_must_lie_within_the_image() {
        let crop = |x, y, width, height| Crop { x, y, width, height };
        assert!(crop(10, 0, 90, 50).check(100, 50).is_ok());
        for outside in [crop(11, 0, 90, 50), crop(0, 0, 0, 5), crop(u32::MAX, 0, 5, 5)] {
            let error = outside.check(100, 50).unwrap_err().to_string();
            assert!(error.contains("100 × 50"), "{error}");
        }
    }
}
