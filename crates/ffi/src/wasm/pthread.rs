//! `pthread.h`: mutexes and condition variables.

use crate::locks::{Lock, Signal};
use std::ffi::{c_int, c_void};
use std::ptr::null_mut;

/// Makes one behind the pointer, as C's `init` functions do.
unsafe fn init<T: Default>(slot: *mut *mut c_void) -> c_int {
    // SAFETY: C promises a place to write to.
    unsafe { slot.write(Box::into_raw(Box::<T>::default()).cast()) };
    0
}

unsafe fn destroy<T>(slot: *mut *mut c_void) -> c_int {
    // SAFETY: C promises that it was initialised, is not in use and will not be used again. Where it was
    // destroyed before, there is a null.
    unsafe {
        let pointer = slot.replace(null_mut()).cast::<T>();
        if !pointer.is_null() {
            drop(Box::from_raw(pointer));
        }
    }
    0
}

/// # Safety
/// As C promises: made by `init` for the same type, and not destroyed.
unsafe fn at<'a, T>(slot: *mut *mut c_void) -> &'a T {
    // SAFETY: by contract.
    unsafe { &*slot.read().cast::<T>() }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn pthread_mutex_init(mutex: *mut *mut c_void, _attributes: *const c_int) -> c_int {
    // SAFETY: by C's contract.
    unsafe { init::<Lock>(mutex) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn pthread_mutex_destroy(mutex: *mut *mut c_void) -> c_int {
    // SAFETY: by C's contract.
    unsafe { destroy::<Lock>(mutex) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn pthread_mutex_lock(mutex: *mut *mut c_void) -> c_int {
    // SAFETY: by C's contract.
    unsafe { at::<Lock>(mutex) }.lock();
    0
}

#[unsafe(no_mangle)]
unsafe extern "C" fn pthread_mutex_unlock(mutex: *mut *mut c_void) -> c_int {
    // SAFETY: by C's contract.
    unsafe { at::<Lock>(mutex) }.unlock();
    0
}

#[unsafe(no_mangle)]
unsafe extern "C" fn pthread_cond_init(condition: *mut *mut c_void, _attributes: *const c_int) -> c_int {
    // SAFETY: by C's contract.
    unsafe { init::<Signal>(condition) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn pthread_cond_destroy(condition: *mut *mut c_void) -> c_int {
    // SAFETY: by C's contract.
    unsafe { destroy::<Signal>(condition) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn pthread_cond_wait(condition: *mut *mut c_void, mutex: *mut *mut c_void) -> c_int {
    // SAFETY: by C's contract.
    unsafe { at::<Signal>(condition).wait(at::<Lock>(mutex)) };
    0
}

#[unsafe(no_mangle)]
unsafe extern "C" fn pthread_cond_signal(condition: *mut *mut c_void) -> c_int {
    // SAFETY: by C's contract.
    unsafe { at::<Signal>(condition) }.raise();
    0
}

#[unsafe(no_mangle)]
unsafe extern "C" fn pthread_cond_broadcast(condition: *mut *mut c_void) -> c_int {
    // SAFETY: by C's contract.
    unsafe { at::<Signal>(condition) }.raise();
    0
}
