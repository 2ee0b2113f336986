/* The SSE2 intrinsics libwebp and libaom use, in WebAssembly's 128-bit SIMD, so that their hand-written kernels serve
 * the page too.
 * Each gives what Intel's manual says of the instruction, bit for bit. What nobody calls is not here. */
#ifndef PLANISH_EMMINTRIN_H
#define PLANISH_EMMINTRIN_H

#include <stdint.h>
#include <wasm_simd128.h>

typedef v128_t __m128i;
/* For the two halves of a register that are loaded and stored as if they were floats. */
typedef v128_t __m128;
typedef long long __m64;

#define PLANISH_SIMD static __inline__ __attribute__((__always_inline__, __nodebug__, __unused__))

#define _MM_SHUFFLE(z, y, x, w) (((z) << 6) | ((y) << 4) | ((x) << 2) | (w))

/* Memory. Wasm has no alignment to keep. */
PLANISH_SIMD __m128i _mm_load_si128(const __m128i* p) { return wasm_v128_load(p); }
PLANISH_SIMD __m128i _mm_loadu_si128(const __m128i* p) { return wasm_v128_load(p); }
PLANISH_SIMD __m128i _mm_loadl_epi64(const __m128i* p) { return wasm_v128_load64_zero(p); }
PLANISH_SIMD void _mm_store_si128(__m128i* p, __m128i a) { wasm_v128_store(p, a); }
PLANISH_SIMD void _mm_storeu_si128(__m128i* p, __m128i a) { wasm_v128_store(p, a); }
PLANISH_SIMD void _mm_storel_epi64(__m128i* p, __m128i a) { wasm_v128_store64_lane(p, a, 0); }
PLANISH_SIMD __m128i _mm_castps_si128(__m128 a) { return a; }
PLANISH_SIMD __m128 _mm_castsi128_ps(__m128i a) { return a; }
PLANISH_SIMD __m128 _mm_loadh_pi(__m128 a, const __m64* p) { return wasm_v128_load64_lane(p, a, 1); }
PLANISH_SIMD void _mm_storeh_pi(__m64* p, __m128 a) { wasm_v128_store64_lane(p, a, 1); }
/* Unlike the instruction it rewrites the bytes that are masked out, with what they were. */
PLANISH_SIMD void _mm_maskmoveu_si128(__m128i a, __m128i mask, char* p) {
  wasm_v128_store(p, wasm_v128_bitselect(a, wasm_v128_load(p), wasm_i8x16_shr(mask, 7)));
}

/* Constants and single lanes. */
PLANISH_SIMD __m128i _mm_setzero_si128(void) { return wasm_i64x2_const_splat(0); }
PLANISH_SIMD __m128i _mm_set1_epi8(char a) { return wasm_i8x16_splat(a); }
PLANISH_SIMD __m128i _mm_set1_epi16(short a) { return wasm_i16x8_splat(a); }
PLANISH_SIMD __m128i _mm_set1_epi32(int a) { return wasm_i32x4_splat(a); }
PLANISH_SIMD __m128i _mm_set1_epi64x(long long a) { return wasm_i64x2_splat(a); }
PLANISH_SIMD __m128i _mm_set_epi64x(long long b, long long a) { return wasm_i64x2_make(a, b); }
PLANISH_SIMD __m128i _mm_setr_epi32(int a, int b, int c, int d) { return wasm_i32x4_make(a, b, c, d); }
PLANISH_SIMD __m128i _mm_setr_epi16(short a, short b, short c, short d, short e, short f, short g, short h) {
  return wasm_i16x8_make(a, b, c, d, e, f, g, h);
}
PLANISH_SIMD __m128i _mm_set_epi32(int d, int c, int b, int a) { return wasm_i32x4_make(a, b, c, d); }
PLANISH_SIMD __m128i _mm_set_epi16(short h, short g, short f, short e, short d, short c, short b, short a) {
  return wasm_i16x8_make(a, b, c, d, e, f, g, h);
}
PLANISH_SIMD __m128i _mm_setr_epi8(char a, char b, char c, char d, char e, char f, char g, char h, char i, char j,
                                   char k, char l, char m, char n, char o, char p) {
  return wasm_i8x16_make(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p);
}
PLANISH_SIMD __m128i _mm_set_epi8(char p, char o, char n, char m, char l, char k, char j, char i, char h, char g,
                                  char f, char e, char d, char c, char b, char a) {
  return wasm_i8x16_make(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p);
}
PLANISH_SIMD __m128i _mm_cvtsi32_si128(int a) { return wasm_i32x4_replace_lane(_mm_setzero_si128(), 0, a); }
PLANISH_SIMD int _mm_cvtsi128_si32(__m128i a) { return wasm_i32x4_extract_lane(a, 0); }
#define _mm_extract_epi16(a, lane) ((int)wasm_u16x8_extract_lane((a), (lane)))
#define _mm_insert_epi16(a, value, lane) wasm_i16x8_replace_lane((a), (lane), (short)(value))
PLANISH_SIMD int _mm_movemask_epi8(__m128i a) { return (int)wasm_i8x16_bitmask(a); }

/* Bits. */
PLANISH_SIMD __m128i _mm_and_si128(__m128i a, __m128i b) { return wasm_v128_and(a, b); }
PLANISH_SIMD __m128i _mm_or_si128(__m128i a, __m128i b) { return wasm_v128_or(a, b); }
PLANISH_SIMD __m128i _mm_xor_si128(__m128i a, __m128i b) { return wasm_v128_xor(a, b); }
PLANISH_SIMD __m128i _mm_andnot_si128(__m128i a, __m128i b) { return wasm_v128_andnot(b, a); }

/* Sums and differences. */
PLANISH_SIMD __m128i _mm_add_epi8(__m128i a, __m128i b) { return wasm_i8x16_add(a, b); }
PLANISH_SIMD __m128i _mm_add_epi16(__m128i a, __m128i b) { return wasm_i16x8_add(a, b); }
PLANISH_SIMD __m128i _mm_add_epi32(__m128i a, __m128i b) { return wasm_i32x4_add(a, b); }
PLANISH_SIMD __m128i _mm_add_epi64(__m128i a, __m128i b) { return wasm_i64x2_add(a, b); }
PLANISH_SIMD __m128i _mm_adds_epi8(__m128i a, __m128i b) { return wasm_i8x16_add_sat(a, b); }
PLANISH_SIMD __m128i _mm_adds_epi16(__m128i a, __m128i b) { return wasm_i16x8_add_sat(a, b); }
PLANISH_SIMD __m128i _mm_adds_epu8(__m128i a, __m128i b) { return wasm_u8x16_add_sat(a, b); }
PLANISH_SIMD __m128i _mm_adds_epu16(__m128i a, __m128i b) { return wasm_u16x8_add_sat(a, b); }
PLANISH_SIMD __m128i _mm_sub_epi8(__m128i a, __m128i b) { return wasm_i8x16_sub(a, b); }
PLANISH_SIMD __m128i _mm_sub_epi16(__m128i a, __m128i b) { return wasm_i16x8_sub(a, b); }
PLANISH_SIMD __m128i _mm_sub_epi32(__m128i a, __m128i b) { return wasm_i32x4_sub(a, b); }
PLANISH_SIMD __m128i _mm_sub_epi64(__m128i a, __m128i b) { return wasm_i64x2_sub(a, b); }
PLANISH_SIMD __m128i _mm_subs_epi8(__m128i a, __m128i b) { return wasm_i8x16_sub_sat(a, b); }
PLANISH_SIMD __m128i _mm_subs_epi16(__m128i a, __m128i b) { return wasm_i16x8_sub_sat(a, b); }
PLANISH_SIMD __m128i _mm_subs_epu8(__m128i a, __m128i b) { return wasm_u8x16_sub_sat(a, b); }
PLANISH_SIMD __m128i _mm_subs_epu16(__m128i a, __m128i b) { return wasm_u16x8_sub_sat(a, b); }
PLANISH_SIMD __m128i _mm_avg_epu8(__m128i a, __m128i b) { return wasm_u8x16_avgr(a, b); }
PLANISH_SIMD __m128i _mm_avg_epu16(__m128i a, __m128i b) { return wasm_u16x8_avgr(a, b); }
PLANISH_SIMD __m128i _mm_sad_epu8(__m128i a, __m128i b) {
  const __m128i difference = wasm_v128_or(wasm_u8x16_sub_sat(a, b), wasm_u8x16_sub_sat(b, a));
  const __m128i fours = wasm_u32x4_extadd_pairwise_u16x8(wasm_u16x8_extadd_pairwise_u8x16(difference));
  return wasm_v128_and(wasm_i64x2_add(fours, wasm_u64x2_shr(fours, 32)), wasm_i64x2_const_splat(0xffffffff));
}

/* Products. */
PLANISH_SIMD __m128i _mm_madd_epi16(__m128i a, __m128i b) { return wasm_i32x4_dot_i16x8(a, b); }
PLANISH_SIMD __m128i _mm_mullo_epi16(__m128i a, __m128i b) { return wasm_i16x8_mul(a, b); }
PLANISH_SIMD __m128i _mm_mulhi_epi16(__m128i a, __m128i b) {
  return wasm_i16x8_shuffle(wasm_i32x4_extmul_low_i16x8(a, b), wasm_i32x4_extmul_high_i16x8(a, b), 1, 3, 5, 7, 9, 11,
                            13, 15);
}
PLANISH_SIMD __m128i _mm_mulhi_epu16(__m128i a, __m128i b) {
  return wasm_i16x8_shuffle(wasm_u32x4_extmul_low_u16x8(a, b), wasm_u32x4_extmul_high_u16x8(a, b), 1, 3, 5, 7, 9, 11,
                            13, 15);
}
PLANISH_SIMD __m128i _mm_mul_epu32(__m128i a, __m128i b) {
  return wasm_u64x2_extmul_low_u32x4(wasm_i32x4_shuffle(a, a, 0, 2, 0, 2), wasm_i32x4_shuffle(b, b, 0, 2, 0, 2));
}

/* Comparisons. */
PLANISH_SIMD __m128i _mm_cmpeq_epi8(__m128i a, __m128i b) { return wasm_i8x16_eq(a, b); }
PLANISH_SIMD __m128i _mm_cmpeq_epi16(__m128i a, __m128i b) { return wasm_i16x8_eq(a, b); }
PLANISH_SIMD __m128i _mm_cmpeq_epi32(__m128i a, __m128i b) { return wasm_i32x4_eq(a, b); }
PLANISH_SIMD __m128i _mm_cmpgt_epi8(__m128i a, __m128i b) { return wasm_i8x16_gt(a, b); }
PLANISH_SIMD __m128i _mm_cmpgt_epi16(__m128i a, __m128i b) { return wasm_i16x8_gt(a, b); }
PLANISH_SIMD __m128i _mm_cmpgt_epi32(__m128i a, __m128i b) { return wasm_i32x4_gt(a, b); }
PLANISH_SIMD __m128i _mm_cmplt_epi16(__m128i a, __m128i b) { return wasm_i16x8_lt(a, b); }
PLANISH_SIMD __m128i _mm_cmplt_epi32(__m128i a, __m128i b) { return wasm_i32x4_lt(a, b); }
PLANISH_SIMD __m128i _mm_min_epi16(__m128i a, __m128i b) { return wasm_i16x8_min(a, b); }
PLANISH_SIMD __m128i _mm_max_epi16(__m128i a, __m128i b) { return wasm_i16x8_max(a, b); }
PLANISH_SIMD __m128i _mm_min_epu8(__m128i a, __m128i b) { return wasm_u8x16_min(a, b); }
PLANISH_SIMD __m128i _mm_max_epu8(__m128i a, __m128i b) { return wasm_u8x16_max(a, b); }

/* Shifts. Wasm takes the count modulo the lane's width, SSE2 shifts everything out. */
PLANISH_SIMD __m128i _mm_slli_epi16(__m128i a, int n) { return n > 15 ? _mm_setzero_si128() : wasm_i16x8_shl(a, n); }
PLANISH_SIMD __m128i _mm_slli_epi32(__m128i a, int n) { return n > 31 ? _mm_setzero_si128() : wasm_i32x4_shl(a, n); }
PLANISH_SIMD __m128i _mm_slli_epi64(__m128i a, int n) { return n > 63 ? _mm_setzero_si128() : wasm_i64x2_shl(a, n); }
PLANISH_SIMD __m128i _mm_srli_epi16(__m128i a, int n) { return n > 15 ? _mm_setzero_si128() : wasm_u16x8_shr(a, n); }
PLANISH_SIMD __m128i _mm_srli_epi32(__m128i a, int n) { return n > 31 ? _mm_setzero_si128() : wasm_u32x4_shr(a, n); }
PLANISH_SIMD __m128i _mm_srli_epi64(__m128i a, int n) { return n > 63 ? _mm_setzero_si128() : wasm_u64x2_shr(a, n); }
PLANISH_SIMD __m128i _mm_srai_epi16(__m128i a, int n) { return wasm_i16x8_shr(a, n > 15 ? 15 : n); }
PLANISH_SIMD __m128i _mm_srai_epi32(__m128i a, int n) { return wasm_i32x4_shr(a, n > 31 ? 31 : n); }
PLANISH_SIMD __m128i _mm_sra_epi32(__m128i a, __m128i n) {
  const uint64_t count = (uint64_t)wasm_i64x2_extract_lane(n, 0);
  return wasm_i32x4_shr(a, count > 31 ? 31 : (uint32_t)count);
}
/* Of whole registers, by bytes; n is a constant from 0 to 16. */
#define _mm_srli_si128(a, n)                                                                                        \
  wasm_i8x16_shuffle((a), _mm_setzero_si128(), (n), (n) + 1, (n) + 2, (n) + 3, (n) + 4, (n) + 5, (n) + 6, (n) + 7,  \
                     (n) + 8, (n) + 9, (n) + 10, (n) + 11, (n) + 12, (n) + 13, (n) + 14, (n) + 15)
#define _mm_slli_si128(a, n)                                                                                        \
  wasm_i8x16_shuffle(_mm_setzero_si128(), (a), 16 - (n), 17 - (n), 18 - (n), 19 - (n), 20 - (n), 21 - (n),          \
                     22 - (n), 23 - (n), 24 - (n), 25 - (n), 26 - (n), 27 - (n), 28 - (n), 29 - (n), 30 - (n),      \
                     31 - (n))

/* Lanes in another order, or of another width. */
#define _mm_shuffle_epi32(a, order) \
  wasm_i32x4_shuffle((a), (a), (order) & 3, ((order) >> 2) & 3, ((order) >> 4) & 3, ((order) >> 6) & 3)
#define _mm_shufflelo_epi16(a, order)                                                                              \
  wasm_i16x8_shuffle((a), (a), (order) & 3, ((order) >> 2) & 3, ((order) >> 4) & 3, ((order) >> 6) & 3, 4, 5, 6, 7)
#define _mm_shufflehi_epi16(a, order)                                                                              \
  wasm_i16x8_shuffle((a), (a), 0, 1, 2, 3, 4 + ((order) & 3), 4 + (((order) >> 2) & 3), 4 + (((order) >> 4) & 3),  \
                     4 + (((order) >> 6) & 3))
PLANISH_SIMD __m128i _mm_unpacklo_epi8(__m128i a, __m128i b) {
  return wasm_i8x16_shuffle(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}
PLANISH_SIMD __m128i _mm_unpackhi_epi8(__m128i a, __m128i b) {
  return wasm_i8x16_shuffle(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
}
PLANISH_SIMD __m128i _mm_unpacklo_epi16(__m128i a, __m128i b) {
  return wasm_i16x8_shuffle(a, b, 0, 8, 1, 9, 2, 10, 3, 11);
}
PLANISH_SIMD __m128i _mm_unpackhi_epi16(__m128i a, __m128i b) {
  return wasm_i16x8_shuffle(a, b, 4, 12, 5, 13, 6, 14, 7, 15);
}
PLANISH_SIMD __m128i _mm_unpacklo_epi32(__m128i a, __m128i b) { return wasm_i32x4_shuffle(a, b, 0, 4, 1, 5); }
PLANISH_SIMD __m128i _mm_unpackhi_epi32(__m128i a, __m128i b) { return wasm_i32x4_shuffle(a, b, 2, 6, 3, 7); }
PLANISH_SIMD __m128i _mm_unpacklo_epi64(__m128i a, __m128i b) { return wasm_i64x2_shuffle(a, b, 0, 2); }
PLANISH_SIMD __m128i _mm_unpackhi_epi64(__m128i a, __m128i b) { return wasm_i64x2_shuffle(a, b, 1, 3); }
PLANISH_SIMD __m128i _mm_packs_epi16(__m128i a, __m128i b) { return wasm_i8x16_narrow_i16x8(a, b); }
PLANISH_SIMD __m128i _mm_packs_epi32(__m128i a, __m128i b) { return wasm_i16x8_narrow_i32x4(a, b); }
PLANISH_SIMD __m128i _mm_packus_epi16(__m128i a, __m128i b) { return wasm_u8x16_narrow_i16x8(a, b); }

#endif
