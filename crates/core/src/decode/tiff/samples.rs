//! Raw samples to pixels: scale, palette, inversion, inks, straight alpha.

use super::chunks::Block;
use super::corrupt;
use super::layout::{Alpha, Layout, Photometric};
use crate::container::tiff::{Directory, tag};
use crate::context::Limits;
use crate::decode::cmyk::InkConverter;
use crate::error::OptimizationError;
use crate::pixels::{Channels, PixelBuffer, Samples};

/// Builds the image from blocks of raw samples.
pub(super) struct Converter {
    layout: Conversion,
    width: usize,
    channels: Channels,
    out: Samples,
}

/// What is done to one pixel.
struct Conversion {
    photometric: Photometric,
    /// Samples per pixel as stored.
    samples: usize,
    /// Largest stored value.
    max: u32,
    alpha: Option<(Alpha, usize)>,
    /// Red, green and blue of every index, 8 bits.
    palette: Vec<[u8; 3]>,
    inks: Option<InkConverter>,
}

impl Converter {
    pub(super) fn new(
        layout: &Layout<'_>,
        page: &Directory<'_>,
        limits: &Limits,
    ) -> Result<Self, OptimizationError> {
        let palette =
            if layout.photometric == Photometric::Palette { palette(page, layout.bits)? } else { Vec::new() };
        let inks = (layout.photometric == Photometric::Cmyk).then(|| {
            let icc = page.bytes(tag::ICC_PROFILE);
            InkConverter::new(icc.filter(|icc| icc.len() as u64 <= limits.max_metadata_bytes.0))
        });
        let channels = layout.channels();
        let length = layout.width as usize * layout.height as usize * channels.count();
        Ok(Self {
            layout: Conversion {
                photometric: layout.photometric,
                samples: layout.samples,
                max: (1 << layout.decoded_bits()) - 1,
                alpha: layout.alpha,
                palette,
                inks,
            },
            width: layout.width as usize,
            channels,
            out: if layout.bits > 8 { Samples::U16(vec![0; length]) } else { Samples::U8(vec![0; length]) },
        })
    }

    /// Converts one block and puts it in its place.
    pub(super) fn convert(&mut self, block: &Block, raw: &[u16]) {
        let (width, height) = (block.size.0 as usize, block.size.1 as usize);
        let count = self.channels.count();
        let mut pixels = vec![0; width * height * count];
        self.layout.convert(raw, &mut pixels, count, matches!(self.out, Samples::U16(_)));
        for (row, pixels) in pixels.chunks_exact(width * count).enumerate() {
            let start = ((block.at.1 as usize + row) * self.width + block.at.0 as usize) * count;
            match &mut self.out {
                Samples::U8(out) => out[start..start + pixels.len()]
                    .iter_mut()
                    .zip(pixels)
                    .for_each(|(out, &value)| *out = value as u8),
                Samples::U16(out) => out[start..start + pixels.len()].copy_from_slice(pixels),
            }
        }
    }

    pub(super) fn finish(self, layout: &Layout<'_>) -> Result<PixelBuffer, OptimizationError> {
        PixelBuffer::new(layout.width, layout.height, self.channels, self.out)
    }
}

impl Conversion {
    /// `out` gets values of 8 or 16 bits.
    fn convert(&self, raw: &[u16], out: &mut [u16], count: usize, deep: bool) {
        let full: u32 = if deep { 65_535 } else { 255 };
        // Exact for 1, 2, 4, 8 and 16 bits, rounded to nearest for others.
        let scale =
            |value: u32| if self.max == full { value } else { (value * full + self.max / 2) / self.max };
        let color_count = count - usize::from(self.alpha.is_some());
        for (source, pixel) in raw.chunks_exact(self.samples).zip(out.chunks_exact_mut(count)) {
            let color = &mut pixel[..color_count];
            match self.photometric {
                Photometric::BlackIsZero => color[0] = scale(u32::from(source[0])) as u16,
                Photometric::WhiteIsZero => color[0] = scale(self.max - u32::from(source[0])) as u16,
                Photometric::Rgb | Photometric::YCbCr => {
                    for (color, &value) in color.iter_mut().zip(source) {
                        *color = scale(u32::from(value)) as u16;
                    }
                }
                Photometric::Palette => {
                    // There is a colour for every index of this many bits.
                    let rgb = self.palette.get(usize::from(source[0])).copied().unwrap_or_default();
                    color.iter_mut().zip(rgb).for_each(|(color, value)| *color = u16::from(value));
                }
                Photometric::Cmyk => {}
            }
            if let Some((_, at)) = self.alpha {
                pixel[color_count] = scale(u32::from(source[at])) as u16;
            }
        }
        if let Some(inks) = &self.inks {
            let mut cmyk = Vec::with_capacity(raw.len() / self.samples * 4);
            for source in raw.chunks_exact(self.samples) {
                cmyk.extend(source[..4].iter().map(|&ink| scale(u32::from(ink)) as u16));
            }
            let rgb = if deep {
                inks.to_srgb(&cmyk)
            } else {
                let cmyk: Vec<u8> = cmyk.iter().map(|&ink| ink as u8).collect();
                inks.to_srgb(&cmyk).into_iter().map(u16::from).collect()
            };
            for (pixel, rgb) in out.chunks_exact_mut(count).zip(rgb.chunks_exact(3)) {
                pixel[..3].copy_from_slice(rgb);
            }
        }
        if matches!(self.alpha, Some((Alpha::Associated, _))) {
            out.chunks_exact_mut(count).for_each(|pixel| divide_by_alpha(pixel, full));
        }
    }
}

/// Makes premultiplied colours straight. What is brighter than its alpha allows is cut off.
fn divide_by_alpha(pixel: &mut [u16], full: u32) {
    let Some((&mut alpha, color)) = pixel.split_last_mut() else { return };
    let alpha = u32::from(alpha);
    for value in color {
        // 65535 × 65535 + 32767 fits 32 bits.
        let straight = (u32::from(*value) * full + alpha / 2).checked_div(alpha);
        *value = straight.map_or(0, |straight| straight.min(full) as u16);
    }
}

/// All red values, then all green ones, then all blue ones, 16 bits each. Every common reader uses the upper eight.
fn palette(page: &Directory<'_>, bits: u32) -> Result<Vec<[u8; 3]>, OptimizationError> {
    let map = page.uints(tag::COLOR_MAP).ok_or_else(|| corrupt("the palette is missing or cut off"))?;
    let size = 1usize << bits;
    if map.len() < size * 3 {
        return Err(corrupt(format!("the palette has {} values, not {}", map.len(), size * 3)));
    }
    // Some old writers put 8-bit values there.
    let shift = if map.iter().all(|&value| value < 256) { 0 } else { 8 };
    let byte = |index: usize| (map[index] >> shift).min(255) as u8;
    Ok((0..size).map(|index| [byte(index), byte(size + index), byte(2 * size + index)]).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn premultiplied_colours_become_straight() {
        let straight = |mut pixel: [u16; 2], full| {
            divide_by_alpha(&mut pixel, full);
            pixel
        };
        assert_eq!(straight([64, 128], 255), [128, 128]);
        assert_eq!(straight([9, 0], 255), [0, 0]);
        assert_eq!(straight([200, 100], 255), [255, 100]);
        assert_eq!(straight([65_535, 65_535], 65_535), [65_535, 65_535]);
    }
}
