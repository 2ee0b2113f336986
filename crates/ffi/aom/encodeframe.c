// Each superblock gets a quantiser of its own: errors show where nothing else is going on, and SSIMULACRA2 sees them
// there too. libaom has ways to say where that is; this is another, put in place of the one of `--deltaq-mode=2`. libaom's
// own file is compiled from here (see ../build/libaom.rs).
//
// The idea, more bits for what is mostly smooth, is that of SVT-AV1's Variance Boost; the measure, integers throughout
// so that every machine gives the same bytes, and the curve are planish's.
#include <stdlib.h>
#include "av1/common/quant_common.h"
#include "av1/encoder/aq_variance.h"
#include "av1/encoder/encoder.h"

// Edge of the patches whose variances are looked at, and of the largest superblock.
enum { PATCH = 8, SUPERBLOCK = 128 };
// The quantiser follows the patch at this many eighths of the order from the smoothest to the busiest.
enum { RANK_IN_EIGHTHS = 5 };
// Fraction bits of variances and logarithms.
enum { FRACTION = 8 };
// A variance of 2^10 and more is busy: nothing is finer there.
enum { BUSY = 10 << FRACTION };
// By how much finer, in thousandths, the step is for each halving of the variance below that; and at most.
enum { FINER_BY = 225, FINEST = 8000 };
// Most quantisers away from the picture's.
enum { FARTHEST = 80 };

static int compare(const void *a, const void *b) {
  const uint32_t first = *(const uint32_t *)a, second = *(const uint32_t *)b;
  return (first > second) - (first < second);
}

// Variance of a patch of samples with FRACTION bits of fraction, on the scale of 8 bits.
static uint32_t variance_of(const uint16_t *samples, int stride, int width, int height, int bit_depth) {
  uint64_t sum = 0, squares = 0;
  for (int y = 0; y < height; y++) {
    for (int x = 0; x < width; x++) {
      const uint64_t sample = samples[y * stride + x];
      sum += sample;
      squares += sample * sample;
    }
  }
  const uint64_t count = (uint64_t)(width * height);
  return (uint32_t)((((count * squares - sum * sum) << FRACTION) / (count * count)) >> (2 * (bit_depth - 8)));
}

// Logarithm to base 2 of a value of at least one, both with FRACTION bits of fraction; straight between powers of two.
static int log2_of(uint32_t value) {
  const int whole = get_msb(value);
  const uint32_t rest = value - (1u << whole);
  const int fraction = whole >= FRACTION ? (int)(rest >> (whole - FRACTION)) : (int)(rest << (FRACTION - whole));
  return ((whole - FRACTION) << FRACTION) + fraction;
}

static int planish_superblock_qindex(const AV1_COMP *cpi, const MACROBLOCK *x, int mi_row, int mi_col) {
  const AV1_COMMON *const cm = &cpi->common;
  const int edge = block_size_wide[cm->seq_params->sb_size];
  const int width = AOMMIN(edge, cm->width - mi_col * MI_SIZE);
  const int height = AOMMIN(edge, cm->height - mi_row * MI_SIZE);
  const int bit_depth = cm->seq_params->bit_depth;
  const int base = cm->quant_params.base_qindex;
  const int stride = x->plane[0].src.stride;
  if (!(cpi->source->flags & YV12_FLAG_HIGHBITDEPTH)) return base;
  const uint16_t *const samples = CONVERT_TO_SHORTPTR(x->plane[0].src.buf);

  uint32_t variances[(SUPERBLOCK / PATCH) * (SUPERBLOCK / PATCH)];
  size_t count = 0;
  for (int top = 0; top < height; top += PATCH) {
    for (int left = 0; left < width; left += PATCH) {
      variances[count++] = variance_of(samples + top * stride + left, stride, AOMMIN(PATCH, width - left),
                                       AOMMIN(PATCH, height - top), bit_depth);
    }
  }
  qsort(variances, count, sizeof(variances[0]), compare);
  const uint32_t variance = AOMMAX(variances[(count - 1) * RANK_IN_EIGHTHS / 8], 1u << FRACTION);

  const int64_t smooth = AOMMAX(BUSY - log2_of(variance), 0);
  const int64_t finer = AOMMIN(1000 + ((FINER_BY * smooth) >> FRACTION), FINEST);
  const int64_t step = av1_dc_quant_QTX(base, 0, bit_depth) * (int64_t)1000;
  int index = base;
  while (index > 1 && av1_dc_quant_QTX(index - 1, 0, bit_depth) * finer >= step) index--;
  // Coarse pictures take all of the difference, fine ones less than half.
  const int boost = (base - index) * (base + 544) / 1279;
  return AOMMAX(base - AOMMIN(boost, FARTHEST), 1);
}

// Steps in which superblocks' quantisers are told: in a coarse picture the telling weighs.
static int planish_delta_q_step(int qindex) { return qindex >= 160 ? 8 : qindex >= 120 ? 4 : qindex >= 80 ? 2 : 1; }

// The one place that asks has the superblock in variables of these names. The energy that libaom would go by is not
// worked out.
#define av1_block_wavelet_energy_level(cpi, x, size) 0
#define av1_compute_q_from_energy_level_deltaq_mode(cpi, level) planish_superblock_qindex(cpi, x, mi_row, mi_col)
#include "av1/encoder/encodeframe_utils.h"
#undef DEFAULT_DELTA_Q_RES_PERCEPTUAL
#define DEFAULT_DELTA_Q_RES_PERCEPTUAL planish_delta_q_step(quant_params->base_qindex)
#include "av1/encoder/encodeframe.c"
