//! A picture's rows of superblocks, which libaom codes side by side.

use rayon::prelude::*;
use std::ffi::{c_int, c_uint, c_void};

/// How the rows of superblocks follow one another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Rows {
    /// Each begins when the one above is done, and knows all of it.
    OneAfterAnother,
    /// Each begins two superblocks behind the one above, on the threads of the calling rayon pool. What it expects symbols to
    /// cost comes from those two, and so a picture comes out 0.2 to 0.6 % larger. How many threads there are changes nothing.
    SideBySide,
}

impl Rows {
    /// How many workers libaom is told to share the rows among. Each takes memory (about a megabyte), and with fewer than two
    /// it would choose the other way.
    pub(crate) fn workers(self) -> c_uint {
        match self {
            Self::OneAfterAnother => 1,
            Self::SideBySide => rayon::current_num_threads().clamp(2, MOST_WORKERS) as c_uint,
        }
    }
}

/// More would mostly wait for one another: a row lags behind the one above it.
const MOST_WORKERS: usize = 16;

/// Called by `aom/ethread.c`. A worker takes row after row and waits for the rows above, which another worker has that is
/// already running: it never waits for one that has yet to begin, nor does it leave its thread to rayon meanwhile.
#[unsafe(no_mangle)]
extern "C" fn planish_side_by_side(
    count: c_int,
    run: unsafe extern "C" fn(*mut c_void, c_int),
    context: *mut c_void,
) {
    struct Context(*mut c_void);
    // SAFETY: what `run` does with it is made for being done for different indices at the same time.
    unsafe impl Sync for Context {}
    let context = &Context(context);
    (0..count).into_par_iter().with_max_len(1).for_each(|index| {
        // SAFETY: the two belong together, and the caller waits: `context` is still what it was.
        unsafe { run(context.0, index) }
    });
}
