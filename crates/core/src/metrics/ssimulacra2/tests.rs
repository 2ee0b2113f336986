use super::*;
use crate::metrics::image::SrgbPixels;
use rayon::prelude::*;
use scene::{noisy, posterized, scene, smeared};

pub(super) mod scene;

fn rgb(width: usize, height: usize, pixels: &[u8]) -> SrgbImage<'_> {
    SrgbImage::new(width as u32, height as u32, SrgbPixels::Rgb8(pixels)).unwrap()
}

fn score(width: usize, height: usize, original: &[u8], candidate: &[u8]) -> f64 {
    Reference::new(rgb(width, height, original)).score(&rgb(width, height, candidate)).unwrap()
}

#[test]
fn identical_images_score_100() {
    for (width, height) in [(1, 1), (3, 50), (8, 8), (64, 48), (301, 203)] {
        let pixels = scene(width, height);
        assert_eq!(score(width, height, &pixels, &pixels).to_bits(), 100.0_f64.to_bits());
    }
}

/// Expected values are those of the `ssimulacra2` crate 0.5.1.
#[test]
fn scores_are_those_of_the_reference_implementation() {
    for (width, height, expected) in EXPECTED {
        let pixels = scene(width, height);
        let candidates =
            [noisy(&pixels, 3), noisy(&pixels, 20), posterized(&pixels, 16), smeared(&pixels, width)];
        let reference = Reference::new(rgb(width, height, &pixels));
        for (candidate, expected) in candidates.iter().zip(expected) {
            let score = reference.score(&rgb(width, height, candidate)).unwrap();
            assert!((score - expected).abs() < 0.01, "{width}×{height}: expected {expected}, got {score}");
        }
    }
}

const EXPECTED: [(usize, usize, [f64; 4]); 5] = [
    (8, 8, [97.0045, 90.6176, 96.1373, 89.3148]),
    (33, 9, [96.5788, 88.5570, 93.8715, 91.1910]),
    (64, 48, [63.6278, -61.0340, 42.6683, 18.2881]),
    (257, 131, [88.9719, 36.7701, 35.8016, 63.0812]),
    (400, 300, [88.3908, 25.3811, 6.5807, 60.1279]),
];

/// If this fails on one platform only, that platform rounds differently, and its searches may end elsewhere.
#[test]
fn scores_have_the_same_bits_everywhere() {
    let pixels = scene(301, 203);
    assert_eq!(score(301, 203, &pixels, &noisy(&pixels, 9)).to_bits(), BITS);
}

const BITS: u64 = 0x4051_29d8_d45e_5e46;

#[test]
fn threads_do_not_change_the_score() {
    let pixels = scene(700, 500);
    let candidate = noisy(&pixels, 9);
    let on_threads = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let reference = Reference::new(rgb(700, 500, &pixels));
            let (score, map) = reference.score_with_map(&rgb(700, 500, &candidate)).unwrap();
            assert_eq!(score.to_bits(), reference.score(&rgb(700, 500, &candidate)).unwrap().to_bits());
            (score.to_bits(), map)
        })
    };
    assert_eq!(on_threads(1), on_threads(4));
}

#[test]
fn one_reference_serves_many_candidates_at_once() {
    let pixels = scene(120, 90);
    let candidates: Vec<_> = (0..8).map(|amount| noisy(&pixels, amount)).collect();
    let reference = Reference::new(rgb(120, 90, &pixels));
    let at_once: Vec<f64> =
        candidates.par_iter().map(|candidate| reference.score(&rgb(120, 90, candidate)).unwrap()).collect();
    for (candidate, at_once) in candidates.iter().zip(at_once) {
        assert_eq!(score(120, 90, &pixels, candidate).to_bits(), at_once.to_bits());
    }
}

#[test]
fn more_noise_scores_less() {
    for (width, height) in [(5, 5), (40, 30), (301, 203)] {
        let pixels = scene(width, height);
        let scores: Vec<f64> = [0, 2, 5, 12, 30, 80]
            .into_iter()
            .map(|amount| score(width, height, &pixels, &noisy(&pixels, amount)))
            .collect();
        assert!(scores.windows(2).all(|pair| pair[0] > pair[1]), "{width}×{height}: {scores:?}");
    }
}

#[test]
fn tiny_images_count_as_padded() {
    let (original, candidate) = ([10, 20, 30, 200, 210, 220], [10, 60, 30, 200, 210, 180]);
    let padded = |pixels: &[u8; 6]| {
        let row = [&pixels[..3], &pixels[3..].repeat(7)].concat();
        row.repeat(8)
    };
    let expected = score(8, 8, &padded(&original), &padded(&candidate));
    assert_eq!(score(2, 1, &original, &candidate).to_bits(), expected.to_bits());
    assert!(expected < 99.9, "{expected}");
}

#[test]
fn gray_equals_rgb_and_depth_makes_no_difference() {
    let gray: Vec<u8> = scene(61, 47).chunks_exact(3).map(|pixel| pixel[1]).collect();
    let candidate = noisy(&gray, 6);
    let expand = |gray: &[u8]| gray.iter().flat_map(|&value| [value; 3]).collect::<Vec<_>>();
    let widen = |narrow: &[u8]| narrow.iter().map(|&value| u16::from(value) * 257).collect::<Vec<_>>();
    let (rgb, candidate_rgb) = (expand(&gray), expand(&candidate));
    let (wide, candidate_wide) = (widen(&gray), widen(&candidate));
    let candidate_wide_rgb = widen(&candidate_rgb);

    let image = |pixels| SrgbImage::new(61, 47, pixels).unwrap();
    let bits =
        |original, candidate| Reference::new(image(original)).score(&image(candidate)).unwrap().to_bits();
    let expected = bits(SrgbPixels::Rgb8(&rgb), SrgbPixels::Rgb8(&candidate_rgb));
    assert_eq!(bits(SrgbPixels::Gray8(&gray), SrgbPixels::Gray8(&candidate)), expected);
    assert_eq!(bits(SrgbPixels::Gray8(&gray), SrgbPixels::Rgb8(&candidate_rgb)), expected);

    let expected_wide = bits(SrgbPixels::Gray16(&wide), SrgbPixels::Gray16(&candidate_wide));
    assert_eq!(bits(SrgbPixels::Gray16(&wide), SrgbPixels::Rgb16(&candidate_wide_rgb)), expected_wide);
    assert!((f64::from_bits(expected_wide) - f64::from_bits(expected)).abs() < 0.01);
}

#[test]
fn candidates_of_another_size_are_refused() {
    let reference = Reference::new(rgb(4, 6, &[0; 72]));
    assert_eq!(
        reference.score(&rgb(6, 4, &[0; 72])),
        Err(MetricError::SizeMismatch { reference: (4, 6), candidate: (6, 4) })
    );
}

#[test]
fn the_map_shows_where_the_difference_is() {
    let pixels = scene(203, 131);
    let mut candidate = pixels.clone();
    // A damaged square in the lower right.
    for y in 90..110 {
        let row = &mut candidate[(y * 203 + 150) * 3..][..20 * 3];
        row.copy_from_slice(&noisy(row, 60));
    }
    let reference = Reference::new(rgb(203, 131, &pixels));
    let (score, map) = reference.score_with_map(&rgb(203, 131, &candidate)).unwrap();
    assert!(score < 99.0);
    assert_eq!((map.width(), map.height(), map.values().len()), (102, 66, 102 * 66));
    let at = |x: usize, y: usize| map.values()[y * 102 + x];
    assert!(at(80, 50) > 30.0, "{}", at(80, 50));
    assert!(at(5, 5) < 0.5 && at(20, 50) < 0.5, "{} {}", at(5, 5), at(20, 50));
    assert!(map.values().iter().all(|loss| *loss >= 0.0 && loss.is_finite()));

    let (_, nothing) = reference.score_with_map(&rgb(203, 131, &pixels)).unwrap();
    assert!(nothing.values().iter().all(|loss| loss.abs() < f32::EPSILON));
}

#[test]
fn the_map_of_an_even_change_reads_like_the_score() {
    let pixels = vec![120_u8; 256 * 256];
    let candidate = noisy(&pixels, 8);
    let image = |pixels| SrgbImage::new(256, 256, SrgbPixels::Gray8(pixels)).unwrap();
    let (score, map) = Reference::new(image(&pixels)).score_with_map(&image(&candidate)).unwrap();
    let mean = map.values().iter().map(|&loss| f64::from(loss)).sum::<f64>() / map.values().len() as f64;
    assert!((mean - (100.0 - score)).abs() < 10.0, "{mean} {score}");
}

#[test]
fn tiny_maps_are_half_the_image() {
    let reference = Reference::new(rgb(3, 1, &[0; 9]));
    let (_, map) = reference.score_with_map(&rgb(3, 1, &[255; 9])).unwrap();
    assert_eq!((map.width(), map.height(), map.values().len()), (2, 1, 2));
    assert!(map.into_values().iter().all(|&loss| loss > 50.0));
}
