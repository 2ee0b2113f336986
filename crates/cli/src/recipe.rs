//! Settings from a file.

use crate::output::display;
use planish::SettingsLayer;
use std::fs;
use std::path::Path;

/// Reads a recipe: JSON when it is named so or begins with a brace, TOML otherwise.
pub(crate) fn read(path: &Path) -> Result<SettingsLayer, String> {
    let text = fs::read_to_string(path)
        .map_err(|error| format!("the recipe {} cannot be read: {error}", display(path)))?;
    parse(&text, is_json(path, &text)).map_err(|error| format!("in the recipe {}: {error}", display(path)))
}

fn is_json(path: &Path, text: &str) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"))
        || text.trim_start().starts_with('{')
}

fn parse(text: &str, json: bool) -> Result<SettingsLayer, String> {
    if json {
        serde_json::from_str(text).map_err(|error| error.to_string())
    } else {
        toml::from_str(text).map_err(|error| error.to_string().trim_end().to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use planish::settings::Resize;
    use planish::{Goal, ImageSettings, Quality};

    #[test]
    fn toml_and_json_say_the_same() {
        let toml = "goal = { quality = 70 }\nformats = ['webp', 'avif']\nbackground = '#ffffff'\n\
                    [resize]\nwidth = 800\n[avif]\nquality = 50\n";
        let json = r##"{"goal": {"quality": 70}, "formats": ["webp", "avif"], "background": "#ffffff",
                        "resize": {"width": 800}, "avif": {"quality": 50}}"##;
        let recipe = parse(toml, false).unwrap();
        assert_eq!(recipe, parse(json, true).unwrap());
        let settings = ImageSettings::resolve([&recipe]);
        assert_eq!(settings.goal, Goal::Quality(Quality::new(70).unwrap()));
        assert_eq!(settings.resize, Some(Resize::to_width(800)));
    }

    #[test]
    fn mistakes_are_named() {
        for (text, json, expected) in [
            ("qualty = 3", false, "qualty"),
            ("{\"qualty\": 3}", true, "qualty"),
            ("goal = { quality = 101 }", false, "a number from 1 to 100"),
            ("goal = { qality = 80 }", false, "qality"),
            ("[jpeg]\nqualty = 80", false, "qualty"),
            ("goal = ", false, "goal"),
        ] {
            let error = parse(text, json).unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
    }
}
