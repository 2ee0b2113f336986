//! `--report`: one page about the run that needs nothing but itself.
//!
//! Rows are kept small, and thumbnails are made as results come, for those alone that are the worst or the largest
//! savings so far: ten thousand results cost a few megabytes, and inputs may go afterwards.

mod best;
mod escape;
mod page;
mod plot;
mod sharp;
mod thumbnails;

use super::summary::Summary;
use best::{Best, Rank};
use planish::{Format, Goal, ImageSettings, OptimizationError};
use planish_batch::files::write_atomically;
use planish_batch::{Delivery, SidecarUsage, TaskId, TaskReport};
use plot::Dot;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::rc::Rc;
use thumbnails::Thumbnails;

/// How many of the worst scores, and of the largest savings, have pictures.
const PICTURED: usize = 12;
/// How many rows the table has: more make a page slow that nobody reads to the end.
const LISTED: usize = 1000;
/// How many errors are listed.
const FAILURES: usize = 1000;

/// One image, as the page shows it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) input_format: Format,
    pub(crate) format: Format,
    pub(crate) before: u64,
    pub(crate) after: u64,
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) score: f64,
    /// Whether that is the score of a part of the pixels.
    pub(crate) score_sampled: bool,
    pub(crate) lossless: bool,
    /// Whether the image is what it was.
    pub(crate) kept: bool,
    pub(crate) milliseconds: f64,
}

/// A row with its pictures.
type Pictured = (Rc<Row>, Rc<Thumbnails>);

/// A file that ended with an error.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) id: TaskId,
    pub(crate) name: String,
    pub(crate) code: &'static str,
    pub(crate) message: String,
}

/// Images with one kind of warning.
#[derive(Debug)]
pub(crate) struct Warned {
    pub(crate) files: u64,
    pub(crate) example: String,
    pub(crate) message: String,
}

/// Collects what the page shows.
pub(crate) struct HtmlReport {
    path: PathBuf,
    settings: ImageSettings,
    dots: Vec<Dot>,
    /// By score, the worst first.
    rows: Best<Rc<Row>>,
    worst: Best<Pictured>,
    savings: Best<Pictured>,
    failures: Vec<Failure>,
    warnings: BTreeMap<String, Warned>,
    /// What the processes that run Sharp took, where there were some.
    sidecar: Option<SidecarUsage>,
}

impl HtmlReport {
    /// A page to be written to `path`.
    pub(crate) fn new(path: PathBuf, settings: ImageSettings) -> Self {
        Self {
            path,
            settings,
            dots: Vec::new(),
            rows: Best::new(LISTED),
            worst: Best::new(PICTURED),
            savings: Best::new(PICTURED),
            failures: Vec::new(),
            warnings: BTreeMap::new(),
            sidecar: None,
        }
    }

    /// Takes one report, as soon as it comes: its files are looked at now.
    pub(crate) fn add(&mut self, report: &TaskReport) {
        match &report.outcome {
            Ok(delivery) => self.add_result(report, delivery),
            Err(_) if report.is_cancelled() => {}
            Err(error) if self.failures.len() < FAILURES => self.failures.push(Failure {
                id: report.id,
                name: report.input_path.to_string_lossy().into_owned(),
                code: error.code(),
                message: error.to_string(),
            }),
            Err(_) => {}
        }
    }

    fn add_result(&mut self, report: &TaskReport, delivery: &Delivery) {
        let result = &delivery.result;
        let number = report.id.0;
        let row = Rc::new(Row {
            name: report.input_path.to_string_lossy().into_owned(),
            input_format: result.input_format,
            format: delivery.final_format(),
            before: result.original_size,
            after: delivery.final_size(),
            width: result.width,
            height: result.height,
            score: result.score.get(),
            score_sampled: result.score_sampled,
            lossless: result.lossless,
            kept: delivery.keeps_input(),
            milliseconds: result.elapsed_time,
        });
        for warning in &result.warnings {
            let entry = self.warnings.entry(warning.code.clone()).or_insert_with(|| Warned {
                files: 0,
                example: row.name.clone(),
                message: warning.message.clone(),
            });
            entry.files += 1;
        }
        if !row.kept {
            self.dots.push(Dot { format: row.format, size: row.after, score: row.score });
        }
        let by_score = Rank(row.score);
        let saved = row.before.saturating_sub(row.after);
        let by_saving = Rank(-(saved as f64));
        let is_bad = !row.lossless && !row.kept && self.worst.wants(by_score, number);
        let saves_much = saved > 0 && self.savings.wants(by_saving, number);
        if is_bad || saves_much {
            let pictures = Rc::new(Thumbnails::of(&report.input_path, &delivery.output_path));
            if is_bad {
                self.worst.add(by_score, number, (Rc::clone(&row), Rc::clone(&pictures)));
            }
            if saves_much {
                self.savings.add(by_saving, number, (Rc::clone(&row), pictures));
            }
        }
        self.rows.add(by_score, number, row);
    }

    /// Writes the page and says where it is.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) fn finish(
        mut self,
        summary: &Summary,
        sidecar: Option<SidecarUsage>,
    ) -> Result<PathBuf, OptimizationError> {
        self.failures.sort_by_key(|failure| failure.id);
        self.sidecar = sidecar;
        let page = page::page(&self, summary);
        write_atomically(&self.path, page.as_bytes())?;
        Ok(self.path)
    }

    /// The score that was aimed for, where it is one for all.
    fn goal(&self) -> Option<f64> {
        match self.settings.goal {
            Goal::Score(score) => Some(score.get()),
            _ => None,
        }
    }
}
