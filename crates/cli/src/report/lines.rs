//! What a person sees: a line for each image of a small batch, a digest of a large one.
//!
//! Up to [`LISTED`] images have a line each, in input order, as they come. More would scroll by unread: then the end
//! tells the totals of each format and the largest savings, unless lines were asked for.

use super::summary::{FormatTotal, Summary, format_change, percent_saved};
use crate::output::{DIM, GOOD, Terminal, WARNING, bytes, display, shortened};
use planish_batch::Delivery;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::path::Path;

/// The largest batch that has a line for each image without being asked.
const LISTED: usize = 100;
/// How many images the digest names.
const NAMED: usize = 10;
/// So many images with the same kind of warning have it beneath their lines; of more, the end tells how many.
const WARNED_EACH: u64 = 3;
/// Narrower terminals get fewer columns.
const NARROW: usize = 72;
/// The least that is left of a long name.
const SHORTEST_NAME: usize = 16;

/// The lines on standard output.
#[allow(clippy::struct_excessive_bools, reason = "each is a choice of its own")]
pub(crate) struct Lines {
    /// Whether each image has a line.
    each: bool,
    /// Whether nothing is written.
    audit: bool,
    /// Whether long names are shown whole and warnings every time.
    verbose: bool,
    /// Columns of the terminal; `None` where standard output is none.
    width: Option<usize>,
    heading_shown: bool,
    warnings: BTreeMap<String, Warned>,
    largest: BinaryHeap<Reverse<Saving>>,
}

/// Images with one kind of warning.
struct Warned {
    files: u64,
    /// The first of them that had no line of its own.
    held_back: Option<(String, String)>,
}

/// What one image saved. Ordered by it; of equals the one that came first is the greater.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Saving {
    bytes: u64,
    first: Reverse<u64>,
    before: u64,
    after: u64,
    name: String,
}

impl Lines {
    /// For a batch of `total` images. `audit`: only what could be saved is told.
    pub(crate) fn new(total: usize, verbose: bool, audit: bool, terminal: &Terminal) -> Self {
        Self {
            each: verbose || total <= LISTED && !audit,
            audit,
            verbose,
            width: terminal.width(),
            heading_shown: false,
            warnings: BTreeMap::new(),
            largest: BinaryHeap::new(),
        }
    }

    /// Takes the next image, in input order.
    pub(crate) fn add(&mut self, input: &Path, delivery: &Delivery, place: u64, terminal: &mut Terminal) {
        let result = &delivery.result;
        if self.each {
            if !self.heading_shown {
                let heading = self.columns(["before", "after", "saved", "format", "score"]);
                terminal.line(&terminal.paint(DIM, &format!("{heading}  file")));
                self.heading_shown = true;
            }
            let line = self.line(input, delivery, terminal);
            terminal.line(&line);
        } else {
            self.remember(input, delivery, place);
        }
        for warning in &result.warnings {
            let seen =
                self.warnings.entry(warning.code.clone()).or_insert(Warned { files: 0, held_back: None });
            seen.files += 1;
            if self.each && (self.verbose || seen.files <= WARNED_EACH) {
                let label = terminal.paint(WARNING, "warning");
                terminal.line(&format!("          {label}: {}", warning.message));
            } else if seen.held_back.is_none() {
                seen.held_back = Some((display(input), warning.message.clone()));
            }
        }
    }

    /// Tells what the lines have left out, and the totals.
    pub(crate) fn finish(self, summary: &Summary, terminal: &mut Terminal) {
        if !self.each && summary.completed > 0 {
            for line in format_table(&summary.formats) {
                terminal.line(&line);
            }
            self.name_largest(terminal);
        }
        for (code, warned) in &self.warnings {
            let Some((name, message)) = &warned.held_back else { continue };
            let told = if self.each { WARNED_EACH } else { 0 };
            let label = terminal.paint(WARNING, &format!("warning[{code}]"));
            terminal.line(&match (warned.files - told, self.each) {
                (1, _) => format!("{label}: {name}: {message}"),
                (count, true) => format!("{label} for {count} more images, such as {name}: {message}"),
                (count, false) => format!("{label} for {count} images, such as {name}: {message}"),
            });
        }
        if self.audit {
            let hint = "Nothing was written. With `planish PATH… -o OUT` it is.";
            terminal.line(&terminal.paint(DIM, hint));
        } else if !self.each {
            let hint = "A line for each image: -v. All of it, to look at: --report report.html.";
            terminal.line(&terminal.paint(DIM, hint));
        }
        terminal.line(&summary.line(terminal));
    }

    fn line(&self, input: &Path, delivery: &Delivery, terminal: &Terminal) -> String {
        let result = &delivery.result;
        let skipped = delivery.action.skip_reason();
        let score = match (result.kept_original, result.lossless) {
            _ if skipped.is_some() => "skipped".to_owned(),
            (Some(_), _) => "kept".to_owned(),
            (None, true) => "lossless".to_owned(),
            (None, false) if result.score_sampled => format!("~{}", result.score),
            (None, false) => result.score.to_string(),
        };
        let numbers = self.columns([
            &bytes(result.original_size),
            &bytes(delivery.final_size()),
            &percent_saved(result.original_size, delivery.final_size()),
            &format_change(result.input_format, delivery.final_format()),
            &score,
        ]);
        let style = if delivery.keeps_input() {
            DIM
        } else if result.optimized_size > result.original_size {
            WARNING
        } else {
            GOOD
        };
        let why = skipped.map(|reason| format!(" ({})", reason.text())).unwrap_or_default();
        let name = self.name(&display(input), numbers.len() + 2 + why.len());
        format!("{}  {name}{}", terminal.paint(style, &numbers), terminal.paint(DIM, &why))
    }

    /// The columns that there is room for.
    fn columns(&self, [before, after, saved, format, score]: [&str; 5]) -> String {
        if self.width.is_some_and(|width| width < NARROW) {
            format!("{after:>8}  {saved:>6}  {score:>8}")
        } else {
            format!("{before:>8}  {after:>8}  {saved:>6}  {format:<10}  {score:>8}")
        }
    }

    /// A name that fits behind `used` columns.
    fn name(&self, name: &str, used: usize) -> String {
        match self.width.filter(|_| !self.verbose) {
            Some(width) => shortened(name, width.saturating_sub(used).max(SHORTEST_NAME)),
            None => name.to_owned(),
        }
    }

    fn remember(&mut self, input: &Path, delivery: &Delivery, place: u64) {
        let (before, after) = (delivery.result.original_size, delivery.final_size());
        let saved = before.saturating_sub(after);
        let smallest = self.largest.peek().map_or(0, |Reverse(saving)| saving.bytes);
        if saved == 0 || self.largest.len() == NAMED && saved <= smallest {
            return;
        }
        self.largest.push(Reverse(Saving {
            bytes: saved,
            first: Reverse(place),
            before,
            after,
            name: display(input),
        }));
        if self.largest.len() > NAMED {
            self.largest.pop();
        }
    }

    fn name_largest(&self, terminal: &mut Terminal) {
        let mut savings: Vec<&Saving> = self.largest.iter().map(|Reverse(saving)| saving).collect();
        savings.sort_by(|a, b| b.cmp(a));
        if savings.is_empty() {
            return;
        }
        terminal.line("");
        terminal.line(&terminal.paint(DIM, "  before     after   saved  largest savings"));
        for Saving { before, after, name, .. } in savings {
            let numbers =
                format!("{:>8}  {:>8}  {:>6}", bytes(*before), bytes(*after), percent_saved(*before, *after));
            let name = self.name(name, numbers.len() + 2);
            terminal.line(&format!("{}  {name}", terminal.paint(GOOD, &numbers)));
        }
        terminal.line("");
    }
}

/// The totals of each format, with a heading.
pub(crate) fn format_table(formats: &[FormatTotal]) -> Vec<String> {
    let heading = "  before     after   saved  format       images".to_owned();
    let rows = formats.iter().map(|total| {
        format!(
            "{:>8}  {:>8}  {:>6}  {:<10}  {:>7}",
            bytes(total.original_size),
            bytes(total.optimized_size),
            percent_saved(total.original_size, total.optimized_size),
            format_change(total.input_format, total.format),
            total.files
        )
    });
    std::iter::once(heading).chain(rows).collect()
}
