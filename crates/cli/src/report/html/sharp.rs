//! What Sharp's processes took, as tables with bars, and what they made of it, as a plot.

use super::page::seconds;
use super::plot::{Dot, Measure, plot};
use crate::output::bytes;
use planish_batch::{FormatUse, SidecarUsage};
use std::fmt::Write;

/// The table; nothing where nothing was answered.
pub(super) fn table(sidecar: &SidecarUsage) -> String {
    let each = |index: usize| {
        let used = &sidecar.operations[index];
        used.elapsed_time / used.requests.max(1) as f64
    };
    let longest = (0..sidecar.operations.len()).map(each).fold(f64::MIN_POSITIVE, f64::max);
    let largest = sidecar.peak_memory.max(1) as f64;
    let mut rows = String::new();
    for (index, used) in sidecar.operations.iter().enumerate() {
        let format = used.format.map_or_else(String::new, |format| format!(" {format}"));
        let _ = writeln!(
            rows,
            "<tr><td>{}{format}<td class=n>{}<td class=n>{}<td class=n>{}<td class=n>{}\
             <td class=bar><svg viewBox='0 0 100 12' preserveAspectRatio=none><rect class=was width='{:.1}' height=12 />\
             <rect class=is width='{:.1}' height=6 y=3 /></svg>",
            used.operation,
            used.requests,
            seconds(used.elapsed_time),
            seconds(each(index)),
            bytes(used.peak_memory),
            used.peak_memory as f64 / largest * 100.0,
            each(index) / longest * 100.0,
        );
    }
    if rows.is_empty() {
        return rows;
    }
    let head =
        "<tr><th>Request<th class=n>Answered<th class=n>In all<th class=n>Each<th class=n>Memory<th>Share";
    let crashed = match sidecar.crashes {
        0 => String::new(),
        crashes => format!("<p class=note>{crashes} of {} processes crashed.</p>", sidecar.processes),
    };
    format!("<div class=scroll><table><thead>{head}</thead><tbody>{rows}</tbody></table></div>{crashed}")
}

/// What was made by format, with a plot of quality against size; nothing where nothing was made.
pub(super) fn formats(sidecar: &SidecarUsage, goal: Option<f64>) -> String {
    let slowest = sidecar.formats.iter().map(FormatUse::time_per_megapixel).fold(f64::MIN_POSITIVE, f64::max);
    let largest = sidecar.peak_memory.max(1) as f64;
    let mut rows = String::new();
    for used in &sidecar.formats {
        let _ = writeln!(
            rows,
            "<tr><td>{}<td class=n>{}<td class=n>{}<td class=n>{}<td class=n>{:.3}<td class=n>{:.1}\
             <td class=bar><svg viewBox='0 0 100 12' preserveAspectRatio=none><rect class=was width='{:.1}' height=12 />\
             <rect class=is width='{:.1}' height=6 y=3 /></svg>",
            used.format.title(),
            used.files,
            seconds(used.time_per_megapixel()),
            bytes(used.peak_memory),
            used.bits_per_pixel(),
            used.score,
            used.peak_memory as f64 / largest * 100.0,
            used.time_per_megapixel() / slowest * 100.0,
        );
    }
    if rows.is_empty() {
        return rows;
    }
    let head = "<tr><th>Format<th class=n>Images<th class=n>Each megapixel<th class=n>Memory<th class=n>Bits per pixel\
                <th class=n>Score<th>Share";
    let dots: Vec<Dot> = sidecar
        .dots
        .iter()
        .map(|dot| Dot {
            format: dot.format,
            size: (dot.bits_per_pixel * 1000.0).round() as u64,
            score: dot.score,
        })
        .collect();
    let drawn = plot(&dots, &[], goal, Measure::MilliBitsPerPixel);
    format!("<div class=scroll><table><thead>{head}</thead><tbody>{rows}</tbody></table></div>{drawn}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use planish::Format;
    use planish_batch::{EncodedDot, OperationUse};

    #[test]
    fn bars_are_shares_of_the_most_there_was() {
        let operation = |operation, format, requests, elapsed_time, peak_memory| OperationUse {
            operation,
            format,
            requests,
            elapsed_time,
            work_time: 0.0,
            peak_memory,
        };
        let mut sidecar =
            SidecarUsage { processes: 3, crashes: 2, peak_memory: 200_000_000, ..SidecarUsage::default() };
        assert_eq!(table(&sidecar), "");
        sidecar.operations = vec![
            operation("inspect", None, 2, 20.0, 100_000_000),
            operation("encode", Some(Format::Jpeg), 1, 40.0, 200_000_000),
        ];
        let table = table(&sidecar);
        for part in [
            "<td>encode jpeg",
            "<td>inspect<",
            "width='50.0' height=12",
            "width='25.0' height=6",
            "200 MB",
            "2 of 3",
        ] {
            assert!(table.contains(part), "{part}: {table}");
        }
    }

    #[test]
    fn formats_have_a_row_each_and_images_a_dot() {
        assert_eq!(formats(&SidecarUsage::default(), None), "");
        let made = |format, bytes, score, elapsed_time| FormatUse {
            format,
            files: 1,
            pixels: 1_000_000,
            bytes,
            score,
            elapsed_time,
            peak_memory: 50_000_000,
        };
        let dot = |format, bits_per_pixel, score| EncodedDot { format, bits_per_pixel, score };
        let sidecar = SidecarUsage {
            peak_memory: 100_000_000,
            formats: vec![made(Format::Jpeg, 200_000, 80.5, 20.0), made(Format::Webp, 100_000, 81.0, 80.0)],
            dots: vec![dot(Format::Jpeg, 1.6, 80.5), dot(Format::Webp, 0.8, 81.0)],
            ..SidecarUsage::default()
        };
        let page = formats(&sidecar, Some(80.0));
        for part in ["<td>JPEG<", "1.600", "0.08 s", "width='25.0' height=6", "dots webp", "class=goal"] {
            assert!(page.contains(part), "{part}: {page}");
        }
    }
}
