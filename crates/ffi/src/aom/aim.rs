//! Every quantiser index of AV1, though libaom's settings know every fourth one.

use super::Config;
use std::ffi::{c_int, c_uint};

/// How libaom is brought to a quantiser index. Its own settings know every fourth one; between two of those, its rate
/// control chooses by a bit rate, with a model of the picture that knows only its size and whether it is screen content.
/// With one frame and one pass nothing is coded twice, and nothing else looks at the bit rate
/// (docs/decisions/0055-every-quantiser-of-av1.md).
pub(super) struct Aim {
    /// The best and the worst quantiser allowed, 0 to 63, as `cq-level` counts.
    pub(super) quantizers: (u8, u8),
    /// For an index between two of them: kilobits per second, and the percentage of a frame's share that a key frame may
    /// have at most.
    pub(super) rate: Option<(c_uint, c_uint)>,
}

impl Aim {
    pub(super) fn of(width: u32, height: u32, config: &Config, screen_content: bool) -> Self {
        let index = if config.lossless { 0 } else { config.quantizer_index };
        let quantizer = (0..=MAX_QUANTIZER).rfind(|&q| index_of(q) <= index).unwrap_or_default();
        let exact = Self { quantizers: (quantizer, quantizer), rate: None };
        if index_of(quantizer) == index {
            return exact;
        }
        let step = |index: u8| {
            // SAFETY: looks up a table; the index is in its range by its type, the depth was checked.
            let step = unsafe { av1_ac_quant_QTX(c_int::from(index), 0, c_uint::from(config.bit_depth)) };
            f64::from(step) / f64::from(4_u32 << (config.bit_depth - 8))
        };
        // The rate control keeps away from the worst quantiser allowed by this factor in bits.
        let enough = step(index.saturating_add(1)) * KEY_FRAME_MARGIN;
        let Some(worst) = (quantizer..=MAX_QUANTIZER).find(|&q| step(index_of(q)) >= enough) else {
            return exact;
        };
        // The model: bits per 512 blocks of 16 × 16 pixels are a constant by the step of the quantiser.
        let constant = if screen_content { 1e6 } else { 2e6 };
        let blocks = |edge: u32| f64::from(edge.div_ceil(8).div_ceil(2));
        let bits = constant / step(index) * blocks(width) * blocks(height) / 512.0;
        // A twentieth of them for a frame, of which the key frame may have twenty: of itself it would take 25.
        let kilobits = (bits / 20.0 * FRAMES_PER_SECOND / 1000.0).ceil();
        let share = (kilobits * 1000.0 / FRAMES_PER_SECOND).round();
        let percent = (bits / share * 100.0).round();
        Self { quantizers: (quantizer, worst), rate: Some((kilobits as c_uint, percent as c_uint)) }
    }
}

/// The worst quantiser as `cq-level` counts.
const MAX_QUANTIZER: u8 = 63;

/// libaom's index for a quantiser of 0 to 63.
const fn index_of(quantizer: u8) -> u8 {
    match quantizer {
        MAX_QUANTIZER.. => 255,
        62 => 249,
        _ => quantizer * 4,
    }
}

/// libaom's default.
const FRAMES_PER_SECOND: f64 = 30.0;
/// A key frame takes this many times the bits of the worst quantiser allowed, or more.
const KEY_FRAME_MARGIN: f64 = 1.76;

unsafe extern "C" {
    /// libaom's table of quantiser steps.
    fn av1_ac_quant_QTX(qindex: c_int, delta: c_int, bit_depth: c_uint) -> i16;
}
