//! AVIF, through `rusty_av1d` (a Rust port of dav1d).

use super::{DecodedImage, SourceTraits};
use crate::container::avif::{self, Cicp};
use crate::context::Limits;
use crate::error::OptimizationError;
use crate::format::Format;
use crate::metadata::{Metadata, icc};
use crate::pixels::yuv::{self, Matrix, PlaneView};
use crate::pixels::{Channels, PixelBuffer};
use rusty_av1d::{Decoder, Picture, PixelLayout, PlanarImageComponent, Settings};
use std::panic::catch_unwind;

/// Decodes a still AVIF.
pub(super) fn decode(bytes: &[u8], limits: &Limits) -> Result<DecodedImage, OptimizationError> {
    let file = avif::read(bytes)?;
    limits.check_dimensions(file.size.0, file.size.1)?;
    let picture = decode_av1(&file.color, limits)?;
    let cicp = file.cicp.unwrap_or_else(|| bitstream_cicp(&picture));
    if matches!(cicp.transfer, 16 | 18) {
        return Err(OptimizationError::unsupported("AVIF", "HDR transfer functions (PQ, HLG)"));
    }
    if file.premultiplied {
        return Err(OptimizationError::unsupported("AVIF", "premultiplied alpha"));
    }
    let size = (picture.width(), picture.height());
    if size != file.size {
        return Err(OptimizationError::corrupt(
            Format::Avif,
            format!("the container says {:?}, the image is {size:?}", file.size),
        ));
    }
    let alpha = file.alpha.as_deref().map(|data| decode_av1(data, limits)).transpose()?;
    if let Some(alpha) = &alpha
        && (alpha.width(), alpha.height()) != size
    {
        return Err(OptimizationError::corrupt(Format::Avif, "the alpha plane has another size"));
    }
    let stored = to_pixels(&picture, alpha.as_ref(), cicp)?;
    let metadata = Metadata {
        icc: file.icc.or_else(|| icc::from_cicp(cicp.primaries, cicp.transfer)),
        exif: file.exif,
        xmp: file.xmp,
        iptc: None,
    };
    Ok(DecodedImage {
        // AVIF turns by its own properties; the orientation in EXIF is not to be applied (MIAF, 7.3.9).
        pixels: file.orientation.apply(stored),
        metadata,
        orientation: file.orientation,
        source: SourceTraits::default(),
        warnings: Vec::new(),
    })
}

/// Decodes one image. The decoder panics on some damaged data; that must cost no more than this file. It is made
/// for the call and goes with it, so nothing half-done is seen again.
fn decode_av1(data: &[u8], limits: &Limits) -> Result<Picture, OptimizationError> {
    catch_unwind(|| decode_av1_unguarded(data, limits)).unwrap_or_else(|_| {
        Err(OptimizationError::corrupt(Format::Avif, "the AV1 decoder stopped on this data"))
    })
}

fn decode_av1_unguarded(data: &[u8], limits: &Limits) -> Result<Picture, OptimizationError> {
    let corrupt = |what: &str| OptimizationError::corrupt(Format::Avif, what);
    let mut settings = Settings::new();
    // The caller's threads do the work: one image, one thread, and no threads of the decoder's own, which a
    // browser could not give it.
    settings.set_n_threads(1);
    settings.set_max_frame_delay(1);
    settings.set_all_layers(false);
    settings.set_frame_size_limit(u32::try_from(limits.max_pixels.0).unwrap_or(u32::MAX));
    let mut decoder =
        Decoder::with_settings(&settings).map_err(|_| corrupt("the AV1 decoder did not start"))?;
    match decoder.send_data(data.into(), None, None, None) {
        Ok(()) | Err(rusty_av1d::Rav1dError::TryAgain) => {}
        Err(error) => return Err(corrupt(&format!("the AV1 data cannot be decoded ({error:?})"))),
    }
    decoder
        .get_picture()
        .map_err(|error| corrupt(&format!("the AV1 data holds no complete image ({error:?})")))
}

/// Code points from the bitstream, for files whose container names none.
fn bitstream_cicp(picture: &Picture) -> Cicp {
    Cicp {
        primaries: picture.color_primaries() as u8,
        transfer: picture.transfer_characteristic() as u8,
        matrix: picture.matrix_coefficients() as u8,
        full_range: picture.color_range() == rusty_av1d::pixel::YUVRange::Full,
    }
}

fn to_pixels(
    picture: &Picture,
    alpha: Option<&Picture>,
    cicp: Cicp,
) -> Result<PixelBuffer, OptimizationError> {
    let (width, height) = (picture.width(), picture.height());
    let depth = bits(picture)?;
    let layout = picture.pixel_layout();
    let luma = PlaneView::new(
        picture.plane(PlanarImageComponent::Y),
        picture.stride(PlanarImageComponent::Y) as usize,
        depth,
    );
    let matrix = Matrix::from_cicp(cicp.matrix, cicp.primaries).ok_or_else(|| {
        OptimizationError::unsupported("AVIF", format!("matrix coefficients {}", cicp.matrix))
    })?;
    let shift = match layout {
        PixelLayout::I400 => None,
        PixelLayout::I420 => Some((1, 1)),
        PixelLayout::I422 => Some((1, 0)),
        PixelLayout::I444 => Some((0, 0)),
    };
    let (mut channels, samples) = match shift {
        None => (Channels::Gray, yuv::gray(&luma, (width, height), cicp.full_range)),
        Some(shift) => {
            let plane = |component| {
                PlaneView::new(picture.plane(component), picture.stride(component) as usize, depth)
            };
            let planes = [luma, plane(PlanarImageComponent::U), plane(PlanarImageComponent::V)];
            (Channels::Rgb, yuv::to_rgb(&planes, shift, (width, height), matrix, cicp.full_range))
        }
    };
    let mut samples = samples;
    if let Some(alpha) = alpha {
        let alpha_range_full = alpha.color_range() == rusty_av1d::pixel::YUVRange::Full;
        let plane = PlaneView::new(
            alpha.plane(PlanarImageComponent::Y),
            alpha.stride(PlanarImageComponent::Y) as usize,
            bits(alpha)?,
        );
        samples =
            yuv::with_alpha(samples, channels.count(), yuv::gray(&plane, (width, height), alpha_range_full));
        channels = if channels == Channels::Gray { Channels::GrayAlpha } else { Channels::Rgba };
    }
    PixelBuffer::new(width, height, channels, samples)
}

fn bits(picture: &Picture) -> Result<u8, OptimizationError> {
    picture
        .bits_per_component()
        .map(|bits| bits.0)
        .ok_or_else(|| OptimizationError::corrupt(Format::Avif, "the bit depth is not 8, 10 or 12"))
}
