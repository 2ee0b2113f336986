//! Writes GIFs: rectangles as small as can be, pixels that stay left transparent where that packs better, the
//! shortest palette that serves.
//!
//! Up to 256 colours a frame, nothing is lost. Frames with more get a palette made for the pixels that change in
//! them; pixels that stay keep the colour they were given, so still areas do not flicker.

use super::changes::{Rect, bounds, changed};
use super::prepared::{Preparation, play};
use super::{FrameStream, Source};
use crate::container::gif::{Disposal, Frame, Writer, compress, palette_bytes};
use crate::context::OptimizeContext;
use crate::encode::quantised;
use crate::error::OptimizationError;
use crate::metadata::Metadata;
use std::collections::HashMap;

/// A GIF that was written.
pub(crate) struct Written {
    /// The file.
    pub(crate) bytes: Vec<u8>,
    /// Whether all colours were kept.
    pub(crate) lossless: bool,
}

/// What a GIF is made of besides its frames.
pub(crate) struct Parts<'a> {
    /// Width and height of the canvas.
    pub(crate) size: (u16, u16),
    /// Delays in hundredths of a second.
    pub(crate) delays: &'a [u32],
    /// 0 is for ever.
    pub(crate) plays: u32,
    /// Colours of all frames, where there are at most 256.
    pub(crate) colors: Option<&'a [[u8; 4]]>,
    /// Colours in a frame that has to do with fewer, 2 to 256.
    pub(crate) max_colors: usize,
    /// The profile, and XMP where it is kept.
    pub(crate) metadata: &'a Metadata,
}

/// Writes an animation.
///
/// # Errors
/// What the player says, and [`OptimizationError::Cancelled`].
pub(crate) fn write(
    source: &Source<'_>,
    preparation: Preparation<'_>,
    parts: &Parts<'_>,
    context: &OptimizeContext<'_>,
) -> Result<Written, OptimizationError> {
    let width = u32::from(parts.size.0);
    let global = Global::new(parts.colors);
    let mut writer = start(parts.size, &global.palette, parts.plays, parts.metadata);
    let mut player = play(source, preparation)?;
    let mut lossless = true;
    let mut delays = parts.delays.iter().map(|&delay| delay.min(u32::from(u16::MAX)) as u16);
    // What is on the screen before the current frame is drawn, and the frame itself.
    let mut base: Vec<u8> = Vec::new();
    let mut current: Vec<u8> = Vec::new();
    loop {
        context.check_cancelled()?;
        let next = player.next_frame()?.is_some();
        if current.is_empty() {
            if !next {
                break;
            }
            current = player.canvas().to_vec();
            base = vec![0; current.len()];
            continue;
        }
        let following = next.then(|| player.canvas());
        let step = next_step(&base, &current, following, width);
        let drawn = draw(&base, &current, width, step.rect, &global, parts.max_colors);
        lossless &= drawn.lossless;
        let PaletteFrame { palette, transparent, lzw, .. } = drawn;
        writer.frame(&Frame {
            rect: [step.rect.left, step.rect.top, step.rect.width, step.rect.height]
                .map(|value| value.min(u32::from(u16::MAX)) as u16),
            delay: delays.next().unwrap_or(0),
            disposal: step.disposal,
            transparent,
            palette,
            lzw,
        });
        let Some(following) = following else { break };
        match step.disposal {
            Disposal::Keep => base.copy_from_slice(&current),
            Disposal::Background => {
                base.copy_from_slice(&current);
                clear(&mut base, width, step.rect);
            }
            Disposal::Previous => {}
        }
        current.copy_from_slice(following);
    }
    Ok(Written { bytes: writer.finish(), lossless })
}

/// The head of a file.
fn start(size: (u16, u16), palette: &[[u8; 3]], plays: u32, metadata: &Metadata) -> Writer {
    let mut writer = Writer::new(size.0, size.1, palette);
    writer.plays(plays);
    if let Some(icc) = &metadata.icc {
        writer.icc(icc);
    }
    if let Some(xmp) = &metadata.xmp {
        writer.xmp(xmp);
    }
    writer
}

/// Which rectangle to draw, and what becomes of it before the next frame.
struct Step {
    rect: Rect,
    disposal: Disposal,
}

/// The disposal after which the next frame has least to draw. Transparent pixels cannot be drawn: what disappears
/// must be disposed of.
fn next_step(base: &[u8], current: &[u8], next: Option<&[u8]>, width: u32) -> Step {
    let rect = changed(base, current, width);
    let keep = Step { rect, disposal: Disposal::Keep };
    let Some(next) = next else { return keep };
    let disappears = |before: &[u8], after: &[u8]| before[3] != 0 && after[3] == 0;
    let gone = bounds(current, next, width, disappears);
    let restorable = bounds(base, next, width, disappears).is_none();
    let cost = |before: &[u8]| changed(before, next, width).area();
    let after_keep = gone.is_none().then(|| cost(current));
    let mut best = (after_keep.unwrap_or(usize::MAX), keep);
    if let Some(gone) = gone {
        let cleared = rect.union(gone);
        let mut background = current.to_vec();
        clear(&mut background, width, cleared);
        let total = cost(&background) + (cleared.area() - rect.area());
        if total < best.0 {
            best = (total, Step { rect: cleared, disposal: Disposal::Background });
        }
    }
    if restorable {
        let total = cost(base);
        if total < best.0 {
            best = (total, Step { rect, disposal: Disposal::Previous });
        }
    }
    best.1
}

fn clear(canvas: &mut [u8], width: u32, rect: Rect) {
    for row in rect.rows(width) {
        canvas[row].fill(0);
    }
}

/// The palette all frames may use.
struct Global {
    palette: Vec<[u8; 3]>,
    index: HashMap<[u8; 3], u8>,
}

impl Global {
    /// The opaque colours in the order they first appear: early ones need fewer bits in the early, usually
    /// largest frame. Empty where there are too many.
    fn new(colors: Option<&[[u8; 4]]>) -> Self {
        let palette: Vec<[u8; 3]> = colors
            .unwrap_or_default()
            .iter()
            .filter(|color| color[3] != 0)
            .map(|color| [color[0], color[1], color[2]])
            .collect();
        let index = palette.iter().zip(0..=255).map(|(&color, index)| (color, index)).collect();
        Self { palette, index }
    }
}

/// What is to happen to one pixel.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ink {
    /// It gets this colour.
    Draw([u8; 3]),
    /// It has this colour already and may get it again.
    Same([u8; 3]),
    /// It must not be touched.
    Leave,
}

/// How pixels that may be left are treated.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Strategy {
    /// They are left: long runs of transparency.
    Holes,
    /// They are drawn: patterns go on undisturbed.
    Solid,
    /// They are drawn where that continues a run, and left elsewhere.
    Runs,
}

/// The pixels of a rectangle as indices.
pub(crate) struct PaletteFrame {
    /// Its own palette; without one it uses the global one.
    pub(crate) palette: Option<Vec<[u8; 3]>>,
    /// The index that draws nothing.
    pub(crate) transparent: Option<u8>,
    /// Minimum code size, then LZW data.
    pub(crate) lzw: Vec<u8>,
    /// Whether all colours were kept.
    pub(crate) lossless: bool,
}

impl PaletteFrame {
    /// Bytes in the file, but for what all frames have.
    fn size(&self) -> usize {
        // A control block of 8 bytes comes with transparency, if not with the delay.
        let blocks = self.lzw.len() / 255;
        self.lzw.len() + blocks + self.palette.as_deref().map_or(0, palette_bytes)
    }
}

/// The rectangle in the way that takes the fewest bytes.
fn draw(
    base: &[u8],
    current: &[u8],
    width: u32,
    rect: Rect,
    global: &Global,
    max_colors: usize,
) -> PaletteFrame {
    let mut inks = Vec::with_capacity(rect.area());
    for row in rect.rows(width) {
        for (before, after) in base[row.clone()].chunks_exact(4).zip(current[row].chunks_exact(4)) {
            let color = [after[0], after[1], after[2]];
            inks.push(match (before == after, after[3]) {
                (_, 0) => Ink::Leave,
                (false, _) => Ink::Draw(color),
                (true, _) => Ink::Same(color),
            });
        }
    }
    let mut best: Option<PaletteFrame> = None;
    for strategy in [Strategy::Holes, Strategy::Runs, Strategy::Solid] {
        for global in [Some(global), None] {
            let Some(frame) = coded(&inks, strategy, global) else { continue };
            if best.as_ref().is_none_or(|best| frame.size() < best.size()) {
                best = Some(frame);
            }
        }
    }
    best.unwrap_or_else(|| reduced(&inks, max_colors))
}

/// Indices by a strategy into the global palette, or one of the frame's own; `None` where that does not hold all
/// colours.
fn coded(inks: &[Ink], strategy: Strategy, global: Option<&Global>) -> Option<PaletteFrame> {
    // The colour each pixel is drawn in, if it is drawn.
    let mut run: Option<[u8; 3]> = None;
    let colors: Vec<Option<[u8; 3]>> = inks
        .iter()
        .map(|&ink| {
            run = match (ink, strategy) {
                (Ink::Draw(color), _) | (Ink::Same(color), Strategy::Solid) => Some(color),
                (Ink::Same(color), Strategy::Runs) if run == Some(color) => Some(color),
                (Ink::Same(_) | Ink::Leave, _) => None,
            };
            run
        })
        .collect();
    let mut own = Global { palette: Vec::new(), index: HashMap::new() };
    let mut used = [false; 256];
    let mut last = None;
    for &color in colors.iter().flatten() {
        if last == Some(color) {
            continue;
        }
        last = Some(color);
        if let Some(global) = global {
            used[usize::from(*global.index.get(&color)?)] = true;
        } else if !own.index.contains_key(&color) {
            let next = u8::try_from(own.palette.len()).ok()?;
            own.index.insert(color, next);
            own.palette.push(color);
            used[usize::from(next)] = true;
        }
    }
    let palette = global.unwrap_or(&own);
    // A new index where the palette's size has room for one; else one this frame has no use for.
    let transparent = if colors.contains(&None) {
        let length = palette.palette.len();
        let room = length < length.clamp(2, 256).next_power_of_two();
        let free = used.iter().take(length).position(|used| !used);
        let index = match free {
            _ if room => length,
            Some(free) => free,
            None if global.is_none() => length,
            None => return None,
        };
        Some(u8::try_from(index).ok()?)
    } else {
        None
    };
    if global.is_some_and(|global| global.palette.is_empty()) {
        return None;
    }
    let mut memo: Option<([u8; 3], u8)> = None;
    let indices: Option<Vec<u8>> = colors
        .iter()
        .map(|color| match (color, memo) {
            (None, _) => transparent,
            (Some(color), Some((same, index))) if *color == same => Some(index),
            (Some(color), _) => {
                let index = *palette.index.get(color)?;
                memo = Some((*color, index));
                Some(index)
            }
        })
        .collect();
    let own_palette = global.is_none().then(|| {
        let mut palette = own.palette;
        // The transparent index has to be inside the palette.
        if transparent.is_some_and(|index| usize::from(index) >= palette.len()) {
            palette.push([0; 3]);
        }
        palette
    });
    Some(PaletteFrame { palette: own_palette, transparent, lzw: compress(&indices?), lossless: true })
}

/// Indices into a palette made for the pixels that are drawn.
fn reduced(inks: &[Ink], max_colors: usize) -> PaletteFrame {
    let drawn: Vec<[u8; 3]> = inks
        .iter()
        .filter_map(|ink| match ink {
            Ink::Draw(color) => Some(*color),
            Ink::Same(_) | Ink::Leave => None,
        })
        .collect();
    let holes = drawn.len() < inks.len();
    let found = quantised(&drawn, max_colors.min(256 - usize::from(holes)));
    let mut palette = found.palette;
    let transparent = holes.then(|| {
        palette.push([0; 3]);
        (palette.len() - 1) as u8
    });
    let mut next = found.indices.into_iter();
    let indices: Vec<u8> = inks
        .iter()
        .map(|ink| match ink {
            Ink::Draw(_) => next.next().unwrap_or(0),
            Ink::Same(_) | Ink::Leave => transparent.unwrap_or(0),
        })
        .collect();
    PaletteFrame { palette: Some(palette), transparent, lzw: compress(&indices), lossless: false }
}

/// A still image as a GIF; `None` where it has more than 256 colours and all are to be kept.
pub(crate) fn indexed(
    pixels: &[u8],
    size: (u16, u16),
    max_colors: Option<usize>,
    metadata: &Metadata,
) -> Option<Vec<u8>> {
    let inks: Vec<Ink> = pixels
        .chunks_exact(4)
        .map(|pixel| if pixel[3] == 0 { Ink::Leave } else { Ink::Draw([pixel[0], pixel[1], pixel[2]]) })
        .collect();
    let frame = match max_colors {
        None => coded(&inks, Strategy::Holes, None)?,
        Some(max_colors) => reduced(&inks, max_colors),
    };
    // The only frame's palette may as well be the global one, which old readers prefer.
    let mut writer = start(size, frame.palette.as_deref().unwrap_or_default(), 1, metadata);
    writer.frame(&Frame {
        rect: [0, 0, size.0, size.1],
        delay: 0,
        disposal: Disposal::Keep,
        transparent: frame.transparent,
        palette: None,
        lzw: frame.lzw,
    });
    Some(writer.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_disappears_is_disposed_of() {
        let red = [200, 0, 0, 255];
        let none = [0; 4];
        let canvas = |pixels: [[u8; 4]; 4]| pixels.concat();
        let empty = canvas([none; 4]);
        // A dot that moves over nothing: back to what was before costs least.
        let first = canvas([red, none, none, none]);
        let second = canvas([none, red, none, none]);
        let step = next_step(&empty, &first, Some(&second), 4);
        assert!(step.disposal != Disposal::Keep);
        // Something drawn two frames ago disappears: only clearing helps, of a rectangle that reaches it.
        let third = canvas([none, none, none, red]);
        let base = canvas([red, none, none, none]);
        let current = canvas([red, none, none, red]);
        let step = next_step(&base, &current, Some(&third), 4);
        assert_eq!((step.disposal, step.rect), (Disposal::Background, Rect::whole(4, 1)));
        // Nothing disappears.
        let step = next_step(&empty, &base, Some(&current), 4);
        assert_eq!(step.disposal, Disposal::Keep);
    }

    #[test]
    fn a_full_palette_lends_an_index_it_has_no_use_for() {
        let colors: Vec<[u8; 4]> = (0..=255).map(|value| [value, value, value, 255]).collect();
        let global = Global::new(Some(&colors));
        let inks = [Ink::Draw([0; 3]), Ink::Leave, Ink::Draw([255; 3])];
        let frame = coded(&inks, Strategy::Holes, Some(&global)).unwrap();
        assert!(matches!(frame.transparent, Some(index) if index != 0 && index != 255));
        let all: Vec<Ink> =
            colors.iter().map(|c| Ink::Draw([c[0], c[1], c[2]])).chain([Ink::Leave]).collect();
        assert!(coded(&all, Strategy::Holes, Some(&global)).is_none());
        assert!(coded(&all, Strategy::Holes, None).is_none());
        assert!(!reduced(&all, 256).lossless);
    }
}
