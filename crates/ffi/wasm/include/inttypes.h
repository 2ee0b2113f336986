#ifndef PLANISH_INTTYPES_H
#define PLANISH_INTTYPES_H
#include <stdint.h>
#define PRId32 "d"
#define PRIi32 "i"
#define PRIu32 "u"
#define PRIx32 "x"
#define PRId64 "lld"
#define PRIi64 "lli"
#define PRIu64 "llu"
#define PRIx64 "llx"
#define PRIdPTR "ld"
#define PRIuPTR "lu"
#endif
