/* The SSSE3 and SSE4.1 intrinsics libwebp and libaom use: see emmintrin.h. */
#ifndef PLANISH_SMMINTRIN_H
#define PLANISH_SMMINTRIN_H

#include <emmintrin.h>

#define _mm_extract_epi8(a, lane) ((int)wasm_u8x16_extract_lane((a), (lane)))
PLANISH_SIMD __m128i _mm_abs_epi16(__m128i a) { return wasm_i16x8_abs(a); }
PLANISH_SIMD __m128i _mm_abs_epi32(__m128i a) { return wasm_i32x4_abs(a); }
PLANISH_SIMD __m128i _mm_min_epi32(__m128i a, __m128i b) { return wasm_i32x4_min(a, b); }
PLANISH_SIMD __m128i _mm_max_epi32(__m128i a, __m128i b) { return wasm_i32x4_max(a, b); }
PLANISH_SIMD __m128i _mm_packus_epi32(__m128i a, __m128i b) { return wasm_u16x8_narrow_i32x4(a, b); }
PLANISH_SIMD __m128i _mm_cvtepi16_epi32(__m128i a) { return wasm_i32x4_extend_low_i16x8(a); }
PLANISH_SIMD __m128i _mm_cvtepu8_epi16(__m128i a) { return wasm_u16x8_extend_low_u8x16(a); }
PLANISH_SIMD __m128i _mm_mullo_epi32(__m128i a, __m128i b) { return wasm_i32x4_mul(a, b); }
PLANISH_SIMD __m128i _mm_mul_epi32(__m128i a, __m128i b) {
  return wasm_i64x2_extmul_low_i32x4(wasm_i32x4_shuffle(a, a, 0, 2, 0, 2), wasm_i32x4_shuffle(b, b, 0, 2, 0, 2));
}
/* The one product that is too large wraps round in SSSE3 and is cut off in wasm. */
PLANISH_SIMD __m128i _mm_mulhrs_epi16(__m128i a, __m128i b) {
  const __m128i product = wasm_i16x8_q15mulr_sat(a, b);
  const __m128i least = wasm_i16x8_const_splat(INT16_MIN);
  return wasm_v128_xor(product, wasm_v128_and(wasm_i16x8_eq(a, least), wasm_i16x8_eq(b, least)));
}
PLANISH_SIMD __m128i _mm_hadd_epi32(__m128i a, __m128i b) {
  return wasm_i32x4_add(wasm_i32x4_shuffle(a, b, 0, 2, 4, 6), wasm_i32x4_shuffle(a, b, 1, 3, 5, 7));
}
/* An index with its highest bit set gives 0; of the others the lowest four bits count. */
PLANISH_SIMD __m128i _mm_shuffle_epi8(__m128i a, __m128i index) {
  return wasm_i8x16_swizzle(a, wasm_v128_and(index, wasm_i8x16_const_splat((int8_t)0x8f)));
}
PLANISH_SIMD __m128i _mm_sign_epi16(__m128i a, __m128i b) {
  const __m128i negative = wasm_i16x8_shr(b, 15);
  const __m128i turned = wasm_i16x8_sub(wasm_v128_xor(a, negative), negative);
  return wasm_v128_andnot(turned, wasm_i16x8_eq(b, _mm_setzero_si128()));
}
PLANISH_SIMD __m128i _mm_sign_epi32(__m128i a, __m128i b) {
  const __m128i negative = wasm_i32x4_shr(b, 31);
  const __m128i turned = wasm_i32x4_sub(wasm_v128_xor(a, negative), negative);
  return wasm_v128_andnot(turned, wasm_i32x4_eq(b, _mm_setzero_si128()));
}
PLANISH_SIMD __m128i _mm_blendv_epi8(__m128i a, __m128i b, __m128i mask) {
  return wasm_v128_bitselect(b, a, wasm_i8x16_shr(mask, 7));
}
#define PLANISH_BLEND(lane, which) ((lane) + ((((which) >> (lane)) & 1) << 3))
#define _mm_blend_epi16(a, b, which)                                                                        \
  wasm_i16x8_shuffle((a), (b), PLANISH_BLEND(0, which), PLANISH_BLEND(1, which), PLANISH_BLEND(2, which),   \
                     PLANISH_BLEND(3, which), PLANISH_BLEND(4, which), PLANISH_BLEND(5, which),             \
                     PLANISH_BLEND(6, which), PLANISH_BLEND(7, which))

#endif
