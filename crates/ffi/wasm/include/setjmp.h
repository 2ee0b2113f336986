#ifndef PLANISH_SETJMP_H
#define PLANISH_SETJMP_H
/* The compiler (-mllvm -wasm-enable-sjlj) turns setjmp and longjmp into WebAssembly exceptions and keeps its state
   here; setjmp.c has the functions it calls. */
typedef struct {
  void *invocation;
  unsigned label;
  struct {
    void *environment;
    int value;
  } thrown;
} jmp_buf[1];
int setjmp(jmp_buf) __attribute__((returns_twice));
void longjmp(jmp_buf, int) __attribute__((noreturn));
#endif
