use super::*;

fn config(subsampling: ChromaSubsampling, bit_depth: u8) -> Config {
    Config {
        quantizer_index: 96,
        screen_content: false,
        speed: 8,
        subsampling,
        bit_depth,
        full_range: true,
        color_primaries: 1,
        transfer_characteristics: 13,
        matrix_coefficients: 6,
        lossless: false,
        quantizers: Quantizers::One,
        rows: Rows::OneAfterAnother,
    }
}

fn plane(width: u32, height: u32, bit_depth: u8) -> Vec<u16> {
    let highest = (1_u32 << bit_depth) - 1;
    (0..height)
        .flat_map(|y| (0..width).map(move |x| (x, y)))
        .map(|(x, y)| ((x * 5 + y * 3 + (x * y) % 17 * 4) % (highest + 1)) as u16)
        .collect()
}

fn encode(width: u32, height: u32, config: &Config) -> Result<Vec<u8>, FfiError> {
    let (chroma_width, chroma_height) = config.subsampling.chroma_size(width, height);
    let y = plane(width, height, config.bit_depth);
    let c = plane(chroma_width, chroma_height, config.bit_depth);
    if config.bit_depth == 8 {
        let narrow = |plane: &[u16]| plane.iter().map(|&s| s as u8).collect::<Vec<_>>();
        let (y, c) = (narrow(&y), narrow(&c));
        let (y, u, v) = (Samples::U8(&y), Samples::U8(&c), Samples::U8(&c));
        encode_still(&Planes { width, height, y, u, v }, config)
    } else {
        let (y, u, v) = (Samples::U16(&y), Samples::U16(&c), Samples::U16(&c));
        encode_still(&Planes { width, height, y, u, v }, config)
    }
}

fn obu_types(stream: &[u8]) -> Vec<u8> {
    let mut types = Vec::new();
    let mut rest = stream;
    while let Some((obu_type, length)) = first_obu(rest) {
        types.push(obu_type);
        rest = &rest[length..];
    }
    assert!(rest.is_empty(), "bytes left over after the last OBU");
    types
}

const SEQUENCE_HEADER: u8 = 1;
const FRAME: u8 = 6;

#[test]
fn every_layout_gives_a_header_and_a_frame() -> Result<(), FfiError> {
    use ChromaSubsampling::{Yuv400, Yuv420, Yuv422, Yuv444};
    for subsampling in [Yuv400, Yuv420, Yuv422, Yuv444] {
        for bit_depth in [8, 10, 12] {
            for (width, height) in [(1, 1), (33, 17), (64, 64)] {
                let bytes = encode(width, height, &config(subsampling, bit_depth))?;
                assert_eq!(
                    obu_types(&bytes),
                    [SEQUENCE_HEADER, FRAME],
                    "{subsampling:?}, {bit_depth} bits, {width} × {height}"
                );
            }
        }
    }
    Ok(())
}

#[test]
fn the_sequence_header_says_still_picture() -> Result<(), FfiError> {
    let bytes = encode(40, 30, &config(ChromaSubsampling::Yuv444, 8))?;
    // Header byte and size byte, then: profile (3 bits), still_picture, reduced_still_picture_header.
    assert_eq!(bytes[2] >> 5, 1);
    assert_eq!(bytes[2] >> 3 & 0b11, 0b11);
    Ok(())
}

#[test]
fn the_same_input_gives_the_same_bytes() -> Result<(), FfiError> {
    let config = config(ChromaSubsampling::Yuv420, 8);
    assert_eq!(encode(97, 65, &config)?, encode(97, 65, &config)?);
    Ok(())
}

#[test]
fn threads_do_not_disturb_each_other() -> Result<(), FfiError> {
    let config = config(ChromaSubsampling::Yuv444, 8);
    let alone = encode(80, 48, &config)?;
    let together = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(|| encode(80, 48, &config))).collect();
        threads.into_iter().map(std::thread::ScopedJoinHandle::join).collect::<Vec<_>>()
    });
    for result in together {
        assert_eq!(result.ok(), Some(Ok(alone.clone())));
    }
    Ok(())
}

#[test]
fn rows_side_by_side_are_the_same_on_any_number_of_threads() -> Result<(), FfiError> {
    let one_after_another = Config { speed: 6, ..config(ChromaSubsampling::Yuv420, 10) };
    let side_by_side = Config { rows: Rows::SideBySide, ..one_after_another.clone() };
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        let pool = pool.map_err(|error| failure(error.to_string()))?;
        pool.install(|| encode(330, 270, &side_by_side))
    };
    let alone = on(1)?;
    for threads in [2, 3, 8] {
        assert_eq!(on(threads)?, alone, "{threads} threads");
    }
    assert_ne!(encode(330, 270, &one_after_another)?, alone);
    Ok(())
}

#[test]
fn a_higher_quantizer_index_is_smaller() -> Result<(), FfiError> {
    let mut sizes = Vec::new();
    for quantizer_index in [20, 61, 122, 123, 180, 240] {
        let config = Config { quantizer_index, speed: 6, ..config(ChromaSubsampling::Yuv444, 8) };
        sizes.push(encode(128, 128, &config)?.len());
    }
    assert!(sizes.is_sorted_by(|a, b| a > b), "sizes {sizes:?}");
    Ok(())
}

#[test]
fn every_quantiser_index_is_met() -> Result<(), FfiError> {
    let (width, height) = (128, 96);
    for bit_depth in [8, 10] {
        let samples = plane(width, height, bit_depth);
        let narrow: Vec<u8> = samples.iter().map(|&sample| sample as u8).collect();
        let y = if bit_depth == 8 { Samples::U8(&narrow) } else { Samples::U16(&samples) };
        let none = if bit_depth == 8 { Samples::U8(&[]) } else { Samples::U16(&[]) };
        let planes = Planes { width, height, y, u: none, v: none };
        for quantizer_index in 0..=220 {
            let config = Config { quantizer_index, ..config(ChromaSubsampling::Yuv400, bit_depth) };
            let met = [false, true].map(|screen_content| {
                let aim = Aim::of(width, height, &config, screen_content);
                let coded = Encoder::new(width, height, &config, &aim)?.encode(&image(&planes, &config))?;
                Ok::<_, FfiError>(coded.1 == quantizer_index)
            });
            let [photo, screen] = met;
            assert!(photo? || screen?, "{quantizer_index} in {bit_depth} bits");
        }
    }
    Ok(())
}

unsafe extern "C" {
    fn av1_compute_rd_mult(
        index: c_int,
        depth: c_uint,
        update: u8,
        layer: c_int,
        boost: c_int,
        frame: u8,
        fixed: c_int,
        statistics: c_int,
    ) -> c_int;
    fn libaom_compute_rd_mult(
        index: c_int,
        depth: c_uint,
        update: u8,
        layer: c_int,
        boost: c_int,
        frame: u8,
        fixed: c_int,
        statistics: c_int,
    ) -> c_int;
}

unsafe extern "C" {
    /// libaom's, by the name that `aom/ethread.c` gives it.
    fn libaom_compute_num_workers_for_mt(encoder: *mut std::ffi::c_void);
    fn av1_compute_num_workers_for_mt(encoder: *mut std::ffi::c_void);
}

#[test]
fn rows_are_shared_out_by_planish() {
    let (ours, theirs) =
        (av1_compute_num_workers_for_mt as *const (), libaom_compute_num_workers_for_mt as *const ());
    assert!(!std::ptr::eq(ours, theirs));
}

#[test]
fn what_planish_changes_in_libaom_is_what_is_linked() {
    for (index, thousandths) in [(0, 1000), (1, 2500), (159, 2500), (255, 1000)] {
        // SAFETY: looks up tables; the index is in their range. The other zeros mean a key frame.
        let (ours, theirs) = unsafe {
            (
                av1_compute_rd_mult(index, 10, 0, 0, 0, 0, 0, 0),
                libaom_compute_rd_mult(index, 10, 0, 0, 0, 0, 0, 0),
            )
        };
        assert!(theirs > 0);
        assert_eq!(i64::from(ours), i64::from(theirs) * thousandths / 1000, "at {index}");
    }
}

#[test]
fn superblocks_where_little_goes_on_are_finer() -> Result<(), FfiError> {
    // The left superblock a gentle slope with a faint pattern, the right one busy.
    let (width, height) = (128_u32, 64_u32);
    let samples: Vec<u16> = (0..height)
        .flat_map(|y| (0..width).map(move |x| (x, y)))
        .map(|(x, y)| {
            let busy = (x * 97 + y * 57 + x * y % 31 * 23) % 900;
            (if x < 64 { 300 + x + y + (x / 4 + y / 4) % 2 * 6 } else { 60 + busy }) as u16
        })
        .collect();
    let none = Samples::U16(&[]);
    let planes = Planes { width, height, y: Samples::U16(&samples), u: none, v: none };
    let even = Config { quantizer_index: 160, speed: 6, ..config(ChromaSubsampling::Yuv400, 10) };
    let own = Config { quantizers: Quantizers::BySuperblock, ..even.clone() };
    let (even, own) = (encode_still(&planes, &even)?, encode_still(&planes, &own)?);
    assert!(own.len() > even.len(), "{} and {} bytes", own.len(), even.len());
    Ok(())
}

#[test]
fn lossless_is_larger_than_the_best_lossy() -> Result<(), FfiError> {
    let lossy = Config { quantizer_index: 32, ..config(ChromaSubsampling::Yuv444, 8) };
    let lossless = Config { lossless: true, matrix_coefficients: 0, ..lossy.clone() };
    assert!(encode(64, 64, &lossless)?.len() > encode(64, 64, &lossy)?.len());
    Ok(())
}

#[test]
fn wrong_planes_and_settings_are_named() {
    let good = config(ChromaSubsampling::Yuv400, 8);
    let nothing = Samples::U8(&[]);
    let still = |width, height, y, config: &Config| {
        encode_still(&Planes { width, height, y, u: nothing, v: nothing }, config)
    };
    assert_eq!(still(2, 2, Samples::U8(&[0; 3]), &good), Err(FfiError::invalid("4 samples in plane y", "3")));
    assert_eq!(
        still(1, 1, Samples::U16(&[0]), &good),
        Err(FfiError::invalid("1-byte samples in plane y for 8 bits", "2-byte samples"))
    );
    let ten = Config { bit_depth: 10, ..good.clone() };
    assert_eq!(
        still(1, 1, Samples::U16(&[1024]), &ten),
        Err(FfiError::invalid("samples up to 1023 in plane y", "1024"))
    );
    let fast = Config { speed: 10, ..good.clone() };
    assert!(still(1, 1, Samples::U8(&[0]), &fast).is_err());
    assert!(still(0, 1, nothing, &good).is_err());
}
