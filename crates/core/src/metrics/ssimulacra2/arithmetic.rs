//! Arithmetic that gives the same bits on every platform and in every vector width.

/// `a × b + c`, rounded once.
///
/// libjxl and the `ssimulacra2` crate use fused multiply-add throughout, which not every machine has, and wasm
/// has not. The product of two singles is exact in double precision, so this is the same but for one result in
/// 10⁸ that is rounded twice.
#[inline(always)]
pub(super) fn fused(a: f32, b: f32, c: f32) -> f32 {
    (f64::from(a) * f64::from(b) + f64::from(c)) as f32
}

/// The number, or 0 if it is negative. `f32::max` also makes a promise about NaN, which costs a call on wasm.
#[inline(always)]
pub(super) fn positive(x: f32) -> f32 {
    if x > 0.0 { x } else { 0.0 }
}

/// The cube root of a normal number above 0, rounded to nearest (short of a near tie in 10⁵).
///
/// `f32::cbrt` differs between platforms and does not vectorise.
#[inline(always)]
pub(super) fn cube_root(x: f32) -> f32 {
    // A third of the exponent (and, roughly, of the mantissa): 1/3 = (1 + 1/4)(1 + 1/16)(1 + 1/256)… / 4.
    let mut third = x.to_bits() >> 2;
    third += third >> 2;
    third += third >> 4;
    third += third >> 8;
    // Within 4 % of the reciprocal cube root; the constant levels the error out.
    let mut reciprocal = f32::from_bits(0x54a2_1d2a - third);
    // Two steps of third order (Householder): the error e becomes about 4.7 e³. No division is needed.
    for _ in 0..2 {
        let rest = 1.0 - x * (reciprocal * reciprocal * reciprocal);
        reciprocal += reciprocal * (rest * (rest * (2.0 / 9.0) + 1.0 / 3.0));
    }
    // One of Newton's in double precision.
    let (x, reciprocal) = (f64::from(x), f64::from(reciprocal));
    let square = reciprocal * reciprocal;
    let root = x * square;
    (root + (x - root * root * root) * (square * (1.0 / 3.0))) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cube_roots_are_rounded_to_nearest() {
        for step in 0..400_000 {
            let x = 0.003 + step as f32 * 0.000_01;
            assert_eq!(cube_root(x).to_bits(), (libm::cbrt(f64::from(x)) as f32).to_bits(), "{x}");
        }
    }

    #[test]
    fn fused_rounds_once() {
        let (a, c) = (1.0 + f32::EPSILON, -1.0 - 2.0 * f32::EPSILON);
        assert!((a * a + c).abs() < f32::MIN_POSITIVE);
        assert!((fused(a, a, c) - f32::EPSILON * f32::EPSILON).abs() < f32::MIN_POSITIVE);
        let mut seed = 1_u32;
        let mut random = || {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 8) as f32 / (1 << 23) as f32 - 1.0
        };
        for _ in 0..10_000 {
            let (a, b, c) = (random(), random(), random());
            assert_eq!(fused(a, b, c).to_bits(), libm::fmaf(a, b, c).to_bits());
        }
    }
}
