//! Samples that no image here is as fine as, 32-bit integers and floating-point numbers, as 16 bits.
//!
//! Integers are scaled, floating-point numbers mean black at 0 and white at 1. What lies outside of that is highlights or
//! measurements, and is refused: there is no saying what of it is to be seen. See docs/decisions, "Fine TIFF samples".

use super::layout::{Layout, Predictor, SampleKind};
use super::unsupported;
use crate::container::tiff::ByteOrder;
use crate::error::OptimizationError;

/// What computing may have moved a sample beyond black or white: half a step of 16 bits.
const TOLERANCE: f64 = 0.5 / 65_535.0;
/// Steps of the table from light to sRGB. Between them a straight line is off by 0.005 of a step of 16 bits at most: the
/// curve's second derivative is 2400 where it bends most, at 0.0031.
const STEPS: usize = 65_536;

/// Reads rows of a chunk.
pub(super) struct Row {
    bytes_per_sample: usize,
    /// Samples from one pixel to the next.
    step: usize,
    is_float: bool,
    predictor: Predictor,
    order: ByteOrder,
    /// Where samples are light: sRGB of the light `index / STEPS`, from 0 to 65535.
    curve: Vec<f64>,
    /// The sample in each pixel that is alpha, and so no light.
    alpha: Option<usize>,
    /// The row, most significant byte first, without differences.
    plain: Vec<u8>,
}

impl Row {
    pub(super) fn new(layout: &Layout<'_>, order: ByteOrder) -> Self {
        let linear = layout.kind == SampleKind::Float { linear: true };
        let light = |step: usize| step as f64 / STEPS as f64;
        Self {
            bytes_per_sample: layout.bits as usize / 8,
            step: layout.samples_per_chunk(),
            is_float: layout.kind != SampleKind::Integer,
            predictor: layout.predictor,
            order,
            curve: if linear {
                (0..=STEPS).map(|step| srgb(light(step)) * 65_535.0).collect()
            } else {
                Vec::new()
            },
            alpha: layout.alpha.map(|(_, at)| at),
            plain: Vec::new(),
        }
    }

    /// Reads a row. `plane`: which sample of a pixel it holds, where each has rows of its own.
    pub(super) fn read(
        &mut self,
        row: &[u8],
        plane: usize,
        out: &mut [u16],
    ) -> Result<(), OptimizationError> {
        self.undo_differences(row);
        for (index, (sample, bytes)) in
            out.iter_mut().zip(self.plain.chunks_exact(self.bytes_per_sample)).enumerate()
        {
            if !self.is_float {
                let value = bytes.iter().fold(0u64, |value, &byte| value << 8 | u64::from(byte));
                let most = u64::from(u32::MAX);
                *sample = ((value * 65_535 + most / 2) / most) as u16;
                continue;
            }
            let value = float(bytes);
            if !(-TOLERANCE..=1.0 + TOLERANCE).contains(&value) {
                return Err(unsupported(format!("floating-point samples outside of 0 to 1 ({value})")));
            }
            let value = value.clamp(0.0, 1.0);
            let is_alpha = self.alpha == Some(if self.step == 1 { plane } else { index % self.step });
            let scaled = if self.curve.is_empty() || is_alpha { value * 65_535.0 } else { self.coded(value) };
            // Not `round`, which is another instruction on every processor.
            *sample = (scaled + 0.5) as u16;
        }
        Ok(())
    }

    /// Light from 0 to 1 as sRGB from 0 to 65535.
    fn coded(&self, light: f64) -> f64 {
        let at = light * STEPS as f64;
        let step = (at as usize).min(STEPS - 1);
        let (below, above) = (self.curve[step], self.curve[step + 1]);
        below + (above - below) * (at - step as f64)
    }

    /// Fills `plain`.
    fn undo_differences(&mut self, row: &[u8]) {
        let size = self.bytes_per_sample;
        self.plain.clear();
        if self.predictor == Predictor::ByteDifferences {
            let mut bytes = row.to_vec();
            for index in self.step..bytes.len() {
                bytes[index] = bytes[index].wrapping_add(bytes[index - self.step]);
            }
            // All first bytes of the samples, then all second ones: the most significant first in either byte order.
            let count = row.len() / size;
            self.plain.extend((0..count * size).map(|at| bytes[at % size * count + at / size]));
            return;
        }
        self.plain.extend_from_slice(row);
        if self.order == ByteOrder::Little {
            self.plain.chunks_exact_mut(size).for_each(<[u8]>::reverse);
        }
        if self.predictor == Predictor::Differences {
            let distance = self.step * size;
            for start in (distance..self.plain.len()).step_by(size) {
                // Added as numbers, from the least significant byte on.
                let mut carry = 0;
                for at in (start..start + size).rev() {
                    let sum = u16::from(self.plain[at]) + u16::from(self.plain[at - distance]) + carry;
                    self.plain[at] = sum as u8;
                    carry = sum >> 8;
                }
            }
        }
    }
}

/// A number of 16, 32 or 64 bits (IEEE 754, binary16 to binary64), most significant byte first.
fn float(bytes: &[u8]) -> f64 {
    match *bytes {
        [a, b] => half(u16::from_be_bytes([a, b])),
        [a, b, c, d] => f64::from(f32::from_be_bytes([a, b, c, d])),
        [a, b, c, d, e, f, g, h] => f64::from_be_bytes([a, b, c, d, e, f, g, h]),
        _ => f64::NAN,
    }
}

fn half(bits: u16) -> f64 {
    let sign = if bits >> 15 == 1 { -1.0 } else { 1.0 };
    let fraction = f64::from(bits & 0x3ff) / 1024.0;
    match bits >> 10 & 0x1f {
        0 => sign * fraction / 16_384.0,
        0x1f if fraction == 0.0 => sign * f64::INFINITY,
        0x1f => f64::NAN,
        exponent => sign * (1.0 + fraction) * f64::from(1u32 << exponent) / 32_768.0,
    }
}

/// Light to its sRGB code, both from 0 to 1 (IEC 61966-2-1).
fn srgb(light: f64) -> f64 {
    if light <= 0.003_130_8 { light * 12.92 } else { 1.055 * libm::pow(light, 1.0 / 2.4) - 0.055 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_precision_numbers() {
        for (bits, value) in [
            (0, 0.0),
            (0x3c00, 1.0),
            (0x3800, 0.5),
            (0x0001, 1.0 / 16_777_216.0),
            (0xc000, -2.0),
            (0x7c00, f64::INFINITY),
        ] {
            assert_eq!(half(bits).to_bits(), value.to_bits(), "{bits:04x}");
        }
        assert!(half(0x7e00).is_nan());
    }

    #[test]
    fn the_table_of_the_curve_is_exact_to_a_twentieth_of_a_step() {
        let row = Row {
            bytes_per_sample: 4,
            step: 1,
            is_float: true,
            predictor: Predictor::None,
            order: ByteOrder::Big,
            curve: (0..=STEPS).map(|step| srgb(step as f64 / STEPS as f64) * 65_535.0).collect(),
            alpha: None,
            plain: Vec::new(),
        };
        for index in 0..100_000 {
            // From far below the first step to white, closer where it is dark.
            let light = (f64::from(index) / 99_999.0).powi(3);
            let exact = srgb(light) * 65_535.0;
            // The two parts of the curve do not meet: they are 0.03 of a code apart.
            assert!((row.coded(light) - exact).abs() < 0.05, "{light}: {} {exact}", row.coded(light));
        }
    }
}
