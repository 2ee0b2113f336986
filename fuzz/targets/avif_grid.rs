#![no_main]

use libfuzzer_sys::fuzz_target;
use planish_fuzz::tiles::behind;

// What says how tiles are put together, in front of tiles that are whole: to be guessed, an AV1 tile is too much.
fuzz_target!(|head: &[u8]| {
    if let Some(file) = behind(head) {
        planish_fuzz::read(&file, planish::Format::Avif);
    }
});
