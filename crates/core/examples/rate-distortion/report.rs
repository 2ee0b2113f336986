//! The JSON document, and the same in lines for a terminal.

use crate::inputs::{self, Input, Inputs};
use crate::machine::Machine;
use crate::measure::{LosslessPngRow, LossyPngRow, LossyRow, MeasureFailure, Measured};
use crate::options::Options;
use crate::summary::{Spread, Summary};
use crate::tools::{self, LossyFormat, Program, Tool, Tools};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The whole document.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Report {
    /// Of the layout.
    version: u32,
    /// `quick` or `full`.
    mode: &'static str,
    machine: Machine,
    tools: Vec<Tool>,
    /// sharp's effort for AVIF that takes as long as planish; `null` without sharp.
    equal_effort: Option<u32>,
    /// Processor seconds of each program for an image of 16 × 16 pixels; ratios of times are without them.
    startup_cpu: BTreeMap<&'static str, f64>,
    /// What was run, by tool. `{quality}` is a quality, planish's target score or its effort.
    commands: BTreeMap<String, String>,
    corpus: Corpus,
    pub(crate) summary: Summary,
    lossy: Vec<LossyRow>,
    lossy_png: Vec<LossyPngRow>,
    lossless_png: Vec<LosslessPngRow>,
    failures: Vec<MeasureFailure>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Corpus {
    /// The folder's name, or `generated`.
    source: String,
    rule: String,
    images: Vec<Input>,
    left_out: Vec<LeftOut>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct LeftOut {
    image: String,
    reason: String,
}

impl Report {
    /// Puts everything together.
    pub(crate) fn new(options: &Options, tools: &Tools, inputs: &Inputs, measured: Measured) -> Self {
        let left_out = inputs
            .left_out
            .iter()
            .map(|(image, reason)| LeftOut { image: image.clone(), reason: reason.clone() })
            .collect();
        Self {
            version: 1,
            mode: if options.full { "full" } else { "quick" },
            machine: Machine::this(),
            tools: tools.list().to_vec(),
            equal_effort: measured.equal_effort,
            startup_cpu: measured.startup.clone(),
            commands: commands(measured.equal_effort),
            corpus: Corpus {
                source: inputs.source.clone(),
                rule: if inputs.source == "generated" {
                    "pictures the benchmark makes up: four like photos with more and more grain, three graphics".into()
                } else {
                    inputs::rule(options.full)
                },
                images: inputs.images.clone(),
                left_out,
            },
            summary: Summary::of(&measured),
            lossy: measured.lossy,
            lossy_png: measured.lossy_png,
            lossless_png: measured.lossless_png,
            failures: measured.failures,
        }
    }

    /// The document, its fractions rounded to four digits behind the point: more than the measurement bears.
    pub(crate) fn as_json(&self) -> serde_json::Result<Value> {
        let mut document = serde_json::to_value(self)?;
        round(&mut document);
        Ok(document)
    }

    /// What stands under the plot's title.
    pub(crate) fn subtitle(&self) -> String {
        format!(
            "{} run, {} images ({}), planish {}, {} × {}",
            self.mode,
            self.corpus.images.len(),
            self.corpus.source,
            self.tools.first().and_then(|tool| tool.version.as_deref()).unwrap_or("?"),
            self.machine_cores(),
            self.machine_name(),
        )
    }

    fn machine_cores(&self) -> usize {
        self.machine.cores
    }

    fn machine_name(&self) -> &str {
        &self.machine.cpu
    }

    /// The summary, in lines.
    pub(crate) fn as_text(&self) -> String {
        let mut text = String::new();
        let ratio =
            |spread: Option<&Spread>| spread.map_or("-".into(), |spread| format!("{:.3}", spread.ratio));
        let number = |value: Option<f64>| value.map_or("-".into(), |value| format!("{value:.2}"));
        let images = |spread: Option<&Spread>| spread.map_or(0, |spread| spread.images);
        let _ = writeln!(
            text,
            "{:<6}{:<9}{:<22}{:>6}{:>10}{:>9}{:>8}{:>12}{:>12}",
            "format",
            "images",
            "against",
            "score",
            "delivered",
            "encoder",
            "images",
            "search CPU",
            "encode CPU"
        );
        for row in &self.summary.lossy {
            let _ = writeln!(
                text,
                "{:<6}{:<9}{:<22}{:>6}{:>10}{:>9}{:>8}{:>12}{:>12}",
                row.format.name(),
                format!("{}s", row.kind.name()),
                row.against,
                row.target,
                ratio(row.delivered.as_ref()),
                ratio(row.encoder.as_ref()),
                images(row.delivered.as_ref()),
                number(row.search_cpu),
                number(row.encode_cpu),
            );
        }
        for row in &self.summary.lossy_png {
            let _ = writeln!(
                text,
                "png   lossy    pngquant {:<12} score {:>5}  delivered {}  images {}  lossless {}  search CPU {}",
                row.setting,
                number(row.mean_score),
                ratio(row.delivered.as_ref()),
                images(row.delivered.as_ref()),
                row.lossless,
                number(row.search_cpu),
            );
        }
        for row in &self.summary.lossless_png {
            let _ = writeln!(
                text,
                "png   lossless effort {}, oxipng -o max  bytes {}  images {}  CPU {} ({:.1} s, {:.1} s)",
                row.effort,
                ratio(row.bytes.as_ref()),
                images(row.bytes.as_ref()),
                number(row.cpu),
                row.planish_seconds,
                row.oxipng_seconds,
            );
        }
        for row in self.summary.accuracy.iter().filter(|row| row.target.is_none()) {
            let _ = writeln!(
                text,
                "search {:<5} {:<8} {:>4} outputs, {:.1} % within 1.5 above the target, {} below, {} encodes each",
                row.format.map_or("all", LossyFormat::name),
                format!("{}s", row.kind.name()),
                row.outputs,
                row.accurate.unwrap_or(0.0) * 100.0,
                row.below,
                number(row.mean_encodes),
            );
        }
        if !self.summary.behind.is_empty() {
            let _ = writeln!(text, "planish falls short:");
            for sentence in &self.summary.behind {
                let _ = writeln!(text, "  {sentence}");
            }
        }
        for failure in &self.failures {
            let _ = writeln!(text, "failed: {} on {}: {}", failure.tool, failure.image, failure.message);
        }
        for left_out in &self.corpus.left_out {
            let _ = writeln!(text, "left out: {}: {}", left_out.image, left_out.reason);
        }
        text
    }
}

fn round(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(round),
        Value::Object(fields) => fields.values_mut().for_each(round),
        Value::Number(number) => {
            if let Some(fraction) = number.as_f64().filter(|_| number.is_f64()) {
                *value = Value::from((fraction * 1e4).round() / 1e4);
            }
        }
        _ => {}
    }
}

fn commands(equal_effort: Option<u32>) -> BTreeMap<String, String> {
    let mut commands = BTreeMap::new();
    for format in LossyFormat::ALL {
        let name = format.name();
        let search = tools::planish_for_score(name);
        commands.insert(format!("{name}: planish, search"), tools::shown(Program::Planish, &search));
        let fixed = tools::planish_at_quality(format);
        for contender in std::iter::once(fixed).chain(tools::others(format, equal_effort)) {
            let shown = tools::shown(contender.program, &contender.arguments);
            commands.insert(format!("{name}: {}", contender.id), shown);
        }
    }
    commands.insert(
        "png: planish, search".into(),
        tools::shown(Program::Planish, &tools::planish_for_score("png")),
    );
    for setting in tools::PNGQUANT_SETTINGS {
        let shown = tools::shown(Program::Pngquant, &tools::pngquant(setting));
        commands.insert(format!("png: pngquant {setting}"), shown);
    }
    let lossless = tools::planish_lossless_png();
    commands.insert("png: planish, lossless".into(), tools::shown(Program::Planish, &lossless));
    commands.insert("png: oxipng".into(), tools::shown(Program::Oxipng, &tools::oxipng()));
    commands
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fractions_are_rounded_and_whole_numbers_stay() {
        let mut document =
            serde_json::json!({"a": [1.234_567, 2], "b": {"c": 9_007_199_254_740_993_u64, "d": null}});
        round(&mut document);
        assert_eq!(
            document,
            serde_json::json!({"a": [1.2346, 2], "b": {"c": 9_007_199_254_740_993_u64, "d": null}})
        );
    }
}
