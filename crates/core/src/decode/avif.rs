//! AVIF, through `rusty_av1d` (a Rust port of dav1d).

mod planes;

use super::{DecodedImage, SourceTraits};
use crate::container::avif::{self, Cicp};
use crate::context::Limits;
use crate::error::OptimizationError;
use crate::format::Format;
use crate::metadata::{Metadata, icc};
use crate::pixels::yuv::{self, Matrix};
use crate::pixels::{Channels, PixelBuffer};
use planes::Planes;

/// Decodes a still AVIF.
pub(super) fn decode(bytes: &[u8], limits: &Limits) -> Result<DecodedImage, OptimizationError> {
    let file = avif::read(bytes)?;
    limits.check_dimensions(file.size.0, file.size.1)?;
    let image = Planes::decode(&file.color, limits)?;
    let cicp = file.cicp.unwrap_or(image.cicp);
    if matches!(cicp.transfer, 16 | 18) {
        return Err(OptimizationError::unsupported("AVIF", "HDR transfer functions (PQ, HLG)"));
    }
    if file.premultiplied {
        return Err(OptimizationError::unsupported("AVIF", "premultiplied alpha"));
    }
    if image.size != file.size {
        return Err(OptimizationError::corrupt(
            Format::Avif,
            format!("the container says {:?}, the image is {:?}", file.size, image.size),
        ));
    }
    let alpha = file.alpha.as_ref().map(|coded| Planes::decode(coded, limits)).transpose()?;
    if alpha.as_ref().is_some_and(|alpha| alpha.size != image.size) {
        return Err(OptimizationError::corrupt(Format::Avif, "the alpha plane has another size"));
    }
    let mut stored = to_pixels(&image, alpha.as_ref(), cicp)?;
    // Before it is turned (MIAF, 7.3.6.7).
    if let Some((x, y, width, height)) = file.aperture {
        stored = stored.region(x, y, width, height)?;
    }
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

fn to_pixels(image: &Planes, alpha: Option<&Planes>, cicp: Cicp) -> Result<PixelBuffer, OptimizationError> {
    let size = image.size;
    let matrix = Matrix::from_cicp(cicp.matrix, cicp.primaries).ok_or_else(|| {
        OptimizationError::unsupported("AVIF", format!("matrix coefficients {}", cicp.matrix))
    })?;
    let (mut channels, mut samples) = match image.shift {
        None => (Channels::Gray, yuv::gray(&image.view(0), size, cicp.full_range)),
        Some(shift) => {
            let planes = [image.view(0), image.view(1), image.view(2)];
            (Channels::Rgb, yuv::to_rgb(&planes, shift, size, matrix, cicp.full_range))
        }
    };
    if let Some(alpha) = alpha {
        let alpha = yuv::gray(&alpha.view(0), size, alpha.cicp.full_range);
        samples = yuv::with_alpha(samples, channels.count(), alpha);
        channels = if channels == Channels::Gray { Channels::GrayAlpha } else { Channels::Rgba };
    }
    PixelBuffer::new(size.0, size.1, channels, samples)
}
