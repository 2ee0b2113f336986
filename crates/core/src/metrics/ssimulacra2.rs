//! SSIMULACRA2 2.1 (Jon Sneyers, Cloudinary, 2023): how much alike two images look to people.
//!
//! The constants and the order of steps are those of libjxl's `tools/ssimulacra2.cc`:
//!
//! 1. Both images become XYB planes, at full size and halved up to five times ([`pyramid`], [`xyb`]).
//! 2. At every scale three kinds of error are measured in windows of a Gaussian: changed structure, new edges,
//!    lost detail ([`blur`], [`compare`]).
//! 3. The mean and the 4-norm of each are weighted and mapped to a score ([`score`]).
//!
//! What is done differently, and why the scores stay the same (within 0.1 of the `ssimulacra2` crate):
//!
//! - The search compares many candidates with one reference, so everything that depends on the reference alone
//!   is kept in [`Reference`].
//! - Planes whose weights are practically 0 are not measured; see [`score`].
//! - The blur is written without recursion, and SSIM in terms of the difference of both images; see [`blur`] and
//!   [`compare`]. Both round less, and identical images score exactly 100.
//! - Images under 8 pixels wide or high, which the original refuses, have their last column and row repeated.
//! - Every operation is a plain IEEE addition, multiplication, division or square root in a fixed order: a score
//!   has the same bits on every platform and on any number of threads, and so has everything decided by it.

mod blur;
mod compare;
mod error_map;
mod linear;
mod pyramid;
mod score;
mod xyb;

pub use error_map::ErrorMap;

use crate::metrics::image::{MetricError, SrgbImage};
use compare::{LocalErrors, PlanePair};
use error_map::ScaleErrors;
use pyramid::{Layout, Planes};
use rayon::prelude::*;
use score::KINDS;
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

/// An image that others are compared with.
///
/// Holds about 14 bytes per pixel, and 7 more for each candidate that was ever compared at the same time.
/// Work is spread over the current rayon pool.
#[derive(Debug)]
pub struct Reference {
    width: u32,
    height: u32,
    layout: Layout,
    planes: Planes,
    means: Planes,
    /// Planes of candidates that were scored, to be filled again: fresh memory costs as much as the conversion.
    spare: Mutex<Vec<Planes>>,
}

impl Reference {
    /// Prepares an image for being compared with.
    pub fn new(image: SrgbImage<'_>) -> Self {
        let layout = Layout::new(image.width() as usize, image.height() as usize);
        let mut planes = layout.allocate();
        pyramid::fill(&mut planes, &layout, image);
        let means = blurred(&layout, &planes);
        Self { width: image.width(), height: image.height(), layout, planes, means, spare: Mutex::default() }
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
        let mut maps: Vec<ScaleErrors> = self
            .layout
            .scales
            .iter()
            .map(|scale| ScaleErrors {
                width: scale.width,
                height: scale.height,
                values: vec![0.0; scale.width * scale.height],
            })
            .collect();
        let score = self.compare(candidate, Some(&mut maps))?;
        Ok((score, error_map::join(maps, self.width, self.height)))
    }

    fn compare(
        &self,
        candidate: &SrgbImage<'_>,
        maps: Option<&mut [ScaleErrors]>,
    ) -> Result<f64, MetricError> {
        if (candidate.width(), candidate.height()) != (self.width, self.height) {
            return Err(MetricError::SizeMismatch {
                reference: (self.width, self.height),
                candidate: (candidate.width(), candidate.height()),
            });
        }
        let spare = self.spare.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut planes = spare.unwrap_or_else(|| self.layout.allocate());
        pyramid::fill(&mut planes, &self.layout, *candidate);
        let distance = self.distance(&planes, maps);
        self.spare.lock().unwrap_or_else(PoisonError::into_inner).push(planes);
        Ok(score::score(distance))
    }

    /// The weighted sum of all averages.
    fn distance(&self, candidate: &Planes, maps: Option<&mut [ScaleErrors]>) -> f64 {
        let mut map_strips: Vec<_> = maps
            .into_iter()
            .flatten()
            .flat_map(|map| map.values.chunks_mut(compare::STRIP_ROWS * map.width))
            .map(Some)
            .collect();
        let strips = strips(&self.layout);
        map_strips.resize_with(strips.len(), || None);
        let strip_sums: Vec<[[f64; 2 * KINDS]; 3]> = strips
            .par_iter()
            .zip(map_strips)
            .map(|((scale, rows), map)| self.compare_strip(candidate, *scale, rows, map))
            .collect();

        let mut sums = vec![[[0.0; 2 * KINDS]; 3]; self.layout.scales.len()];
        for ((scale, _), strip) in strips.iter().zip(&strip_sums) {
            for (sum, part) in sums[*scale].as_flattened_mut().iter_mut().zip(strip.as_flattened()) {
                *sum += part;
            }
        }
        let mut distance = 0.0;
        for (index, (scale, sums)) in self.layout.scales.iter().zip(&sums).enumerate() {
            for (component, sums) in sums.iter().enumerate() {
                let weights = score::weights(component, index, self.layout.scale_count);
                distance += score::plane_distance(weights, sums, scale.width * scale.height);
            }
        }
        distance
    }

    /// The sums of the errors of X, Y and B over some rows of one scale.
    fn compare_strip(
        &self,
        candidate: &Planes,
        scale: usize,
        rows: &Range<usize>,
        mut map: Option<&mut [f32]>,
    ) -> [[f64; 2 * KINDS]; 3] {
        let layout = self.layout.scales[scale];
        std::array::from_fn(|component| {
            if !layout.measured[component] {
                return [0.0; 2 * KINDS];
            }
            let pair = PlanePair {
                width: layout.width,
                height: layout.height,
                original: &self.planes[scale][component],
                original_mean: &self.means[scale][component],
                candidate: &candidate[scale][component],
            };
            let local = map.as_deref_mut().map(|values| {
                let weights = score::weights(component, scale, self.layout.scale_count);
                // Where all pixels are alike, mean and 4-norm are the same number.
                let weights = std::array::from_fn(|kind| (weights[kind] + weights[KINDS + kind]) as f32);
                LocalErrors { weights, values }
            });
            compare::compare_strip(&pair, rows.clone(), local)
        })
    }
}

/// The rows that one task compares at a time, for all scales.
fn strips(layout: &Layout) -> Vec<(usize, Range<usize>)> {
    let rows = |height: usize| {
        (0..height).step_by(compare::STRIP_ROWS).map(move |top| top..height.min(top + compare::STRIP_ROWS))
    };
    layout
        .scales
        .iter()
        .enumerate()
        .flat_map(|(index, scale)| rows(scale.height).map(move |rows| (index, rows)))
        .collect()
}

/// All measured planes, blurred.
fn blurred(layout: &Layout, planes: &Planes) -> Planes {
    let mut means = layout.allocate();
    for ((scale, planes), means) in layout.scales.iter().zip(planes).zip(&mut means) {
        for (plane, mean) in planes.iter().zip(means) {
            mean.par_chunks_mut(compare::STRIP_ROWS * scale.width).enumerate().for_each(|(strip, out)| {
                let top = strip * compare::STRIP_ROWS;
                let rows = top..scale.height.min(top + compare::STRIP_ROWS);
                compare::blur_strip(plane, scale.width, scale.height, rows, out);
            });
        }
    }
    means
}

#[cfg(test)]
mod tests;
