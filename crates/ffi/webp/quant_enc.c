// libwebp's quantisers, finer for averages, and its filters, which no single edge raises.
//
// Averages are the first coefficient of each block and the means of blocks of 16 × 16. SSIMULACRA2 compares pictures at six
// sizes, down to a thirty-second, where nothing else of a block is left; libwebp quantises them as the quality's table says. The
// format has a place for the differences, and any decoder reads them. libwebp's own file is compiled from here, one function
// under another name (see ../build/libwebp.rs).
#include <limits.h>

#define VP8SetSegmentParams libwebp_SetSegmentParams
#include "src/enc/quant_enc.c"
#undef VP8SetSegmentParams

// Steps in the tables of quantisers, -15 to 15: found on 19 photos (docs/decisions/0079-webp-finer-averages.md).
enum { LUMA_DC = -8, MEANS_DC = -4, MEANS_AC = -6, CHROMA_DC = -6 };

void VP8SetSegmentParams(VP8Encoder* const enc, float quality) {
  libwebp_SetSegmentParams(enc, quality);
  enc->dq_y1_dc = LUMA_DC;
  enc->dq_y2_dc = MEANS_DC;
  enc->dq_y2_ac = MEANS_AC;
  enc->dq_uv_dc = clip(enc->dq_uv_dc + CHROMA_DC, -15, 15);
  SetupMatrices(enc);
  // The strongest edge between two flat blocks would raise the filter of all blocks like them: a photo lost ten points of its score
  // by it, and got them back at the next quality.
  for (int segment = 0; segment < NUM_MB_SEGMENTS; ++segment) enc->dqm[segment].min_disto = INT_MAX;
}
