//! `malloc` and its kin over Rust's allocator. Rust wants the size back on freeing, so it is kept in front of a block.

use std::alloc::{Layout, alloc, alloc_zeroed, dealloc, realloc as grow};
use std::ffi::c_void;
use std::ptr::null_mut;

/// Room for the size; as large as the alignment C code may expect, so that the block keeps it.
const HEADER: usize = 16;

fn layout(size: usize) -> Option<Layout> {
    Layout::from_size_align(size.checked_add(HEADER)?, HEADER).ok()
}

/// Notes the size and steps over the header. `start` is null or valid for `HEADER + size` bytes.
unsafe fn with_size(start: *mut u8, size: usize) -> *mut c_void {
    if start.is_null() {
        return null_mut();
    }
    // SAFETY: by contract; the block is aligned to HEADER.
    unsafe {
        start.cast::<usize>().write(size);
        start.add(HEADER).cast()
    }
}

/// The start of a block and its layout. `block` came from one of the functions below.
unsafe fn whole(block: *mut c_void) -> (*mut u8, Layout) {
    // SAFETY: by contract there is a header in front, with a size that made a layout before.
    unsafe {
        let start = block.cast::<u8>().sub(HEADER);
        let size = start.cast::<usize>().read();
        (start, Layout::from_size_align_unchecked(size + HEADER, HEADER))
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn malloc(size: usize) -> *mut c_void {
    let Some(layout) = layout(size) else { return null_mut() };
    // SAFETY: the layout is not empty.
    unsafe { with_size(alloc(layout), size) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn calloc(count: usize, size: usize) -> *mut c_void {
    let Some(size) = count.checked_mul(size) else { return null_mut() };
    let Some(layout) = layout(size) else { return null_mut() };
    // SAFETY: the layout is not empty.
    unsafe { with_size(alloc_zeroed(layout), size) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn realloc(block: *mut c_void, size: usize) -> *mut c_void {
    if block.is_null() {
        // SAFETY: as C defines it.
        return unsafe { malloc(size) };
    }
    let Some(new) = layout(size) else { return null_mut() };
    // SAFETY: C promises that the block came from here and is still allocated.
    unsafe {
        let (start, old) = whole(block);
        with_size(grow(start, old, new.size()), size)
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn free(block: *mut c_void) {
    if block.is_null() {
        return;
    }
    // SAFETY: C promises that the block came from here and is still allocated.
    unsafe {
        let (start, layout) = whole(block);
        dealloc(start, layout);
    }
}
