//! What changes from one frame to the next.

/// A rectangle of pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rect {
    /// Columns to the left of it.
    pub(crate) left: u32,
    /// Rows above it.
    pub(crate) top: u32,
    /// At least 1.
    pub(crate) width: u32,
    /// At least 1.
    pub(crate) height: u32,
}

impl Rect {
    /// A canvas.
    pub(crate) const fn whole(width: u32, height: u32) -> Self {
        Self { left: 0, top: 0, width, height }
    }

    /// The smallest rectangle round both.
    pub(crate) fn union(self, other: Self) -> Self {
        let (left, top) = (self.left.min(other.left), self.top.min(other.top));
        let right = (self.left + self.width).max(other.left + other.width);
        let bottom = (self.top + self.height).max(other.top + other.height);
        Self { left, top, width: right - left, height: bottom - top }
    }

    /// The smallest rectangle round this one that starts at even coordinates.
    pub(crate) const fn evenly_placed(self) -> Self {
        let (dx, dy) = (self.left % 2, self.top % 2);
        Self { left: self.left - dx, top: self.top - dy, width: self.width + dx, height: self.height + dy }
    }

    /// Width × height.
    pub(crate) const fn area(self) -> usize {
        self.width as usize * self.height as usize
    }

    /// The byte ranges of its rows in a canvas of 4 bytes a pixel.
    pub(crate) fn rows(self, canvas_width: u32) -> impl Iterator<Item = std::ops::Range<usize>> {
        let length = self.width as usize * 4;
        (self.top as usize..(self.top + self.height) as usize).map(move |y| {
            let start = (y * canvas_width as usize + self.left as usize) * 4;
            start..start + length
        })
    }

    /// Its pixels of a canvas.
    pub(crate) fn cut(self, canvas: &[u8], canvas_width: u32) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.area() * 4);
        for row in self.rows(canvas_width) {
            out.extend_from_slice(&canvas[row]);
        }
        out
    }
}

/// The smallest rectangle round all pixels that `differ`; `None` where there is none. Rows that are equal in both
/// canvases hold none.
pub(crate) fn bounds(
    before: &[u8],
    after: &[u8],
    width: u32,
    differ: impl Fn(&[u8], &[u8]) -> bool,
) -> Option<Rect> {
    let stride = width as usize * 4;
    let (mut left, mut right) = (usize::MAX, 0);
    let (mut top, mut bottom) = (None, 0);
    for (y, (before, after)) in before.chunks_exact(stride).zip(after.chunks_exact(stride)).enumerate() {
        if before == after {
            continue;
        }
        let mut columns =
            (0..width as usize).filter(|x| differ(&before[x * 4..x * 4 + 4], &after[x * 4..x * 4 + 4]));
        let Some(first) = columns.next() else { continue };
        let last = columns.last().unwrap_or(first);
        left = left.min(first);
        right = right.max(last);
        top.get_or_insert(y);
        bottom = y;
    }
    let top = top?;
    Some(Rect {
        left: left as u32,
        top: top as u32,
        width: (right - left + 1) as u32,
        height: (bottom - top + 1) as u32,
    })
}

/// The smallest rectangle round all pixels that are not equal; the first pixel where all are.
pub(crate) fn changed(before: &[u8], after: &[u8], width: u32) -> Rect {
    bounds(before, after, width, |before, after| before != after).unwrap_or(Rect::whole(1, 1))
}

/// A rectangle of the new canvas, to be drawn over the old one.
pub(crate) struct Patch {
    /// Where.
    pub(crate) rect: Rect,
    /// Its pixels.
    pub(crate) solid: Vec<u8>,
    /// The same with unchanged pixels transparent, where drawing that over the old canvas gives the new one: where
    /// all changed pixels are opaque.
    pub(crate) holes: Option<Vec<u8>>,
    /// How many of its pixels are unchanged.
    pub(crate) unchanged: usize,
}

/// The patch for a rectangle outside which nothing changes.
pub(crate) fn patch(before: &[u8], after: &[u8], width: u32, rect: Rect) -> Patch {
    let solid = rect.cut(after, width);
    let mut holes = solid.clone();
    let mut drawable = true;
    let mut unchanged = 0;
    for (row, pixels) in rect.rows(width).zip(holes.chunks_exact_mut(rect.width as usize * 4)) {
        for (before, pixel) in before[row].chunks_exact(4).zip(pixels.chunks_exact_mut(4)) {
            if before == &*pixel {
                pixel.fill(0);
                unchanged += 1;
            } else {
                drawable &= pixel[3] == 255;
            }
        }
    }
    Patch { rect, solid, holes: drawable.then_some(holes), unchanged }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rectangle_is_as_small_as_can_be() {
        let before = vec![0u8; 6 * 5 * 4];
        let mut after = before.clone();
        for (x, y) in [(3, 1), (1, 3)] {
            after[(y * 6 + x) * 4 + 3] = 255;
        }
        let rect = changed(&before, &after, 6);
        assert_eq!(rect, Rect { left: 1, top: 1, width: 3, height: 3 });
        assert_eq!(rect.evenly_placed(), Rect { left: 0, top: 0, width: 4, height: 4 });
        assert_eq!(changed(&before, &before, 6), Rect::whole(1, 1));
        let patch = patch(&before, &after, 6, rect);
        assert_eq!(patch.unchanged, 7);
        assert!(patch.holes.is_some());
    }

    #[test]
    fn what_becomes_transparent_cannot_be_drawn_over() {
        let before = [9, 9, 9, 255, 1, 1, 1, 255];
        let after = [0, 0, 0, 0, 1, 1, 1, 255];
        let patch = patch(&before, &after, 2, changed(&before, &after, 2));
        assert!(patch.holes.is_none());
        assert_eq!(patch.solid, [0, 0, 0, 0]);
    }
}
