//! JPEG XL, through `jxl` (the decoder of libjxl's authors in Rust).
//!
//! Without its SIMD features: those multiply and add in one rounding step on some processors and in two on others,
//! and the same file would decode to other pixels in the browser.

use super::{DecodedImage, SourceTraits};
use crate::container::jxl as container;
use crate::context::Limits;
use crate::error::OptimizationError;
use crate::format::Format;
use crate::metadata::Metadata;
use crate::pixels::{Channels, Orientation, PixelBuffer, Samples};
use crate::result::Warning;
use jxl::api::{
    AlphaMode, Endianness, Event, ExtraChannel, JxlBasicInfo, JxlBitDepth, JxlColorEncoding, JxlColorProfile,
    JxlColorType, JxlDataFormat, JxlDecoder, JxlDecoderOptions, JxlOutputBuffer, JxlPixelFormat,
    JxlPrimaries, JxlTransferFunction, JxlWhitePoint, ProfileLevel,
};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Channels of one image the decoder makes room for: three of colour and a few more.
const MAX_CHANNELS: u64 = 8;

/// Width and height from the codestream's header.
pub(super) fn read_dimensions(bytes: &[u8]) -> Option<(u32, u32)> {
    container::size(&container::read(bytes, 0).ok()?.codestream)
}

/// Decodes a still image.
pub(super) fn decode(bytes: &[u8], limits: &Limits) -> Result<DecodedImage, OptimizationError> {
    let file = container::read(bytes, limits.max_metadata_bytes.0)?;
    let (width, height) = container::size(&file.codestream)
        .ok_or_else(|| corrupt("the codestream does not begin with an image header"))?;
    limits.check_dimensions(width, height)?;
    // Nothing of a decoder that panicked is used again.
    let picture = catch_unwind(AssertUnwindSafe(|| decode_picture(bytes, limits)))
        .map_err(|_| corrupt("the decoder stopped on this file"))??;
    let mut warnings = picture.warnings;
    if file.metadata_dropped {
        warnings.push(Warning::new(
            "metadata_dropped",
            format!(
                "EXIF or XMP is damaged or larger than {} bytes and was left out",
                limits.max_metadata_bytes.0
            ),
        ));
    }
    if file.has_gain_map {
        warnings.push(Warning::new(
            "extra_images_dropped",
            "the file holds an HDR gain map; the output has the base image only",
        ));
    }
    Ok(DecodedImage {
        pixels: picture.pixels,
        metadata: Metadata { icc: picture.icc, exif: file.exif, xmp: file.xmp, iptc: None },
        // The codestream's own orientation is applied; the one in EXIF is not to be (ISO/IEC 18181-2, 9.5).
        orientation: Orientation::Upright,
        source: SourceTraits {
            lossless: picture.lossless,
            tainted: file.metadata_dropped,
            ..SourceTraits::default()
        },
        warnings,
    })
}

/// What the codestream holds.
struct Picture {
    pixels: PixelBuffer,
    icc: Option<Vec<u8>>,
    /// Whether the samples were probably coded without loss.
    lossless: bool,
    warnings: Vec<Warning>,
}

fn decode_picture(bytes: &[u8], limits: &Limits) -> Result<Picture, OptimizationError> {
    let mut options = JxlDecoderOptions::default();
    options.alpha_mode = AlphaMode::Unpremultiplied;
    options.max_profile_level = ProfileLevel::Main10;
    options.sample_limit = usize::try_from(limits.max_pixels.0.saturating_mul(MAX_CHANNELS)).ok();
    let mut decoder = JxlDecoder::new(options);
    let mut input = bytes;
    step(&mut decoder, &mut input, None)?;
    let info = decoder.basic_info().cloned().ok_or_else(|| corrupt("the image header is incomplete"))?;
    let embedded =
        decoder.embedded_color_profile().cloned().ok_or_else(|| corrupt("the image header is incomplete"))?;
    let mut warnings = Vec::new();
    let (channels, deep) = check(&info, &embedded, &mut warnings)?;
    let format = if deep {
        JxlDataFormat::U16 { endianness: Endianness::LittleEndian, bit_depth: 16 }
    } else {
        JxlDataFormat::U8 { bit_depth: 8 }
    };
    decoder
        .set_pixel_format(JxlPixelFormat {
            color_type: match channels {
                Channels::Gray => JxlColorType::Grayscale,
                Channels::GrayAlpha => JxlColorType::GrayscaleAlpha,
                Channels::Rgb => JxlColorType::Rgb,
                Channels::Rgba => JxlColorType::Rgba,
            },
            color_data_format: Some(format),
            extra_channel_format: vec![None; info.extra_channels.len()],
        })
        .map_err(readable)?;
    let profile = decoder
        .output_color_profile()
        .cloned()
        .ok_or_else(|| corrupt("it does not say which colours it has"))?;
    if matches!(embedded, JxlColorProfile::Icc(_)) && !matches!(profile, JxlColorProfile::Icc(_)) {
        warnings.push(Warning::new(
            "profile_converted",
            "the colours are coded independently of the file's profile and were decoded to sRGB",
        ));
    }
    let icc = icc(profile)?;
    let (width, height) = info.size;
    let too_large = || corrupt("the image is too large for memory");
    let row = width.checked_mul(channels.count() * format.bytes_per_sample()).ok_or_else(too_large)?;
    let length = row.checked_mul(height).ok_or_else(too_large)?;
    // The decoder writes whole 16-bit samples: the buffer has to begin at an even address.
    let mut buffer = vec![0u8; length + 1];
    let start = buffer.as_ptr().align_offset(2).min(1);
    let pixels = &mut buffer[start..start + length];
    loop {
        let mut output = [JxlOutputBuffer::new(pixels, height, row)];
        match step(&mut decoder, &mut input, Some(&mut output))? {
            Event::FrameComplete { has_more_frames: true } => {
                return Err(OptimizationError::unsupported(Format::Jxl.title(), "animation"));
            }
            Event::FrameComplete { has_more_frames: false } | Event::Complete => break,
            Event::BasicInfo | Event::FrameHeader | Event::NeedMoreInput { .. } => {}
        }
    }
    let samples = if deep {
        Samples::U16(pixels.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect())
    } else {
        buffer.copy_within(start..start + length, 0);
        buffer.truncate(length);
        Samples::U8(buffer)
    };
    let size = |side: usize| u32::try_from(side).map_err(|_| corrupt("the image is too large"));
    Ok(Picture {
        pixels: PixelBuffer::new(size(width)?, size(height)?, channels, samples)?,
        icc,
        lossless: info.uses_original_profile,
        warnings,
    })
}

/// Goes on to the next event; the whole file is there, so more input will not come.
fn step(
    decoder: &mut JxlDecoder,
    input: &mut &[u8],
    output: Option<&mut [JxlOutputBuffer<'_>]>,
) -> Result<Event, OptimizationError> {
    match decoder.process(input, output, None).map_err(readable)? {
        Event::NeedMoreInput { .. } => Err(corrupt("the file ends early")),
        event => Ok(event),
    }
}

/// Refuses what cannot be shown faithfully; returns what pixels are made of and whether they need 16 bits.
fn check(
    info: &JxlBasicInfo,
    profile: &JxlColorProfile,
    warnings: &mut Vec<Warning>,
) -> Result<(Channels, bool), OptimizationError> {
    let unsupported = |feature: &str| Err(OptimizationError::unsupported(Format::Jxl.title(), feature));
    if info.extra_channels.iter().any(|channel| channel.ec_type == ExtraChannel::Black) || profile.is_cmyk() {
        return unsupported("CMYK colour");
    }
    let JxlBitDepth::Int { bits_per_sample } = info.bit_depth else {
        return unsupported("floating-point samples");
    };
    if bits_per_sample > 16 {
        return unsupported("more than 16 bits per sample");
    }
    if matches!(profile.transfer_function(), Some(JxlTransferFunction::PQ | JxlTransferFunction::HLG)) {
        return unsupported("HDR transfer functions (PQ, HLG)");
    }
    let alphas = info.extra_channels.iter().filter(|channel| channel.ec_type == ExtraChannel::Alpha).count();
    // Spot colours are drawn into the picture.
    let spots =
        info.extra_channels.iter().filter(|channel| channel.ec_type == ExtraChannel::SpotColor).count();
    let dropped = info.extra_channels.len() - spots - alphas.min(1);
    if dropped > 0 {
        warnings.push(Warning::new(
            "extra_channels_dropped",
            format!("{dropped} extra channels that are no alpha were left out"),
        ));
    }
    let channels = match (profile.channels() == 1, alphas > 0) {
        (true, false) => Channels::Gray,
        (true, true) => Channels::GrayAlpha,
        (false, false) => Channels::Rgb,
        (false, true) => Channels::Rgba,
    };
    Ok((channels, bits_per_sample > 8))
}

/// The profile of the decoded pixels as ICC; `None` for sRGB.
fn icc(profile: JxlColorProfile) -> Result<Option<Vec<u8>>, OptimizationError> {
    if let JxlColorProfile::Icc(icc) = profile {
        return Ok(Some(icc));
    }
    let is_srgb = matches!(
        &profile,
        JxlColorProfile::Simple(
            JxlColorEncoding::RgbColorSpace {
                white_point: JxlWhitePoint::D65,
                primaries: JxlPrimaries::SRGB,
                transfer_function: JxlTransferFunction::SRGB,
                ..
            } | JxlColorEncoding::GrayscaleColorSpace {
                white_point: JxlWhitePoint::D65,
                transfer_function: JxlTransferFunction::SRGB,
                ..
            }
        )
    );
    if is_srgb {
        return Ok(None);
    }
    match profile.try_as_icc() {
        Some(icc) => Ok(Some(icc.into_owned())),
        None => Err(OptimizationError::unsupported(
            Format::Jxl.title(),
            format!("the colour space {profile}, for which there is no ICC profile"),
        )),
    }
}

fn readable(error: jxl::error::Error) -> OptimizationError {
    match error {
        jxl::error::Error::ImageSizeTooLarge(width, height) => {
            corrupt(format!("a frame of {width} × {height} pixels is larger than the limits allow"))
        }
        other => corrupt(other),
    }
}

fn corrupt(message: impl std::fmt::Display) -> OptimizationError {
    OptimizationError::corrupt(Format::Jxl, message)
}
