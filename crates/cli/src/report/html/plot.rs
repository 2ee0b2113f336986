//! Size against score, as SVG: of files, or of pixels.

use super::Row;
use super::escape::escape;
use crate::output::bytes;
use planish::Format;
use std::fmt::Write;

const WIDTH: f64 = 760.0;
const HEIGHT: f64 = 320.0;
/// Room for the labels.
const LEFT: f64 = 46.0;
const RIGHT: f64 = 14.0;
const TOP: f64 = 14.0;
const BOTTOM: f64 = 44.0;

/// One dot of the plot.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Dot {
    pub(crate) format: Format,
    /// In units of the plot's [`Measure`].
    pub(crate) size: u64,
    pub(crate) score: f64,
}

/// What sizes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Measure {
    /// Bytes of a file.
    Bytes,
    /// Thousandths of a bit for each pixel.
    MilliBitsPerPixel,
}

impl Measure {
    /// What stands below the axis.
    const fn label(self) -> &'static str {
        match self {
            Self::Bytes => "size of the output",
            Self::MilliBitsPerPixel => "bits for each pixel",
        }
    }

    /// A round size in a few letters.
    fn short(self, size: f64) -> String {
        match self {
            Self::Bytes => short_size(size),
            Self::MilliBitsPerPixel => format!("{}", size / 1000.0),
        }
    }
}

/// What is shown where: sizes on a logarithmic axis, scores on a plain one.
struct Axes {
    sizes: (f64, f64),
    scores: (f64, f64),
}

impl Axes {
    /// Around all dots, ending at round numbers.
    fn around(dots: &[Dot]) -> Self {
        let sizes = dots.iter().map(|dot| (dot.size.max(1) as f64).log10());
        let (low, high) =
            sizes.fold((f64::INFINITY, 0.0), |(low, high): (f64, f64), size| (low.min(size), high.max(size)));
        let worst = dots.iter().map(|dot| dot.score).fold(100.0, f64::min);
        let margin = ((high - low) * 0.04).max(0.08);
        Self {
            sizes: (low - margin, high + margin),
            scores: ((((worst - 2.0) / 10.0).floor() * 10.0).clamp(-100.0, 90.0), 100.0),
        }
    }

    fn x(&self, size: f64) -> f64 {
        let (low, high) = self.sizes;
        LEFT + (size.max(1.0).log10() - low) / (high - low) * (WIDTH - LEFT - RIGHT)
    }

    fn y(&self, score: f64) -> f64 {
        let (low, high) = self.scores;
        // Ruined images lie on the floor of the plot.
        HEIGHT - BOTTOM - (score.max(low) - low) / (high - low) * (HEIGHT - TOP - BOTTOM)
    }

    /// Sizes to label: 1, 2 and 5 times powers of ten, thinned to what fits.
    fn size_ticks(&self) -> Vec<f64> {
        let (low, high) = self.sizes;
        let steps: &[f64] = if high - low > 2.2 { &[1.0] } else { &[1.0, 2.0, 5.0] };
        (0..13)
            .flat_map(|power| steps.iter().map(move |step| step * 10f64.powi(power)))
            .filter(|size| (low..=high).contains(&size.log10()))
            .collect()
    }

    fn score_ticks(&self) -> Vec<f64> {
        let (low, high) = self.scores;
        let step = if high - low > 60.0 { 20.0 } else { 10.0 };
        std::iter::successors(Some(high), |score| Some(score - step))
            .take_while(|score| *score >= low)
            .collect()
    }
}

/// The plot; nothing where there are no dots. The `named` rows have their names as tooltips.
pub(crate) fn plot(dots: &[Dot], named: &[&Row], goal: Option<f64>, measure: Measure) -> String {
    let mut svg = String::new();
    if dots.is_empty() {
        return svg;
    }
    let axes = Axes::around(dots);
    let _ = write!(
        svg,
        "<div class=scroll><svg class=plot viewBox='0 0 {WIDTH} {HEIGHT}' role=img aria-label='{} against score'>",
        measure.label()
    );
    for score in axes.score_ticks() {
        let y = axes.y(score);
        let _ = write!(
            svg,
            "<path class=grid d='M{LEFT} {y:.1}H{}'/><text class=tick x='{}' y='{:.1}' text-anchor=end>{score}</text>",
            WIDTH - RIGHT,
            LEFT - 8.0,
            y + 4.0
        );
    }
    for size in axes.size_ticks() {
        let x = axes.x(size);
        let _ = write!(
            svg,
            "<path class=grid d='M{x:.1} {TOP}V{}'/><text class=tick x='{x:.1}' y='{}' text-anchor=middle>{}</text>",
            HEIGHT - BOTTOM,
            HEIGHT - BOTTOM + 18.0,
            measure.short(size)
        );
    }
    if let Some(goal) = goal {
        let y = axes.y(goal);
        let _ = write!(svg, "<path class=goal d='M{LEFT} {y:.1}H{}'/>", WIDTH - RIGHT);
    }
    for format in Format::WRITTEN {
        let mut path = String::new();
        for dot in dots.iter().filter(|dot| dot.format == format) {
            let _ = write!(path, "M{:.1} {:.1}h0", axes.x(dot.size as f64), axes.y(dot.score));
        }
        if !path.is_empty() {
            let _ = write!(svg, "<path class='dots {format}' d='{path}'/>");
        }
    }
    for row in named {
        let _ = write!(
            svg,
            "<circle class=named cx='{:.1}' cy='{:.1}' r=6><title>{}: {}, score {:.1}</title></circle>",
            axes.x(row.after as f64),
            axes.y(row.score),
            escape(&row.name),
            bytes(row.after),
            row.score
        );
    }
    let _ = write!(
        svg,
        "<text class=label x='{:.1}' y='{}' text-anchor=middle>{}</text></svg></div>",
        f64::midpoint(LEFT, WIDTH - RIGHT),
        HEIGHT - 6.0,
        measure.label()
    );
    svg.push_str("<ul class=legend>");
    for format in Format::WRITTEN {
        if dots.iter().any(|dot| dot.format == format) {
            let _ = write!(
                svg,
                "<li><svg viewBox='0 0 10 10'><path class='dots {format}' d='M5 5h0'/></svg> {}</li>",
                format.title()
            );
        }
    }
    if let Some(goal) = goal {
        let _ = write!(
            svg,
            "<li><svg viewBox='0 0 10 10'><path class=goal d='M0 5h10'/></svg> the goal, {goal}</li>"
        );
    }
    svg.push_str("</ul>");
    svg
}

/// A round size without digits behind the point.
fn short_size(size: f64) -> String {
    let (value, unit) = match size {
        size if size >= 1e9 => (size / 1e9, "GB"),
        size if size >= 1e6 => (size / 1e6, "MB"),
        size if size >= 1e3 => (size / 1e3, "kB"),
        size => (size, "B"),
    };
    format!("{value:.0} {unit}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dot(size: u64, score: f64) -> Dot {
        Dot { format: Format::Jpeg, size, score }
    }

    #[test]
    fn larger_is_right_and_better_is_up_within_the_frame() {
        let dots = [dot(1_000, 95.0), dot(2_000_000, 62.0), dot(40_000, -300.0)];
        let axes = Axes::around(&dots);
        assert!(axes.x(1_000.0) < axes.x(40_000.0) && axes.x(40_000.0) < axes.x(2_000_000.0));
        assert!(axes.y(95.0) < axes.y(62.0) && axes.y(62.0) < axes.y(-300.0));
        for dot in dots {
            assert!((LEFT..=WIDTH - RIGHT).contains(&axes.x(dot.size as f64)));
            assert!((TOP..=HEIGHT - BOTTOM).contains(&axes.y(dot.score)));
        }
    }

    #[test]
    fn one_dot_is_enough_and_none_draws_nothing() {
        assert_eq!(plot(&[], &[], Some(80.0), Measure::Bytes), "");
        let one = plot(&[dot(0, 100.0)], &[], Some(80.0), Measure::Bytes);
        assert!(one.contains("dots jpeg") && !one.contains("NaN") && !one.contains("inf"), "{one}");
    }

    #[test]
    fn bits_of_pixels_have_labels_of_their_own() {
        let drawn = plot(&[dot(400, 80.0), dot(2_400, 90.0)], &[], None, Measure::MilliBitsPerPixel);
        for part in [">bits for each pixel<", ">0.5<", ">1<", ">2<"] {
            assert!(drawn.contains(part), "{part}: {drawn}");
        }
        assert!(!drawn.contains("kB"), "{drawn}");
    }

    #[test]
    fn every_span_has_labels() {
        for (low, high) in [(900, 1_000), (1, 1_000_000_000), (20_000, 90_000)] {
            let axes = Axes::around(&[dot(low, 80.0), dot(high, 90.0)]);
            assert!((1..=12).contains(&axes.size_ticks().len()), "{low} {high}: {:?}", axes.size_ticks());
        }
    }
}
