#ifndef PLANISH_STDLIB_H
#define PLANISH_STDLIB_H
#include <stddef.h>
#define EXIT_SUCCESS 0
#define EXIT_FAILURE 1
#define RAND_MAX 0x7fffffff

/* src/wasm/memory.rs */
void *malloc(size_t);
void *calloc(size_t, size_t);
void *realloc(void *, size_t);
void free(void *);

/* src/wasm/stdlib.rs */
void qsort(void *, size_t, size_t, int (*)(const void *, const void *));
void *bsearch(const void *, const void *, size_t, size_t, int (*)(const void *, const void *));
long strtol(const char *, char **, int);
unsigned long strtoul(const char *, char **, int);
double strtod(const char *, char **);
int atoi(const char *);
double atof(const char *);
int rand(void);
void srand(unsigned);

static inline int abs(int value) { return value < 0 ? -value : value; }
static inline long labs(long value) { return value < 0 ? -value : value; }
static inline long long llabs(long long value) { return value < 0 ? -value : value; }
static inline __attribute__((noreturn)) void abort(void) { __builtin_trap(); }
static inline __attribute__((noreturn)) void exit(int status) {
  (void)status;
  __builtin_trap();
}
static inline char *getenv(const char *name) { return (void)name, (char *)0; }
#endif
