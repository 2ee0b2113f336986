//! The widest vectors that the processor has, for loops that the compiler turns into vector instructions.

/// Runs a kernel compiled for the widest vectors that the processor has: AVX-512, AVX2, or what every processor of the
/// architecture has (SSE2, NEON, WebAssembly's 128 bits).
///
/// The compiler neither reorders floating-point operations nor joins a multiplication and an addition into one that
/// rounds once, so results have the same bits whatever is chosen. What the kernel calls is compiled for wide vectors
/// where it is inlined; so mark closures and functions `#[inline(always)]`.
#[inline(always)]
pub fn vectorised<R>(kernel: impl FnOnce() -> R) -> R {
    #[cfg(target_arch = "x86_64")]
    {
        #[target_feature(enable = "avx512f,avx512bw,avx512cd,avx512dq,avx512vl,avx2,bmi1,bmi2,lzcnt")]
        fn with_avx512<R>(kernel: impl FnOnce() -> R) -> R {
            kernel()
        }
        #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt")]
        fn with_avx2<R>(kernel: impl FnOnce() -> R) -> R {
            kernel()
        }
        let has_avx2 = std::is_x86_feature_detected!("avx2")
            && std::is_x86_feature_detected!("bmi1")
            && std::is_x86_feature_detected!("bmi2")
            && std::is_x86_feature_detected!("lzcnt");
        let has_avx512 = std::is_x86_feature_detected!("avx512f")
            && std::is_x86_feature_detected!("avx512bw")
            && std::is_x86_feature_detected!("avx512cd")
            && std::is_x86_feature_detected!("avx512dq")
            && std::is_x86_feature_detected!("avx512vl");
        if has_avx2 && has_avx512 {
            // SAFETY: the processor has every feature that the function is compiled for.
            return unsafe { with_avx512(kernel) };
        }
        if has_avx2 {
            // SAFETY: as above.
            return unsafe { with_avx2(kernel) };
        }
    }
    kernel()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_and_sums_are_rounded_one_by_one() {
        let (a, c) =
            (std::hint::black_box(1.0 + f32::EPSILON), std::hint::black_box(-1.0 - 2.0 * f32::EPSILON));
        let sums = vectorised(
            #[inline(always)]
            || [0; 64].map(|_| a * a + c),
        );
        // Rounded once, it would be the square of the epsilon.
        assert_eq!(sums.map(f32::to_bits), [0; 64]);
    }
}
