//! The reference of recipes, `docs/recipe.md`, and their JSON Schema, `docs/recipe.schema.json`: both are made from the
//! Rust types and their comments. Stale copies fail these tests; `PLANISH_UPDATE=1` renews them.

use crate::{ImageSettings, SettingsLayer};
use serde_json::{Map, Value, json};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

const BEGIN: &str = "<!-- made from the types: crates/core/src/recipe_reference.rs -->\n";
const END: &str = "<!-- end -->\n";

/// In the order in which an image meets them. A field that is missing here fails the test.
const FIELDS: [&str; 11] = [
    "goal",
    "formats",
    "crop",
    "rotate",
    "flip",
    "resize",
    "background",
    "metadata",
    "color",
    "effort",
    "squoosh",
];
/// Tables with the same two fields each.
const FORMATS: [&str; 7] = ["jpeg", "png", "webp", "avif", "jxl", "gif", "tiff"];
const CROP: [&str; 4] = ["x", "y", "width", "height"];
const RESIZE: [&str; 5] = ["width", "height", "longEdge", "fit", "enlarge"];
const FORMAT_LAYER: [&str; 2] = ["quality", "effort"];

/// What the command adds to the settings. A test of `planish-cli` holds the names against its own.
const PRESETS: [&str; 5] = ["web", "photo", "archive", "share", "thumbnail"];

/// A type and everything it refers to, as JSON Schema.
struct Types {
    root: Map<String, Value>,
}

impl Types {
    fn of<T: schemars::JsonSchema>() -> Self {
        let Value::Object(root) = schemars::schema_for!(T).to_value() else {
            panic!("a schema is an object")
        };
        Self { root }
    }

    fn get(&self, name: &str) -> &Value {
        self.root["$defs"].get(name).unwrap_or_else(|| panic!("no type {name}"))
    }

    /// The fields of a type in a given order, which must name them all.
    fn fields<'a>(schema: &'a Value, order: &[&'a str]) -> Vec<(&'a str, &'a Value)> {
        let fields = schema["properties"].as_object().unwrap();
        assert_eq!(fields.len(), order.len(), "{order:?} against {:?}", fields.keys());
        order.iter().map(|name| (*name, &fields[*name])).collect()
    }
}

/// The comment of a type or field.
fn comment(schema: &Value) -> String {
    plain(schema["description"].as_str().unwrap_or_default())
}

/// A comment as one line. Links to other items become their names.
fn plain(comment: &str) -> String {
    let text = comment.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut plain = String::new();
    let mut rest = text.as_str();
    while let Some(start) = rest.find("[`") {
        let (before, link) = rest.split_at(start);
        let Some(end) = link.find("`]") else { break };
        write!(plain, "{before}`{}`", &link[2..end]).unwrap();
        rest = &link[end + 2..];
        if let (true, Some(close)) = (rest.starts_with('('), rest.find(')')) {
            rest = &rest[close + 1..];
        }
    }
    plain + rest
}

/// A value as a recipe in TOML has it.
fn toml(value: &Value) -> String {
    match value {
        Value::Null => "none".into(),
        Value::Number(number) => number.as_f64().unwrap().to_string(),
        Value::Array(values) => format!("[{}]", values.iter().map(toml).collect::<Vec<_>>().join(", ")),
        Value::Object(fields) => {
            let fields: Vec<String> =
                fields.iter().map(|(name, value)| format!("{name} = {}", toml(value))).collect();
            format!("{{ {} }}", fields.join(", "))
        }
        other => other.to_string(),
    }
}

/// The table of an enumeration: what can be written, and what it means.
fn values(schema: &Value) -> String {
    let mut table = String::from("| value | meaning |\n|---|---|\n");
    let one_of = schema["oneOf"].as_array().or(schema["anyOf"].as_array()).unwrap();
    for variant in one_of {
        let written = match &variant["properties"] {
            Value::Object(fields) => {
                format!("{{ {} = … }}", fields.keys().next().unwrap())
            }
            _ if variant["type"] == "array" => r#"["webp", "avif"]"#.into(),
            _ => variant["const"].to_string(),
        };
        writeln!(table, "| `{written}` | {} |", comment(variant)).unwrap();
    }
    table
}

/// The table of a type with fields.
fn fields(schema: &Value, order: &[&str]) -> String {
    let mut table = String::from("| field | meaning |\n|---|---|\n");
    for (name, field) in Types::fields(schema, order) {
        writeln!(table, "| `{name}` | {} |", comment(field)).unwrap();
    }
    table
}

/// What stands between the marks of `docs/recipe.md`.
fn reference() -> String {
    let types = Types::of::<ImageSettings>();
    let settings = Value::Object(types.root.clone());
    let defaults = serde_json::to_value(ImageSettings::default()).unwrap();
    let mut text = String::from("| field | what it decides | default |\n|---|---|---|\n");
    let all: Vec<&str> = FIELDS.into_iter().chain(FORMATS).collect();
    for (name, field) in Types::fields(&settings, &all) {
        let default = if FORMATS.contains(&name) { "none".to_owned() } else { toml(&defaults[name]) };
        let said = comment(field);
        // It has a column of its own.
        let said = said.find(" Default: ").map_or(said.as_str(), |default| &said[..default]);
        let anchor = if FORMATS.contains(&name) { "one-format" } else { name };
        let default = if default == "none" { default } else { format!("`{default}`") };
        writeln!(text, "| [`{name}`](#{anchor}) | {said} | {default} |").unwrap();
    }
    let mut section = |title: &str, parts: &[String]| {
        writeln!(text, "\n## {title}").unwrap();
        for part in parts {
            write!(text, "\n{}\n", part.trim_end()).unwrap();
        }
    };
    let field = |name: &str| comment(&settings["properties"][name]);
    let doc = |name: &str| comment(types.get(name));
    let table = |name: &str| values(types.get(name));
    let unit = |name: &str, field: &str| format!("`{field}`: {}", doc(name));

    section(
        "`goal`",
        &[
            doc("Goal"),
            table("Goal"),
            unit("Score", "score"),
            unit("Quality", "quality"),
            unit("Bytes", "maxBytes"),
        ],
    );
    let choice = &types.get("FormatChoice");
    // Names and lists are told apart by their shape: two types, one inside the other.
    let mut variants = types.get("Named")["oneOf"].as_array().unwrap().clone();
    variants
        .extend(choice["anyOf"].as_array().unwrap().iter().filter(|form| form["type"] == "array").cloned());
    section("`formats`", &[doc("FormatChoice"), values(&json!({ "anyOf": variants })), table("Format")]);
    section("`crop`", &[doc("Crop"), fields(types.get("Crop"), &CROP)]);
    section("`rotate`", &[doc("Rotation")]);
    section("`flip`", &[field("flip"), table("Flip")]);
    section(
        "`resize`",
        &[
            doc("Resize"),
            fields(types.get("Resize"), &RESIZE),
            format!("`fit`: {}", doc("Fit")),
            table("Fit"),
        ],
    );
    section("`background`", &[field("background"), doc("Background")]);
    section("`metadata`", &[doc("MetadataPolicy"), table("MetadataPolicy")]);
    section("`color`", &[doc("ColorPolicy"), table("ColorPolicy")]);
    section("`effort`", &[doc("Effort")]);
    section("`squoosh`", &[field("squoosh"), table("SquooshCodec")]);
    section(
        "One format",
        &[
            format!(
                "A table for each of {}: what holds for outputs of that format alone.",
                FORMATS.map(|format| format!("`{format}`")).join(", ")
            ),
            fields(types.get("FormatSettings"), &FORMAT_LAYER),
        ],
    );
    text
}

/// The schema of a whole recipe: the settings and the preset they start from.
fn schema() -> String {
    let mut root = Types::of::<SettingsLayer>().root;
    let full = Value::Object(Types::of::<ImageSettings>().root);
    root.insert("title".into(), "A planish recipe".into());
    root.insert("description".into(), "What planish.toml, or a recipe in JSON, may hold.".into());
    for (name, field) in root["properties"].as_object_mut().unwrap() {
        // The complete settings say more about a field, its default among it.
        field["description"] = comment(&full["properties"][name]).into();
    }
    root["properties"]["preset"] =
        json!({ "description": "Settings with a name that these are put over.", "enum": PRESETS });
    let mut root = Value::Object(root);
    tidy(&mut root);
    serde_json::to_string_pretty(&root).unwrap() + "\n"
}

/// A field that is left out is not written `null`: takes that choice, and such defaults, out of a schema. Comments
/// lose their links.
fn tidy(value: &mut Value) {
    match value {
        Value::Array(values) => values.iter_mut().for_each(tidy),
        Value::Object(fields) => {
            fields.values_mut().for_each(tidy);
            if let Some(Value::String(comment)) = fields.get_mut("description") {
                *comment = plain(comment);
            }
            if fields.get("default") == Some(&Value::Null) {
                fields.remove("default");
            }
            if let Some(Value::Array(types)) = fields.get_mut("type") {
                types.retain(|name| name != "null");
                if let [only] = types.as_slice() {
                    let only = only.clone();
                    fields.insert("type".into(), only);
                }
            }
            let Some(Value::Array(choices)) = fields.get_mut("anyOf") else { return };
            choices.retain(|choice| choice["type"] != "null");
            if let [Value::Object(only)] = choices.as_slice() {
                let only = only.clone();
                fields.remove("anyOf");
                fields.extend(only);
            }
        }
        _ => {}
    }
}

fn document(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(name)
}

/// Holds a document against what it should be, or renews it.
fn hold(path: &Path, actual: &str, expected: &str) {
    if std::env::var_os("PLANISH_UPDATE").is_some() {
        std::fs::write(path, expected).unwrap();
        return;
    }
    assert!(actual == expected, "{} is stale: run scripts/generate-docs", path.display());
}

#[test]
fn the_reference_of_recipes_is_current() {
    let path = document("recipe.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let begin = page.find(BEGIN).unwrap() + BEGIN.len();
    let end = begin + page[begin..].find(END).unwrap();
    hold(&path, &page, &format!("{}{}{}", &page[..begin], reference(), &page[end..]));
}

#[test]
fn the_schema_of_recipes_is_current() {
    let path = document("recipe.schema.json");
    hold(&path, &std::fs::read_to_string(&path).unwrap_or_default(), &schema());
}

#[test]
fn comments_lose_their_links_and_keep_their_words() {
    let schema = json!({ "description": "See [`A`] and [`b`](super::B),\nnot [c]." });
    assert_eq!(comment(&schema), "See `A` and `b`, not [c].");
}
