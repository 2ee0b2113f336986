// The rows of a large picture are coded side by side by the threads that planish has anyway, native and in the browser,
// instead of by threads that libaom would start for each picture. libaom's own file is compiled from here, one of its
// functions under another name (see ../build/libaom.rs).
#include <string.h>
#include "aom_util/aom_thread.h"

static const AVxWorkerInterface *planish_workers(void);

#define aom_get_worker_interface planish_workers
#define av1_compute_num_workers_for_mt libaom_compute_num_workers_for_mt
#include "av1/encoder/ethread.c"
#undef aom_get_worker_interface
#undef av1_compute_num_workers_for_mt

// Calls `run` for every index below `count`, in any order and at the same time, and returns when all have returned: in
// ../src/aom/rows.rs.
void planish_side_by_side(int count, void (*run)(void *context, int index), void *context);

// Only the coding of rows is shared out: it takes nearly all of the time, and libaom makes its bytes depend on nothing but
// that there are two workers or more.
void av1_compute_num_workers_for_mt(AV1_COMP *cpi) {
  libaom_compute_num_workers_for_mt(cpi);
  int *const workers = cpi->ppi->p_mt_info.num_mod_workers;
  for (int stage = 0; stage < NUM_MT_MODULES; stage++) {
    if (stage != MOD_ENC) workers[stage] = AOMMIN(workers[stage], 1);
  }
}

// A worker has no thread: it is where libaom writes down what is to be done and whether it went wrong.
static void begin(AVxWorker *worker) { memset(worker, 0, sizeof(*worker)); }

static int ready(AVxWorker *worker) {
  worker->had_error = 0;
  worker->status_ = AVX_WORKER_STATUS_OK;
  return 1;
}

// Nothing is done before libaom has launched all others and executes the first.
static void launch_later(AVxWorker *worker) { worker->status_ = AVX_WORKER_STATUS_WORKING; }

static void work_at(void *workers, int index) {
  AVxWorker *const worker = (AVxWorker *)workers + index;
  if (worker->hook != NULL) worker->had_error |= !worker->hook(worker->data1, worker->data2);
}

static void execute_with_launched(AVxWorker *first) {
  // What this file gives its workers to do always begins with this.
  const MultiThreadInfo *const threads = &((const EncWorkerData *)first->data1)->cpi->mt_info;
  int count = 1;
  while (count < threads->num_workers && first[count].status_ == AVX_WORKER_STATUS_WORKING) count++;
  planish_side_by_side(count, work_at, first);
}

static int went_well(AVxWorker *worker) {
  if (worker->status_ == AVX_WORKER_STATUS_WORKING) worker->status_ = AVX_WORKER_STATUS_OK;
  return !worker->had_error;
}

static void end(AVxWorker *worker) { worker->status_ = AVX_WORKER_STATUS_NOT_OK; }

static const AVxWorkerInterface *planish_workers(void) {
  static const AVxWorkerInterface workers = { begin, ready, went_well, launch_later, execute_with_launched, end };
  return &workers;
}
