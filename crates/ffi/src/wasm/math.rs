//! The functions of `math.h` that WebAssembly has no instruction for, from `libm`.

macro_rules! from_libm {
    ($($name:ident($($argument:ident),+): $type:ty;)+) => {
        $(
            #[unsafe(no_mangle)]
            extern "C" fn $name($($argument: $type),+) -> $type {
                libm::$name($($argument),+)
            }
        )+
    };
}

from_libm! {
    atan(x): f64;
    atan2(y, x): f64;
    cbrt(x): f64;
    cos(x): f64;
    exp(x): f64;
    exp2(x): f64;
    exp2f(x): f32;
    expf(x): f32;
    fmax(x, y): f64;
    fmaxf(x, y): f32;
    fmin(x, y): f64;
    fminf(x, y): f32;
    log(x): f64;
    log10(x): f64;
    log1p(x): f64;
    log1pf(x): f32;
    log2(x): f64;
    log2f(x): f32;
    logf(x): f32;
    pow(x, y): f64;
    powf(x, y): f32;
    round(x): f64;
    roundf(x): f32;
    sin(x): f64;
    tanh(x): f64;
}

/// Rounds to the nearest integer, halves to even. C's `long` has 32 bits here.
#[unsafe(no_mangle)]
extern "C" fn lrint(x: f64) -> i32 {
    libm::rint(x) as i32
}

/// As [`lrint`].
#[unsafe(no_mangle)]
extern "C" fn lrintf(x: f32) -> i32 {
    libm::rintf(x) as i32
}
