//! Holds JSON documents against `docs/json-report.schema.json`: as much of JSON Schema as that file uses.

use serde_json::Value;

/// The schema, as it is published.
fn schema() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/json-report.schema.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// Fails the test unless the document is one of this definition.
#[track_caller]
pub(crate) fn assert_matches(document: &Value, definition: &str) {
    let schema = schema();
    let defined = &schema["$defs"][definition];
    assert!(defined.is_object(), "there is no definition of {definition}");
    let mut faults = Vec::new();
    check(document, defined, &schema, definition, &mut faults);
    assert!(faults.is_empty(), "{faults:#?}");
}

fn check(value: &Value, rule: &Value, schema: &Value, at: &str, faults: &mut Vec<String>) {
    for (keyword, argument) in rule.as_object().unwrap() {
        let holds = match keyword.as_str() {
            "description" | "title" => true,
            "$ref" => {
                let pointer = argument.as_str().unwrap().trim_start_matches('#');
                check(value, schema.pointer(pointer).unwrap(), schema, at, faults);
                true
            }
            "const" => value == argument,
            "enum" => argument.as_array().unwrap().contains(value),
            "oneOf" => {
                let fits = |rule: &&Value| {
                    let mut inner = Vec::new();
                    check(value, rule, schema, at, &mut inner);
                    inner.is_empty()
                };
                argument.as_array().unwrap().iter().filter(fits).count() == 1
            }
            "type" => match argument {
                Value::Array(types) => types.iter().any(|name| is_a(value, name)),
                name => is_a(value, name),
            },
            "minimum" => value.as_f64().is_none_or(|number| number >= argument.as_f64().unwrap()),
            "maximum" => value.as_f64().is_none_or(|number| number <= argument.as_f64().unwrap()),
            "items" => {
                for (index, item) in value.as_array().into_iter().flatten().enumerate() {
                    check(item, argument, schema, &format!("{at}[{index}]"), faults);
                }
                true
            }
            "properties" => {
                for (name, rule) in argument.as_object().unwrap() {
                    if let Some(field) = value.get(name) {
                        check(field, rule, schema, &format!("{at}.{name}"), faults);
                    }
                }
                true
            }
            "required" => {
                let mut names = argument.as_array().unwrap().iter();
                !value.is_object() || names.all(|name| value.get(name.as_str().unwrap()).is_some())
            }
            // Only `false` occurs: every field there is must be defined.
            "additionalProperties" => {
                let defined = rule["properties"].as_object().unwrap();
                value.as_object().is_none_or(|fields| fields.keys().all(|name| defined.contains_key(name)))
            }
            other => panic!("the schema uses {other}, which this check does not know"),
        };
        if !holds {
            faults.push(format!("{at}: {keyword} {argument} does not hold for {value}"));
        }
    }
}

fn is_a(value: &Value, name: &Value) -> bool {
    match name.as_str().unwrap() {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        "number" => value.is_number(),
        "integer" => value.is_u64() || value.is_i64(),
        other => panic!("unknown type {other}"),
    }
}
