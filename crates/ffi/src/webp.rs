//! WebP still images, through libwebp.

use crate::FfiError;
use libwebp_sys as sys;
use std::any::Any;
use std::ffi::{c_int, c_void};
use std::mem::MaybeUninit;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// The longest edge a WebP image can have.
pub const MAX_DIMENSION: u32 = 16_383;

/// What the picture shows: libwebp starts its lossy settings from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Preset {
    /// No assumption.
    #[default]
    Default,
    /// A portrait or an indoor shot.
    Picture,
    /// An outdoor photograph.
    Photo,
    /// A hand or line drawing with high-contrast details.
    Drawing,
    /// A small colourful image.
    Icon,
    /// Text.
    Text,
}

/// How to encode.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// Keep every pixel. Default: false.
    pub lossless: bool,
    /// 0 to 100: quality when lossy, effort when lossless. Default: 75.
    pub quality: f32,
    /// 0 (fast) to 6 (small). Default: 4.
    pub method: u8,
    /// Quality of the alpha plane when lossy, 0 to 100; 100 is lossless. Default: 100.
    pub alpha_quality: u8,
    /// Keep the colours under fully transparent pixels. Default: false.
    pub exact: bool,
    /// Convert to YUV with the slower, sharper method (lossy only). Default: false.
    pub sharp_yuv: bool,
    /// Where lossy settings start from. Default: [`Preset::Default`].
    pub preset: Preset,
    /// Spatial noise shaping, 0 to 100: how much finer flat areas are coded than busy ones (lossy only). Default: what
    /// the preset says (50 in the default, 80 for photos and pictures).
    pub noise_shaping: Option<u8>,
    /// The filter that smooths the edges between blocks (lossy only). Default: what the preset says (strength 60, sharpness 0
    /// in the default, 30 and 3 for photos, 35 and 4 for pictures).
    pub deblocking: Option<Deblocking>,
}

/// How block edges are smoothed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deblocking {
    /// 0 (not at all) to 100.
    pub strength: u8,
    /// 0 (smooths most) to 7 (spares what looks like an edge of the picture).
    pub sharpness: u8,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            lossless: false,
            quality: 75.0,
            method: 4,
            alpha_quality: 100,
            exact: false,
            sharp_yuv: false,
            preset: Preset::Default,
            noise_shaping: None,
            deblocking: None,
        }
    }
}

impl Config {
    fn to_libwebp(&self) -> Result<sys::WebPConfig, FfiError> {
        if !(0.0..=100.0).contains(&self.quality) {
            return Err(FfiError::invalid("a WebP quality from 0 to 100", self.quality.to_string()));
        }
        if self.method > 6 {
            return Err(FfiError::invalid("a WebP method from 0 to 6", self.method.to_string()));
        }
        if self.alpha_quality > 100 {
            return Err(FfiError::invalid(
                "a WebP alpha quality from 0 to 100",
                self.alpha_quality.to_string(),
            ));
        }
        if self.noise_shaping.is_some_and(|strength| strength > 100) {
            return Err(FfiError::invalid(
                "a WebP noise shaping from 0 to 100",
                self.noise_shaping.unwrap_or_default().to_string(),
            ));
        }
        if let Some(Deblocking { strength, sharpness }) = self.deblocking
            && (strength > 100 || sharpness > 7)
        {
            return Err(FfiError::invalid(
                "a WebP deblocking strength from 0 to 100 and a sharpness from 0 to 7",
                format!("{strength} and {sharpness}"),
            ));
        }
        let preset = match self.preset {
            Preset::Default => sys::WebPPreset::WEBP_PRESET_DEFAULT,
            Preset::Picture => sys::WebPPreset::WEBP_PRESET_PICTURE,
            Preset::Photo => sys::WebPPreset::WEBP_PRESET_PHOTO,
            Preset::Drawing => sys::WebPPreset::WEBP_PRESET_DRAWING,
            Preset::Icon => sys::WebPPreset::WEBP_PRESET_ICON,
            Preset::Text => sys::WebPPreset::WEBP_PRESET_TEXT,
        };
        let mut config = MaybeUninit::zeroed();
        // SAFETY: the pointer is valid for writes of a WebPConfig; libwebp fills it in whole when it returns
        // non-zero, and the struct is valid when zeroed in any case.
        let mut config: sys::WebPConfig = unsafe {
            let done = sys::WebPConfigInitInternal(
                config.as_mut_ptr(),
                preset,
                self.quality,
                sys::WEBP_ENCODER_ABI_VERSION as c_int,
            );
            if done == 0 {
                return Err(failure("the configuration could not be initialised"));
            }
            config.assume_init()
        };
        config.lossless = c_int::from(self.lossless);
        config.method = c_int::from(self.method);
        config.alpha_quality = c_int::from(self.alpha_quality);
        config.exact = c_int::from(self.exact);
        if let Some(strength) = self.noise_shaping.filter(|_| !self.lossless) {
            config.sns_strength = c_int::from(strength);
        }
        if let Some(deblocking) = self.deblocking.filter(|_| !self.lossless) {
            config.filter_strength = c_int::from(deblocking.strength);
            config.filter_sharpness = c_int::from(deblocking.sharpness);
        }
        config.use_sharp_yuv = c_int::from(self.sharp_yuv && !self.lossless);
        // Threads inside the codec would not follow the caller's pool.
        config.thread_level = 0;
        // SAFETY: the struct was initialised above.
        if unsafe { sys::WebPValidateConfig(&raw const config) } == 0 {
            return Err(failure("the configuration is not valid"));
        }
        Ok(config)
    }
}

/// What a WebP file's header says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Features {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Whether there is an alpha channel.
    pub has_alpha: bool,
    /// Whether there are several frames.
    pub has_animation: bool,
    /// Whether the still image is stored losslessly; false for animations.
    pub lossless: bool,
}

/// A decoded still image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Whether `pixels` is RGBA rather than RGB.
    pub has_alpha: bool,
    /// RGB or RGBA, 8 bits, straight alpha, rows contiguous.
    pub pixels: Vec<u8>,
}

/// Encodes RGB or RGBA pixels (8 bits, straight alpha, rows contiguous) on the calling thread.
///
/// `keep_going` is asked now and then; `false` ends the work with [`FfiError::Cancelled`].
///
/// # Errors
/// [`FfiError`]: the sizes do not fit, a setting is out of range, the caller cancelled, memory ran out, or libwebp
/// failed.
pub fn encode(
    pixels: &[u8],
    width: u32,
    height: u32,
    has_alpha: bool,
    config: &Config,
    keep_going: &dyn Fn() -> bool,
) -> Result<Vec<u8>, FfiError> {
    if width == 0 || height == 0 || width > MAX_DIMENSION || height > MAX_DIMENSION {
        return Err(FfiError::invalid(
            format!("width and height from 1 to {MAX_DIMENSION} for WebP"),
            format!("{width} × {height}"),
        ));
    }
    let channels = if has_alpha { 4 } else { 3 };
    let stride = width as usize * channels;
    let expected = stride.checked_mul(height as usize).ok_or(FfiError::OutOfMemory)?;
    if pixels.len() != expected {
        return Err(FfiError::invalid(
            format!("{expected} bytes of pixels for {width} × {height} × {channels}"),
            pixels.len().to_string(),
        ));
    }
    let config = config.to_libwebp()?;
    if !keep_going() {
        return Err(FfiError::Cancelled);
    }

    let mut picture = Picture::new()?;
    let mut session = Session { output: Vec::new(), out_of_memory: false, keep_going, panic: None };
    let session_pointer = (&raw mut session).cast::<c_void>();
    let raw = &mut picture.0;
    // Lossless and sharp YUV start from RGB; plain lossy converts on import and so needs less memory.
    raw.use_argb = c_int::from(config.lossless != 0 || config.use_sharp_yuv != 0);
    raw.width = width as c_int;
    raw.height = height as c_int;
    raw.writer = Some(write);
    raw.progress_hook = Some(report_progress);
    raw.custom_ptr = session_pointer;
    raw.user_data = session_pointer;

    // SAFETY: `pixels` holds height rows of `stride` bytes (checked above); the picture was initialised, and libwebp
    // allocates its own planes and copies into them.
    let imported = unsafe {
        if has_alpha {
            sys::WebPPictureImportRGBA(raw, pixels.as_ptr(), stride as c_int)
        } else {
            sys::WebPPictureImportRGB(raw, pixels.as_ptr(), stride as c_int)
        }
    };
    // SAFETY: configuration and picture are initialised; `session` outlives the call and is reached only through the
    // pointer the hooks get, while no reference to it is live here.
    let encoded = imported != 0 && unsafe { sys::WebPEncode(&raw const config, raw) } != 0;
    let code = raw.error_code;
    drop(picture);

    if let Some(panic) = session.panic {
        resume_unwind(panic);
    }
    if encoded {
        return Ok(session.output);
    }
    use sys::WebPEncodingError as Code;
    Err(match code {
        Code::VP8_ENC_ERROR_USER_ABORT => FfiError::Cancelled,
        Code::VP8_ENC_ERROR_OUT_OF_MEMORY | Code::VP8_ENC_ERROR_BITSTREAM_OUT_OF_MEMORY => {
            FfiError::OutOfMemory
        }
        Code::VP8_ENC_ERROR_BAD_WRITE if session.out_of_memory => FfiError::OutOfMemory,
        Code::VP8_ENC_ERROR_PARTITION0_OVERFLOW | Code::VP8_ENC_ERROR_PARTITION_OVERFLOW => {
            failure("a partition is too large for the format")
        }
        Code::VP8_ENC_ERROR_FILE_TOO_BIG => failure("the file would be larger than 4 GiB"),
        other => failure(format!("{other:?}")),
    })
}

/// Reads the header.
///
/// # Errors
/// [`FfiError::Codec`] when the bytes are not the beginning of a WebP file.
pub fn features(bytes: &[u8]) -> Result<Features, FfiError> {
    let mut found = MaybeUninit::<sys::WebPBitstreamFeatures>::zeroed();
    // SAFETY: `bytes` is valid for reads of its length; `found` is valid for writes and made of integers, so it is
    // initialised by being zeroed.
    let (status, found) = unsafe {
        let status = sys::WebPGetFeaturesInternal(
            bytes.as_ptr(),
            bytes.len(),
            found.as_mut_ptr(),
            sys::WEBP_DECODER_ABI_VERSION as c_int,
        );
        (status, found.assume_init())
    };
    check(status)?;
    let (Ok(width), Ok(height)) = (u32::try_from(found.width), u32::try_from(found.height)) else {
        return Err(failure("the header has a negative size"));
    };
    Ok(Features {
        width,
        height,
        has_alpha: found.has_alpha != 0,
        has_animation: found.has_animation != 0,
        lossless: found.format == 2,
    })
}

/// Decodes a still image on the calling thread.
///
/// # Errors
/// [`FfiError`]: the bytes are damaged, cut short or animated, or memory ran out. Sizes are checked before anything
/// is allocated; check them against limits of your own with [`features`] first.
pub fn decode(bytes: &[u8]) -> Result<Decoded, FfiError> {
    let found = features(bytes)?;
    if found.has_animation {
        return Err(FfiError::invalid("a still WebP image", "an animation"));
    }
    if found.width == 0 || found.height == 0 || found.width > MAX_DIMENSION || found.height > MAX_DIMENSION {
        return Err(FfiError::invalid(
            format!("width and height from 1 to {MAX_DIMENSION}"),
            format!("{} × {}", found.width, found.height),
        ));
    }
    let channels = if found.has_alpha { 4 } else { 3 };
    let stride = found.width as usize * channels;
    let length = stride.checked_mul(found.height as usize).ok_or(FfiError::OutOfMemory)?;
    let mut pixels = Vec::new();
    pixels.try_reserve_exact(length).map_err(|_| FfiError::OutOfMemory)?;
    pixels.resize(length, 0_u8);

    let mut config =
        sys::WebPDecoderConfig::new().map_err(|()| failure("the decoder could not be initialised"))?;
    config.options.use_threads = 0;
    config.output.colorspace =
        if found.has_alpha { sys::WEBP_CSP_MODE::MODE_RGBA } else { sys::WEBP_CSP_MODE::MODE_RGB };
    config.output.is_external_memory = 1;
    config.output.u.RGBA =
        sys::WebPRGBABuffer { rgba: pixels.as_mut_ptr(), stride: stride as c_int, size: pixels.len() };
    // SAFETY: `bytes` is valid for reads of its length; the output buffer is `pixels`, whose size libwebp is told and
    // checks; with external memory nothing is left for us to free.
    let status = unsafe { sys::WebPDecode(bytes.as_ptr(), bytes.len(), &raw mut config) };
    check(status)?;
    Ok(Decoded { width: found.width, height: found.height, has_alpha: found.has_alpha, pixels })
}

/// What the hooks share with [`encode`].
struct Session<'a> {
    output: Vec<u8>,
    out_of_memory: bool,
    keep_going: &'a dyn Fn() -> bool,
    /// A panic of `keep_going`, kept until the C frames are gone.
    panic: Option<Box<dyn Any + Send>>,
}

/// A picture that frees its planes.
struct Picture(sys::WebPPicture);

impl Picture {
    fn new() -> Result<Self, FfiError> {
        sys::WebPPicture::new().map(Self).map_err(|()| failure("the picture could not be initialised"))
    }
}

impl Drop for Picture {
    fn drop(&mut self) {
        // SAFETY: the picture was initialised; freeing one without planes does nothing.
        unsafe { sys::WebPPictureFree(&raw mut self.0) }
    }
}

unsafe extern "C" fn write(data: *const u8, size: usize, picture: *const sys::WebPPicture) -> c_int {
    if size == 0 {
        return 1;
    }
    // SAFETY: libwebp passes the picture it was given, whose custom_ptr is the session of the running `encode`, and
    // `size` readable bytes.
    let (session, data) = unsafe {
        (&mut *(*picture).custom_ptr.cast::<Session<'_>>(), std::slice::from_raw_parts(data, size))
    };
    if session.output.try_reserve(size).is_err() {
        session.out_of_memory = true;
        return 0;
    }
    session.output.extend_from_slice(data);
    1
}

unsafe extern "C" fn report_progress(_percent: c_int, picture: *const sys::WebPPicture) -> c_int {
    // SAFETY: as in `write`.
    let session = unsafe { &mut *(*picture).user_data.cast::<Session<'_>>() };
    let keep_going = session.keep_going;
    // A panic must not unwind through C.
    match catch_unwind(AssertUnwindSafe(keep_going)) {
        Ok(answer) => c_int::from(answer),
        Err(panic) => {
            session.panic = Some(panic);
            0
        }
    }
}

fn check(status: sys::VP8StatusCode) -> Result<(), FfiError> {
    use sys::VP8StatusCode as Status;
    Err(match status {
        Status::VP8_STATUS_OK => return Ok(()),
        Status::VP8_STATUS_OUT_OF_MEMORY => FfiError::OutOfMemory,
        Status::VP8_STATUS_USER_ABORT => FfiError::Cancelled,
        Status::VP8_STATUS_BITSTREAM_ERROR => failure("the bitstream is damaged"),
        Status::VP8_STATUS_NOT_ENOUGH_DATA | Status::VP8_STATUS_SUSPENDED => failure("the file is cut short"),
        Status::VP8_STATUS_UNSUPPORTED_FEATURE => failure("the file uses a feature libwebp does not support"),
        Status::VP8_STATUS_INVALID_PARAM => failure("invalid parameter"),
    })
}

fn failure(message: impl Into<String>) -> FfiError {
    FfiError::Codec { codec: "libwebp", message: message.into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    /// A gradient with some texture; alpha falls from left to right.
    fn sample(width: u32, height: u32, has_alpha: bool) -> Vec<u8> {
        let mut pixels = Vec::new();
        for y in 0..height {
            for x in 0..width {
                let texture = ((x * 7 + y * 13) % 32) as u8;
                pixels.extend([(x * 255 / width) as u8, (y * 255 / height) as u8, texture * 4]);
                if has_alpha {
                    pixels.push(255 - (x * 255 / width) as u8);
                }
            }
        }
        pixels
    }

    #[test]
    fn lossless_keeps_every_pixel() -> Result<(), FfiError> {
        for has_alpha in [false, true] {
            let pixels = sample(61, 37, has_alpha);
            let config = Config { lossless: true, exact: true, ..Config::default() };
            let bytes = encode(&pixels, 61, 37, has_alpha, &config, &|| true)?;
            let found = features(&bytes)?;
            assert_eq!((found.width, found.height, found.has_alpha), (61, 37, has_alpha));
            assert!(found.lossless && !found.has_animation);
            assert_eq!(decode(&bytes)?.pixels, pixels);
        }
        Ok(())
    }

    #[test]
    fn lossy_stays_close_and_follows_quality() -> Result<(), FfiError> {
        let pixels = sample(128, 96, false);
        let size_at = |quality| -> Result<usize, FfiError> {
            let config = Config { quality, ..Config::default() };
            let bytes = encode(&pixels, 128, 96, false, &config, &|| true)?;
            let decoded = decode(&bytes)?;
            let error: u64 = pixels.iter().zip(&decoded.pixels).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
            assert!(error / (pixels.len() as u64) < 24, "mean error at quality {quality} is too large");
            Ok(bytes.len())
        };
        assert!(size_at(20.0)? < size_at(90.0)?);
        Ok(())
    }

    #[test]
    fn lossy_keeps_the_alpha_plane() -> Result<(), FfiError> {
        let pixels = sample(40, 40, true);
        let bytes = encode(&pixels, 40, 40, true, &Config::default(), &|| true)?;
        let decoded = decode(&bytes)?;
        let alpha = |pixels: &[u8]| pixels.chunks_exact(4).map(|p| p[3]).collect::<Vec<_>>();
        assert_eq!(alpha(&decoded.pixels), alpha(&pixels));
        Ok(())
    }

    #[test]
    fn cancelling_ends_the_encode() {
        let pixels = sample(256, 256, false);
        let asked = Cell::new(0);
        let keep_going = || {
            asked.set(asked.get() + 1);
            asked.get() < 3
        };
        let result = encode(&pixels, 256, 256, false, &Config::default(), &keep_going);
        assert_eq!(result, Err(FfiError::Cancelled));
        assert_eq!(asked.get(), 3);
    }

    #[test]
    fn a_panic_in_the_hook_comes_out_where_it_was_caused() {
        let pixels = sample(64, 64, false);
        let asked = Cell::new(false);
        let keep_going = || {
            assert!(!asked.replace(true), "from the hook");
            true
        };
        let caught = catch_unwind(AssertUnwindSafe(|| {
            encode(&pixels, 64, 64, false, &Config::default(), &keep_going)
        }));
        assert!(caught.is_err());
    }

    #[test]
    fn damaged_input_is_an_error() -> Result<(), FfiError> {
        let bytes = encode(&sample(64, 64, false), 64, 64, false, &Config::default(), &|| true)?;
        assert!(decode(&bytes[..bytes.len() / 2]).is_err());
        assert!(decode(b"RIFF\x10\x00\x00\x00WEBPVP8 garbage").is_err());
        assert!(decode(b"").is_err());
        assert!(features(b"not a webp at all").is_err());
        Ok(())
    }

    #[test]
    fn wrong_sizes_and_settings_are_named() {
        let short = encode(&[0; 11], 2, 2, false, &Config::default(), &|| true);
        assert_eq!(short, Err(FfiError::invalid("12 bytes of pixels for 2 × 2 × 3", "11")));
        let method = Config { method: 7, ..Config::default() };
        let refused = encode(&[0; 12], 2, 2, false, &method, &|| true);
        assert_eq!(refused, Err(FfiError::invalid("a WebP method from 0 to 6", "7")));
        let deblocking = Some(Deblocking { strength: 60, sharpness: 8 });
        let config = Config { deblocking, ..Config::default() };
        let refused = encode(&[0; 12], 2, 2, false, &config, &|| true);
        let expected = "a WebP deblocking strength from 0 to 100 and a sharpness from 0 to 7";
        assert_eq!(refused, Err(FfiError::invalid(expected, "60 and 8")));
        assert!(encode(&[], 0, 2, false, &Config::default(), &|| true).is_err());
    }
}
