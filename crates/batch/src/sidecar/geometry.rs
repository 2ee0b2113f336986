//! From the settings' crop, turn, mirror and resize to the order in which Sharp does such things.
//!
//! planish crops the upright image, turns it clockwise, mirrors it and resizes it. The sidecar mirrors, turns, cuts out
//! and resizes, with the rectangle in coordinates after turning.

use super::messages::{Region, Size, Transform};
use planish::settings::{Crop, Flip, Rotation};
use planish::{ImageSettings, OptimizationError};

/// What Sharp is to do to an upright image of `width` × `height`, and the size of what comes out.
///
/// # Errors
/// [`OptimizationError::InvalidSetting`] for a crop outside the image or a resize that makes no sense.
pub(crate) fn resolve(
    settings: &ImageSettings,
    width: u32,
    height: u32,
) -> Result<(Transform, Size), OptimizationError> {
    let crop = settings.crop.unwrap_or(Crop { x: 0, y: 0, width, height });
    crop.check(width, height)?;
    let sideways = matches!(settings.rotate, Rotation::Quarter | Rotation::ThreeQuarters);
    // A mirror after a quarter turn is the other mirror before it.
    let flip_horizontal = settings.flip == Some(if sideways { Flip::Vertical } else { Flip::Horizontal });
    let flip_vertical = settings.flip == Some(if sideways { Flip::Horizontal } else { Flip::Vertical });

    let mut part = Region { left: crop.x, top: crop.y, width: crop.width, height: crop.height };
    if flip_horizontal {
        part.left = width - part.left - part.width;
    }
    if flip_vertical {
        part.top = height - part.top - part.height;
    }
    let (from_right, from_below) = (width - part.left - part.width, height - part.top - part.height);
    let upended = Region { left: 0, top: 0, width: part.height, height: part.width };
    part = match settings.rotate {
        Rotation::None => part,
        Rotation::Quarter => Region { left: from_below, top: part.left, ..upended },
        Rotation::Half => Region { left: from_right, top: from_below, ..part },
        Rotation::ThreeQuarters => Region { left: part.top, top: from_right, ..upended },
    };
    let turned = if sideways { (height, width) } else { (width, height) };

    let mut size = Size { width: part.width, height: part.height };
    if let Some(resize) = settings.resize {
        resize.check()?;
        let plan = resize.plan(part.width, part.height);
        let (left, top, width, height) = plan.region;
        part = Region { left: part.left + left, top: part.top + top, width, height };
        size = Size { width: plan.size.0, height: plan.size.1 };
    }
    let transform = Transform {
        orient: true,
        flip_vertical,
        flip_horizontal,
        rotate: settings.rotate.into(),
        extract: ((part.left, part.top) != (0, 0) || (part.width, part.height) != turned).then_some(part),
        resize: ((size.width, size.height) != (part.width, part.height)).then_some(size),
        background: None,
    };
    Ok((transform, size))
}

#[cfg(test)]
mod tests {
    use super::*;
    use planish::settings::{Fit, Resize};

    type Image = Vec<Vec<(u32, u32)>>;

    /// The pixels of a 5 × 3 image, each named by where it was, as planish cuts and orders them.
    fn by_planish(settings: &ImageSettings) -> Image {
        let crop = settings.crop.unwrap();
        let rows = crop.y..crop.y + crop.height;
        let mut image: Image =
            rows.map(|y| (crop.x..crop.x + crop.width).map(|x| (x, y)).collect()).collect();
        for _ in 0..u16::from(settings.rotate) / 90 {
            image = turned(&image);
        }
        mirror(&mut image, settings.flip == Some(Flip::Horizontal), settings.flip == Some(Flip::Vertical));
        image
    }

    fn by_sharp(transform: &Transform) -> Image {
        let mut image: Image = (0..3).map(|y| (0..5).map(|x| (x, y)).collect()).collect();
        mirror(&mut image, transform.flip_horizontal, transform.flip_vertical);
        for _ in 0..transform.rotate / 90 {
            image = turned(&image);
        }
        let Some(Region { left, top, width, height }) = transform.extract else { return image };
        let rows = image.into_iter().skip(top as usize).take(height as usize);
        rows.map(|row| row.into_iter().skip(left as usize).take(width as usize).collect()).collect()
    }

    fn turned(image: &Image) -> Image {
        (0..image[0].len()).map(|column| image.iter().rev().map(|row| row[column]).collect()).collect()
    }

    fn mirror(image: &mut Image, horizontal: bool, vertical: bool) {
        if horizontal {
            for row in image.iter_mut() {
                row.reverse();
            }
        }
        if vertical {
            image.reverse();
        }
    }

    #[test]
    fn every_crop_turn_and_mirror_gives_the_same_pixels_as_the_core() {
        for crop in [
            Crop { x: 0, y: 0, width: 5, height: 3 },
            Crop { x: 1, y: 0, width: 3, height: 2 },
            Crop { x: 2, y: 1, width: 2, height: 2 },
        ] {
            for degrees in [0, 90, 180, 270] {
                for flip in [None, Some(Flip::Horizontal), Some(Flip::Vertical)] {
                    let rotate = Rotation::try_from(degrees).unwrap();
                    let settings =
                        ImageSettings { crop: Some(crop), rotate, flip, ..ImageSettings::default() };
                    let (transform, size) = resolve(&settings, 5, 3).unwrap();
                    let expected = by_planish(&settings);
                    assert_eq!(by_sharp(&transform), expected, "{crop} {degrees} {flip:?}");
                    let expected_size = (expected[0].len(), expected.len());
                    assert_eq!((size.width as usize, size.height as usize), expected_size);
                }
            }
        }
    }

    #[test]
    fn a_covered_box_cuts_within_the_crop() {
        let settings = ImageSettings {
            crop: Some(Crop { x: 100, y: 0, width: 400, height: 200 }),
            resize: Some(Resize { height: Some(100), fit: Fit::Cover, ..Resize::to_width(100) }),
            ..ImageSettings::default()
        };
        let (transform, size) = resolve(&settings, 1000, 1000).unwrap();
        assert_eq!(transform.extract, Some(Region { left: 200, top: 0, width: 200, height: 200 }));
        assert_eq!((transform.resize, size), (Some(size), Size { width: 100, height: 100 }));
    }

    #[test]
    fn what_changes_nothing_is_not_asked_for() {
        let (transform, size) = resolve(&ImageSettings::default(), 40, 30).unwrap();
        assert_eq!(transform, Transform { orient: true, ..Transform::default() });
        assert_eq!(size, Size { width: 40, height: 30 });
    }
}
