//! Decoded AV1 pictures as planes, one by one or put together from tiles.

use crate::container::avif::{Cicp, Coded, Grid};
use crate::context::Limits;
use crate::error::OptimizationError;
use crate::format::Format;
use crate::pixels::yuv::PlaneView;
use rusty_av1d::pixel::YUVRange;
use rusty_av1d::{Decoder, Picture, PixelLayout, PlanarImageComponent, Settings};
use std::panic::catch_unwind;

const COMPONENTS: [PlanarImageComponent; 3] =
    [PlanarImageComponent::Y, PlanarImageComponent::U, PlanarImageComponent::V];

/// An image as luma and, unless it is gray, two planes of chroma.
pub(super) struct Planes {
    /// Width and height in pixels.
    pub(super) size: (u32, u32),
    /// By how many bits the sides of chroma are shifted, across and down; `None` without chroma.
    pub(super) shift: Option<(u8, u8)>,
    /// What the bitstream says the samples mean.
    pub(super) cicp: Cicp,
    depth: u8,
    storage: Storage,
}

enum Storage {
    Decoded(Picture),
    /// The bytes of each plane and of one of its rows.
    Joined(Vec<(Vec<u8>, usize)>),
}

impl Planes {
    /// Decodes an image. The caller has checked the limits for the whole of it.
    pub(super) fn decode(coded: &Coded, limits: &Limits) -> Result<Self, OptimizationError> {
        match coded {
            Coded::Whole(data) => Self::of(decode_av1(data, limits)?),
            Coded::Grid(grid) => Self::join(grid, limits),
        }
    }

    fn of(picture: Picture) -> Result<Self, OptimizationError> {
        let depth = picture
            .bits_per_component()
            .map(|bits| bits.0)
            .ok_or_else(|| corrupt("the bit depth is not 8, 10 or 12"))?;
        let shift = match picture.pixel_layout() {
            PixelLayout::I400 => None,
            PixelLayout::I420 => Some((1, 1)),
            PixelLayout::I422 => Some((1, 0)),
            PixelLayout::I444 => Some((0, 0)),
        };
        let cicp = Cicp {
            primaries: picture.color_primaries() as u8,
            transfer: picture.transfer_characteristic() as u8,
            matrix: picture.matrix_coefficients() as u8,
            full_range: picture.color_range() == YUVRange::Full,
        };
        let size = (picture.width(), picture.height());
        Ok(Self { size, shift, cicp, depth, storage: Storage::Decoded(picture) })
    }

    /// Puts tiles together before chroma is interpolated: no seams.
    fn join(grid: &Grid, limits: &Limits) -> Result<Self, OptimizationError> {
        limits.check_dimensions(grid.tile.0, grid.tile.1)?;
        let mut joined: Option<Self> = None;
        for (index, data) in grid.tiles.iter().enumerate() {
            let tile = Self::of(decode_av1(data, limits)?)?;
            if tile.size != grid.tile {
                return Err(corrupt("a tile has another size than the container says"));
            }
            let image = joined.get_or_insert_with(|| tile.canvas(grid.size));
            if (tile.depth, tile.shift) != (image.depth, image.shift) {
                return Err(corrupt("the tiles of a grid are coded differently"));
            }
            let at = (index as u32 % grid.columns * grid.tile.0, index as u32 / grid.columns * grid.tile.1);
            image.put(&tile, at)?;
        }
        joined.ok_or_else(|| corrupt("a grid has no tiles"))
    }

    /// Empty planes for an image of such tiles.
    fn canvas(&self, size: (u32, u32)) -> Self {
        let sample = if self.depth == 8 { 1 } else { 2 };
        let planes = (0..self.count()).map(|plane| {
            let (width, height) = self.plane_size(plane, size);
            (vec![0; width * sample * height], width * sample)
        });
        Self { size, storage: Storage::Joined(planes.collect()), ..*self }
    }

    /// Copies a tile to its place, as far as it reaches into the image.
    fn put(&mut self, tile: &Self, at: (u32, u32)) -> Result<(), OptimizationError> {
        let sample = if self.depth == 8 { 1 } else { 2 };
        for plane in 0..self.count() {
            let (shift_x, shift_y) = self.plane_shift(plane);
            if !at.0.is_multiple_of(1 << shift_x) || !at.1.is_multiple_of(1 << shift_y) {
                return Err(OptimizationError::unsupported(
                    "AVIF",
                    "tiles with an odd side and halved chroma",
                ));
            }
            let (width, height) = self.plane_size(plane, self.size);
            let (left, top) = ((at.0 >> shift_x) as usize, (at.1 >> shift_y) as usize);
            let (tile_width, tile_height) = tile.plane_size(plane, tile.size);
            let (across, down) = (tile_width.min(width - left), tile_height.min(height - top));
            let (source, source_stride) = tile.bytes(plane);
            let Storage::Joined(planes) = &mut self.storage else { return Ok(()) };
            let Some((target, stride)) = planes.get_mut(plane) else { return Ok(()) };
            for row in 0..down {
                let from = source.get(row * source_stride..).and_then(|row| row.get(..across * sample));
                let from = from.ok_or_else(|| corrupt("a tile holds too few pixels"))?;
                let start = (top + row) * *stride + left * sample;
                target[start..start + from.len()].copy_from_slice(from);
            }
        }
        Ok(())
    }

    const fn count(&self) -> usize {
        if self.shift.is_some() { 3 } else { 1 }
    }

    fn plane_shift(&self, plane: usize) -> (u8, u8) {
        if plane == 0 { (0, 0) } else { self.shift.unwrap_or((0, 0)) }
    }

    /// Samples across and down in a plane of an image of this size.
    fn plane_size(&self, plane: usize, (width, height): (u32, u32)) -> (usize, usize) {
        let (x, y) = self.plane_shift(plane);
        (width.div_ceil(1 << x) as usize, height.div_ceil(1 << y) as usize)
    }

    fn bytes(&self, plane: usize) -> (&[u8], usize) {
        match &self.storage {
            Storage::Decoded(picture) => {
                let component = COMPONENTS[plane];
                (picture.plane(component), picture.stride(component) as usize)
            }
            Storage::Joined(planes) => {
                planes.get(plane).map_or((&[], 0), |(bytes, stride)| (bytes.as_slice(), *stride))
            }
        }
    }

    /// A plane: 0 is luma, 1 and 2 are chroma where there is some.
    pub(super) fn view(&self, plane: usize) -> PlaneView<'_> {
        let (bytes, stride) = self.bytes(plane);
        PlaneView::new(bytes, stride, self.depth)
    }
}

fn corrupt(what: &str) -> OptimizationError {
    OptimizationError::corrupt(Format::Avif, what)
}

/// Decodes one picture. The decoder panics on some damaged data; that must cost no more than this file. It is made
/// for the call and goes with it, so nothing half-done is seen again.
fn decode_av1(data: &[u8], limits: &Limits) -> Result<Picture, OptimizationError> {
    catch_unwind(|| decode_av1_unguarded(data, limits))
        .unwrap_or_else(|_| Err(corrupt("the AV1 decoder stopped on this data")))
}

fn decode_av1_unguarded(data: &[u8], limits: &Limits) -> Result<Picture, OptimizationError> {
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
