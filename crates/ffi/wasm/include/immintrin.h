/* All there are: see smmintrin.h. */
#include <smmintrin.h>
