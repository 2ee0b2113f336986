#ifndef PLANISH_ERRNO_H
#define PLANISH_ERRNO_H
/* Nothing the codecs call sets it. */
static int errno __attribute__((unused));
#define EINVAL 22
#define ERANGE 34
#endif
