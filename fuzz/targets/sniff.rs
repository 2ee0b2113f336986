#![no_main]

use libfuzzer_sys::fuzz_target;
use planish::{FileHeader, sniff};
use std::io::Cursor;

// A header that is read from a file says what the same bytes say in memory.
fuzz_target!(|bytes: &[u8]| {
    let format = sniff(bytes);
    let header = FileHeader::of(bytes);
    assert_eq!(format.is_ok(), header.is_ok());
    let read = FileHeader::read(&mut Cursor::new(bytes)).expect("memory can be read");
    assert_eq!(header.ok(), read.ok());
});
