//! Writes GIFs: rectangles as small as can be, pixels that stay left transparent where that packs better, the
//! shortest palette that serves.
//!
//! Up to 256 colours a frame, nothing is lost. Frames with more get a palette made for the pixels that change in
//! them; pixels that stay keep the colour they were given, so still areas do not flicker.

use super::changes::{Rect, bounds, changed};
use super::prepared::{Preparation, play};
use super::{FrameStream, Source};
use crate::container::gif::{Disposal, Frame, Writer, palette_bytes};
use crate::container::gif_lzw::compress;
use crate::context::OptimizeContext;
use crate::encode::quantised;
use crate::error::OptimizationError;
use crate::metadata::Metadata;
use rayon::prelude::*;
use std::collections::HashMap;

/// Frames are composed one after another and packed side by side, this many pixels at a time: a bound on memory.
const BATCH_PIXELS: usize = 4_000_000;
/// And this many frames.
const BATCH_FRAMES: usize = 64;

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
    let global = Palette::global(parts.colors);
    let mut writer = start(parts.size, &global.colors, parts.plays, parts.metadata);
    let mut player = play(source, preparation)?;
    let mut lossless = true;
    let mut delays = parts.delays.iter().map(|&delay| delay.min(u32::from(u16::MAX)) as u16);
    // What is on the screen before the current frame is drawn, and the frame itself.
    let mut base: Vec<u8> = Vec::new();
    let mut current: Vec<u8> = Vec::new();
    let mut batch: Vec<(Step, Vec<Ink>)> = Vec::new();
    loop {
        context.check_cancelled()?;
        let next = player.next_frame()?.is_some();
        if current.is_empty() && next {
            current = player.canvas().to_vec();
            base = vec![0; current.len()];
            continue;
        }
        let following = next.then(|| player.canvas());
        let step = next_step(&base, &current, following, width);
        let inks = inks(&base, &current, width, step.rect);
        match step.disposal {
            Disposal::Keep => base.copy_from_slice(&current),
            Disposal::Background => {
                base.copy_from_slice(&current);
                clear(&mut base, width, step.rect);
            }
            Disposal::Previous => {}
        }
        batch.push((step, inks));
        if let Some(following) = following {
            current.copy_from_slice(following);
        }
        let pixels: usize = batch.iter().map(|(_, inks)| inks.len()).sum();
        if next && pixels < BATCH_PIXELS && batch.len() < BATCH_FRAMES {
            continue;
        }
        let drawn: Vec<PaletteFrame> =
            batch.par_iter().map(|(_, inks)| draw(inks, &global, parts.max_colors)).collect();
        for ((step, _), drawn) in batch.drain(..).zip(drawn) {
            lossless &= drawn.lossless;
            writer.frame(&Frame {
                rect: [step.rect.left, step.rect.top, step.rect.width, step.rect.height]
                    .map(|value| value.min(u32::from(u16::MAX)) as u16),
                delay: delays.next().unwrap_or(0),
                disposal: step.disposal,
                transparent: drawn.transparent,
                palette: drawn.palette,
                lzw: drawn.lzw,
            });
        }
        if !next {
            return Ok(Written { bytes: writer.finish(), lossless });
        }
    }
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

/// A palette and where its colours are.
struct Palette {
    colors: Vec<[u8; 3]>,
    index: HashMap<[u8; 3], u8>,
    /// Whether an index may be added: not to the palette all frames may use, which is written already.
    may_grow: bool,
}

impl Palette {
    /// The palette all frames may use. Indices that most frames use are low, transparency lowest where there is room
    /// for it: frames that need no high index have shorter codes. Empty where there are too many colours.
    fn global(colors: Option<&[[u8; 4]]>) -> Self {
        let opaque = colors.unwrap_or_default().iter().filter(|color| color[3] != 0);
        let mut palette = Self::of(opaque.map(|color| [color[0], color[1], color[2]]))
            .unwrap_or_else(|| Self { colors: Vec::new(), index: HashMap::new(), may_grow: false });
        let length = palette.colors.len();
        if length > 0 && !length.is_power_of_two() {
            palette.colors.insert(0, [0; 3]);
            palette.index.values_mut().for_each(|index| *index = index.saturating_add(1));
        }
        palette.may_grow = false;
        palette
    }

    /// Colours in the order they first appear; `None` where there are more than 256.
    fn of(colors: impl Iterator<Item = [u8; 3]>) -> Option<Self> {
        let mut own = Self { colors: Vec::new(), index: HashMap::new(), may_grow: true };
        let mut last = None;
        for color in colors {
            if last == Some(color) {
                continue;
            }
            last = Some(color);
            if !own.index.contains_key(&color) {
                own.index.insert(color, u8::try_from(own.colors.len()).ok()?);
                own.colors.push(color);
            }
        }
        Some(own)
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

/// The pixels of a rectangle as indices.
struct PaletteFrame {
    /// Its own palette; without one it uses the global one.
    palette: Option<Vec<[u8; 3]>>,
    /// The index that draws nothing.
    transparent: Option<u8>,
    /// Minimum code size, then LZW data.
    lzw: Vec<u8>,
    /// Whether all colours were kept.
    lossless: bool,
}

impl PaletteFrame {
    /// Bytes in the file, but for what all frames have.
    fn size(&self) -> usize {
        // A control block of 8 bytes comes with transparency, if not with the delay.
        let blocks = self.lzw.len() / 255;
        self.lzw.len() + blocks + self.palette.as_deref().map_or(0, palette_bytes)
    }
}

/// What is to happen to the pixels of a rectangle.
fn inks(base: &[u8], current: &[u8], width: u32, rect: Rect) -> Vec<Ink> {
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
    inks
}

/// A rectangle in the way that takes the fewest bytes.
fn draw(inks: &[Ink], global: &Palette, max_colors: usize) -> PaletteFrame {
    let needed = Palette::of(inks.iter().filter_map(|ink| match ink {
        Ink::Draw(color) => Some(*color),
        Ink::Same(_) | Ink::Leave => None,
    }));
    let Some(needed) = needed else { return reduced(inks, max_colors) };
    let all = Palette::of(inks.iter().filter_map(|ink| match ink {
        Ink::Draw(color) | Ink::Same(color) => Some(*color),
        Ink::Leave => None,
    }));
    // The global palette costs nothing, one of few colours makes for short codes, one of all colours in the
    // rectangle lets patterns go on; without transparency an index is saved.
    let mut best: Option<(PaletteFrame, Vec<u8>)> = None;
    for (palette, own) in [(Some(global), false), (Some(&needed), true), (all.as_ref(), true)] {
        let Some(palette) = palette.filter(|palette| own || !palette.colors.is_empty()) else { continue };
        for holes in [true, false] {
            let Some((transparent, choices)) = choices(inks, palette, &needed, holes) else { continue };
            let mut colors = palette.colors.clone();
            // The transparent index has to be inside the palette.
            if transparent.is_some_and(|index| usize::from(index) >= colors.len()) {
                colors.push([0; 3]);
            }
            for indices in [left(&choices), runs(&choices)] {
                let frame = PaletteFrame {
                    palette: own.then(|| colors.clone()),
                    transparent,
                    lzw: compress(&indices, false),
                    lossless: true,
                };
                if best.as_ref().is_none_or(|(best, _)| frame.size() < best.size()) {
                    best = Some((frame, indices));
                }
                if !holes {
                    // There is nothing to choose.
                    break;
                }
            }
        }
    }
    let Some((mut frame, indices)) = best else { return reduced(inks, max_colors) };
    let patient = compress(&indices, true);
    if patient.len() < frame.lzw.len() {
        frame.lzw = patient;
    }
    frame
}

/// Indices a pixel may have: to draw it, and to leave it; the same where there is no choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Choice {
    draw: u8,
    leave: u8,
}

impl Choice {
    const fn only(index: u8) -> Self {
        Self { draw: index, leave: index }
    }
}

/// Everything left that may be left: long runs of transparency.
fn left(choices: &[Choice]) -> Vec<u8> {
    choices.iter().map(|choice| choice.leave).collect()
}

/// What may be left is drawn where that continues a run. (Leaving it to LZW alone, which of both gives the longer string,
/// made larger files: the dictionary fills with mixtures that do not come again.)
fn runs(choices: &[Choice]) -> Vec<u8> {
    let mut last = None;
    let mut out = Vec::with_capacity(choices.len());
    for choice in choices {
        let index = if last == Some(choice.draw) { choice.draw } else { choice.leave };
        last = Some(index);
        out.push(index);
    }
    out
}

/// The transparent index, and what each pixel may be, in a palette that holds at least the colours `needed`; `None`
/// where it does not, or where pixels have to be left and there is no index for that. Without `holes` everything is
/// drawn that can be.
fn choices(
    inks: &[Ink],
    palette: &Palette,
    needed: &Palette,
    holes: bool,
) -> Option<(Option<u8>, Vec<Choice>)> {
    let mut used = [false; 256];
    for color in &needed.colors {
        used[usize::from(*palette.index.get(color)?)] = true;
    }
    let leaves = inks.iter().any(|ink| match ink {
        Ink::Leave => true,
        Ink::Same(color) => holes || !palette.index.contains_key(color),
        Ink::Draw(_) => false,
    });
    let transparent = if leaves {
        // In the palette of all frames, an index this frame has no use for, the lowest; in the frame's own, a new
        // one where its size has room for that, else one that need not be drawn, else it grows.
        let length = palette.colors.len();
        let room = length < length.clamp(2, 256).next_power_of_two();
        let free = used.iter().take(length).position(|used| !used);
        let index = match free {
            Some(free) if !room || !palette.may_grow => free,
            _ => length,
        };
        if index == length && !room && !palette.may_grow {
            return None;
        }
        Some(u8::try_from(index).ok()?)
    } else {
        None
    };
    let choices: Option<Vec<Choice>> = inks
        .iter()
        .map(|ink| match ink {
            Ink::Leave => transparent.map(Choice::only),
            Ink::Draw(color) => palette.index.get(color).copied().map(Choice::only),
            Ink::Same(color) => {
                let drawn = palette.index.get(color).copied().filter(|&index| Some(index) != transparent);
                match (drawn, transparent.filter(|_| holes || drawn.is_none())) {
                    (Some(draw), Some(leave)) => Some(Choice { draw, leave }),
                    (Some(only), None) | (None, Some(only)) => Some(Choice::only(only)),
                    (None, None) => None,
                }
            }
        })
        .collect();
    Some((transparent, choices?))
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
    PaletteFrame { palette: Some(palette), transparent, lzw: compress_indices(&indices), lossless: false }
}

/// LZW data of indices, by whichever way is shorter.
fn compress_indices(indices: &[u8]) -> Vec<u8> {
    let (hasty, patient) = (compress(indices, false), compress(indices, true));
    if patient.len() < hasty.len() { patient } else { hasty }
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
        None => Some(draw(&inks, &Palette::global(None), 256)).filter(|frame| frame.lossless)?,
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
        let global = Palette::global(Some(&colors));
        let inks = [Ink::Draw([0; 3]), Ink::Leave, Ink::Draw([255; 3])];
        let needed = Palette::of([[0; 3], [255; 3]].into_iter()).unwrap();
        let (transparent, pixels) = choices(&inks, &global, &needed, true).unwrap();
        assert!(matches!(transparent, Some(index) if index != 0 && index != 255));
        assert_eq!(pixels[2], Choice::only(255));
        let all: Vec<Ink> =
            colors.iter().map(|c| Ink::Draw([c[0], c[1], c[2]])).chain([Ink::Leave]).collect();
        assert!(choices(&all, &global, &global, true).is_none());
        assert!(!draw(&all, &global, 256).lossless);
        assert!(draw(&all[..256], &global, 256).lossless);
    }
}
