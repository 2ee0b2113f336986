//! `stdlib.h`, but for memory.

use std::cmp::Ordering;
use std::ffi::{c_char, c_int, c_void};
use std::sync::atomic;

type Compare = unsafe extern "C" fn(*const c_void, *const c_void) -> c_int;

/// A stable merge sort, as glibc's `qsort` is: elements that compare equal keep their order on both, and so the codecs
/// give the same bytes.
#[unsafe(no_mangle)]
unsafe extern "C" fn qsort(base: *mut c_void, count: usize, size: usize, compare: Compare) {
    if count < 2 || size == 0 {
        return;
    }
    let base = base.cast::<u8>();
    // SAFETY: C promises `count` elements of `size` bytes; indices stay below `count`.
    let ordering =
        |a: usize, b: usize| unsafe { compare(base.add(a * size).cast(), base.add(b * size).cast()).cmp(&0) };
    let mut order: Vec<usize> = (0..count).collect();
    let mut scratch = order.clone();
    let mut run = 1;
    while run < count {
        for start in (0..count).step_by(run * 2) {
            let middle = (start + run).min(count);
            let end = (start + run * 2).min(count);
            merge(&order[start..middle], &order[middle..end], &mut scratch[start..end], ordering);
        }
        std::mem::swap(&mut order, &mut scratch);
        run *= 2;
    }
    // SAFETY: as above.
    let elements = unsafe { std::slice::from_raw_parts_mut(base, count * size) };
    let unsorted = elements.to_vec();
    for (element, from) in elements.chunks_exact_mut(size).zip(order) {
        element.copy_from_slice(&unsorted[from * size..][..size]);
    }
}

/// Merges two sorted runs; on a tie the left one comes first.
fn merge(left: &[usize], right: &[usize], into: &mut [usize], ordering: impl Fn(usize, usize) -> Ordering) {
    let (mut l, mut r) = (0, 0);
    for slot in into {
        let take_left = match (left.get(l), right.get(r)) {
            (Some(&a), Some(&b)) => ordering(a, b) != Ordering::Greater,
            (left, _) => left.is_some(),
        };
        let (from, at) = if take_left { (left, &mut l) } else { (right, &mut r) };
        *slot = from[*at];
        *at += 1;
    }
}

/// Parses an integer in base 10, or 16 after `0x` where the base is 0 or 16. Values out of range stop at the limits
/// of `i64`; the callers cut them down.
unsafe fn parse(text: *const c_char, end: *mut *mut c_char, base: c_int) -> i64 {
    // SAFETY: C promises a string, which is not read beyond its end.
    let byte_at = |at: usize| unsafe { text.add(at).cast::<u8>().read() };
    let mut at = 0;
    while byte_at(at).is_ascii_whitespace() {
        at += 1;
    }
    let negative = byte_at(at) == b'-';
    if negative || byte_at(at) == b'+' {
        at += 1;
    }
    let prefixed =
        byte_at(at) == b'0' && byte_at(at + 1) | 0x20 == b'x' && byte_at(at + 2).is_ascii_hexdigit();
    let hexadecimal = prefixed && (base == 0 || base == 16);
    if hexadecimal {
        at += 2;
    }
    let radix = match base {
        0 => {
            if hexadecimal {
                16
            } else {
                10
            }
        }
        other => other.clamp(2, 36).unsigned_abs(),
    };
    let first = at;
    let mut value = 0_i64;
    while let Some(digit) = char::from(byte_at(at)).to_digit(radix) {
        value = value.saturating_mul(i64::from(radix)).saturating_add(i64::from(digit));
        at += 1;
    }
    if !end.is_null() {
        let stop = if at == first { 0 } else { at };
        // SAFETY: `end` is valid for writes by contract; `stop` is inside the string.
        unsafe { end.write(text.add(stop).cast_mut()) };
    }
    if negative { -value } else { value }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn strtol(text: *const c_char, end: *mut *mut c_char, base: c_int) -> i32 {
    // SAFETY: passed on.
    unsafe { parse(text, end, base) }.clamp(i64::from(i32::MIN), i64::from(i32::MAX)) as i32
}

#[unsafe(no_mangle)]
unsafe extern "C" fn strtoul(text: *const c_char, end: *mut *mut c_char, base: c_int) -> u32 {
    // SAFETY: passed on.
    unsafe { parse(text, end, base) }.clamp(i64::from(i32::MIN), i64::from(u32::MAX)) as u32
}

/// A fixed sequence: the codecs must give the same bytes every time.
#[unsafe(no_mangle)]
extern "C" fn rand() -> c_int {
    static STATE: atomic::AtomicU32 = atomic::AtomicU32::new(1);
    let next = |state: u32| state.wrapping_mul(1_103_515_245).wrapping_add(12_345);
    let before = STATE.fetch_update(atomic::Ordering::Relaxed, atomic::Ordering::Relaxed, |s| Some(next(s)));
    let (Ok(before) | Err(before)) = before;
    (next(before) >> 1) as c_int
}
