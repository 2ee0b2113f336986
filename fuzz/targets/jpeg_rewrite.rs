#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if planish::sniff(bytes).is_ok_and(|format| format == planish::Format::Jpeg) {
        planish_fuzz::rewrite(bytes, "safe");
    }
});
