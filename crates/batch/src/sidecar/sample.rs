//! A small picture made of tiles of a large one: what is measured where the whole would not fit into memory.
//!
//! The tiles lie where the core's own samples take them from ([`SampleTiles`]). Sharp is asked for the strips they lie
//! in, since each strip costs a reading of the file from its top; the tiles are cut out here.

use super::messages::{Region, Size};
use planish::{OptimizationError, SampleTiles};

/// The most pixels of an image that is measured whole.
const WHOLE: u64 = 2_000_000;

/// Which parts of an image of a known size are looked at.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SamplePlan {
    size: Size,
    tiles: Option<SampleTiles>,
}

/// RGBA with 8 bits each, rows contiguous.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SamplePixels {
    pub(crate) size: Size,
    pub(crate) rgba: Vec<u8>,
}

impl SamplePlan {
    pub(crate) fn of(size: Size) -> Self {
        let whole = u64::from(size.width) * u64::from(size.height) <= WHOLE;
        Self { size, tiles: if whole { None } else { SampleTiles::of(size.width, size.height) } }
    }

    /// Pixels of the image per pixel of the sample; 1 where it is the whole image.
    pub(crate) fn scale(&self) -> f64 {
        self.tiles.as_ref().map_or(1.0, |tiles| tiles.scale)
    }

    /// Whether the sample is the whole image.
    pub(crate) const fn is_whole(&self) -> bool {
        self.tiles.is_none()
    }

    /// What Sharp is asked for. The last strip ends with the image: who can read that can read all of it.
    pub(crate) fn regions(&self) -> Vec<Region> {
        let Size { width, height } = self.size;
        let strip = |top, height| Region { left: 0, top, width, height };
        let Some(tiles) = &self.tiles else { return vec![strip(0, height)] };
        let mut regions: Vec<Region> = tiles.rows.iter().map(|top| strip(*top, SampleTiles::EDGE)).collect();
        regions.push(strip(height - 1, 1));
        regions
    }

    /// Cuts the tiles out of the strips, which lie one behind the other.
    ///
    /// # Errors
    /// [`OptimizationError::Internal`] when there are more or fewer bytes than asked for.
    pub(crate) fn assemble(&self, strips: Vec<u8>) -> Result<SamplePixels, OptimizationError> {
        let expected: usize =
            self.regions().iter().map(|region| region.width as usize * region.height as usize * 4).sum();
        if strips.len() != expected {
            let message = format!("expected {expected} bytes of pixels from Sharp, got {}", strips.len());
            return Err(OptimizationError::Internal { message });
        }
        let Some(tiles) = &self.tiles else { return Ok(SamplePixels { size: self.size, rgba: strips }) };
        let edge = SampleTiles::EDGE as usize;
        let row_bytes = self.size.width as usize * 4;
        let size = Size {
            width: tiles.columns.len() as u32 * SampleTiles::EDGE,
            height: tiles.rows.len() as u32 * SampleTiles::EDGE,
        };
        let mut rgba = Vec::with_capacity(size.width as usize * size.height as usize * 4);
        for row in strips.chunks_exact(row_bytes).take(tiles.rows.len() * edge) {
            for left in &tiles.columns {
                let start = *left as usize * 4;
                rgba.extend_from_slice(&row[start..start + edge * 4]);
            }
        }
        Ok(SamplePixels { size, rgba })
    }
}

impl SamplePixels {
    /// A PNG of them, hardly compressed: it goes through a pipe, not over a network. Without alpha where everything
    /// is opaque, so that encoders decide as they would for the whole.
    ///
    /// # Errors
    /// [`OptimizationError::Internal`] when the encoder fails.
    pub(crate) fn png(&self) -> Result<Vec<u8>, OptimizationError> {
        let opaque = self.rgba.chunks_exact(4).all(|pixel| pixel[3] == u8::MAX);
        let rgb: Vec<u8>;
        let (color, samples) = if opaque {
            rgb = self.rgba.chunks_exact(4).flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect();
            (png::ColorType::Rgb, &rgb)
        } else {
            (png::ColorType::Rgba, &self.rgba)
        };
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, self.size.width, self.size.height);
        encoder.set_color(color);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_compression(png::Compression::Fastest);
        encoder
            .write_header()
            .and_then(|mut writer| {
                writer.write_image_data(samples)?;
                writer.finish()
            })
            .map_err(|error| OptimizationError::Internal { message: format!("a sample as PNG: {error}") })?;
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_image_is_its_own_sample() {
        let plan = SamplePlan::of(Size { width: 2, height: 1 });
        assert!(plan.is_whole());
        assert_eq!(plan.regions(), [Region { left: 0, top: 0, width: 2, height: 1 }]);
        let pixels = vec![1, 2, 3, 255, 4, 5, 6, 255];
        assert_eq!(plan.assemble(pixels.clone()).unwrap().rgba, pixels);
        assert!(plan.assemble(vec![0; 7]).is_err());
    }

    #[test]
    fn tiles_come_from_where_they_lie_and_the_file_is_read_to_its_end() {
        let size = Size { width: 2000, height: 1500 };
        let plan = SamplePlan::of(size);
        let tiles = SampleTiles::of(2000, 1500).unwrap();
        let regions = plan.regions();
        assert_eq!(regions.last().unwrap().top, 1499);
        let pixel =
            |x: u32, y: u32| [(x % 251) as u8, (y % 241) as u8, (x / 251) as u8, (y / 241) as u8 + 240];
        let strips = regions
            .iter()
            .flat_map(|region| {
                (region.top..region.top + region.height)
                    .flat_map(|y| (0..2000).flat_map(move |x| pixel(x, y)))
            })
            .collect();
        let sample = plan.assemble(strips).unwrap();
        assert_eq!(sample.size, Size { width: 768, height: 768 });
        for (x, y) in [(0, 0), (127, 127), (128, 0), (767, 767), (300, 500)] {
            let (column, row) = ((x / 128) as usize, (y / 128) as usize);
            let expected = pixel(tiles.columns[column] + x % 128, tiles.rows[row] + y % 128);
            let at = (y as usize * 768 + x as usize) * 4;
            assert_eq!(sample.rgba[at..at + 4], expected, "{x} {y}");
        }
    }

    #[test]
    fn opaque_samples_have_no_alpha() {
        let color_type = |alpha: u8| {
            let sample = SamplePixels { size: Size { width: 1, height: 1 }, rgba: vec![9, 8, 7, alpha] };
            let bytes = sample.png().unwrap();
            // IHDR: the colour type is byte 25 of the file.
            bytes[25]
        };
        assert_eq!((color_type(255), color_type(254)), (2, 6));
    }
}
