//! Pixels to indices: the nearest colour's, or one that makes longer runs or makes up for errors around it.

use super::Colors;
use super::coordinates::Class;
use super::count::masked;
use super::nearest::{CLASS_PENALTY, Cache, Nearest};

impl Colors {
    pub(super) fn plain(&self, nearest: &Nearest, coherence: f32) -> Vec<u8> {
        let weight: f64 = self.entries.iter().map(|entry| f64::from(entry.weight)).sum();
        let error: f64 = self
            .entries
            .iter()
            .map(|entry| {
                f64::from(nearest.find(entry.feature, entry.class).1.min(CLASS_PENALTY))
                    * f64::from(entry.weight)
            })
            .sum();
        let slack = coherence * (error / weight.max(1.0)) as f32;
        let mut cache = Cache::new();
        let mut indices: Vec<u8> = Vec::with_capacity(self.pixels.len());
        // What the last choice was made from: the same again leads to the same choice, most of the time in graphics.
        let mut last = None;
        for (at, &pixel) in self.pixels.iter().enumerate() {
            let left = (at % self.width > 0).then(|| indices[at - 1]);
            let up = at.checked_sub(self.width).map(|above| indices[above]);
            let question = (pixel, self.contrast[at], left, up);
            if let Some((known, answer)) = last
                && known == question
            {
                indices.push(answer);
                continue;
            }
            let found = cache.find(pixel, nearest);
            let mut best = found.index;
            if slack > 0.0 {
                let mut least = found.distance + slack / masked(self.contrast[at]);
                for neighbour in [left, up].into_iter().flatten() {
                    let distance = nearest.distance(neighbour, found.feature, found.class);
                    if distance < least {
                        least = distance;
                        best = neighbour;
                    }
                }
            }
            last = Some((question, best));
            indices.push(best);
        }
        indices
    }

    /// Floyd and Steinberg's error diffusion, every other row backwards. Pixels whose very colour is in the
    /// palette keep it and stop the errors: flat areas stay flat.
    pub(super) fn dithered(&self, nearest: &Nearest, strength: f32) -> Vec<u8> {
        /// Squared error up to which a colour counts as being in the palette: rounding alone.
        const EXACT: f32 = 1.0;
        let width = self.width;
        let mut indices = vec![0; self.pixels.len()];
        // One more on each side, so that nothing has to be checked.
        let mut errors = vec![[0f32; 4]; width + 2];
        let mut below = vec![[0f32; 4]; width + 2];
        let mut cache = Cache::new();
        let rows = indices.chunks_exact_mut(width).zip(self.pixels.chunks_exact(width));
        for (y, (indices, pixels)) in rows.enumerate() {
            let backwards = y % 2 == 1;
            for step in 0..width {
                let x = if backwards { width - 1 - step } else { step };
                let (ahead, behind) = if backwards { (x, x + 2) } else { (x + 2, x) };
                let own = cache.find(pixels[x], nearest);
                if own.distance <= EXACT || own.class == Class::Transparent {
                    indices[x] = own.index;
                    continue;
                }
                let mut wanted = own.feature;
                for (wanted, error) in wanted.iter_mut().zip(errors[x + 1]) {
                    *wanted += error;
                }
                if own.class == Class::Opaque {
                    wanted[3] = own.feature[3];
                }
                let (index, _) = nearest.find(wanted, own.class);
                indices[x] = index;
                let strength = strength * masked(self.contrast[y * width + x]);
                let got = nearest.features[usize::from(index)];
                for channel in 0..4 {
                    // An error that no colour can make up for would pile up.
                    let error = (wanted[channel] - got[channel]).clamp(-48.0, 48.0) * strength / 16.0;
                    errors[ahead][channel] += error * 7.0;
                    below[behind][channel] += error * 3.0;
                    below[x + 1][channel] += error * 5.0;
                    below[ahead][channel] += error;
                }
            }
            std::mem::swap(&mut errors, &mut below);
            below.fill([0.0; 4]);
        }
        indices
    }
}
