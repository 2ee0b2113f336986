/* What the compiler calls for setjmp and longjmp under -mllvm -wasm-enable-sjlj. A longjmp is a WebAssembly exception
   with the tag of longjmp_tag.S; every function that calls setjmp catches it and asks whether it is meant. */
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>

/* Mark `label` of the running call (`invocation` is an address unique to it) as where to come back to. */
void __wasm_setjmp(void *environment, uint32_t label, void *invocation) {
  jmp_buf *buffer = environment;
  (*buffer)->invocation = invocation;
  (*buffer)->label = label;
}

/* The label to go on at, or 0: this exception is for a call further up. */
uint32_t __wasm_setjmp_test(void *environment, void *invocation) {
  jmp_buf *buffer = environment;
  return (*buffer)->invocation == invocation ? (*buffer)->label : 0;
}

void __wasm_longjmp(void *environment, int value) {
  jmp_buf *buffer = environment;
  (*buffer)->thrown.environment = environment;
  (*buffer)->thrown.value = value ? value : 1;
  __builtin_wasm_throw(1, &(*buffer)->thrown);
}
