//! Stage 7: how close a decoded candidate is to the reference.

use crate::analyse::AlphaKind;
use crate::error::OptimizationError;
use crate::metrics::{ErrorMap, MetricError, Reference, SrgbImage, SrgbPixels};
use crate::pixels::{PixelBuffer, Samples};
use crate::settings::Background;
use crate::transform::flattened;
use crate::units::Score;

/// The image candidates are held against, prepared once.
pub(crate) struct Measurer {
    /// One reference per matte; a single one without matte for opaque images.
    references: Vec<(Option<Background>, Reference)>,
}

/// Transparent images are judged on black and on white, and the worse score counts: whatever the page behind
/// them, they must look the same.
pub(crate) const MATTES: [Background; 2] = [Background { rgb: [0; 3] }, Background { rgb: [255; 3] }];

impl Measurer {
    /// Prepares the reference. `alpha` says whether its transparency is in use.
    pub(crate) fn new(reference: &PixelBuffer, alpha: AlphaKind) -> Result<Self, OptimizationError> {
        let mattes: Vec<_> = if alpha == AlphaKind::None {
            vec![None]
        } else {
            MATTES.iter().map(|&matte| Some(matte)).collect()
        };
        let references = mattes
            .into_iter()
            .map(|matte| {
                let flat = flattened(reference, alpha, matte);
                Ok((matte, Reference::new(view(flat.as_ref().unwrap_or(reference))?)))
            })
            .collect::<Result<_, OptimizationError>>()?;
        Ok(Self { references })
    }

    /// SSIMULACRA2 of a decoded candidate of the reference's size.
    pub(crate) fn score(&self, candidate: &PixelBuffer) -> Result<Score, OptimizationError> {
        let mut worst = f64::INFINITY;
        for (matte, reference) in &self.references {
            let alpha = if matte.is_some() { AlphaKind::Full } else { AlphaKind::None };
            let flat = flattened(candidate, alpha, *matte);
            let score = reference.score(&view(flat.as_ref().unwrap_or(candidate))?).map_err(internal)?;
            worst = worst.min(score);
        }
        Ok(Score::measured(worst))
    }

    /// Like [`Self::score`], and shows where the candidate differs: on whichever matte it differs more. Takes no
    /// second look at the pixels.
    pub(crate) fn score_with_map(
        &self,
        candidate: &PixelBuffer,
    ) -> Result<(Score, ErrorMap), OptimizationError> {
        let mut worst: Option<(f64, ErrorMap)> = None;
        for (matte, reference) in &self.references {
            let alpha = if matte.is_some() { AlphaKind::Full } else { AlphaKind::None };
            let flat = flattened(candidate, alpha, *matte);
            let (score, map) =
                reference.score_with_map(&view(flat.as_ref().unwrap_or(candidate))?).map_err(internal)?;
            worst = Some(match worst {
                Some((other, mut joined)) => {
                    joined.raise_to(&map);
                    (other.min(score), joined)
                }
                None => (score, map),
            });
        }
        let (score, map) = worst
            .ok_or_else(|| OptimizationError::Internal { message: "measuring without a reference".into() })?;
        Ok((Score::measured(score), map))
    }
}

/// The pixels as the metric sees them.
pub(crate) fn view(image: &PixelBuffer) -> Result<SrgbImage<'_>, OptimizationError> {
    let pixels = match (image.samples(), image.channels().count()) {
        (Samples::U8(samples), 1) => SrgbPixels::Gray8(samples),
        (Samples::U8(samples), _) => SrgbPixels::Rgb8(samples),
        (Samples::U16(samples), 1) => SrgbPixels::Gray16(samples),
        (Samples::U16(samples), _) => SrgbPixels::Rgb16(samples),
    };
    SrgbImage::new(image.width(), image.height(), pixels).map_err(internal)
}

/// The metric's error as ours.
pub(crate) fn internal(error: MetricError) -> OptimizationError {
    OptimizationError::Internal { message: format!("measuring failed: {error}") }
}
