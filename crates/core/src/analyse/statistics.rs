//! What the pixels' neighbours say, counted in integers in one pass: the same numbers on every platform and for
//! any number of threads.

/// Of larger images, bands of rows are sampled: they cost no more than one of about this many pixels.
const MAX_SAMPLED_PIXELS: usize = 1_000_000;
/// A step in luma from one pixel to the next that counts as an edge.
const EDGE: u8 = 48;
/// A step that counts as tone: gradients, texture, grain.
const TONE: u8 = 12;
/// Pixels on each side of the squares that are looked at as a whole.
const BLOCK: usize = 16;

/// Counts over neighbouring pixels.
#[derive(Debug, Clone)]
pub(super) struct Statistics {
    /// Pairs of neighbours in a row, and a pixel with the one above it.
    pub(super) pairs: u64,
    /// Of these, equal in every sample.
    pub(super) flat: u64,
    /// Of these, different by at most [`TONE`] in luma.
    pub(super) tones: u64,
    /// Of these, different by at least [`EDGE`] in luma.
    pub(super) edges: u64,
    /// Sum over horizontal pairs of the steps in R−G and B−G, which stand in for Cr and Cb.
    pub(super) chroma: u64,
    /// Horizontal pairs.
    pub(super) row_pairs: u64,
    /// How often each luma occurs.
    pub(super) luma: [u64; 256],
    /// How often each absolute response of the noise mask occurs; the last one stands for all larger.
    pub(super) responses: [u64; 512],
    /// Squares with anything in them.
    pub(super) blocks: u64,
    /// Squares with edges on an even ground: letters and lines.
    pub(super) lettered: u64,
}

/// One row: samples as they are compared, and luma.
#[derive(Default, Clone)]
struct Row {
    luma: Vec<u8>,
    start: usize,
}

impl Statistics {
    /// Counts. A pixel has `N` samples: grey, grey and alpha, red green blue, or those and alpha. `to_byte` gives a
    /// sample's high byte; `is_clear` says whether an alpha sample is fully transparent.
    pub(super) fn of<T: Copy + PartialEq, const N: usize>(
        pixels: &[[T; N]],
        width: usize,
        to_byte: impl Fn(T) -> u8 + Copy,
        is_clear: impl Fn(T) -> bool + Copy,
    ) -> Self {
        let height = pixels.len() / width;
        let mut statistics = Self {
            pairs: 0,
            flat: 0,
            tones: 0,
            edges: 0,
            chroma: 0,
            row_pairs: 0,
            luma: [0; 256],
            responses: [0; 512],
            blocks: 0,
            lettered: 0,
        };
        // Whole bands of rows are taken or left out, so that every row that is looked at has its neighbours.
        let stride = (width * height).div_ceil(MAX_SAMPLED_PIXELS).max(1);
        let clear = |pixel: &[T; N]| N.is_multiple_of(2) && is_clear(pixel[N - 1]);
        let same = |a: &[T; N], b: &[T; N]| a == b || clear(a) && clear(b);
        let luma = |pixel: &[T; N]| {
            if clear(pixel) {
                return 0;
            }
            if N < 3 {
                return to_byte(pixel[0]);
            }
            let [r, g, b] = [pixel[0], pixel[1], pixel[2]].map(|sample| u32::from(to_byte(sample)));
            // BT.601 weights in 256ths.
            ((77 * r + 150 * g + 29 * b + 128) >> 8) as u8
        };
        let mut rows: [Row; 3] = Default::default();
        for band in (0..height.div_ceil(BLOCK)).step_by(stride) {
            let range = band * BLOCK..((band + 1) * BLOCK).min(height);
            let mut blocks = vec![Block::default(); width.div_ceil(BLOCK)];
            for (index, y) in range.enumerate() {
                rows.rotate_left(1);
                let start = y * width;
                let row = &pixels[start..start + width];
                let [above2, above, current] = &mut rows;
                current.start = start;
                current.luma.clear();
                current.luma.extend(row.iter().map(luma));
                let previous = (index > 0).then(|| &pixels[above.start..above.start + width]);
                let mut left: Option<&[T; N]> = None;
                for (x, pixel) in row.iter().enumerate() {
                    let value = current.luma[x];
                    statistics.luma[usize::from(value)] += 1;
                    let block = &mut blocks[x / BLOCK];
                    if let Some(left) = left {
                        let step = value.abs_diff(current.luma[x - 1]);
                        statistics.count_pair(step, same(left, pixel), block);
                        statistics.row_pairs += 1;
                        if N >= 3 && !clear(left) && !clear(pixel) {
                            let difference = |pixel: &[T; N], channel: usize| {
                                i32::from(to_byte(pixel[channel])) - i32::from(to_byte(pixel[1]))
                            };
                            let step =
                                |channel| difference(left, channel).abs_diff(difference(pixel, channel));
                            statistics.chroma += u64::from(step(0) + step(2));
                        }
                    }
                    if let Some(previous) = previous {
                        let step = value.abs_diff(above.luma[x]);
                        statistics.count_pair(step, same(&previous[x], pixel), block);
                    }
                    left = Some(pixel);
                }
                if index >= 2 {
                    statistics.count_responses([&above2.luma, &above.luma, &current.luma]);
                }
            }
            for block in blocks {
                statistics.blocks += u64::from(block.pairs > block.flat);
                statistics.lettered += u64::from(block.is_lettered());
            }
        }
        statistics
    }

    fn count_pair(&mut self, step: u8, equal: bool, block: &mut Block) {
        let edge = step >= EDGE;
        self.pairs += 1;
        self.flat += u64::from(equal);
        self.tones += u64::from(!equal && step <= TONE);
        self.edges += u64::from(edge);
        block.pairs += 1;
        block.flat += u32::from(equal);
        block.edges += u32::from(edge);
    }

    /// The mask of Immerkær (Fast noise variance estimation, 1996), which does not respond to planes and answers
    /// white noise of deviation σ with a deviation of 6 σ.
    fn count_responses(&mut self, rows: [&[u8]; 3]) {
        let [above, middle, below] = rows;
        let windows = above.windows(3).zip(middle.windows(3)).zip(below.windows(3));
        for ((a, b), c) in windows {
            let at = |row: &[u8], x: usize| i32::from(row[x]);
            let corners = at(a, 0) + at(a, 2) + at(c, 0) + at(c, 2);
            let sides = at(a, 1) + at(b, 0) + at(b, 2) + at(c, 1);
            let response = (corners - 2 * sides + 4 * at(b, 1)).unsigned_abs();
            self.responses[response.min(511) as usize] += 1;
        }
    }

    /// Deviation of the noise in 8-bit levels: the median response, which edges hardly move. 0 where half of the
    /// image is even to the last bit.
    pub(super) fn noise(&self) -> f32 {
        /// The median of absolute values of a normal distribution, in deviations.
        const MEDIAN: f32 = 0.6745;
        /// What the mask makes of a deviation of 1.
        const GAIN: f32 = 6.0;
        let half = self.responses.iter().sum::<u64>().div_ceil(2);
        let mut below = 0;
        for (response, &count) in self.responses.iter().enumerate() {
            if below + count >= half {
                if response == 0 {
                    return 0.0;
                }
                // Where in the bin the median lies, as if it were evenly filled.
                let inside = (half - below) as f32 / count.max(1) as f32;
                return (response as f32 - 0.5 + inside) / (GAIN * MEDIAN);
            }
            below += count;
        }
        0.0
    }

    /// Share of all pixels whose luma is one of the `count` most common.
    pub(super) fn common_luma(&self, count: usize) -> f32 {
        let mut counts = self.luma;
        counts.sort_unstable_by(|a, b| b.cmp(a));
        let total: u64 = counts.iter().sum();
        counts.iter().take(count).sum::<u64>() as f32 / total.max(1) as f32
    }
}

/// Counts within a square.
#[derive(Debug, Clone, Copy, Default)]
struct Block {
    pairs: u32,
    flat: u32,
    edges: u32,
}

impl Block {
    /// Several edges, and flat otherwise: a quarter at least.
    const fn is_lettered(&self) -> bool {
        self.edges * 16 >= self.pairs && self.flat * 4 >= self.pairs
    }
}
