//! `string.h`, where compiler-builtins do not have it.

use std::ffi::{c_char, c_int, c_void};
use std::ptr::null_mut;

#[unsafe(no_mangle)]
unsafe extern "C" fn memchr(block: *const c_void, wanted: c_int, size: usize) -> *mut c_void {
    // SAFETY: C promises `size` readable bytes.
    let bytes = unsafe { std::slice::from_raw_parts(block.cast::<u8>(), size) };
    match bytes.iter().position(|&byte| byte == wanted as u8) {
        // SAFETY: inside the block.
        Some(at) => unsafe { block.cast::<u8>().add(at).cast_mut().cast() },
        None => null_mut(),
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn strcmp(a: *const c_char, b: *const c_char) -> c_int {
    // SAFETY: C promises two strings; SIZE_MAX bounds nothing.
    unsafe { strncmp(a, b, usize::MAX) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn strncmp(a: *const c_char, b: *const c_char, size: usize) -> c_int {
    for at in 0..size {
        // SAFETY: C promises strings, and neither has ended before `at`.
        let (x, y) = unsafe { (a.add(at).cast::<u8>().read(), b.add(at).cast::<u8>().read()) };
        if x != y || x == 0 {
            return c_int::from(x) - c_int::from(y);
        }
    }
    0
}

#[unsafe(no_mangle)]
unsafe extern "C" fn strchr(text: *const c_char, wanted: c_int) -> *mut c_char {
    let mut at = text;
    loop {
        // SAFETY: C promises a string, which has not ended before `at`.
        let byte = unsafe { at.cast::<u8>().read() };
        if byte == wanted as u8 {
            return at.cast_mut();
        }
        if byte == 0 {
            return null_mut();
        }
        // SAFETY: not the end yet.
        at = unsafe { at.add(1) };
    }
}
