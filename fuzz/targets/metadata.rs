#![no_main]

use libfuzzer_sys::fuzz_target;

// The first byte says which policy, the rest is the file.
fuzz_target!(|bytes: &[u8]| {
    let Some((policy, file)) = bytes.split_first() else { return };
    planish_fuzz::rewrite(file, ["safe", "strip", "keep"][usize::from(*policy) % 3]);
});
