// The quantisers of chroma, and the quantisation matrices, for SSIMULACRA2. libaom's own file is compiled from here, its
// function under another name (see ../build/libaom.rs).
#define av1_set_quantizer libaom_set_quantizer
#include "av1/encoder/av1_quantize.c"
#undef av1_set_quantizer

// How much coarser chroma's coefficients but the first are at full resolution, and how much finer all of them where it
// is halved: at most so many of the 256 quantisers.
enum { FULL_CHROMA_COARSER = 24, HALVED_CHROMA_FINER = 20, HALVED_CHROMA_AS_LUMA_UP_TO = 28 };

// Levels of matrices, 0 (steepest) to 15 (flat), go in a line from one quantiser to another and stay there.
static int between(int qindex, int from, int at_from, int to, int at_to) {
  const int along = clamp(qindex, from, to) - from;
  const int span = to - from;
  return (2 * at_from * span + 2 * (at_to - at_from) * along + span) / (2 * span);
}

void av1_set_quantizer(AV1_COMMON *const cm, int min_qmlevel, int max_qmlevel, int q, int enable_chroma_deltaq,
                       int enable_hdr_deltaq) {
  libaom_set_quantizer(cm, min_qmlevel, max_qmlevel, q, 0, enable_hdr_deltaq);
  if (!enable_chroma_deltaq) return;
  CommonQuantParams *const quantisers = &cm->quant_params;
  const int base = quantisers->base_qindex;
  const bool halved = cm->seq_params->subsampling_x;
  const int first = halved ? -clamp((base - HALVED_CHROMA_AS_LUMA_UP_TO) / 2, 0, HALVED_CHROMA_FINER) : 0;
  const int others = halved ? first : clamp(base / 2, 0, FULL_CHROMA_COARSER);
  quantisers->u_dc_delta_q = first;
  quantisers->v_dc_delta_q = first;
  quantisers->u_ac_delta_q = others;
  quantisers->v_ac_delta_q = others;
  quantisers->qmatrix_level_y = between(base, 40, 10, 160, 3);
  const int chroma = base + others;
  quantisers->qmatrix_level_u = halved ? between(chroma, 40, 10, 220, 5) : between(chroma, 40, 6, 220, 2);
  quantisers->qmatrix_level_v = quantisers->qmatrix_level_u;
}
