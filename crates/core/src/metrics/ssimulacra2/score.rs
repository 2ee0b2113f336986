//! From the averages of the error maps to one number.

/// Scales at most: full size to 1/32.
pub(super) const MAX_SCALES: usize = 6;

/// The three kinds of error, in the order of the arrays here.
pub(super) const KINDS: usize = 3;

/// For one component at one scale: the weights of the mean (1-norm) of each kind of error (structure, artifact,
/// lost detail), then those of the fourth root of the mean fourth power (4-norm).
pub(super) type Weights = [f64; 2 * KINDS];

/// Weights by component (X, Y, B) and scale (full size first), fitted by the authors of SSIMULACRA2 (version
/// 2.1, April 2023) to subjective ratings: CID22, TID2013, KADID-10k and KonFiG-IQA.
#[rustfmt::skip]
const WEIGHTS: [Weights; 3 * MAX_SCALES] = [
    // X
    [0.0, 0.000_737_660_670_740_658_6, 0.0, 0.0, 0.000_779_348_168_286_730_9, 0.0],
    [0.0, 0.000_437_115_573_010_737_9, 0.0, 1.104_172_642_665_734_6, 0.000_662_848_341_292_71, 0.000_152_316_327_837_187_52],
    [0.0, 0.001_640_643_745_659_975_4, 0.0, 1.842_245_552_053_929_8, 11.441_172_603_757_666, 0.0],
    [0.000_798_910_943_601_516_3, 0.000_176_816_438_078_653, 0.0, 1.878_759_497_954_638_7, 10.949_069_906_051_42, 0.0],
    [0.000_728_934_699_150_807_2, 0.967_793_708_062_683_3, 0.0, 0.000_140_034_242_854_358_84, 0.998_176_697_785_496_7, 0.000_319_497_559_344_350_53],
    [0.000_455_099_211_379_206_3, 0.0, 0.0, 0.001_364_876_616_324_339_8, 0.0, 0.0],
    // Y
    [0.0, 0.0, 0.0, 7.466_890_328_078_848, 0.0, 17.445_833_984_131_262],
    [0.000_623_560_163_404_146_6, 0.0, 0.0, 6.683_678_146_179_332, 0.000_377_244_079_796_112_96, 1.027_889_937_768_264],
    [225.205_153_008_492_74, 0.0, 0.0, 19.213_238_186_143_016, 0.001_140_152_458_661_836_1, 0.001_237_755_635_509_985],
    [176.393_175_984_506_94, 0.0, 0.0, 24.433_009_998_704_76, 0.285_208_026_121_177_57, 0.000_448_543_692_383_340_8],
    [0.0, 0.0, 0.0, 34.779_063_444_837_72, 44.835_625_328_877_896, 0.0],
    [0.0, 0.0, 0.0, 0.0, 0.0, 0.0],
    // B
    [0.0, 0.000_868_055_657_329_169_8, 0.0, 0.0, 0.0, 0.0],
    [0.0, 0.000_531_319_187_435_874_7, 0.0, 0.000_165_338_141_613_791_12, 0.0, 0.0],
    [0.0, 0.0, 0.0, 0.000_417_917_180_325_133_6, 0.001_729_082_823_472_283_3, 0.0],
    [0.002_082_700_584_663_643_7, 0.0, 0.0, 8.826_982_764_996_862, 23.192_433_439_989_26, 0.0],
    [95.108_049_881_108_6, 0.986_397_803_440_068_2, 0.983_438_279_246_535_3, 0.001_228_640_504_827_849_3, 171.266_725_589_730_7, 0.980_785_887_243_537_9],
    [0.0, 0.0, 0.0, 0.000_513_006_458_899_067_9, 0.0, 0.000_108_540_578_584_115_37],
];

/// A plane whose weights are all below this is not measured.
///
/// There is a gap in the table: weights are above 0.28 or below 0.0021. The small ones are residue of the fit;
/// leaving out the planes that have no others changes a score by less than 0.001 on photos and drawings, and
/// saves two of three planes at full size, which is most of the work and of the memory.
const NEGLIGIBLE: f64 = 0.01;

/// The weights of a component (0 = X, 1 = Y, 2 = B) at a scale when the image is big enough for
/// `scale_count` scales.
///
/// The reference implementation walks through its table without gaps, so with fewer scales every component
/// after the first gets weights that were fitted for other places. That is kept: the scores of small images
/// would differ from everybody else's otherwise.
pub(super) fn weights(component: usize, scale: usize, scale_count: usize) -> &'static Weights {
    &WEIGHTS[component * scale_count + scale]
}

/// Whether a plane with these weights can move a score.
pub(super) fn is_measured(weights: &Weights) -> bool {
    weights.iter().any(|&weight| weight >= NEGLIGIBLE)
}

/// What one plane adds to the distance.
///
/// `sums` are the sums over all of its `pixels`: of each kind of error, then of their fourth powers.
pub(super) fn plane_distance(weights: &Weights, sums: &[f64; 2 * KINDS], pixels: usize) -> f64 {
    let mut distance = 0.0;
    for (kind, (weight, sum)) in weights.iter().zip(sums).enumerate() {
        let mean = sum / pixels as f64;
        distance += weight * if kind < KINDS { mean } else { mean.sqrt().sqrt() };
    }
    distance
}

/// The weighted sum of all averages to the score: 100 for no distance, below 0 for very large ones.
pub(super) fn score(distance: f64) -> f64 {
    let x = distance * 0.956_238_261_683_484_4;
    let curve =
        6.248_496_625_763_138e-5 * x * x * x - 0.020_884_521_182_843_837 * x * x + 2.326_765_642_916_932 * x;
    if curve > 0.0 { 100.0 - 10.0 * libm::pow(curve, 0.627_633_646_783_138_7) } else { 100.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lightness_alone_counts_at_full_size() {
        let measured: Vec<Vec<usize>> = (0..MAX_SCALES)
            .map(|scale| (0..3).filter(|&c| is_measured(weights(c, scale, MAX_SCALES))).collect())
            .collect();
        assert_eq!(measured, [vec![1], vec![0, 1], vec![0, 1], vec![0, 1, 2], vec![0, 1, 2], vec![]]);
    }

    #[test]
    fn no_distance_is_100_and_more_is_less() {
        assert_eq!(score(0.0).to_bits(), 100.0_f64.to_bits());
        let scores: Vec<f64> = (0..60).map(|distance| score(f64::from(distance))).collect();
        assert!(scores.windows(2).all(|pair| pair[0] > pair[1]));
    }
}
