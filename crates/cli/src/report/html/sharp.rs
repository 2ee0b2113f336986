//! What Sharp's processes took, as a table with bars.

use super::page::seconds;
use crate::output::bytes;
use planish_batch::SidecarUsage;
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

#[cfg(test)]
mod tests {
    use super::*;
    use planish::Format;
    use planish_batch::OperationUse;

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
            SidecarUsage { processes: 3, crashes: 2, peak_memory: 200_000_000, operations: Vec::new() };
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
}
