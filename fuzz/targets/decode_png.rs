#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| planish_fuzz::read(bytes, planish::Format::Png));
