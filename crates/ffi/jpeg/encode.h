#ifndef PLANISH_JPEG_ENCODE_H
#define PLANISH_JPEG_ENCODE_H
#include <stddef.h>

/* The interface of encode.c; its twin is in src/jpeg.rs. */

enum {
  PLANISH_JPEG_DONE = 0,
  PLANISH_JPEG_FAILED = 1,
  PLANISH_JPEG_CANCELLED = 2,
  PLANISH_JPEG_OUT_OF_MEMORY = 3,
};

typedef struct {
  /* Rows from the top, without padding. */
  const unsigned char *pixels;
  unsigned width, height;
  /* 1 (gray) or 3 (RGB). */
  int components;
  /* 4:2:0 instead of 4:4:4. */
  int halve_chroma;
  /* Steps in row-major order, 1 to 255. */
  unsigned luma[64], chroma[64];
  int progressive;
  int optimize_scans;
  /* Asked now and then; not 0 stops the work. */
  int (*cancelled)(void *context);
  void *context;
} planish_jpeg_request;

/* `message` has room for 200 characters (JMSG_LENGTH_MAX) and is written where the answer is PLANISH_JPEG_FAILED.
   Where it is
   PLANISH_JPEG_DONE, `bytes` is the file, to be given to planish_jpeg_free. */
int planish_jpeg_encode(const planish_jpeg_request *request, unsigned char **bytes, size_t *length,
                        char *message);
void planish_jpeg_free(unsigned char *bytes);
#endif
