// Where a quantisation matrix says which frequencies matter, errors are weighed by it: libaom does so for 8 bits only,
// and a matrix that the search for transforms does not know costs more than it saves. libaom's own file is compiled
// from here (see ../build/libaom.rs).
#include "config/av1_rtcd.h"
#include "av1/encoder/encoder.h"

// Sums of squares of `count` coefficients' errors and of the coefficients themselves, each weighed by the matrix and
// scaled to 8 bits. Coefficients have up to 20 bits, weights six, a block has up to 1024: the sums fit 64 bits.
static int64_t planish_weighted_error(const tran_low_t *coefficients, const tran_low_t *restored, intptr_t count,
                                      const qm_val_t *matrix, int64_t *energy, int bit_depth) {
  uint64_t error = 0, all = 0;
  for (intptr_t i = 0; i < count; i++) {
    const uint32_t weight = matrix[i];
    const uint32_t lost = (uint32_t)abs(coefficients[i] - restored[i]) * weight;
    const uint32_t value = (uint32_t)abs(coefficients[i]) * weight;
    error += (uint64_t)lost * lost;
    all += (uint64_t)value * value;
  }
  const int shift = 2 * AOM_QM_BITS + 2 * (bit_depth - 8);
  const uint64_t half = (uint64_t)1 << (shift - 1);
  *energy = (int64_t)((all + half) >> shift);
  return (int64_t)((error + half) >> shift);
}

static int64_t planish_block_error(const tran_low_t *coefficients, const tran_low_t *restored, intptr_t count,
                                   int64_t *energy, int bit_depth, const MACROBLOCK *x, const qm_val_t *matrix) {
  if (matrix == NULL || !x->txfm_search_params.use_qm_dist_metric)
    return av1_highbd_block_error(coefficients, restored, count, energy, bit_depth);
  return planish_weighted_error(coefficients, restored, count, matrix, energy, bit_depth);
}

// The one place that calls it has the block and its matrix in variables of these names.
#undef av1_highbd_block_error
#define av1_highbd_block_error(coefficients, restored, count, energy, bit_depth) \
  planish_block_error(coefficients, restored, count, energy, bit_depth, x, qmatrix)
#include "av1/encoder/tx_search.c"
