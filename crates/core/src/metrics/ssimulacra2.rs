//! SSIMULACRA2 2.1 (Jon Sneyers, Cloudinary, 2023): how much alike two images look to people.
//!
//! The constants and the order of steps are those of libjxl's `tools/ssimulacra2.cc`:
//!
//! 1. Both images become XYB planes, at full size and halved up to five times ([`pyramid`], [`xyb`]).
//! 2. At every scale three kinds of error are measured in windows of a Gaussian: changed structure, new edges,
//!    lost detail ([`blur`], [`compare`]).
//! 3. The mean and the 4-norm of each are weighted and mapped to a score ([`score`]).
//!
//! Scores are those of the `ssimulacra2` crate 0.5.1, to the third decimal. What is done differently:
//!
//! - A search compares many candidates with one reference, so everything that depends on the reference alone
//!   is kept in [`Reference`]; large images pass through [`strips`] instead, in next to no memory.
//! - Planes whose weights are practically 0 are not measured; see [`score`].
//! - Images under 8 pixels wide or high, which the original refuses, have their last column and row repeated.
//! - Every operation is a plain IEEE addition, multiplication, division or square root in a fixed order: a score
//!   has the same bits on every platform and on any number of threads, and so has everything decided by it.
//!   Where the original uses fused multiply-add, so does this, without the instruction; see [`arithmetic`].

mod arithmetic;
mod blur;
mod compare;
mod error_map;
mod linear;
mod pyramid;
mod score;
mod strips;
mod xyb;

pub use error_map::ErrorMap;
pub(crate) use strips::score_in_strips;

use crate::metrics::image::{MetricError, SrgbImage};
use blur::TILE;
use compare::{Blurring, ReferencePlane};
use error_map::ScaleErrors;
use pyramid::{Layout, Planes};
use score::KINDS;
use std::fmt;
use std::sync::{Mutex, PoisonError};

/// An image that others are compared with.
///
/// Holds about 20 bytes per pixel, and 23 more for each candidate that was ever compared at the same time; a map
/// takes 9 more while it is made.
/// Work is spread over the current rayon pool.
pub struct Reference {
    width: u32,
    height: u32,
    layout: Layout,
    /// For each scale X, Y and B, empty where not measured.
    scales: Vec<[ReferencePlane; 3]>,
    spare: Mutex<Vec<Workspace>>,
}

/// What scoring one candidate needs, kept for the next one: fresh memory takes time.
struct Workspace {
    candidate: Planes,
    blurring: Blurring,
}

impl fmt::Debug for Reference {
    /// The size alone: nobody wants to read millions of pixels.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reference")
            .field("width", &self.width)
            .field("height", &self.height)
            .finish_non_exhaustive()
    }
}

impl Reference {
    /// Prepares an image for being compared with.
    pub fn new(image: SrgbImage<'_>) -> Self {
        let layout = Layout::new(image.width() as usize, image.height() as usize);
        let mut planes = layout.allocate();
        pyramid::fill(&mut planes, &layout, image);
        let mut blurring = Blurring::default();
        let scales = layout
            .scales
            .iter()
            .zip(planes)
            .map(|(scale, planes)| {
                planes.map(|plane| {
                    if plane.is_empty() {
                        return ReferencePlane::default();
                    }
                    ReferencePlane::new(scale.width, scale.height, &plane, &mut blurring)
                })
            })
            .collect();
        let spare = Mutex::new(vec![Workspace { candidate: layout.allocate(), blurring }]);
        Self { width: image.width(), height: image.height(), layout, scales, spare }
    }

    /// Width of the reference, in pixels.
    pub const fn width(&self) -> u32 {
        self.width
    }

    /// Height of the reference, in pixels.
    pub const fn height(&self) -> u32 {
        self.height
    }

    /// Scores a candidate: 100 when identical, 90 when hard to tell apart in a flip test, 70 for high quality,
    /// 50 for medium, below 0 for images that have little in common.
    ///
    /// # Errors
    /// [`MetricError::SizeMismatch`] when the candidate is not of the reference's size.
    pub fn score(&self, candidate: &SrgbImage<'_>) -> Result<f64, MetricError> {
        self.compare(candidate, None)
    }

    /// Like [`Self::score`], and shows where the candidate differs. The score has the same bits.
    ///
    /// # Errors
    /// [`MetricError::SizeMismatch`] when the candidate is not of the reference's size.
    pub fn score_with_map(&self, candidate: &SrgbImage<'_>) -> Result<(f64, ErrorMap), MetricError> {
        let mut maps = Vec::with_capacity(self.scales.len());
        let score = self.compare(candidate, Some(&mut maps))?;
        Ok((score, error_map::join(maps, self.width, self.height)))
    }

    /// Scores a candidate, and appends the errors at each scale to `maps`.
    fn compare(
        &self,
        candidate: &SrgbImage<'_>,
        mut maps: Option<&mut Vec<ScaleErrors>>,
    ) -> Result<f64, MetricError> {
        if (candidate.width(), candidate.height()) != (self.width, self.height) {
            return Err(MetricError::SizeMismatch {
                reference: (self.width, self.height),
                candidate: (candidate.width(), candidate.height()),
            });
        }
        let spare = self.spare.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut workspace = spare.unwrap_or_else(|| Workspace {
            candidate: self.layout.allocate(),
            blurring: Blurring::default(),
        });
        pyramid::fill(&mut workspace.candidate, &self.layout, *candidate);
        let mut distance = 0.0;
        for (index, scale) in self.layout.scales.iter().enumerate() {
            let tile_rows = compare::tile_rows(scale.width, scale.height);
            let mut local = maps.is_some().then(|| vec![[0.0; TILE]; tile_rows]);
            for component in (0..3).filter(|&component| scale.measured[component]) {
                let weights = score::weights(component, index, self.layout.scale_count);
                let local = local.as_mut().map(|tiles| {
                    // Where all pixels are alike, mean and 4-norm are the same number.
                    let weights = std::array::from_fn(|kind| (weights[kind] + weights[KINDS + kind]) as f32);
                    (tiles, weights)
                });
                let plane = &workspace.candidate[index][component];
                let sums = self.scales[index][component].compare(plane, &mut workspace.blurring, local);
                distance += score::plane_distance(weights, &sums, scale.width * scale.height);
            }
            if let (Some(maps), Some(local)) = (&mut maps, &local) {
                maps.push(ScaleErrors::from_tiles(local, scale.width, scale.height));
            }
        }
        self.spare.lock().unwrap_or_else(PoisonError::into_inner).push(workspace);
        Ok(score::score(distance))
    }
}

#[cfg(test)]
mod tests;
