//! The page itself.

use super::escape::escape;
use super::plot::{Measure, plot};
use super::{HtmlReport, LISTED, Pictured, Row, sharp};
use crate::output::bytes;
use crate::report::advice::advice;
use crate::report::describe;
use crate::report::summary::{Summary, format_change, percent_saved};
use planish::CODECS;
use std::fmt::Write;

/// So many errors are there to be read at once; the others open on a click.
const OPEN_FAILURES: usize = 6;

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("sort.js");
/// What a browser may do for this page: show what is in it, and run what has this word on it.
const POLICY: &str = "default-src 'none'; img-src data:; style-src 'nonce-planish'; script-src 'nonce-planish'; \
                      base-uri 'none'; form-action 'none'";

/// The whole page.
pub(super) fn page(report: &HtmlReport, summary: &Summary) -> String {
    let mut page = format!(
        "<!doctype html>\n<html lang=en>\n<meta charset=utf-8>\n\
         <meta http-equiv=Content-Security-Policy content=\"{POLICY}\">\n\
         <meta name=viewport content=\"width=device-width, initial-scale=1\">\n\
         <meta name=color-scheme content=\"light dark\">\n<title>planish: {} saved</title>\n\
         <style nonce=planish>{STYLE}</style>\n<main>\n",
        percent_saved(summary.original_size, summary.optimized_size)
    );
    totals(&mut page, report, summary);
    failures(&mut page, report, summary);
    let named: Vec<&Row> = report.worst.iter().map(|(row, _)| &**row).collect();
    let drawn = plot(&report.dots, &named, report.goal(), Measure::Bytes);
    section(
        &mut page,
        "Size and score",
        "Each dot is one image. Rings are the lowest scores: point at them for names.",
        &drawn,
    );
    let explained =
        "The images whose outputs differ most from their inputs. What was not lossy is not among them.";
    pictured(&mut page, "Lowest scores", explained, report.worst.iter(), true);
    pictured(&mut page, "Largest savings", "", report.savings.iter(), false);
    formats(&mut page, summary);
    if let Some(sidecar) = &report.sidecar {
        let explained = "What libvips was asked, in a process of its own. Bars: memory of the process, light, and the time of a \
                         request, dark, by the most there was of each.";
        section(&mut page, "Sharp", explained, &sharp::table(sidecar));
        let explained = "What libvips made, by format: time, memory, and how much of a picture was kept for how many bits. Each dot is \
                         one image.";
        section(&mut page, "Sharp, by format", explained, &sharp::formats(sidecar, report.goal()));
    }
    warnings(&mut page, report);
    table(&mut page, report, summary);
    settings(&mut page, report);
    let _ = write!(page, "</main>\n<script nonce=planish>{SCRIPT}</script>\n</html>\n");
    page
}

fn section(page: &mut String, title: &str, explained: &str, content: &str) {
    if content.is_empty() {
        return;
    }
    let _ = writeln!(page, "<section><h2>{title}</h2>");
    if !explained.is_empty() {
        let _ = writeln!(page, "<p class=note>{explained}</p>");
    }
    let _ = writeln!(page, "{content}</section>");
}

fn totals(page: &mut String, report: &HtmlReport, summary: &Summary) {
    let _ = writeln!(
        page,
        "<header><p class=brand>planish</p><h1>{} saved</h1><p class=lead>{} became {} in {}.</p></header>",
        percent_saved(summary.original_size, summary.optimized_size),
        bytes(summary.original_size),
        bytes(summary.optimized_size),
        count(summary.completed, "image", "images"),
    );
    let mut scores: Vec<f64> =
        report.dots.iter().map(|dot| dot.score).filter(|score| *score < 100.0).collect();
    scores.sort_by(f64::total_cmp);
    let mut cards = vec![
        (
            summary.completed.to_string(),
            if summary.completed == 1 { "image done" } else { "images done" }.to_owned(),
        ),
        (bytes(u64::try_from(summary.saved_bytes).unwrap_or(0)), "saved".to_owned()),
    ];
    if let (Some(lowest), Some(median)) = (scores.first(), scores.get(scores.len() / 2)) {
        cards.push((format!("{median:.1}"), format!("median score, {}", describe::score(*median))));
        cards.push((format!("{lowest:.1}"), "lowest score".to_owned()));
    }
    for (number, text) in [
        (summary.kept, "as small as they can be, kept"),
        (summary.cached, "known from before"),
        (summary.skipped, "not done (interrupted)"),
        (summary.ignored, "other files, passed over"),
    ] {
        if number > 0 {
            cards.push((number.to_string(), text.to_owned()));
        }
    }
    cards.push((seconds(summary.elapsed_time), "taken".to_owned()));
    let mut list = String::from("<dl class=cards>");
    if summary.failed > 0 {
        let _ = write!(
            list,
            "<div class=bad><dd>{}</dd><dt><a href='#errors'>failed</a></dt></div>",
            summary.failed
        );
    }
    for (value, label) in cards {
        let _ = write!(list, "<div><dd>{value}</dd><dt>{label}</dt></div>");
    }
    let _ = writeln!(page, "{list}</dl>");
}

fn failures(page: &mut String, report: &HtmlReport, summary: &Summary) {
    if report.failures.is_empty() {
        return;
    }
    let _ = writeln!(
        page,
        "<section id=errors><h2>{}</h2><ul class=failures>",
        count(summary.failed, "error", "errors")
    );
    for (index, failure) in report.failures.iter().enumerate() {
        if index == OPEN_FAILURES {
            let _ = writeln!(page, "</ul><details><summary>All others</summary><ul class=failures>");
        }
        let _ = writeln!(
            page,
            "<li><b class=file>{}</b> <code>{}</code><p>{}</p><p class=note>{}</p></li>",
            escape(&failure.name),
            escape(failure.code),
            escape(&failure.message),
            advice(failure.code)
        );
    }
    let _ = writeln!(page, "</ul>");
    if report.failures.len() > OPEN_FAILURES {
        let _ = writeln!(page, "</details>");
    }
    let left_out = summary.failed.saturating_sub(report.failures.len() as u64);
    if left_out > 0 {
        let _ = writeln!(page, "<p class=note>{left_out} more are in the document that --json prints.</p>");
    }
    let _ = writeln!(page, "</section>");
}

fn pictured<'a>(
    page: &mut String,
    title: &str,
    explained: &str,
    entries: impl Iterator<Item = &'a Pictured>,
    score_first: bool,
) {
    let mut list = String::new();
    for (row, pictures) in entries {
        let picture = |address: &Option<String>, when: &str, missing: &str| match address {
            Some(address) => {
                format!(
                    "<figure><img src='{address}' alt='{when}' loading=lazy><figcaption>{when}</figcaption></figure>"
                )
            }
            None => format!("<figure class=none><p>{missing}</p><figcaption>{when}</figcaption></figure>"),
        };
        let saved = percent_saved(row.before, row.after);
        let score = score(row);
        let (first, second) =
            if score_first { (score, format!("{saved} saved")) } else { (format!("{saved} saved"), score) };
        let _ = writeln!(
            list,
            "<li><div class=pair>{}{}</div><p class=file>{}</p><p><b>{first}</b> · {second} · {} → {} · {} × {}</p></li>",
            picture(&pictures.before, "before", "no picture of what it was"),
            picture(&pictures.after, "after", "no picture of what it is"),
            escape(&row.name),
            bytes(row.before),
            bytes(row.after),
            row.width,
            row.height,
        );
    }
    if !list.is_empty() {
        section(page, title, explained, &format!("<ul class=pictured>{list}</ul>"));
    }
}

fn formats(page: &mut String, summary: &Summary) {
    let mut rows = String::new();
    for total in &summary.formats {
        let share = |size: u64| size as f64 / summary.original_size.max(1) as f64 * 100.0;
        let _ = writeln!(
            rows,
            "<tr><td>{}<td class=n>{}<td class=n>{}<td class=n>{}<td class=n>{}\
             <td class=bar><svg viewBox='0 0 100 12' preserveAspectRatio=none><rect class=was width='{:.1}' height=12 />\
             <rect class=is width='{:.1}' height=12 /></svg>",
            format_change(total.input_format, total.format).replace("->", " → "),
            total.files,
            bytes(total.original_size),
            bytes(total.optimized_size),
            percent_saved(total.original_size, total.optimized_size),
            share(total.original_size),
            share(total.optimized_size),
        );
    }
    if !rows.is_empty() {
        let head =
            "<tr><th>Format<th class=n>Images<th class=n>Before<th class=n>After<th class=n>Saved<th>Share";
        let table =
            format!("<div class=scroll><table><thead>{head}</thead><tbody>{rows}</tbody></table></div>");
        section(page, "By format", "", &table);
    }
}

fn warnings(page: &mut String, report: &HtmlReport) {
    let mut list = String::new();
    for (code, warned) in &report.warnings {
        let _ = writeln!(
            list,
            "<li><code>{}</code> for {}, such as <span class=file>{}</span><p>{}</p></li>",
            escape(code),
            count(warned.files, "image", "images"),
            escape(&warned.example),
            escape(&warned.message)
        );
    }
    if !list.is_empty() {
        section(page, "Worth knowing", "", &format!("<ul class=warnings>{list}</ul>"));
    }
}

fn table(page: &mut String, report: &HtmlReport, summary: &Summary) {
    let mut rows = String::new();
    for row in report.rows.iter() {
        let saved = (row.before as f64 - row.after as f64) / row.before.max(1) as f64;
        let _ = writeln!(
            rows,
            "<tr><td class=file>{}<td>{}<td class=n data-v={}>{}<td class=n data-v={}>{}<td class=n data-v={saved:.4}>{}\
             <td class=n data-v={:.3}>{}<td class=n data-v={:.0}>{}",
            escape(&row.name),
            format_change(row.input_format, row.format).replace("->", " → "),
            row.before,
            bytes(row.before),
            row.after,
            bytes(row.after),
            percent_saved(row.before, row.after),
            row.score,
            score(row),
            row.milliseconds,
            seconds(row.milliseconds),
        );
    }
    if rows.is_empty() {
        return;
    }
    let explained = if summary.completed > LISTED as u64 {
        format!(
            "The {LISTED} lowest scores of {}. All are in the document that --json prints.",
            summary.completed
        )
    } else {
        String::new()
    };
    let head = "<tr><th>File<th>Format<th class=n>Before<th class=n>After<th class=n>Saved<th class=n>Score<th class=n>Time";
    let table = format!(
        "<div class=scroll><table class=sortable><thead>{head}</thead><tbody>{rows}</tbody></table></div>"
    );
    section(page, "Every image", &explained, &table);
}

fn settings(page: &mut String, report: &HtmlReport) {
    let text = toml::to_string(&report.settings).unwrap_or_default();
    let codecs: Vec<String> =
        CODECS.iter().map(|codec| format!("{} {}", codec.name, codec.version)).collect();
    let content = format!(
        "<details><summary>Settings, as they would stand in planish.toml</summary><pre>{}</pre></details>\
         <details><summary>planish {}, and the codecs in it</summary><p>{}</p></details>",
        escape(&text),
        env!("CARGO_PKG_VERSION"),
        escape(&codecs.join(", "))
    );
    let explained = "Scores are SSIMULACRA2, measured on what was written: 90 shows no difference in a flip test, 80 looks \
                     the same side by side, 70 is high quality, 50 is medium. ~ before one says that tiles of a large image were \
                     measured, as for a quality at effort 1.";
    section(page, "How it was made", explained, &content);
}

fn score(row: &Row) -> String {
    match (row.kept, row.lossless) {
        (true, _) => "kept".to_owned(),
        (false, true) => "lossless".to_owned(),
        (false, false) if row.score_sampled => format!("~{:.1}", row.score),
        (false, false) => format!("{:.1}", row.score),
    }
}

fn count(number: u64, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

pub(super) fn seconds(milliseconds: f64) -> String {
    match milliseconds / 1000.0 {
        seconds if seconds < 10.0 => format!("{seconds:.2} s"),
        seconds if seconds < 100.0 => format!("{seconds:.1} s"),
        seconds if seconds < 3600.0 => format!("{:.0} min {:.0} s", (seconds / 60.0).floor(), seconds % 60.0),
        seconds => {
            format!("{:.0} h {:.0} min", (seconds / 3600.0).floor(), (seconds % 3600.0 / 60.0).floor())
        }
    }
}
