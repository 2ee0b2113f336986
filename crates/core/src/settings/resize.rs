//! A new size for the image.

use crate::error::OptimizationError;
use serde::{Deserialize, Serialize};

/// A box for the image, in pixels after orientation, cropping and turning. In JSON: `{"width": 1600}`,
/// `{"longEdge": 2048}`, `{"width": 400, "height": 300, "fit": "cover"}`, …
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema), ts(optional_fields = nullable))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Resize {
    /// Width of the box. Default: any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    /// Height of the box. Default: any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
    /// Largest length of the longer edge, whichever that is. Default: any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub long_edge: Option<u32>,
    /// How the image meets the box. Default: `inside`.
    #[serde(skip_serializing_if = "is_default")]
    #[cfg_attr(test, ts(optional, as = "Option<Fit>"))]
    pub fit: Fit,
    /// Whether a smaller image may become larger. Default: no.
    #[serde(skip_serializing_if = "is_default")]
    #[cfg_attr(test, ts(optional, as = "Option<bool>"))]
    pub enlarge: bool,
}

/// How an image meets a box of other proportions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Fit {
    /// Proportions stay; the whole image lies inside the box.
    #[default]
    Inside,
    /// Proportions stay; the box is filled and what hangs over is cut off, evenly on both sides.
    Cover,
    /// The image is stretched to the box.
    Fill,
}

/// What a resize does to an image of a given size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ResizePlan {
    /// The part of the image that is used: left, top, width, height.
    pub region: (u32, u32, u32, u32),
    /// Width and height of the output.
    pub size: (u32, u32),
}

impl Resize {
    /// A box that limits the width.
    pub const fn to_width(width: u32) -> Self {
        Self { width: Some(width), height: None, long_edge: None, fit: Fit::Inside, enlarge: false }
    }

    /// Checks what its fields say together.
    ///
    /// # Errors
    /// [`OptimizationError::InvalidSetting`] for edges of 0, for a box without any edge, and for `cover` and `fill`
    /// without both edges.
    pub fn check(&self) -> Result<(), OptimizationError> {
        let invalid = |expected: &str, actual: String| {
            Err(OptimizationError::InvalidSetting {
                field: "resize".into(),
                expected: expected.into(),
                actual,
            })
        };
        let edges = [self.width, self.height, self.long_edge];
        if edges.contains(&Some(0)) {
            return invalid("edges of at least 1 pixel", "0".into());
        }
        if edges.iter().all(Option::is_none) {
            return invalid("a width, a height or a longEdge", "none of them".into());
        }
        if self.fit != Fit::Inside && (self.width.is_none() || self.height.is_none()) {
            return invalid("a width and a height with fit cover or fill", "only one of them".into());
        }
        Ok(())
    }

    /// The size of the output for an image of this size; at least 1 × 1.
    pub fn output_size(&self, width: u32, height: u32) -> (u32, u32) {
        self.plan(width, height).size
    }

    /// What becomes of an image of this size.
    pub fn plan(&self, width: u32, height: u32) -> ResizePlan {
        let whole = (0, 0, width, height);
        let ratio = |limit: u32, edge: u32| f64::from(limit) / f64::from(edge);
        let scaled = |edge: u32, factor: f64| ((f64::from(edge) * factor).round() as u32).max(1);
        let by_width = self.width.map(|limit| ratio(limit, width));
        let by_height = self.height.map(|limit| ratio(limit, height));
        let by_long_edge = self.long_edge.map(|limit| ratio(limit, width.max(height)));
        let capped = |factor: f64| if self.enlarge { factor } else { factor.min(1.0) };
        let inside = |factors: &[Option<f64>]| {
            let factor = factors.iter().flatten().copied().fold(f64::INFINITY, f64::min);
            let factor = capped(if factor.is_finite() { factor } else { 1.0 });
            ResizePlan { region: whole, size: (scaled(width, factor), scaled(height, factor)) }
        };
        match (self.fit, self.width, self.height) {
            (Fit::Fill, Some(box_width), Some(box_height)) => {
                let size = if self.enlarge {
                    (box_width, box_height)
                } else {
                    (box_width.min(width), box_height.min(height))
                };
                ResizePlan { region: whole, size }
            }
            (Fit::Cover, Some(box_width), Some(box_height)) => {
                let factor = capped(ratio(box_width, width).max(ratio(box_height, height)));
                // An image that may not grow covers what it can of the box.
                let size = (box_width.min(scaled(width, factor)), box_height.min(scaled(height, factor)));
                let used_width = ((f64::from(size.0) / factor).round() as u32).clamp(1, width);
                let used_height = ((f64::from(size.1) / factor).round() as u32).clamp(1, height);
                let region = ((width - used_width) / 2, (height - used_height) / 2, used_width, used_height);
                ResizePlan { region, size }
            }
            _ => inside(&[by_width, by_height, by_long_edge]),
        }
    }
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn fit(json: &str, width: u32, height: u32) -> (u32, u32) {
        serde_json::from_str::<Resize>(json).unwrap().output_size(width, height)
    }

    #[rstest]
    #[case(r#"{"width": 1000}"#, (4000, 3000), (1000, 750))]
    #[case(r#"{"width": 1000, "height": 300}"#, (4000, 3000), (400, 300))]
    #[case(r#"{"width": 9000, "height": 9000}"#, (4000, 3000), (4000, 3000))]
    #[case(r#"{"width": 10}"#, (4000, 1), (10, 1))]
    #[case(r#"{"longEdge": 2000}"#, (3000, 4000), (1500, 2000))]
    #[case::enlarged_where_asked_for(r#"{"width": 8000, "enlarge": true}"#, (4000, 3000), (8000, 6000))]
    #[case::filled(r#"{"width": 100, "height": 100, "fit": "fill"}"#, (40, 300), (40, 100))]
    fn output_fits_the_box_keeps_proportions_and_never_grows_unasked(
        #[case] json: &str,
        #[case] (width, height): (u32, u32),
        #[case] size: (u32, u32),
    ) {
        assert_eq!(fit(json, width, height), size);
    }

    #[test]
    fn cover_fills_the_box_from_the_middle() {
        let cover = Resize { height: Some(400), fit: Fit::Cover, ..Resize::to_width(400) };
        let plan = cover.plan(4000, 2000);
        assert_eq!(plan, ResizePlan { region: (1000, 0, 2000, 2000), size: (400, 400) });
        // Too small to cover the box: what there is of it, unscaled.
        assert_eq!(cover.plan(300, 1000), ResizePlan { region: (0, 300, 300, 400), size: (300, 400) });
    }

    #[rstest]
    #[case::nothing("{}", "width")]
    #[case::empty(r#"{"width": 0}"#, "at least 1")]
    #[case::half_a_box(r#"{"width": 5, "fit": "cover"}"#, "height")]
    fn boxes_that_make_no_sense_are_refused_in_words(#[case] json: &str, #[case] word: &str) {
        let error = serde_json::from_str::<Resize>(json).unwrap().check().unwrap_err().to_string();
        assert!(error.contains(word), "{error}");
    }
}
