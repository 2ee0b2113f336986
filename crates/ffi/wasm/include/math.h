#ifndef PLANISH_MATH_H
#define PLANISH_MATH_H
/* As on 64-bit machines. */
typedef float float_t;
typedef double double_t;

#define M_PI 3.14159265358979323846
#define M_SQRT2 1.41421356237309504880
#define M_LOG2E 1.4426950408889634074
#define HUGE_VAL __builtin_huge_val()
#define INFINITY __builtin_inff()
#define NAN __builtin_nanf("")
#define isnan(x) __builtin_isnan(x)
#define isinf(x) __builtin_isinf(x)
#define isfinite(x) __builtin_isfinite(x)

/* WebAssembly has instructions for these. */
#define sqrt(x) __builtin_sqrt(x)
#define sqrtf(x) __builtin_sqrtf(x)
#define fabs(x) __builtin_fabs(x)
#define fabsf(x) __builtin_fabsf(x)
#define floor(x) __builtin_floor(x)
#define floorf(x) __builtin_floorf(x)
#define ceil(x) __builtin_ceil(x)
#define ceilf(x) __builtin_ceilf(x)
#define rint(x) __builtin_rint(x)
#define rintf(x) __builtin_rintf(x)

/* src/wasm/math.rs has these. */
double atan(double);
double atan2(double, double);
double cbrt(double);
double cos(double);
double exp(double);
double exp2(double);
float exp2f(float);
float expf(float);
double fmax(double, double);
float fmaxf(float, float);
double fmin(double, double);
float fminf(float, float);
double log(double);
double log10(double);
double log1p(double);
float log1pf(float);
double log2(double);
float log2f(float);
float logf(float);
long lrint(double);
long lrintf(float);
double pow(double, double);
float powf(float, float);
double round(double);
float roundf(float);
double sin(double);
double tanh(double);
#endif
