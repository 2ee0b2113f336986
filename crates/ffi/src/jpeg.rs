//! Lossy JPEG, through mozjpeg.

use crate::FfiError;
use std::any::Any;
use std::ffi::{CStr, c_char, c_int, c_uchar, c_uint, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::ptr;
// Linked for the library it builds: jpeg/encode.c calls it.
use mozjpeg_sys as _;

/// The longest edge a JPEG can have.
pub const MAX_DIMENSION: u32 = 65_500;

/// Entries of a quantisation table.
pub const TABLE_SIZE: usize = 64;

/// The quantisation tables, in row-major order; each entry is from 1 to 255.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuantisationTables {
    /// For luma.
    pub luma: [u16; TABLE_SIZE],
    /// For both chroma components.
    pub chroma: [u16; TABLE_SIZE],
}

/// What the samples of a pixel are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Samples {
    /// One byte.
    Gray,
    /// Three bytes.
    Rgb,
}

/// How the coefficients are split into scans. Each scan has Huffman tables of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scans {
    /// One scan, from the top to the bottom.
    Sequential,
    /// The usual progressive scans.
    Progressive,
    /// The progressive scans that come out smallest, of several that are tried.
    Searched,
}

/// How to encode. Coefficients are chosen by what they cost and what they are worth (trellis quantisation).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Config {
    /// The quantisation tables.
    pub tables: QuantisationTables,
    /// Chroma subsampling 4:2:0 instead of 4:4:4.
    pub halve_chroma: bool,
    /// The scans.
    pub scans: Scans,
}

/// What jpeg/encode.h calls `planish_jpeg_request`.
#[repr(C)]
struct Request {
    pixels: *const c_uchar,
    width: c_uint,
    height: c_uint,
    components: c_int,
    halve_chroma: c_int,
    luma: [c_uint; TABLE_SIZE],
    chroma: [c_uint; TABLE_SIZE],
    progressive: c_int,
    optimize_scans: c_int,
    cancelled: unsafe extern "C" fn(*mut c_void) -> c_int,
    context: *mut c_void,
}

const DONE: c_int = 0;
const CANCELLED: c_int = 2;
const OUT_OF_MEMORY: c_int = 3;
/// libjpeg's `JMSG_LENGTH_MAX`.
const MESSAGE_LENGTH: usize = 200;

unsafe extern "C" {
    fn planish_jpeg_encode(
        request: *const Request,
        bytes: *mut *mut c_uchar,
        length: *mut usize,
        message: *mut c_char,
    ) -> c_int;
    fn planish_jpeg_free(bytes: *mut c_uchar);
}

/// Encodes rows of 8-bit samples, from the top and without padding. `cancelled` is asked once for each row of blocks in
/// every pass over them.
///
/// # Errors
/// [`FfiError::InvalidInput`] for sizes from 0 or above [`MAX_DIMENSION`], a number of samples that does not fit, or a
/// table entry that is not from 1 to 255; [`FfiError::Cancelled`]; [`FfiError::OutOfMemory`]; [`FfiError::Codec`].
pub fn encode(
    pixels: &[u8],
    samples: Samples,
    width: u32,
    height: u32,
    config: &Config,
    cancelled: &mut dyn FnMut() -> bool,
) -> Result<Vec<u8>, FfiError> {
    if !(1..=MAX_DIMENSION).contains(&width) || !(1..=MAX_DIMENSION).contains(&height) {
        return Err(FfiError::invalid(
            format!("edges from 1 to {MAX_DIMENSION} pixels"),
            format!("{width} x {height}"),
        ));
    }
    let components: u32 = match samples {
        Samples::Gray => 1,
        Samples::Rgb => 3,
    };
    let needed = u64::from(width) * u64::from(height) * u64::from(components);
    if pixels.len() as u64 != needed {
        return Err(FfiError::invalid(format!("{needed} samples"), pixels.len().to_string()));
    }
    let QuantisationTables { luma, chroma } = &config.tables;
    if let Some(step) = luma.iter().chain(chroma).find(|step| !(1..=255).contains(*step)) {
        return Err(FfiError::invalid("quantisation steps from 1 to 255", step.to_string()));
    }
    let mut watch = Watch { cancelled, panic: None };
    let request = Request {
        pixels: pixels.as_ptr(),
        width,
        height,
        components: components as c_int,
        halve_chroma: c_int::from(config.halve_chroma),
        luma: luma.map(c_uint::from),
        chroma: chroma.map(c_uint::from),
        progressive: c_int::from(config.scans != Scans::Sequential),
        optimize_scans: c_int::from(config.scans == Scans::Searched),
        cancelled: ask,
        context: (&raw mut watch).cast(),
    };
    let mut bytes = ptr::null_mut();
    let mut length = 0;
    let mut message = [0; MESSAGE_LENGTH];
    // SAFETY: the request, the pixels it points to (as many as its sizes say) and the message live until the call
    // returns; nothing of them is kept. `context` is the `Watch` that `ask` takes it for, and no one else has it.
    let status = unsafe {
        planish_jpeg_encode(&raw const request, &raw mut bytes, &raw mut length, message.as_mut_ptr())
    };
    if let Some(panic) = watch.panic {
        resume_unwind(panic);
    }
    match status {
        DONE => {
            // SAFETY: a call that is done has handed out `length` bytes, which are freed once and used no more.
            Ok(unsafe {
                let file = std::slice::from_raw_parts(bytes, length).to_vec();
                planish_jpeg_free(bytes);
                file
            })
        }
        CANCELLED => Err(FfiError::Cancelled),
        OUT_OF_MEMORY => Err(FfiError::OutOfMemory),
        _ => {
            // SAFETY: the array is longer than any message, was zeroed, and lives on.
            let message = unsafe { CStr::from_ptr(message.as_ptr()) }.to_string_lossy().into_owned();
            Err(FfiError::Codec { codec: "mozjpeg", message })
        }
    }
}

struct Watch<'a> {
    cancelled: &'a mut dyn FnMut() -> bool,
    /// Of the question itself: it may not unwind through C.
    panic: Option<Box<dyn Any + Send>>,
}

/// Whether to stop.
unsafe extern "C" fn ask(context: *mut c_void) -> c_int {
    // SAFETY: `encode` puts a `Watch` there that outlives the call, and lends it to no one else meanwhile.
    let watch = unsafe { &mut *context.cast::<Watch<'_>>() };
    match catch_unwind(AssertUnwindSafe(|| (watch.cancelled)())) {
        Ok(stop) => c_int::from(stop),
        Err(panic) => {
            watch.panic = Some(panic);
            1
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIDE: u32 = 96;

    fn picture() -> Vec<u8> {
        (0..SIDE * SIDE)
            .flat_map(|index| {
                let (x, y) = (index % SIDE, index / SIDE);
                [(x * 2) as u8, (y * 2) as u8, ((x * y) % 251) as u8]
            })
            .collect()
    }

    fn config(step: u16) -> Config {
        let tables = QuantisationTables { luma: [step; TABLE_SIZE], chroma: [step; TABLE_SIZE] };
        Config { tables, halve_chroma: true, scans: Scans::Searched }
    }

    fn encoded(config: &Config) -> Vec<u8> {
        encode(&picture(), Samples::Rgb, SIDE, SIDE, config, &mut || false).unwrap()
    }

    #[test]
    fn files_are_progressive_and_whole() {
        let file = encoded(&config(8));
        assert_eq!((&file[..2], &file[file.len() - 2..]), (&[0xff, 0xd8][..], &[0xff, 0xd9][..]));
        assert!(file.windows(2).any(|pair| pair == [0xff, 0xc2]), "no progressive frame");
    }

    #[test]
    fn every_setting_is_heeded() {
        let base = config(8);
        let file = encoded(&base);
        for other in [
            config(16),
            Config { halve_chroma: false, ..base },
            Config { scans: Scans::Progressive, ..base },
            Config { scans: Scans::Sequential, ..base },
        ] {
            assert_ne!(encoded(&other), file, "{other:?}");
        }
        assert!(encoded(&config(16)).len() < file.len());
        assert!(encoded(&Config { scans: Scans::Progressive, ..base }).len() >= file.len());
    }

    #[test]
    fn sequential_files_have_one_scan() {
        let file = encoded(&Config { scans: Scans::Sequential, ..config(8) });
        let count = |marker| file.windows(2).filter(|pair| *pair == [0xff, marker]).count();
        assert_eq!((count(0xc0), count(0xc2), count(0xda)), (1, 0, 1));
    }

    #[test]
    fn gray_files_have_one_component() {
        let gray = vec![100; (SIDE * SIDE) as usize];
        let file = encode(&gray, Samples::Gray, SIDE, SIDE, &config(4), &mut || false).unwrap();
        let frame = file.windows(2).position(|pair| pair == [0xff, 0xc2]).unwrap();
        assert_eq!(file[frame + 9], 1);
    }

    #[test]
    fn it_stops_wherever_it_is_told_to() {
        let mut questions = 0;
        encode(&picture(), Samples::Rgb, SIDE, SIDE, &config(8), &mut || {
            questions += 1;
            false
        })
        .unwrap();
        assert!(questions > 100, "asked {questions} times only");
        for last in [0, 1, questions / 3, questions / 2, questions - 1] {
            let mut asked = 0;
            let result = encode(&picture(), Samples::Rgb, SIDE, SIDE, &config(8), &mut || {
                asked += 1;
                asked > last
            });
            assert_eq!(result, Err(FfiError::Cancelled), "after question {last}");
            assert_eq!(asked, last + 1);
        }
    }

    #[test]
    fn a_panic_of_the_question_arrives_as_one() {
        let caught = catch_unwind(|| {
            encode(&picture(), Samples::Rgb, SIDE, SIDE, &config(8), &mut || panic!("asked"))
        });
        assert_eq!(caught.unwrap_err().downcast_ref::<&str>(), Some(&"asked"));
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let refused = |pixels: &[u8], width, height, config: &Config| {
            let result = encode(pixels, Samples::Rgb, width, height, config, &mut || false);
            assert!(matches!(result, Err(FfiError::InvalidInput { .. })), "{result:?}");
        };
        refused(&[0; 11], 2, 2, &config(1));
        refused(&[], 0, 1, &config(1));
        refused(&[], MAX_DIMENSION + 1, 1, &config(1));
        refused(&[0; 12], 2, 2, &config(0));
        refused(&[0; 12], 2, 2, &config(256));
    }
}
