//! Settings from a file, and the presets a file or a flag can start from.
//!
//! ```text
//! built-in defaults < preset < planish.toml < flags
//! ```

mod find;
mod preset;

pub(crate) use find::find;
pub(crate) use preset::Preset;

use crate::output::display;
use planish::SettingsLayer;
use serde::Deserialize;
use std::fs;
use std::path::Path;
use toml::de::DeTable;

/// What a recipe says.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Recipe {
    /// What its settings are put over.
    pub(crate) preset: Option<Preset>,
    /// Its own settings.
    pub(crate) settings: SettingsLayer,
}

/// Reads a recipe: JSON when it is named so or begins with a brace, TOML otherwise.
///
/// # Errors
/// A sentence that names the file, and the line and column of the mistake.
pub(crate) fn read(path: &Path) -> Result<Recipe, String> {
    let text = fs::read_to_string(path)
        .map_err(|error| format!("the recipe {} cannot be read: {error}", display(path)))?;
    let parsed = if is_json(path, &text) { parse_json(&text) } else { parse_toml(&text) };
    parsed.map_err(|mistake| {
        let Mistake { line, column, message } = mistake;
        format!("in the recipe {}:{line}:{column}: {message}", display(path))
    })
}

fn is_json(path: &Path, text: &str) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"))
        || text.trim_start().starts_with('{')
}

/// What is wrong, and where; lines and columns count from 1.
#[derive(Debug, PartialEq)]
struct Mistake {
    line: usize,
    column: usize,
    message: String,
}

impl Mistake {
    /// `offset` in bytes.
    fn at(text: &str, offset: usize, message: impl Into<String>) -> Self {
        let before = text.get(..offset).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let line = 1 + before.matches('\n').count();
        Self { line, column: 1 + before[line_start..].chars().count(), message: message.into() }
    }

    fn in_toml(text: &str, error: &toml::de::Error) -> Self {
        Self::at(text, error.span().map_or(0, |span| span.start), error.message().trim_end())
    }
}

fn parse_toml(text: &str) -> Result<Recipe, Mistake> {
    let wrong = |error: toml::de::Error| Mistake::in_toml(text, &error);
    let mut table = DeTable::parse(text).map_err(wrong)?;
    // Taken out before the settings are read: those refuse what they do not know.
    let preset = match table.get_mut().remove("preset") {
        None => None,
        Some(value) => {
            let start = value.span().start;
            let preset = match value.get_ref().as_str() {
                Some(name) => name.parse(),
                None => Err(Preset::expected("something else than a name")),
            };
            Some(preset.map_err(|message| Mistake::at(text, start, message))?)
        }
    };
    let settings = SettingsLayer::deserialize(toml::Deserializer::from(table)).map_err(wrong)?;
    Ok(Recipe { preset, settings })
}

fn parse_json(text: &str) -> Result<Recipe, Mistake> {
    let mut preset = None;
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let settings = preset::BesidePreset::new(&mut preset).settings(&mut deserializer);
    settings.and_then(|settings| deserializer.end().map(|()| settings)).map_or_else(
        |error| {
            // serde_json ends its message with the place, which is told apart from it here.
            let message = error.to_string();
            let place = format!(" at line {} column {}", error.line(), error.column());
            let message = message.strip_suffix(&place).unwrap_or(&message).to_owned();
            Err(Mistake { line: error.line(), column: error.column(), message })
        },
        |settings| Ok(Recipe { preset, settings }),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::documented::{blocks, documents};
    use planish::settings::Resize;
    use planish::{Goal, ImageSettings, Quality};
    use rstest::rstest;

    #[test]
    fn toml_and_json_say_the_same() {
        let toml = "preset = 'web'\ngoal = { quality = 70 }\nformats = ['webp', 'avif']\nbackground = '#ffffff'\n\
                    [resize]\nwidth = 800\n[avif]\nquality = 50\n";
        let json = r##"{"goal": {"quality": 70}, "formats": ["webp", "avif"], "background": "#ffffff",
                        "preset": "web", "resize": {"width": 800}, "avif": {"quality": 50}}"##;
        let recipe = parse_toml(toml).unwrap();
        assert_eq!(recipe, parse_json(json).unwrap());
        assert_eq!(recipe.preset, Some(Preset::Web));
        let settings = ImageSettings::resolve([&recipe.settings]);
        assert_eq!(settings.goal, Goal::Quality(Quality::new(70).unwrap()));
        assert_eq!(settings.resize, Some(Resize::to_width(800)));
    }

    #[test]
    fn recipes_in_the_documents_are_recipes() {
        let mut tried = 0;
        for (path, text) in documents() {
            for recipe in blocks(&text, "toml") {
                parse_toml(recipe)
                    .unwrap_or_else(|mistake| panic!("{}: {mistake:?}\n{recipe}", path.display()));
                tried += 1;
            }
            for recipe in blocks(&text, "json") {
                parse_json(recipe)
                    .unwrap_or_else(|mistake| panic!("{}: {mistake:?}\n{recipe}", path.display()));
                tried += 1;
            }
        }
        assert!(tried > 8, "{tried}");
    }

    #[rstest]
    #[case::key("effort = 3\nqualty = 3", 2, "qualty")]
    #[case::range("effort = 3\n\ngoal = { quality = 101 }", 3, "a number from 1 to 100")]
    #[case::key_in_a_line("goal = { qality = 80 }", 1, "qality")]
    #[case::key_in_a_table("effort = 3\n[jpeg]\nqualty = 80", 3, "qualty")]
    #[case::no_value("effort = 3\ngoal = ", 2, "value")]
    #[case::twice("preset = 'web'\npreset = 'photo'", 2, "duplicate key")]
    #[case::preset("effort = 3\npreset = 'wbe'", 2, "web, photo, archive, share or thumbnail, got wbe")]
    #[case::preset_type("effort = 3\npreset = 7", 2, "web, photo, archive, share or thumbnail")]
    fn mistakes_in_toml_are_named_with_their_line(
        #[case] text: &str,
        #[case] line: usize,
        #[case] expected: &str,
    ) {
        let mistake = parse_toml(text).unwrap_err();
        assert!(mistake.message.contains(expected) && mistake.line == line, "{mistake:?}");
    }

    #[rstest]
    #[case::key("{\n\"qualty\": 3}", 2, "qualty")]
    #[case::preset("{\n\"preset\": \"wbe\"}", 2, "web, photo, archive, share or thumbnail")]
    #[case::preset_type("{\"preset\": 7}", 1, "a name")]
    #[case::more("{\"effort\": 3} and more", 1, "trailing")]
    #[case::no_table("[1]", 1, "a table of settings")]
    fn mistakes_in_json_are_named_with_their_line(
        #[case] text: &str,
        #[case] line: usize,
        #[case] expected: &str,
    ) {
        let mistake = parse_json(text).unwrap_err();
        assert!(mistake.message.contains(expected) && mistake.line == line, "{mistake:?}");
        assert!(!mistake.message.contains(" at line "), "{mistake:?}");
    }
}
