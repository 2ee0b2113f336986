// libaom's trellis, which drops coefficients that cost more bits than they are worth, lets more of them live: fine
// texture counts for more in SSIMULACRA2 than in the squared error. libaom's own file is compiled from here, its
// function under another name (see ../build/libaom.rs).
#define av1_optimize_txb libaom_optimize_txb
#include "av1/encoder/txb_rdopt.c"
#undef av1_optimize_txb

// The weight of bits in the trellis, in percent of what libaom gives it.
enum { WEIGHT_IN_TRELLIS = 35 };

int av1_optimize_txb(const struct AV1_COMP *cpi, MACROBLOCK *x, int plane, int block, TX_SIZE tx_size, TX_TYPE tx_type,
                     const TXB_CTX *const txb_ctx, int *rate_cost, int sharpness) {
  const int weight = x->rdmult;
  x->rdmult = (int)AOMMAX((int64_t)weight * WEIGHT_IN_TRELLIS / 100, 1);
  const int eob = libaom_optimize_txb(cpi, x, plane, block, tx_size, tx_type, txb_ctx, rate_cost, sharpness);
  x->rdmult = weight;
  return eob;
}
