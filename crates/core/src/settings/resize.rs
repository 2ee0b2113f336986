//! A new size for the image.

use serde::{Deserialize, Serialize};

/// A box the image is made to fit into. Proportions are kept and images are never enlarged. In JSON:
/// `{"width": 1600}`, `{"height": 900}` or both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Resize {
    /// Largest width in pixels, after orientation. Default: any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    /// Largest height in pixels, after orientation. Default: any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
}

impl Resize {
    /// The size of the output for an image of this size; at least 1 × 1.
    pub fn output_size(&self, width: u32, height: u32) -> (u32, u32) {
        let scale =
            |limit: Option<u32>, edge: u32| limit.map_or(1.0, |limit| f64::from(limit) / f64::from(edge));
        let factor = scale(self.width, width).min(scale(self.height, height)).min(1.0);
        let scaled = |edge: u32| ((f64::from(edge) * factor).round() as u32).max(1);
        (scaled(width), scaled(height))
    }
}

#[cfg(test)]
mod tests {
    use super::Resize;

    #[test]
    fn output_fits_the_box_keeps_proportions_and_never_grows() {
        let fit = |width, height| Resize { width, height };
        assert_eq!(fit(Some(1000), None).output_size(4000, 3000), (1000, 750));
        assert_eq!(fit(Some(1000), Some(300)).output_size(4000, 3000), (400, 300));
        assert_eq!(fit(Some(9000), Some(9000)).output_size(4000, 3000), (4000, 3000));
        assert_eq!(fit(Some(10), None).output_size(4000, 1), (10, 1));
    }
}
