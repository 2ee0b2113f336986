#ifndef PLANISH_PTHREAD_H
#define PLANISH_PTHREAD_H
#include <stddef.h>

/* Locks for the threads that rayon has: src/wasm/pthread.rs. None are started here. */
typedef struct {
  void *lock;
} pthread_mutex_t;
typedef struct {
  void *signal;
} pthread_cond_t;
typedef int pthread_t;
typedef int pthread_attr_t;
typedef int pthread_once_t;
typedef int pthread_mutexattr_t;
typedef int pthread_condattr_t;
#define PTHREAD_ONCE_INIT 0

int pthread_mutex_init(pthread_mutex_t *, const pthread_mutexattr_t *);
int pthread_mutex_destroy(pthread_mutex_t *);
int pthread_mutex_lock(pthread_mutex_t *);
int pthread_mutex_unlock(pthread_mutex_t *);
int pthread_cond_init(pthread_cond_t *, const pthread_condattr_t *);
int pthread_cond_destroy(pthread_cond_t *);
int pthread_cond_wait(pthread_cond_t *, pthread_mutex_t *);
int pthread_cond_signal(pthread_cond_t *);
int pthread_cond_broadcast(pthread_cond_t *);

/* Whoever calls holds a lock: see FIRST_USE in src/aom.rs. */
static inline int pthread_once(pthread_once_t *done, void (*function)(void)) {
  if (!*done) {
    function();
    *done = 1;
  }
  return 0;
}

/* EAGAIN: there are no threads to be had. */
static inline int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *), void *with) {
  return (void)thread, (void)attributes, (void)start, (void)with, 11;
}
static inline int pthread_join(pthread_t thread, void **result) { return (void)thread, (void)result, 3; }
static inline int pthread_attr_init(pthread_attr_t *attributes) { return (void)attributes, 0; }
static inline int pthread_attr_destroy(pthread_attr_t *attributes) { return (void)attributes, 0; }
static inline int pthread_attr_getstacksize(const pthread_attr_t *attributes, size_t *size) {
  return (void)attributes, *size = 0, 0;
}
static inline int pthread_attr_setstacksize(pthread_attr_t *attributes, size_t size) {
  return (void)attributes, (void)size, 0;
}
#endif
