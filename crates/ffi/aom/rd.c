// libaom's weight of bits against errors, heavier: SSIMULACRA2 forgives more of the squared error than the quantiser's
// step says, and larger transforms keep what it looks at. libaom's own file is compiled from here, its functions under
// other names (see ../build/libaom.rs).
#define av1_compute_rd_mult libaom_compute_rd_mult
#define av1_initialize_rd_consts libaom_initialize_rd_consts
#include "av1/encoder/rd.c"
#undef av1_compute_rd_mult
#undef av1_initialize_rd_consts

// Thousandths. Coarse quantisers take less and less of it: their transforms are large already.
enum { HEAVIER_BY = 1500, FULLY_UP_TO = 159 };

static int heavier(int weight, int qindex) {
  // Nothing is weighed where nothing is lost.
  if (qindex <= 0) return weight;
  const int64_t coarse = AOMMAX(qindex - FULLY_UP_TO, 0);
  const int64_t by = HEAVIER_BY * (MAXQ - FULLY_UP_TO - coarse) / (MAXQ - FULLY_UP_TO);
  return (int)AOMMIN(weight * (1000 + by) / 1000, INT_MAX);
}

int av1_compute_rd_mult(const int qindex, const aom_bit_depth_t bit_depth, const FRAME_UPDATE_TYPE update_type,
                        const int layer_depth, const int boost_index, const FRAME_TYPE frame_type,
                        const int use_fixed_qp_offsets, const int is_stat_consumption_stage) {
  const int weight = libaom_compute_rd_mult(qindex, bit_depth, update_type, layer_depth, boost_index, frame_type,
                                            use_fixed_qp_offsets, is_stat_consumption_stage);
  return heavier(weight, qindex);
}

void av1_initialize_rd_consts(AV1_COMP *cpi) {
  libaom_initialize_rd_consts(cpi);
  const CommonQuantParams *quantisers = &cpi->common.quant_params;
  cpi->rd.RDMULT = heavier(cpi->rd.RDMULT, quantisers->base_qindex + quantisers->y_dc_delta_q);
  av1_set_error_per_bit(&cpi->td.mb.errorperbit, cpi->rd.RDMULT);
}
