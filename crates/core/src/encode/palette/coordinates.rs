//! What colours are compared by.

/// What a colour is compared by: weighted luma, two weighted colour differences and alpha, of the colour as it
/// shows on black and on white. See [`feature`].
pub(super) type Feature = [f32; 4];

/// How much an error in luma, in blue and in red counts.
const LUMA: f32 = 1.0;
const BLUE: f32 = 0.7;
const RED: f32 = 0.6;

/// What a colour's alpha allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    Transparent,
    Partial,
    Opaque,
}

pub(super) const fn class(alpha: u8) -> Class {
    match alpha {
        0 => Class::Transparent,
        255 => Class::Opaque,
        _ => Class::Partial,
    }
}

/// A colour's coordinates, in which the squared distance of two colours is the mean of their squared distances on
/// black and on white.
///
/// A channel `c` with alpha `a` shows as `p = c·a` on black and `p + 1 − a` on white. The mean of `Δp²` and
/// `(Δp − Δa)²` is `(Δp − Δa/2)² + (Δa/2)²`: coordinates `p − a/2` and `a/2`.
pub(super) fn feature(color: [u8; 4]) -> Feature {
    let [r, g, b, alpha] = color.map(f32::from);
    let [r, g, b] = [r, g, b].map(|channel| channel * (alpha / 255.0) - alpha * 0.5);
    let luma = 0.299 * r + 0.587 * g + 0.114 * b;
    [luma * LUMA, (b - luma) * BLUE, (r - luma) * RED, alpha * 0.5 * LUMA]
}

/// The colour nearest to coordinates: [`feature`] backwards.
pub(super) fn color(feature: Feature) -> [u8; 4] {
    let alpha = (feature[3] * 2.0 / LUMA).clamp(0.0, 255.0);
    if alpha < 0.5 {
        return [0; 4];
    }
    let luma = feature[0] / LUMA;
    let (b, r) = (luma + feature[1] / BLUE, luma + feature[2] / RED);
    let g = (luma - 0.299 * r - 0.114 * b) / 0.587;
    let channel = |value: f32| ((value + alpha * 0.5) * (255.0 / alpha) + 0.5).clamp(0.0, 255.0) as u8;
    [channel(r), channel(g), channel(b), (alpha + 0.5) as u8]
}

pub(super) fn class_of(feature: Feature) -> Class {
    class((feature[3] * 2.0 / LUMA + 0.5).clamp(0.0, 255.0) as u8)
}
