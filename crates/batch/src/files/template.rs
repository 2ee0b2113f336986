//! `--template`: outputs named by a pattern.

use super::length::shortened;
use super::naming::{is_image_name, named_format};
use planish::Format;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// A relative path with placeholders, as in `{dir}/{name}-small.{ext}`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Template(Vec<Vec<Part>>);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Placeholder {
    Dir,
    Name,
    Ext,
    Format,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Part {
    Text(String),
    Value(Placeholder),
}

impl FromStr for Template {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong =
            |why: &str| format!("expected a name such as {{dir}}/{{name}}-small.{{ext}}, got {text}: {why}");
        if text.starts_with(std::path::is_separator) || Path::new(text).has_root() {
            return Err(wrong("it must be relative"));
        }
        let mut components = Vec::new();
        for component in text.split(std::path::is_separator) {
            if matches!(component, "" | "." | "..") {
                return Err(wrong("its folders must have names"));
            }
            let parts = parts(component).map_err(|why| wrong(&why))?;
            if parts.len() > 1 && parts.contains(&Part::Value(Placeholder::Dir)) {
                return Err(wrong("{dir} must stand between slashes"));
            }
            components.push(parts);
        }
        let has = |parts: &[Part], placeholder| parts.contains(&Part::Value(placeholder));
        if components.last().is_some_and(|parts| has(parts, Placeholder::Dir)) {
            return Err(wrong("it must end with a file's name"));
        }
        if !components.iter().any(|parts| has(parts, Placeholder::Name)) {
            return Err(wrong("without {name} all outputs would be one file"));
        }
        Ok(Self(components))
    }
}

fn parts(component: &str) -> Result<Vec<Part>, String> {
    let mut parts = Vec::new();
    let mut rest = component;
    while !rest.is_empty() {
        let Some(open) = rest.find(['{', '}']) else {
            parts.push(Part::Text(rest.to_owned()));
            break;
        };
        if open > 0 {
            parts.push(Part::Text(rest[..open].to_owned()));
        }
        let close = rest[open..].strip_prefix('{').and_then(|inner| inner.find('}'));
        let close = close.ok_or("a brace has no counterpart")?;
        let name = &rest[open + 1..open + 1 + close];
        parts.push(Part::Value(match name {
            "dir" => Placeholder::Dir,
            "name" => Placeholder::Name,
            "ext" => Placeholder::Ext,
            "format" => Placeholder::Format,
            other => {
                return Err(format!(
                    "there is no {{{other}}}, only {{dir}}, {{name}}, {{ext}} and {{format}}"
                ));
            }
        }));
        rest = &rest[open + 1 + close + 1..];
    }
    Ok(parts)
}

impl Template {
    /// The path of an output, for an input called `file` in the folder `dir`. `keep`: whether an extension of
    /// another format may stay, because the format does.
    pub(super) fn render(&self, dir: &Path, file: &OsStr, keep: bool, output: Format) -> PathBuf {
        let (stem, extension) = split(file);
        let keeps_extension = keep || named_format(file) == Some(output);
        let extension = extension.filter(|_| keeps_extension).unwrap_or(OsStr::new(output.extension()));
        let mut path = PathBuf::new();
        for component in &self.0 {
            if let [Part::Value(Placeholder::Dir)] = component.as_slice() {
                path.push(dir);
                continue;
            }
            let mut name = OsString::new();
            for part in component {
                name.push(match part {
                    Part::Text(text) => OsStr::new(text),
                    Part::Value(Placeholder::Name) => stem,
                    Part::Value(Placeholder::Ext) => extension,
                    Part::Value(Placeholder::Format) => OsStr::new(output.name()),
                    Part::Value(Placeholder::Dir) => dir.as_os_str(),
                });
            }
            // What `...png` is called before its extension would lead out of the folder.
            if name == "." || name == ".." {
                name.push("_");
            }
            path.push(shortened(name));
        }
        path
    }
}

/// A name's stem and extension; only an image's extension is one.
pub(super) fn split(name: &OsStr) -> (&OsStr, Option<&OsStr>) {
    let path = Path::new(name);
    match (path.file_stem(), path.extension()) {
        (Some(stem), Some(extension)) if is_image_name(name) => (stem, Some(extension)),
        _ => (name, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn rendered(template: &str, dir: &str, file: &str, input: Format, output: Format) -> String {
        let template: Template = template.parse().unwrap();
        template
            .render(Path::new(dir), OsStr::new(file), input == output, output)
            .to_str()
            .unwrap()
            .to_owned()
    }

    #[rstest]
    #[case::kept("{dir}/{name}.{ext}", "a/b", "c.JPG", (Format::Jpeg, Format::Jpeg), "a/b/c.JPG")]
    #[case::converted("{dir}/{name}.{ext}", "", "c.jpg", (Format::Jpeg, Format::Webp), "c.webp")]
    #[case::format("{format}/{dir}/{name}-x.{ext}", "a", "c.jpeg", (Format::Png, Format::Jpeg), "jpeg/a/c-x.jpeg")]
    #[case::dotted("{name}/{name}.{ext}", "a", "v1.2", (Format::Png, Format::Png), "v1.2/v1.2.png")]
    #[case::without_extension("small-{name}", "a", "c.png", (Format::Png, Format::Png), "small-c")]
    fn placeholders_are_filled_in(
        #[case] template: &str,
        #[case] dir: &str,
        #[case] file: &str,
        #[case] (input, output): (Format, Format),
        #[case] expected: &str,
    ) {
        assert_eq!(rendered(template, dir, file, input, output), expected);
    }

    #[rstest]
    #[case("{name}/{name}.{ext}", "..png", "._/..png")]
    #[case("{name}/{name}.{ext}", "...png", ".._/...png")]
    #[case(".{name}/{ext}", "..png", ".._/png")]
    #[case("{name}", "...png", ".._")]
    fn a_name_of_dots_before_its_extension_leads_nowhere_else(
        #[case] template: &str,
        #[case] file: &str,
        #[case] expected: &str,
    ) {
        assert_eq!(rendered(template, "", file, Format::Png, Format::Png), expected);
    }

    #[rstest]
    #[case::empty("", "names")]
    #[case::absolute("/tmp/{name}", "relative")]
    #[case::upwards("../{name}", "names")]
    #[case::folder("{name}/", "names")]
    #[case::joined_dir("{dir}x/{name}", "between slashes")]
    #[case::ends_with_dir("{name}/{dir}", "file's name")]
    #[case::no_name("{ext}", "{name}")]
    #[case::unknown("{name}-{width}", "{width}")]
    #[case::never_closed("{name", "counterpart")]
    #[case::never_opened("name}", "counterpart")]
    fn wrong_templates_say_what_is_wrong(#[case] template: &str, #[case] why: &str) {
        let error = Template::from_str(template).unwrap_err();
        assert!(error.contains(why) && error.contains("{dir}/{name}-small.{ext}"), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn names_that_are_not_text_survive() {
        use std::os::unix::ffi::OsStrExt;
        let template: Template = "{dir}/x-{name}.{ext}".parse().unwrap();
        let (dir, name) = (OsStr::from_bytes(b"d\xff"), OsStr::from_bytes(b"caf\xe9.png"));
        let path = template.render(Path::new(dir), name, false, Format::Webp);
        assert_eq!(path.as_os_str().as_bytes(), b"d\xff/x-caf\xe9.webp");
    }
}
