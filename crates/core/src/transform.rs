//! Stage 5: what the user asked to be changed in the picture itself, and nothing else.

use crate::analyse::AlphaKind;
use crate::context::Limits;
use crate::error::OptimizationError;
use crate::metadata::icc;
use crate::pixels::{Channels, Orientation, PixelBuffer, Samples};
use crate::settings::{Background, ColorPolicy, Flip, ImageSettings, ResizePlan, Rotation};
use fast_image_resize::images::{TypedImage, TypedImageRef};
use fast_image_resize::pixels::{U16, U16x2, U16x3, U16x4};
use fast_image_resize::{PixelTrait, ResizeOptions, Resizer};
use std::sync::OnceLock;

/// Cropping, turning, mirroring, colour conversion and resizing, in this order. The profile is dropped when the pixels
/// are sRGB afterwards. The second value says whether the pixels are others than before.
///
/// # Errors
/// [`OptimizationError::Unsupported`] for a profile that cannot be converted, [`OptimizationError::InvalidSetting`]
/// for a rectangle outside the image, [`OptimizationError::LimitExceeded`] for an output over the limits.
pub(crate) fn transform(
    mut image: PixelBuffer,
    profile: &mut Option<Vec<u8>>,
    settings: &ImageSettings,
    limits: &Limits,
) -> Result<(PixelBuffer, bool), OptimizationError> {
    let original_size = (image.width(), image.height());
    let mut changed = false;
    if let Some(crop) = settings.crop {
        crop.check(image.width(), image.height())?;
        if (crop.width, crop.height) != original_size {
            image = image.region(crop.x, crop.y, crop.width, crop.height)?;
            changed = true;
        }
    }
    for turn in turns(settings.rotate, settings.flip) {
        image = turn.apply(image);
        changed = true;
    }
    if settings.color == ColorPolicy::Srgb
        && let Some(icc) = profile.take()
    {
        image = icc::convert_to_srgb(&image, &icc)?;
        changed = true;
    }
    if let Some(resize) = settings.resize {
        resize.check()?;
        let size = (image.width(), image.height());
        let ResizePlan { region, size: output } = resize.plan(size.0, size.1);
        limits.check_dimensions(output.0, output.1)?;
        if (region.2, region.3) != size {
            image = image.region(region.0, region.1, region.2, region.3)?;
            changed = true;
        }
        if (region.2, region.3) != output {
            image = resized(&image, output)?;
            changed = true;
        }
    }
    Ok((image, changed))
}

/// The size that [`transform`] gives an image of this size, and whether it crops, turns or resizes at all.
///
/// # Errors
/// As for [`transform`].
pub(crate) fn output_shape(
    settings: &ImageSettings,
    size: (u32, u32),
    limits: &Limits,
) -> Result<((u32, u32), bool), OptimizationError> {
    let mut output = size;
    if let Some(crop) = settings.crop {
        crop.check(size.0, size.1)?;
        output = (crop.width, crop.height);
    }
    let mut changed = output != size;
    for turn in turns(settings.rotate, settings.flip) {
        changed = true;
        if turn.swaps_sides() {
            output = (output.1, output.0);
        }
    }
    if let Some(resize) = settings.resize {
        resize.check()?;
        let resized = resize.plan(output.0, output.1).size;
        limits.check_dimensions(resized.0, resized.1)?;
        changed |= resized != output;
        output = resized;
    }
    Ok((output, changed))
}

/// The orientations to apply one after the other.
fn turns(rotation: Rotation, flip: Option<Flip>) -> impl Iterator<Item = Orientation> {
    let rotation = match rotation {
        Rotation::None => None,
        Rotation::Quarter => Some(Orientation::Rotated90),
        Rotation::Half => Some(Orientation::Rotated180),
        Rotation::ThreeQuarters => Some(Orientation::Rotated270),
    };
    let flip = flip.map(|flip| match flip {
        Flip::Horizontal => Orientation::MirroredHorizontally,
        Flip::Vertical => Orientation::MirroredVertically,
    });
    rotation.into_iter().chain(flip)
}

/// The image put on a matte, without alpha; `None` when it has no alpha channel.
pub(crate) fn flattened(
    image: &PixelBuffer,
    alpha: AlphaKind,
    background: Option<Background>,
) -> Option<PixelBuffer> {
    let Some(background) = background.filter(|_| alpha != AlphaKind::None) else {
        return image.without_alpha();
    };
    if !image.channels().has_alpha() {
        return None;
    }
    let image = image.gray_as_rgb().unwrap_or_else(|| image.clone());
    let (width, height, channels) = (image.width(), image.height(), image.channels().without_alpha());
    let samples = match image.samples() {
        Samples::U8(samples) => Samples::U8(
            samples
                .chunks_exact(4)
                .flat_map(|pixel| {
                    let alpha = u32::from(pixel[3]);
                    std::array::from_fn::<u8, 3, _>(|i| {
                        let sum = u32::from(pixel[i]) * alpha + u32::from(background.rgb[i]) * (255 - alpha);
                        ((sum + 127) / 255) as u8
                    })
                })
                .collect(),
        ),
        Samples::U16(samples) => Samples::U16(
            samples
                .chunks_exact(4)
                .flat_map(|pixel| {
                    let alpha = u64::from(pixel[3]);
                    std::array::from_fn::<u16, 3, _>(|i| {
                        let matte = u64::from(background.rgb[i]) * 257;
                        ((u64::from(pixel[i]) * alpha + matte * (65_535 - alpha) + 32_767) / 65_535) as u16
                    })
                })
                .collect(),
        ),
    };
    // Every chunk of four samples gave three: the count is right.
    PixelBuffer::new(width, height, channels, samples).ok()
}

/// The image at another size, in linear light, with Lanczos 3. Alpha is premultiplied meanwhile.
fn resized(image: &PixelBuffer, size: (u32, u32)) -> Result<PixelBuffer, OptimizationError> {
    match image.channels() {
        Channels::Gray => resize_as::<U16>(image, size, |s| U16::new(s[0]), |pixel, out| out.push(pixel.0)),
        Channels::GrayAlpha => {
            resize_as::<U16x2>(image, size, |s| U16x2::new([s[0], s[1]]), |pixel, out| out.extend(pixel.0))
        }
        Channels::Rgb => resize_as::<U16x3>(
            image,
            size,
            |s| U16x3::new([s[0], s[1], s[2]]),
            |pixel, out| out.extend(pixel.0),
        ),
        Channels::Rgba => resize_as::<U16x4>(
            image,
            size,
            |s| U16x4::new([s[0], s[1], s[2], s[3]]),
            |pixel, out| out.extend(pixel.0),
        ),
    }
}

/// Resizes as pixels of the library's type `P`, made from and taken apart to linear-light samples.
fn resize_as<P: PixelTrait>(
    image: &PixelBuffer,
    (width, height): (u32, u32),
    make: impl Fn(&[u16]) -> P,
    take: impl Fn(&P, &mut Vec<u16>),
) -> Result<PixelBuffer, OptimizationError> {
    let failed = |error: &dyn std::fmt::Display| OptimizationError::Internal {
        message: format!("resizing failed: {error}"),
    };
    let channels = image.channels();
    let (count, color) = (channels.count(), channels.without_alpha().count());
    let map_color = |samples: &mut [u16], table: &[u16]| {
        for pixel in samples.chunks_exact_mut(count) {
            for sample in &mut pixel[..color] {
                *sample = table[usize::from(*sample)];
            }
        }
    };
    let mut linear: Vec<u16> = match image.samples() {
        Samples::U8(samples) => samples.iter().map(|&v| u16::from(v) * 257).collect(),
        Samples::U16(samples) => samples.clone(),
    };
    map_color(&mut linear, linear_light_table());
    let source: Vec<P> = linear.chunks_exact(count).map(make).collect();
    drop(linear);
    let source =
        TypedImageRef::new(image.width(), image.height(), &source).map_err(|error| failed(&error))?;
    let mut target = TypedImage::<P>::new(width, height);
    Resizer::new()
        .resize_typed(&source, &mut target, &ResizeOptions::default())
        .map_err(|error| failed(&error))?;
    let mut resized = Vec::with_capacity(target.pixels().len() * count);
    for pixel in target.pixels() {
        take(pixel, &mut resized);
    }
    map_color(&mut resized, srgb_table());
    let samples = match image.samples() {
        Samples::U8(_) => {
            Samples::U8(resized.into_iter().map(|v| ((u32::from(v) + 128) / 257) as u8).collect())
        }
        Samples::U16(_) => Samples::U16(resized),
    };
    PixelBuffer::new(width, height, channels, samples)
}

/// sRGB-coded 16 bits to linear light (IEC 61966-2-1). `libm` gives native and wasm builds the same bits. Made once: a
/// preview is resized in less time than a table takes.
fn linear_light_table() -> &'static [u16] {
    static TABLE: OnceLock<Vec<u16>> = OnceLock::new();
    TABLE.get_or_init(|| {
        table(|v| if v <= 0.040_45 { v / 12.92 } else { libm::pow((v + 0.055) / 1.055, 2.4) })
    })
}

/// Linear light in 16 bits to sRGB coding. Made once, too.
fn srgb_table() -> &'static [u16] {
    static TABLE: OnceLock<Vec<u16>> = OnceLock::new();
    TABLE.get_or_init(|| {
        table(|v| if v <= 0.003_130_8 { v * 12.92 } else { 1.055 * libm::pow(v, 1.0 / 2.4) - 0.055 })
    })
}

fn table(curve: impl Fn(f64) -> f64) -> Vec<u16> {
    (0..=65_535u32).map(|v| (curve(f64::from(v) / 65_535.0) * 65_535.0 + 0.5) as u16).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::{Crop, Resize};

    #[test]
    fn transparent_pixels_show_the_matte_and_opaque_ones_do_not() {
        let pixels = Samples::U8(vec![10, 20, 30, 255, 9, 9, 9, 0, 100, 100, 100, 128]);
        let image = PixelBuffer::new(3, 1, Channels::Rgba, pixels).unwrap();
        let matte = Some(Background { rgb: [255, 0, 0] });
        let flat = flattened(&image, AlphaKind::Full, matte).unwrap();
        assert_eq!(flat.into_samples(), Samples::U8(vec![10, 20, 30, 255, 0, 0, 177, 50, 50]));
    }

    #[test]
    fn resizing_works_in_linear_light() {
        // Black and white stripes average to linear 0.5, which is sRGB 188, not 128.
        let stripes = (0..64 * 64).map(|i| if i % 2 == 0 { 0 } else { 255 }).collect();
        let image = PixelBuffer::new(64, 64, Channels::Gray, Samples::U8(stripes)).unwrap();
        let half = resized(&image, (16, 16)).unwrap();
        assert_eq!((half.width(), half.height()), (16, 16));
        let Samples::U8(samples) = half.into_samples() else { panic!("depth") };
        let middle = samples[8 * 16 + 8];
        assert!(middle.abs_diff(188) <= 2, "{middle}");
    }

    #[test]
    fn cropping_turning_and_mirroring_come_in_this_order() {
        // 1 2 3
        // 4 5 6
        let image = PixelBuffer::new(3, 2, Channels::Gray, Samples::U8(vec![1, 2, 3, 4, 5, 6])).unwrap();
        let settings = ImageSettings {
            crop: Some(Crop { x: 1, y: 0, width: 2, height: 2 }),
            rotate: Rotation::Quarter,
            flip: Some(Flip::Horizontal),
            ..ImageSettings::default()
        };
        assert_eq!(output_shape(&settings, (3, 2), &Limits::default()), Ok(((2, 2), true)));
        let (turned, changed) = transform(image, &mut None, &settings, &Limits::default()).unwrap();
        assert!(changed);
        // 2 3 / 5 6, turned clockwise: 5 2 / 6 3, mirrored: 2 5 / 3 6.
        assert_eq!(turned.into_samples(), Samples::U8(vec![2, 5, 3, 6]));
    }

    #[test]
    fn an_enlargement_beyond_the_limits_is_refused() {
        let image = PixelBuffer::new(1, 1, Channels::Gray, Samples::U8(vec![1])).unwrap();
        let resize = Resize { enlarge: true, ..Resize::to_width(60_000) };
        let settings = ImageSettings { resize: Some(resize), ..ImageSettings::default() };
        let error = transform(image, &mut None, &settings, &Limits::default()).unwrap_err();
        assert_eq!(error.code(), "limit_exceeded");
    }

    #[test]
    fn tables_are_inverse_to_each_other_at_eight_bits() {
        let (linear, encoded) = (linear_light_table(), srgb_table());
        for v in 0..=255u16 {
            let back = encoded[usize::from(linear[usize::from(v * 257)])];
            assert_eq!((u32::from(back) + 128) / 257, u32::from(v));
        }
    }
}
