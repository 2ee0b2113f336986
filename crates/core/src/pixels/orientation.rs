//! The eight EXIF orientations and how to make an image upright.

use super::buffer::{PixelBuffer, Samples};

/// How stored rows and columns relate to the upright picture: the EXIF tag's values 1 to 8.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Orientation {
    /// 1: upright.
    #[default]
    Upright,
    /// 2: mirrored left to right.
    MirroredHorizontally,
    /// 3: rotated by 180°.
    Rotated180,
    /// 4: mirrored top to bottom.
    MirroredVertically,
    /// 5: mirrored along the main diagonal.
    Transposed,
    /// 6: to be rotated by 90° clockwise.
    Rotated90,
    /// 7: mirrored along the other diagonal.
    Transversed,
    /// 8: to be rotated by 270° clockwise.
    Rotated270,
}

impl Orientation {
    /// From the tag's value; anything but 1 to 8 means upright, as browsers read it.
    pub(crate) const fn from_exif(value: u16) -> Self {
        match value {
            2 => Self::MirroredHorizontally,
            3 => Self::Rotated180,
            4 => Self::MirroredVertically,
            5 => Self::Transposed,
            6 => Self::Rotated90,
            7 => Self::Transversed,
            8 => Self::Rotated270,
            _ => Self::Upright,
        }
    }

    /// The tag's value.
    pub(crate) const fn to_exif(self) -> u16 {
        match self {
            Self::Upright => 1,
            Self::MirroredHorizontally => 2,
            Self::Rotated180 => 3,
            Self::MirroredVertically => 4,
            Self::Transposed => 5,
            Self::Rotated90 => 6,
            Self::Transversed => 7,
            Self::Rotated270 => 8,
        }
    }

    /// Whether width and height change places.
    pub(crate) const fn swaps_sides(self) -> bool {
        matches!(self, Self::Transposed | Self::Rotated90 | Self::Transversed | Self::Rotated270)
    }

    /// From an AVIF's `irot` (quarter turns anticlockwise, done first) and `imir` (axis: 0 mirrors top to
    /// bottom, 1 left to right). ISO/IEC 23008-12, 6.5.10 and 6.5.12.
    pub(crate) const fn from_irot_imir(quarter_turns_anticlockwise: u8, mirror_axis: Option<u8>) -> Self {
        match (quarter_turns_anticlockwise & 3, mirror_axis) {
            (1, None) => Self::Rotated270,
            (2, None) => Self::Rotated180,
            (3, None) => Self::Rotated90,
            (0, Some(0)) | (2, Some(1..)) => Self::MirroredVertically,
            (0, Some(1..)) | (2, Some(0)) => Self::MirroredHorizontally,
            (1, Some(0)) | (3, Some(1..)) => Self::Transposed,
            (1, Some(1..)) | (_, Some(0)) => Self::Transversed,
            (_, _) => Self::Upright,
        }
    }

    /// The upright image.
    pub(crate) fn apply(self, image: PixelBuffer) -> PixelBuffer {
        if self == Self::Upright {
            return image;
        }
        let (width, height, channels) = (image.width(), image.height(), image.channels());
        let size = (width as usize, height as usize, channels.count());
        let samples = match image.into_samples() {
            Samples::U8(samples) => Samples::U8(self.turned(&samples, size)),
            Samples::U16(samples) => Samples::U16(self.turned(&samples, size)),
        };
        let (width, height) = if self.swaps_sides() { (height, width) } else { (width, height) };
        PixelBuffer::rearranged(width, height, channels, samples)
    }

    fn turned<T: Copy>(self, samples: &[T], (width, height, count): (usize, usize, usize)) -> Vec<T> {
        let (out_width, out_height) = if self.swaps_sides() { (height, width) } else { (width, height) };
        let mut out = Vec::with_capacity(samples.len());
        for y in 0..out_height {
            for x in 0..out_width {
                let (column, row) = match self {
                    Self::Upright => (x, y),
                    Self::MirroredHorizontally => (width - 1 - x, y),
                    Self::Rotated180 => (width - 1 - x, height - 1 - y),
                    Self::MirroredVertically => (x, height - 1 - y),
                    Self::Transposed => (y, x),
                    Self::Rotated90 => (y, height - 1 - x),
                    Self::Transversed => (width - 1 - y, height - 1 - x),
                    Self::Rotated270 => (width - 1 - y, x),
                };
                let start = (row * width + column) * count;
                out.extend_from_slice(&samples[start..start + count]);
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pixels::Channels;

    /// Stored as
    /// ```text
    /// 1 2 3
    /// 4 5 6
    /// ```
    fn stored() -> PixelBuffer {
        PixelBuffer::new(3, 2, Channels::Gray, Samples::U8(vec![1, 2, 3, 4, 5, 6])).unwrap()
    }

    #[test]
    fn every_orientation_turns_the_rows_as_the_exif_standard_draws_them() {
        let expected: [&[u8]; 8] = [
            &[1, 2, 3, 4, 5, 6],
            &[3, 2, 1, 6, 5, 4],
            &[6, 5, 4, 3, 2, 1],
            &[4, 5, 6, 1, 2, 3],
            &[1, 4, 2, 5, 3, 6],
            &[4, 1, 5, 2, 6, 3],
            &[6, 3, 5, 2, 4, 1],
            &[3, 6, 2, 5, 1, 4],
        ];
        for (value, rows) in (1..).zip(expected) {
            let orientation = Orientation::from_exif(value);
            assert_eq!(orientation.to_exif(), value);
            let upright = orientation.apply(stored());
            let size = if value >= 5 { (2, 3) } else { (3, 2) };
            assert_eq!((upright.width(), upright.height()), size);
            assert_eq!(upright.into_samples(), Samples::U8(rows.to_vec()), "orientation {value}");
        }
    }

    #[test]
    fn avif_rotation_then_mirror_equals_one_orientation() {
        for turns in 0..4 {
            let rotated = Orientation::from_irot_imir(turns, None).apply(stored());
            for axis in 0..2 {
                let mirror = if axis == 0 {
                    Orientation::MirroredVertically
                } else {
                    Orientation::MirroredHorizontally
                };
                assert_eq!(
                    Orientation::from_irot_imir(turns, Some(axis)).apply(stored()),
                    mirror.apply(rotated.clone()),
                    "irot {turns}, imir {axis}"
                );
            }
        }
    }
}
