//! AV1 still pictures, through libaom's encoder.

mod aim;
mod rows;
#[cfg(test)]
mod tests;

pub use rows::Rows;

use crate::FfiError;
use aim::Aim;
use libaom_sys as sys;
use std::ffi::{CStr, c_int, c_uint};
use std::mem::MaybeUninit;
use std::sync::{Mutex, PoisonError};

/// The longest edge an AV1 frame can have.
pub const MAX_DIMENSION: u32 = 65_536;

/// How much chroma is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ChromaSubsampling {
    /// None: luma only.
    Yuv400,
    /// Half the width, half the height.
    Yuv420,
    /// Half the width.
    Yuv422,
    /// All of it.
    Yuv444,
}

impl ChromaSubsampling {
    /// Width and height of a chroma plane; both 0 for 4:0:0.
    pub const fn chroma_size(self, width: u32, height: u32) -> (u32, u32) {
        match self {
            Self::Yuv400 => (0, 0),
            Self::Yuv420 => (width.div_ceil(2), height.div_ceil(2)),
            Self::Yuv422 => (width.div_ceil(2), height),
            Self::Yuv444 => (width, height),
        }
    }
}

/// One plane: rows contiguous, no padding.
#[derive(Debug, Clone, Copy)]
pub enum Samples<'a> {
    /// For a bit depth of 8.
    U8(&'a [u8]),
    /// For bit depths of 10 and 12.
    U16(&'a [u16]),
}

impl Samples<'_> {
    fn len(&self) -> usize {
        match self {
            Self::U8(samples) => samples.len(),
            Self::U16(samples) => samples.len(),
        }
    }

    fn bytes_per_sample(&self) -> usize {
        match self {
            Self::U8(_) => 1,
            Self::U16(_) => 2,
        }
    }

    fn as_ptr(&self) -> *const u8 {
        match self {
            Self::U8(samples) => samples.as_ptr(),
            Self::U16(samples) => samples.as_ptr().cast(),
        }
    }

    fn largest(&self) -> u16 {
        match self {
            Self::U8(samples) => samples.iter().copied().max().unwrap_or(0).into(),
            Self::U16(samples) => samples.iter().copied().max().unwrap_or(0),
        }
    }
}

/// The picture. A chroma plane's size rounds up; `u` and `v` are empty for 4:0:0.
#[derive(Debug, Clone, Copy)]
pub struct Planes<'a> {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Luma.
    pub y: Samples<'a>,
    /// First chroma plane.
    pub u: Samples<'a>,
    /// Second chroma plane.
    pub v: Samples<'a>,
}

/// Where in a picture a quantiser holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Quantizers {
    /// One for all of it.
    One,
    /// One for each superblock of 64 × 64, finer where little goes on. For more than 8 bits, at speeds below 8.
    BySuperblock,
}

/// How to encode.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// AV1's `base_q_idx`, 0 (best) to 255 (smallest): four times as fine as libaom's `cq-level`. Above about 224, and for
    /// pictures of a few blocks, it is met to within three.
    pub quantizer_index: u8,
    /// Whether libaom is likely to find the picture to be screen content. A wrong guess costs a second encode.
    pub screen_content: bool,
    /// 0 (slowest, smallest) to 9 (fastest), libaom's `cpu-used`.
    pub speed: u8,
    /// What the planes hold.
    pub subsampling: ChromaSubsampling,
    /// 8, 10 or 12.
    pub bit_depth: u8,
    /// Whether samples use the whole range of values.
    pub full_range: bool,
    /// CICP number of the primaries, as in 1 for sRGB's.
    pub color_primaries: u8,
    /// CICP number of the transfer function, as in 13 for sRGB's.
    pub transfer_characteristics: u8,
    /// CICP number of the matrix; 0 means that the planes hold G, B and R.
    pub matrix_coefficients: u8,
    /// Keep every sample; `quantizer_index` is ignored.
    pub lossless: bool,
    /// Whether superblocks have quantisers of their own.
    pub quantizers: Quantizers,
    /// Whether one picture keeps more than one thread busy.
    pub rows: Rows,
}

/// Encodes one key frame. The result is a sequence header and a frame, without temporal delimiter, as an AVIF container
/// wants it. The same planes and settings always give the same bytes, on any number of threads.
///
/// # Errors
/// [`FfiError`]: sizes do not fit, a setting is out of range, memory ran out, or libaom failed.
pub fn encode_still(planes: &Planes<'_>, config: &Config) -> Result<Vec<u8>, FfiError> {
    check(planes, config)?;
    let image = image(planes, config);
    let aim = Aim::of(planes.width, planes.height, config, config.screen_content);
    let (mut bytes, index) = Encoder::new(planes.width, planes.height, config, &aim)?.encode(&image)?;
    if aim.rate.is_some() && index != config.quantizer_index {
        let aim = Aim::of(planes.width, planes.height, config, !config.screen_content);
        (bytes, _) = Encoder::new(planes.width, planes.height, config, &aim)?.encode(&image)?;
    }
    without_temporal_delimiters(&bytes)
}

/// The `deltaq-mode` whose choice of superblocks' quantisers `aom/encodeframe.c` replaces.
const DELTA_Q_PERCEPTUAL: c_int = 2;

/// Holds libaom's context and frees it.
struct Encoder(sys::aom_codec_ctx_t);

/// libaom fills tables and picks kernels at its first use. Built without threads, as it is for WebAssembly, it does
/// so unguarded.
static FIRST_USE: Mutex<()> = Mutex::new(());

impl Encoder {
    fn new(width: u32, height: u32, config: &Config, aim: &Aim) -> Result<Self, FfiError> {
        let _guard = FIRST_USE.lock().unwrap_or_else(PoisonError::into_inner);
        // SAFETY: returns a pointer to a static.
        let interface = unsafe { sys::aom_codec_av1_cx() };
        let mut settings = MaybeUninit::<sys::aom_codec_enc_cfg>::zeroed();
        // SAFETY: `settings` is valid for writes; plain old data, so zeroed is initialised.
        let (status, mut settings) = unsafe {
            let status =
                sys::aom_codec_enc_config_default(interface, settings.as_mut_ptr(), sys::AOM_USAGE_ALL_INTRA);
            (status, settings.assume_init())
        };
        if status != 0 {
            return Err(failure(message_of(status)));
        }
        settings.g_profile = profile(config);
        settings.g_w = width;
        settings.g_h = height;
        settings.g_bit_depth = c_uint::from(config.bit_depth);
        settings.g_input_bit_depth = c_uint::from(config.bit_depth);
        settings.g_threads = config.rows.workers();
        // One frame: the sequence header then says "still picture", in its short form.
        settings.g_limit = 1;
        settings.g_lag_in_frames = 0;
        settings.kf_mode = sys::AOM_KF_DISABLED;
        settings.kf_max_dist = 0;
        settings.monochrome = c_uint::from(config.subsampling == ChromaSubsampling::Yuv400);
        settings.rc_min_quantizer = aim.quantizers.0.into();
        settings.rc_max_quantizer = aim.quantizers.1.into();
        settings.rc_end_usage = if aim.rate.is_some() { sys::AOM_VBR } else { sys::AOM_Q };
        if let Some((kilobits, _)) = aim.rate {
            settings.rc_target_bitrate = kilobits;
        }

        let flags = if config.bit_depth > 8 { sys::AOM_CODEC_USE_HIGHBITDEPTH } else { 0 };
        let mut context = MaybeUninit::<sys::aom_codec_ctx_t>::zeroed();
        // SAFETY: `context` is valid for writes and plain old data; `settings` is read during the call and copied.
        let (status, context) = unsafe {
            let status = sys::aom_codec_enc_init_ver(
                context.as_mut_ptr(),
                interface,
                &raw const settings,
                flags as sys::aom_codec_flags_t,
                sys::AOM_ENCODER_ABI_VERSION as c_int,
            );
            (status, context.assume_init())
        };
        // The context keeps a pointer to `settings`, which libaom reads only in calls this wrapper does not make.
        let mut encoder = Self(context);
        encoder.0.config.enc = std::ptr::null();
        encoder.check(status)?;

        encoder.set(sys::AOME_SET_CPUUSED, c_int::from(config.speed))?;
        encoder.set(sys::AOME_SET_CQ_LEVEL, c_int::from(aim.quantizers.0))?;
        if let Some((_, percent)) = aim.rate {
            encoder.set(sys::AOME_SET_MAX_INTRA_BITRATE_PCT, percent as c_int)?;
        }
        encoder.set(sys::AOME_SET_TUNING, sys::AOM_TUNE_SSIM as c_int)?;
        if !config.lossless {
            // What aom/ changes in libaom goes by these.
            encoder.set(sys::AV1E_SET_ENABLE_QM, 1)?;
            encoder.set_option(c"dist-metric", c"qm-psnr")?;
            encoder.set(sys::AV1E_SET_ENABLE_CHROMA_DELTAQ, 1)?;
            encoder.set(sys::AV1E_SET_SUPERBLOCK_SIZE, sys::AOM_SUPERBLOCK_SIZE_64X64 as c_int)?;
            if config.quantizers == Quantizers::BySuperblock {
                encoder.set(sys::AV1E_SET_DELTAQ_MODE, DELTA_Q_PERCEPTUAL)?;
            }
        }
        if config.lossless {
            encoder.set(sys::AV1E_SET_LOSSLESS, 1)?;
        }
        encoder.set(sys::AV1E_SET_ROW_MT, c_int::from(config.rows == Rows::SideBySide))?;
        encoder.set(sys::AV1E_SET_COLOR_PRIMARIES, c_int::from(config.color_primaries))?;
        encoder.set(sys::AV1E_SET_TRANSFER_CHARACTERISTICS, c_int::from(config.transfer_characteristics))?;
        encoder.set(sys::AV1E_SET_MATRIX_COEFFICIENTS, c_int::from(config.matrix_coefficients))?;
        encoder.set(sys::AV1E_SET_COLOR_RANGE, color_range(config) as c_int)?;
        // The encoder's own reconstruction is not looked at: do not filter it.
        encoder.set(sys::AV1E_SET_SKIP_POSTPROC_FILTERING, 1)?;
        // Nothing moves in a still, but images at half and quarter size would be kept for finding out.
        encoder.set(sys::AV1E_SET_ENABLE_GLOBAL_MOTION, 0)?;
        Ok(encoder)
    }

    fn set(&mut self, control: sys::aome_enc_control_id, value: c_int) -> Result<(), FfiError> {
        // SAFETY: the context is initialised, and every control used here takes one int or unsigned int.
        let status = unsafe { sys::aom_codec_control(&raw mut self.0, control as c_int, value) };
        self.check(status)
    }

    /// For what has no control of its own.
    fn set_option(&mut self, name: &CStr, value: &CStr) -> Result<(), FfiError> {
        // SAFETY: the context is initialised, both strings end in a zero and are read during the call only.
        let status = unsafe { sys::aom_codec_set_option(&raw mut self.0, name.as_ptr(), value.as_ptr()) };
        self.check(status)
    }

    /// The stream and the quantiser index it was coded with.
    fn encode(mut self, image: &sys::aom_image_t) -> Result<(Vec<u8>, u8), FfiError> {
        let mut output = Vec::new();
        // SAFETY: the context is initialised; the image's planes have the sizes and strides it names (see `check`
        // and `image`), and libaom only reads them, denoising being off.
        let status = unsafe { sys::aom_codec_encode(&raw mut self.0, image, 0, 1, 0) };
        self.check(status)?;
        self.collect(&mut output)?;
        // SAFETY: as above; no image means flush.
        let status = unsafe { sys::aom_codec_encode(&raw mut self.0, std::ptr::null(), 0, 1, 0) };
        self.check(status)?;
        self.collect(&mut output)?;
        if output.is_empty() {
            return Err(failure("no frame came out"));
        }
        let mut index: c_int = 0;
        // SAFETY: the context is initialised, and this control takes a pointer to an int, which it writes.
        let status = unsafe {
            sys::aom_codec_control(&raw mut self.0, sys::AOME_GET_LAST_QUANTIZER as c_int, &raw mut index)
        };
        self.check(status)?;
        Ok((output, index.clamp(0, 255) as u8))
    }

    fn collect(&mut self, output: &mut Vec<u8>) -> Result<(), FfiError> {
        let mut iterator: sys::aom_codec_iter_t = std::ptr::null();
        loop {
            // SAFETY: the context is initialised, the iterator starts as null and is only passed back.
            let packet = unsafe { sys::aom_codec_get_cx_data(&raw mut self.0, &raw mut iterator) };
            // SAFETY: null, or a packet that is valid until the next call.
            let Some(packet) = (unsafe { packet.as_ref() }) else { return Ok(()) };
            if packet.kind != sys::AOM_CODEC_CX_FRAME_PKT {
                continue;
            }
            // SAFETY: the kind says which member of the union is set; its buffer is valid until the next call.
            let frame = unsafe {
                let frame = packet.data.frame;
                std::slice::from_raw_parts(frame.buf.cast::<u8>(), frame.sz)
            };
            output.try_reserve(frame.len()).map_err(|_| FfiError::OutOfMemory)?;
            output.extend_from_slice(frame);
        }
    }

    fn check(&self, status: sys::aom_codec_err_t) -> Result<(), FfiError> {
        if status == 0 {
            return Ok(());
        }
        if status == sys::AOM_CODEC_MEM_ERROR {
            return Err(FfiError::OutOfMemory);
        }
        let mut message = message_of(status);
        // SAFETY: the context is initialised; the detail is null or a string that lives as long as the context.
        let detail = unsafe {
            let detail = sys::aom_codec_error_detail(&raw const self.0);
            (!detail.is_null()).then(|| CStr::from_ptr(detail).to_string_lossy().into_owned())
        };
        if let Some(detail) = detail {
            message = format!("{message}: {detail}");
        }
        Err(failure(message))
    }
}

impl Drop for Encoder {
    fn drop(&mut self) {
        // SAFETY: initialised or refused by aom_codec_enc_init_ver; destroying the latter does nothing.
        unsafe { sys::aom_codec_destroy(&raw mut self.0) };
    }
}

fn check(planes: &Planes<'_>, config: &Config) -> Result<(), FfiError> {
    let &Planes { width, height, .. } = planes;
    if width == 0 || height == 0 || width > MAX_DIMENSION || height > MAX_DIMENSION {
        return Err(FfiError::invalid(
            format!("width and height from 1 to {MAX_DIMENSION} for AV1"),
            format!("{width} × {height}"),
        ));
    }
    if config.speed > 9 {
        return Err(FfiError::invalid("an AV1 speed from 0 to 9", config.speed.to_string()));
    }
    if !matches!(config.bit_depth, 8 | 10 | 12) {
        return Err(FfiError::invalid("a bit depth of 8, 10 or 12", config.bit_depth.to_string()));
    }
    if config.matrix_coefficients == 0 && config.subsampling != ChromaSubsampling::Yuv444 {
        return Err(FfiError::invalid("4:4:4 for matrix 0 (RGB)", format!("{:?}", config.subsampling)));
    }
    let chroma = config.subsampling.chroma_size(width, height);
    let sample_size = if config.bit_depth == 8 { 1 } else { 2 };
    for (name, plane, (width, height)) in
        [("y", planes.y, (width, height)), ("u", planes.u, chroma), ("v", planes.v, chroma)]
    {
        let expected = (width as usize).checked_mul(height as usize).ok_or(FfiError::OutOfMemory)?;
        if plane.len() != expected {
            return Err(FfiError::invalid(
                format!("{expected} samples in plane {name}"),
                plane.len().to_string(),
            ));
        }
        if expected == 0 {
            continue;
        }
        if plane.bytes_per_sample() != sample_size {
            return Err(FfiError::invalid(
                format!("{}-byte samples in plane {name} for {} bits", sample_size, config.bit_depth),
                format!("{}-byte samples", plane.bytes_per_sample()),
            ));
        }
        // libaom's behaviour is undefined for samples beyond the bit depth.
        let highest = if config.bit_depth == 8 { 255 } else { (1_u16 << config.bit_depth) - 1 };
        let actual = plane.largest();
        if actual > highest {
            return Err(FfiError::invalid(
                format!("samples up to {highest} in plane {name}"),
                actual.to_string(),
            ));
        }
    }
    Ok(())
}

/// Profile 0: 4:2:0 and 4:0:0; 1: 4:4:4; 2: 4:2:2, and everything in 12 bits.
fn profile(config: &Config) -> c_uint {
    match (config.bit_depth, config.subsampling) {
        (12, _) | (_, ChromaSubsampling::Yuv422) => 2,
        (_, ChromaSubsampling::Yuv444) => 1,
        (_, ChromaSubsampling::Yuv400 | ChromaSubsampling::Yuv420) => 0,
    }
}

fn color_range(config: &Config) -> sys::aom_color_range_t {
    if config.full_range { sys::AOM_CR_FULL_RANGE } else { sys::AOM_CR_STUDIO_RANGE }
}

/// libaom's view of the planes; it borrows them without saying so in its type.
fn image(planes: &Planes<'_>, config: &Config) -> sys::aom_image_t {
    // SAFETY: plain old data: integers and pointers.
    let mut image: sys::aom_image_t = unsafe { MaybeUninit::zeroed().assume_init() };
    let high = config.bit_depth > 8;
    // A luma-only picture is 4:2:0 without its chroma planes.
    let (low_format, high_format, bits_per_pixel, shift_x, shift_y) = match config.subsampling {
        ChromaSubsampling::Yuv400 | ChromaSubsampling::Yuv420 => {
            (sys::AOM_IMG_FMT_I420, sys::AOM_IMG_FMT_I42016, 12, 1, 1)
        }
        ChromaSubsampling::Yuv422 => (sys::AOM_IMG_FMT_I422, sys::AOM_IMG_FMT_I42216, 16, 1, 0),
        ChromaSubsampling::Yuv444 => (sys::AOM_IMG_FMT_I444, sys::AOM_IMG_FMT_I44416, 24, 0, 0),
    };
    image.fmt = if high { high_format } else { low_format };
    image.bps = if high { bits_per_pixel * 2 } else { bits_per_pixel };
    image.bit_depth = if high { 16 } else { 8 };
    image.x_chroma_shift = shift_x;
    image.y_chroma_shift = shift_y;
    image.w = planes.width;
    image.h = planes.height;
    image.d_w = planes.width;
    image.d_h = planes.height;
    image.cp = c_uint::from(config.color_primaries);
    image.tc = c_uint::from(config.transfer_characteristics);
    image.mc = c_uint::from(config.matrix_coefficients);
    image.range = color_range(config);
    image.monochrome = c_int::from(config.subsampling == ChromaSubsampling::Yuv400);
    let (chroma_width, _) = config.subsampling.chroma_size(planes.width, planes.height);
    for (slot, (plane, width)) in
        [(planes.y, planes.width), (planes.u, chroma_width), (planes.v, chroma_width)].into_iter().enumerate()
    {
        if plane.len() > 0 {
            image.planes[slot] = plane.as_ptr().cast_mut();
            image.stride[slot] = width as c_int * plane.bytes_per_sample() as c_int;
        }
    }
    image
}

/// Copies a stream of OBUs, leaving out the temporal delimiters.
fn without_temporal_delimiters(stream: &[u8]) -> Result<Vec<u8>, FfiError> {
    const TEMPORAL_DELIMITER: u8 = 2;
    let mut kept = Vec::with_capacity(stream.len());
    let mut rest = stream;
    while !rest.is_empty() {
        let (obu_type, length) = first_obu(rest).ok_or_else(|| failure("its output cannot be parsed"))?;
        let (obu, tail) = rest.split_at(length);
        if obu_type != TEMPORAL_DELIMITER {
            kept.extend_from_slice(obu);
        }
        rest = tail;
    }
    Ok(kept)
}

/// Type and whole length, header included, of the OBU `stream` begins with.
fn first_obu(stream: &[u8]) -> Option<(u8, usize)> {
    let header = *stream.first()?;
    let has_extension = header & 0b100 != 0;
    let has_size = header & 0b10 != 0;
    if header & 0x80 != 0 || !has_size {
        return None;
    }
    let mut position = 1 + usize::from(has_extension);
    let mut size = 0_u64;
    for shift in 0..8 {
        let byte = *stream.get(position)?;
        position += 1;
        size |= u64::from(byte & 0x7f) << (7 * shift);
        if byte & 0x80 == 0 {
            let end = position.checked_add(usize::try_from(size).ok()?)?;
            return (end <= stream.len()).then_some((header >> 3 & 0xf, end));
        }
    }
    None
}

fn message_of(status: sys::aom_codec_err_t) -> String {
    // SAFETY: returns a static string for every value.
    unsafe { CStr::from_ptr(sys::aom_codec_err_to_string(status)).to_string_lossy().into_owned() }
}

fn failure(message: impl Into<String>) -> FfiError {
    FfiError::Codec { codec: "libaom", message: message.into() }
}
