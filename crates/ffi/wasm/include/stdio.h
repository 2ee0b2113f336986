#ifndef PLANISH_STDIO_H
#define PLANISH_STDIO_H
#include <stdarg.h>
#include <stddef.h>
/* There are no files: whatever is opened fails, whatever is printed is dropped. Only the formatting is real. */
typedef struct planish_file FILE;
#define stdin ((FILE *)0)
#define stdout ((FILE *)0)
#define stderr ((FILE *)0)
#define EOF (-1)
#define SEEK_SET 0
#define SEEK_CUR 1
#define SEEK_END 2
int snprintf(char *, size_t, const char *, ...) __attribute__((format(printf, 3, 4)));
int vsnprintf(char *, size_t, const char *, va_list);
/* Macros: the compiler would turn functions of these names into calls of others that do not exist. */
#define fprintf(...) 0
#define printf(...) 0
#define vfprintf(...) 0
#define fputs(...) EOF
#define fputc(...) EOF
#define puts(...) EOF
#define fscanf(...) EOF
static inline int fflush(FILE *file) { return (void)file, 0; }
static inline FILE *fopen(const char *path, const char *mode) { return (void)path, (void)mode, (FILE *)0; }
static inline int fclose(FILE *file) { return (void)file, EOF; }
static inline size_t fread(void *to, size_t size, size_t count, FILE *file) {
  return (void)to, (void)size, (void)count, (void)file, 0;
}
static inline size_t fwrite(const void *from, size_t size, size_t count, FILE *file) {
  return (void)from, (void)size, (void)count, (void)file, 0;
}
static inline int fseek(FILE *file, long offset, int whence) { return (void)file, (void)offset, (void)whence, -1; }
static inline long ftell(FILE *file) { return (void)file, -1; }
static inline int feof(FILE *file) { return (void)file, 1; }
static inline int ferror(FILE *file) { return (void)file, 1; }
static inline char *fgets(char *to, int size, FILE *file) { return (void)to, (void)size, (void)file, (char *)0; }
#endif
