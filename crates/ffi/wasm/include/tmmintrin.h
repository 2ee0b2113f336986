/* The SSSE3 intrinsics are with those of SSE4.1. */
#include <smmintrin.h>
