//! Commands that the documents show are commands: each is read by the same parser.

use super::Args;
use clap::Parser;
use std::fs;
use std::path::{Path, PathBuf};

/// README.md, the pages of the book and the READMEs of the crates, with their text.
pub(crate) fn documents() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut paths = vec![root.join("README.md"), root.join("crates/cli/README.md")];
    let pages = fs::read_dir(root.join("docs")).unwrap().map(|entry| entry.unwrap().path());
    paths.extend(pages.filter(|path| path.extension().is_some_and(|extension| extension == "md")));
    paths.sort();
    paths.into_iter().map(|path| (path.clone(), fs::read_to_string(path).unwrap())).collect()
}

/// The blocks of code in a text that are marked with this language.
pub(crate) fn blocks<'a>(text: &'a str, language: &str) -> Vec<&'a str> {
    // Fences come in pairs: every second part is a block, with its language in the first line.
    let parts = text.split("```").skip(1).step_by(2);
    parts
        .filter_map(|block| block.split_once('\n'))
        .filter(|(name, _)| *name == language)
        .map(|(_, code)| code)
        .collect()
}

/// The words of the command in a line: up to a redirection, a pipe, a comment, a closing quote, or the gap before an
/// explanation.
fn words(line: &str) -> Option<Vec<String>> {
    let command = line.trim_start();
    let command = command.strip_prefix("planish ").or_else(|| Some(command.split_once(" planish ")?.1))?;
    let end = ["  ", " <", " >", " |", " #", "\""].into_iter().filter_map(|stop| command.find(stop)).min();
    let command = &command[..end.unwrap_or(command.len())];
    Some(command.split(' ').map(|word| word.trim_matches('\'').to_owned()).collect())
}

#[test]
fn commands_in_the_documents_are_commands() {
    let mut tried = 0;
    for (path, text) in documents() {
        let blocks = ["", "sh"].into_iter().flat_map(|language| blocks(&text, language));
        for line in blocks.flat_map(str::lines).filter(|line| !line.contains("planish is at ")) {
            let Some(words) = words(line) else { continue };
            let arguments = std::iter::once("planish".to_owned()).chain(words);
            Args::try_parse_from(arguments)
                .unwrap_or_else(|error| panic!("{}: {line}\n{error}", path.display()));
            tried += 1;
        }
    }
    assert!(tried > 30, "{tried}");
}

#[test]
fn commands_end_where_their_explanations_begin() {
    let words = |line| words(line).map(|words| words.join("|"));
    assert_eq!(words("planish - -o - < in.png > out.webp    in a pipe").as_deref(), Some("-|-o|-"));
    assert_eq!(words("ls | planish --files-from - -o 'a'").as_deref(), Some("--files-from|-|-o|a"));
    assert_eq!(words("echo \"run: planish a/ --in-place\" >&2").as_deref(), Some("a/|--in-place"));
    assert_eq!(words("scripts/start photos/ -o out/"), None);
}
