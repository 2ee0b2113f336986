//! The summary as a picture: one row per comparison, one dot per image.

use crate::report::Report;
use crate::summary::Spread;
use std::fmt::Write as _;

const WIDTH: f64 = 900.0;
/// Where the axis begins and ends.
const LEFT: f64 = 300.0;
const RIGHT: f64 = 790.0;
const TOP: f64 = 92.0;
const ROW: f64 = 17.0;
const HEADING: f64 = 30.0;
/// Ratios marked on the axis, as far as they are needed.
const TICKS: [f64; 14] = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.2, 1.5, 2.0, 3.0];
/// The axis shows at least this, and at most what the ticks cover.
const ALWAYS_SHOWN: (f64, f64) = (0.8, 1.2);

/// Readable on white and on black: the second half replaces colours where the reader prefers dark.
const STYLE: &str = "\
text { font: 12px system-ui, sans-serif; fill: #222 } .title { font-size: 16px; font-weight: 600 } \
.heading { font-weight: 600 } .faint { fill: #666 } .grid { stroke: #ddd } .one { stroke: #222 } \
.each { fill: #2563eb; fill-opacity: .28 } .mean { fill: #1d4ed8 } .over { fill: #c2410c } \
.encoder { fill: none; stroke: #222; stroke-width: 1.5 } \
@media (prefers-color-scheme: dark) { text { fill: #e6e6e6 } .faint { fill: #a0a0a0 } .grid { stroke: #3a3a3a } \
.one { stroke: #e6e6e6 } .each { fill: #7aa2ff; fill-opacity: .35 } .mean { fill: #8fb3ff } .over { fill: #ff9d66 } \
.encoder { stroke: #e6e6e6 } }";

/// A group of rows under a heading.
struct Group {
    heading: String,
    rows: Vec<Row>,
}

/// One comparison.
struct Row {
    label: String,
    /// What is handed out.
    delivered: Option<Spread>,
    /// The encoders alone.
    encoder: Option<f64>,
}

/// Ratios to places on the axis, logarithmically.
struct Axis {
    from: f64,
    to: f64,
}

impl Axis {
    /// From the last tick below everything to the first above.
    fn over(values: impl Iterator<Item = f64>) -> Self {
        let (least, most) =
            values.fold(ALWAYS_SHOWN, |(least, most), value| (least.min(value), most.max(value)));
        let from = TICKS.iter().rev().find(|tick| **tick <= least).unwrap_or(&TICKS[0]);
        let to = TICKS.iter().find(|tick| **tick >= most).unwrap_or(&TICKS[TICKS.len() - 1]);
        Self { from: *from, to: *to }
    }

    fn x(&self, ratio: f64) -> f64 {
        let part = (ratio.clamp(self.from, self.to) / self.from).ln() / (self.to / self.from).ln();
        LEFT + part * (RIGHT - LEFT)
    }

    fn ticks(&self) -> impl Iterator<Item = f64> {
        TICKS.into_iter().filter(|tick| (self.from..=self.to).contains(tick))
    }
}

/// The SVG document.
pub(crate) fn draw(report: &Report) -> String {
    draw_groups(&groups(report), &report.subtitle())
}

fn groups(report: &Report) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for row in &report.summary.lossy {
        let heading =
            format!("{}, {}s, against {}", row.format.name().to_uppercase(), row.kind.name(), row.against);
        if groups.last().is_none_or(|group| group.heading != heading) {
            groups.push(Group { heading, rows: Vec::new() });
        }
        if let Some(group) = groups.last_mut() {
            group.rows.push(Row {
                label: format!("score {}", row.target),
                delivered: row.delivered.clone(),
                encoder: row.encoder.as_ref().map(|spread| spread.ratio),
            });
        }
    }
    let row = |label: String, delivered: &Option<Spread>| Row {
        label,
        delivered: delivered.clone(),
        encoder: None,
    };
    let summary = &report.summary;
    let lossy = summary.lossy_png.iter().map(|png| row(format!("--quality {}", png.setting), &png.delivered));
    let lossless = summary.lossless_png.iter().map(|png| row(format!("effort {}", png.effort), &png.bytes));
    groups.push(Group { heading: "PNG, lossy, against pngquant".into(), rows: lossy.collect() });
    groups.push(Group { heading: "PNG, lossless, against oxipng -o max".into(), rows: lossless.collect() });
    groups.retain(|group| !group.rows.is_empty());
    groups
}

fn draw_groups(groups: &[Group], subtitle: &str) -> String {
    let rows = || groups.iter().flat_map(|group| &group.rows);
    let axis = Axis::over(rows().flat_map(|row| {
        row.delivered.iter().flat_map(|spread| spread.each.iter().copied()).chain(row.encoder)
    }));
    let height = TOP + groups.len() as f64 * HEADING + rows().count() as f64 * ROW + 20.0;
    let mut svg = String::new();
    // Writing to a string cannot fail.
    let _ = write!(
        svg,
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" aria-label="Bytes of planish by bytes of other tools at equal SSIMULACRA2"><style>{STYLE}</style>"#
    );
    text(
        &mut svg,
        20.0,
        28.0,
        "title",
        "planish's bytes by another tool's, at equal SSIMULACRA2 (left of 1.0 planish is smaller)",
    );
    text(&mut svg, 20.0, 47.0, "faint", subtitle);
    text(
        &mut svg,
        20.0,
        64.0,
        "faint",
        "filled: mean of what planish hands out; faint: each image; ring: encoders alone, without the search",
    );
    for tick in axis.ticks() {
        let x = axis.x(tick);
        let class = if (tick - 1.0).abs() < 1e-9 { "one" } else { "grid" };
        let _ = write!(
            svg,
            r#"<line class="{class}" x1="{x:.1}" y1="{:.1}" x2="{x:.1}" y2="{:.1}"/><text class="faint" text-anchor="middle" x="{x:.1}" y="{:.1}">{tick}</text>"#,
            TOP - 2.0,
            height - 14.0,
            TOP - 6.0
        );
    }
    let mut y = TOP;
    for group in groups {
        y += HEADING;
        text(&mut svg, 20.0, y - 8.0, "heading", &group.heading);
        for row in &group.rows {
            draw_row(&mut svg, row, y + ROW / 2.0 - 4.0, &axis);
            y += ROW;
        }
    }
    svg.push_str("</svg>\n");
    svg
}

fn draw_row(svg: &mut String, row: &Row, y: f64, axis: &Axis) {
    let baseline = y + 4.0;
    let _ = write!(
        svg,
        r#"<text x="{:.1}" y="{baseline:.1}" text-anchor="end">{}</text>"#,
        LEFT - 16.0,
        escaped(&row.label)
    );
    let Some(spread) = &row.delivered else {
        text(svg, RIGHT + 16.0, baseline, "faint", "no pair");
        return;
    };
    for ratio in &spread.each {
        let _ = write!(svg, r#"<circle class="each" cx="{:.1}" cy="{y:.1}" r="3"/>"#, axis.x(*ratio));
    }
    let class = if spread.ratio > 1.0 { "over" } else { "mean" };
    let _ = write!(svg, r#"<circle class="{class}" cx="{:.1}" cy="{y:.1}" r="5"/>"#, axis.x(spread.ratio));
    if let Some(ratio) = row.encoder {
        let _ = write!(svg, r#"<circle class="encoder" cx="{:.1}" cy="{y:.1}" r="7"/>"#, axis.x(ratio));
    }
    let value = match row.encoder {
        Some(encoder) => format!("{:.3}  ({encoder:.3})", spread.ratio),
        None => format!("{:.3}", spread.ratio),
    };
    text(svg, RIGHT + 16.0, baseline, class, &value);
}

fn text(svg: &mut String, x: f64, y: f64, class: &str, content: &str) {
    let _ = write!(svg, r#"<text class="{class}" x="{x:.1}" y="{y:.1}">{}</text>"#, escaped(content));
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_axis_is_logarithmic_and_covers_what_is_shown() {
        let axis = Axis::over([0.55, 1.1].into_iter());
        assert!((axis.from - 0.5).abs() < 1e-9 && (axis.to - 1.2).abs() < 1e-9);
        assert!((axis.x(0.5) - LEFT).abs() < 1e-9 && (axis.x(1.2) - RIGHT).abs() < 1e-9);
        let middle = (0.5f64 * 1.2).sqrt();
        assert!((axis.x(middle) - f64::midpoint(LEFT, RIGHT)).abs() < 1e-9);
        // Beyond the last tick everything is drawn at the edge.
        let wide = Axis::over([0.01, 50.0].into_iter());
        assert!((wide.x(0.01) - LEFT).abs() < 1e-9 && (wide.x(50.0) - RIGHT).abs() < 1e-9);
    }

    #[test]
    fn every_row_has_its_dots_its_number_and_escaped_text() {
        let rows = vec![
            Row { label: "score 80".into(), delivered: Spread::of(vec![0.9, 1.1]), encoder: Some(0.95) },
            Row { label: "score 90".into(), delivered: None, encoder: None },
        ];
        let svg = draw_groups(&[Group { heading: "a & b".into(), rows }], "<sub>");
        assert_eq!(svg.matches("class=\"each\"").count(), 2);
        assert!(svg.contains("0.995  (0.950)") && svg.contains("no pair"));
        assert!(svg.contains("a &amp; b") && svg.contains("&lt;sub&gt;"));
        assert!(svg.contains("prefers-color-scheme: dark"));
    }
}
