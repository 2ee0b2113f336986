/* The SSSE3 and SSE4.1 intrinsics libwebp uses: see emmintrin.h. */
#ifndef PLANISH_SMMINTRIN_H
#define PLANISH_SMMINTRIN_H

#include <emmintrin.h>

#define _mm_extract_epi8(a, lane) ((int)wasm_u8x16_extract_lane((a), (lane)))
PLANISH_SIMD __m128i _mm_abs_epi16(__m128i a) { return wasm_i16x8_abs(a); }
PLANISH_SIMD __m128i _mm_cvtepu8_epi16(__m128i a) { return wasm_u16x8_extend_low_u8x16(a); }
PLANISH_SIMD __m128i _mm_mullo_epi32(__m128i a, __m128i b) { return wasm_i32x4_mul(a, b); }
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
PLANISH_SIMD __m128i _mm_blendv_epi8(__m128i a, __m128i b, __m128i mask) {
  return wasm_v128_bitselect(b, a, wasm_i8x16_shr(mask, 7));
}
#define PLANISH_BLEND(lane, which) ((lane) + ((((which) >> (lane)) & 1) << 3))
#define _mm_blend_epi16(a, b, which)                                                                        \
  wasm_i16x8_shuffle((a), (b), PLANISH_BLEND(0, which), PLANISH_BLEND(1, which), PLANISH_BLEND(2, which),   \
                     PLANISH_BLEND(3, which), PLANISH_BLEND(4, which), PLANISH_BLEND(5, which),             \
                     PLANISH_BLEND(6, which), PLANISH_BLEND(7, which))

#endif
