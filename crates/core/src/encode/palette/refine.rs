//! k-means (Lloyd's): a palette moves to the means of what is mapped to it.

use super::coordinates::{Feature, class_of};
use super::count::Entry;
use super::nearest::{CLASS_PENALTY, Nearest};
use super::split::Moments;
use rayon::prelude::*;

/// How much more colours count that are badly met, from round to round.
const EMPHASIS: f64 = 1.0;
/// Rounds of k-means; it ends earlier where nothing moves any more.
const ROUNDS: usize = 24;
/// Entries that one task assigns.
const CHUNK: usize = 2048;

/// k-means: each centroid moves to the mean of the entries it is nearest to, and those that are badly met count
/// more in the next round. A centroid that is nearest to none goes to the entry with the largest error.
pub(super) fn refined(mut centroids: Vec<Feature>, originals: &[Entry]) -> Vec<Feature> {
    let mut entries = originals.to_vec();
    for _ in 0..ROUNDS {
        let nearest = Nearest::new(centroids.iter().map(|&centroid| (centroid, class_of(centroid))));
        let assigned: Vec<(u8, f32)> = entries
            .par_chunks(CHUNK)
            .flat_map_iter(|entries| entries.iter().map(|entry| nearest.find(entry.feature, entry.class)))
            .collect();
        let mut clusters = vec![Moments::default(); centroids.len()];
        for (entry, &(index, _)) in entries.iter().zip(&assigned) {
            clusters[usize::from(index)].add(entry);
        }
        emphasize(&mut entries, originals, &assigned);
        let mut worst: Vec<usize> = Vec::new();
        let mut moved = false;
        let next: Vec<Feature> = clusters
            .iter()
            .zip(&nearest.features)
            .map(|(cluster, &old)| {
                let new = if cluster.weight > 0.0 {
                    cluster.mean()
                } else {
                    if worst.is_empty() {
                        worst = by_error(&entries, &assigned);
                    }
                    worst.pop().map_or(old, |index| entries[index].feature)
                };
                moved |= new.map(f32::to_bits) != old.map(f32::to_bits);
                new
            })
            .collect();
        centroids = next;
        if !moved {
            break;
        }
    }
    centroids
}

/// Moves the weights towards colours that are badly met: the mean error is not all, outliers are seen.
fn emphasize(entries: &mut [Entry], originals: &[Entry], assigned: &[(u8, f32)]) {
    let error = |&(_, distance): &(u8, f32)| f64::from(distance.min(CLASS_PENALTY)).sqrt();
    let (mut sum, mut total) = (0.0, 0.0);
    for (entry, assigned) in originals.iter().zip(assigned) {
        sum += f64::from(entry.weight) * error(assigned);
        total += f64::from(entry.weight);
    }
    if sum <= 0.0 {
        return;
    }
    let mean = sum / total;
    for ((entry, original), assigned) in entries.iter_mut().zip(originals).zip(assigned) {
        let wanted = f64::from(original.weight) * (1.0 + EMPHASIS * error(assigned) / mean);
        entry.weight = f64::midpoint(f64::from(entry.weight), wanted) as f32;
    }
}

/// Indices of the entries with an error, the largest last.
fn by_error(entries: &[Entry], assigned: &[(u8, f32)]) -> Vec<usize> {
    let mut order: Vec<(f32, usize)> = entries
        .iter()
        .zip(assigned)
        .enumerate()
        .map(|(index, (entry, &(_, distance)))| (distance * entry.weight, index))
        .filter(|&(error, _)| error > 0.0)
        .collect();
    order.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)));
    order.into_iter().map(|(_, index)| index).collect()
}
