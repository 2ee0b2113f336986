/* One JPEG, from pixels to bytes, through mozjpeg.

   It is C because libjpeg reports an error by calling a function that must not return: setjmp and longjmp are its
   way out, and Rust may not call setjmp. Everything else is in src/jpeg.rs. */
#include "encode.h"

#include <setjmp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The library's private structs: the trial scans of an encode that was stopped have to be freed from them. */
#define JPEG_INTERNALS
#include "jpeglib.h"
#include "jcmaster.h"

#define FIRST_ROOM ((size_t)64 << 10)

/* What the library's callbacks need, reached through the structs it hands to them. */
typedef struct {
  struct jpeg_error_mgr errors;
  struct jpeg_progress_mgr progress;
  struct jpeg_destination_mgr destination;
  struct jpeg_compress_struct jpeg;
  /* The file so far, and the room it has. */
  unsigned char *bytes;
  size_t length, room;
  jmp_buf way_out;
  const planish_jpeg_request *request;
  char *message;
  int status;
} job;

static job *job_of(j_common_ptr jpeg) { return (job *)((char *)jpeg - offsetof(job, jpeg)); }

static void fail(j_common_ptr jpeg) {
  job *self = job_of(jpeg);
  (*jpeg->err->format_message)(jpeg, self->message);
  self->status = PLANISH_JPEG_FAILED;
  longjmp(self->way_out, 1);
}

/* The file's bytes go here. The library's own memory destination loses its buffer when an encode is stopped. */
static void use_room(job *self) {
  self->destination.next_output_byte = self->bytes + self->length;
  self->destination.free_in_buffer = self->room - self->length;
}

static void grow(j_compress_ptr jpeg, size_t room) {
  job *self = job_of((j_common_ptr)jpeg);
  unsigned char *larger = realloc(self->bytes, room);
  if (!larger) {
    self->status = PLANISH_JPEG_OUT_OF_MEMORY;
    longjmp(self->way_out, 1);
  }
  self->bytes = larger;
  self->room = room;
  use_room(self);
}

static void begin_output(j_compress_ptr jpeg) { grow(jpeg, FIRST_ROOM); }

static boolean take_full_buffer(j_compress_ptr jpeg) {
  job *self = job_of((j_common_ptr)jpeg);
  self->length = self->room;
  grow(jpeg, self->room * 2);
  return TRUE;
}

static void end_output(j_compress_ptr jpeg) {
  job *self = job_of((j_common_ptr)jpeg);
  self->length = self->room - self->destination.free_in_buffer;
}

/* What the scans that were tried are kept in is freed by the library only at the end. */
static void free_trial_scans(job *self) {
  my_master_ptr master = (my_master_ptr)self->jpeg.master;
  if (!master || !self->jpeg.master->optimize_scans) return;
  /* The scan being written: where its buffer lies is noted when it is complete. */
  if (self->jpeg.dest && self->jpeg.dest != &self->destination) {
    (*self->jpeg.dest->term_destination)(&self->jpeg);
  }
  for (int scan = 0; scan < self->jpeg.num_scans; scan++) free(master->scan_buffer[scan]);
}

/* Called once for each row of blocks in every pass. */
static void look_for_cancel(j_common_ptr jpeg) {
  job *self = job_of(jpeg);
  if (self->request->cancelled(self->request->context)) {
    self->status = PLANISH_JPEG_CANCELLED;
    free_trial_scans(self);
    longjmp(self->way_out, 1);
  }
}

/* Warnings and traces go nowhere: what comes out is decoded and looked at. */
static void say_nothing(j_common_ptr jpeg) { (void)jpeg; }

static void configure(struct jpeg_compress_struct *jpeg, const planish_jpeg_request *request) {
  jpeg->image_width = request->width;
  jpeg->image_height = request->height;
  jpeg->input_components = request->components;
  jpeg->in_color_space = request->components == 1 ? JCS_GRAYSCALE : JCS_RGB;
  /* Before the defaults, which depend on it. */
  jpeg_c_set_int_param(jpeg, JINT_COMPRESS_PROFILE, JCP_MAX_COMPRESSION);
  jpeg_set_defaults(jpeg);
  jpeg_c_set_bool_param(jpeg, JBOOLEAN_OPTIMIZE_SCANS, request->optimize_scans ? TRUE : FALSE);
  jpeg->optimize_coding = TRUE;
  jpeg->dct_method = JDCT_ISLOW;
  /* The tables as they are, in baseline's 8 bits. */
  jpeg_add_quant_table(jpeg, 0, request->luma, 100, TRUE);
  jpeg_add_quant_table(jpeg, 1, request->chroma, 100, TRUE);
  if (request->components == 3) {
    jpeg->comp_info[0].h_samp_factor = jpeg->comp_info[0].v_samp_factor = request->halve_chroma ? 2 : 1;
    for (int chroma = 1; chroma < 3; chroma++) {
      jpeg->comp_info[chroma].h_samp_factor = jpeg->comp_info[chroma].v_samp_factor = 1;
    }
  }
  /* After the number of components and the optimisation of scans are known. */
  if (request->progressive) {
    jpeg_simple_progression(jpeg);
  } else {
    /* The profile has scans by default. */
    jpeg->scan_info = NULL;
    jpeg->num_scans = 0;
  }
}

int planish_jpeg_encode(const planish_jpeg_request *request, unsigned char **bytes, size_t *length,
                        char *message) {
  /* On the heap, so that nothing that longjmp passes over lies in a register. */
  job *self = calloc(1, sizeof(job));
  if (!self) return PLANISH_JPEG_OUT_OF_MEMORY;
  self->request = request;
  self->message = message;
  self->status = PLANISH_JPEG_DONE;
  self->jpeg.err = jpeg_std_error(&self->errors);
  self->errors.error_exit = fail;
  self->errors.output_message = say_nothing;
  self->progress.progress_monitor = look_for_cancel;
  self->destination.init_destination = begin_output;
  self->destination.empty_output_buffer = take_full_buffer;
  self->destination.term_destination = end_output;
  if (setjmp(self->way_out) == 0) {
    struct jpeg_compress_struct *jpeg = &self->jpeg;
    jpeg_create_compress(jpeg);
    jpeg->progress = &self->progress;
    jpeg->dest = &self->destination;
    configure(jpeg, request);
    jpeg_start_compress(jpeg, TRUE);
    const size_t stride = (size_t)request->width * (size_t)request->components;
    while (jpeg->next_scanline < jpeg->image_height) {
      JSAMPROW row = (JSAMPROW)request->pixels + stride * jpeg->next_scanline;
      jpeg_write_scanlines(jpeg, &row, 1);
    }
    jpeg_finish_compress(jpeg);
  }
  jpeg_destroy_compress(&self->jpeg);
  const int status = self->status;
  if (status == PLANISH_JPEG_DONE) {
    *bytes = self->bytes;
    *length = self->length;
  } else {
    free(self->bytes);
  }
  free(self);
  return status;
}

void planish_jpeg_free(unsigned char *bytes) { free(bytes); }
